#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "framebridge/protocol/envelope.h"

namespace framebridge::protocol {

/// What can be known of a message that decode() refuses: enough to tell its writer which one it was.
struct MessageHead {
    bool native = false;  ///< It begins as a native message does; else nothing is known of it.
    bool answers = false;
    MessageKind kind = MessageKind::unknown;
    std::string_view source_id;
    std::string_view uuid;
    std::optional<std::uint64_t> sequence_number;
};

/// Reads as far as the message is msgpack. Values of wrong types are skipped. Never throws.
MessageHead read_head(std::string_view message);

}  // namespace framebridge::protocol
