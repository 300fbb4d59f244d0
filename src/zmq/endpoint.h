#pragma once

#include <string>
#include <string_view>

#include "framebridge/result.h"

namespace framebridge::zmq {

enum class SocketType { sub, rep, router, pub, req, dealer };

/// A parsed `(sub|rep|router|pub|req|dealer)+(bind|connect):(ipc:///path|tcp://host:port)`.
struct Endpoint {
    SocketType type = SocketType::router;
    bool bind = true;
    std::string address;  ///< `ipc:///path` or `tcp://host:port`.

    bool operator==(const Endpoint&) const = default;
    [[nodiscard]] std::string to_string() const;

    /// The endpoint of a reader: sub, rep, router; bare address: router+bind.
    static Result<Endpoint> parse_reader(std::string_view text);
    /// The endpoint of a writer: pub, req, dealer; bare address: dealer+connect.
    static Result<Endpoint> parse_writer(std::string_view text);
};

}  // namespace framebridge::zmq
