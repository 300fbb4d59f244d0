#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "framebridge/protocol/envelope.h"

/// Messages as JSON, in one shape for both formats, and back.
namespace framebridge::metadata {

/// Keys in the order in which they were added.
using Json = nlohmann::ordered_json;

/// What JSON has of bytes within a message (of attributes, codec data; never the frame's own).
enum class BytesAs {
    size,    ///< For people: `{"bytes": 12}`.
    base64,  ///< For programs: `{"base64": "..."}`.
};

/// Everything that a message says: its fields, its frames' contents (where they are and how large, not their
/// bytes), attributes and objects. `envelope` was decoded successfully.
Json message_json(const protocol::Envelope& envelope, BytesAs bytes);

/// Where a frame's bytes are.
Json content_json(const protocol::Content& content);

/// What is in a message beyond its envelope. `message` was decoded successfully.
Json native_fields(std::string_view message, BytesAs bytes);
Json savant_fields(std::string_view message, BytesAs bytes);

/// One line of text: what is no UTF-8 is replaced.
std::string to_line(const Json& json);

}  // namespace framebridge::metadata
