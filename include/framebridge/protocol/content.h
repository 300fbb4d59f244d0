#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace framebridge::protocol {

/// The frame has no bytes (savant: content unset or `none`).
struct NoContent {};

/// The frame's bytes are inside the message.
struct InlineContent {
    std::string_view bytes;
};

/// The frame's bytes are the extra ZeroMQ part(s) behind the message (savant: external, method `zeromq`).
struct AttachedContent {};

/// The frame's bytes are in a frame store (savant: external, method `redis`, location `store/key`).
struct ContentReference {
    std::string_view store;             ///< `host:port:db`, not validated: see StoreAddress::parse.
    std::string_view key;               ///< The key in that store, never empty in a usable reference.
    std::optional<std::uint64_t> size;  ///< Bytes; savant's format has no place for it.
    std::string_view hash;              ///< Lower-case hex of the content, or empty if unknown.
};

/// External content of a method that is not ours (savant: `s3`, ...); it is passed on as it came.
struct ForeignContent {
    std::string_view method;
    std::string_view location;
};

/// Where a frame's bytes are. All views point into the message it was decoded from, or to the caller's data.
using Content = std::variant<NoContent, InlineContent, AttachedContent, ContentReference, ForeignContent>;

}  // namespace framebridge::protocol
