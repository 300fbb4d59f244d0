#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace framebridge::store {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    /// Host and port, or the path of a unix socket, for log messages.
    [[nodiscard]] std::string to_string() const;
    bool operator==(const SocketAddress& other) const;
};

/// What a host name stands for, or why nobody knows.
struct ResolvedName {
    std::vector<SocketAddress> addresses;  ///< In the system's order of preference.
    std::string error;                     ///< Empty if there are addresses.
};

/// Looks up a host (a name, or an address with or without brackets); may block for as long as DNS takes.
using Resolve = std::function<ResolvedName(const std::string& host, std::uint16_t port)>;

/// By getaddrinfo(3).
ResolvedName resolve_name(const std::string& host, std::uint16_t port);

/// The address of a unix socket; its path is too long for one if there is none.
std::optional<SocketAddress> unix_address(const std::string& path);

/// One look-up on a thread of its own, so that a silent DNS server holds up nobody. Destroyed at any time:
/// the thread then ends by itself, and its answer goes nowhere.
class NameLookup {
  public:
    NameLookup(const Resolve& resolve, const std::string& host, std::uint16_t port);

    /// Readable once there is an answer; -1 if descriptors are short, and the answer is there already.
    [[nodiscard]] int fd() const;
    /// The answer, once.
    std::optional<ResolvedName> take();

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace framebridge::store
