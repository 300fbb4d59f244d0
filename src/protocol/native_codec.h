#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "framebridge/protocol/envelope.h"
#include "framebridge/protocol/messages.h"

/// FrameBridge's own msgpack messages: proto/README.md.
namespace framebridge::protocol::native {

/// Whether the message begins as a native one does.
bool recognizes(std::string_view message);

bool begins_as_map(std::string_view message);

/// `unknown` for a name that is not known.
MessageKind to_kind(std::string_view name);

/// Throws a DecodeError.
void decode(std::string_view message, Envelope& envelope);
void rewrite(const Envelope& envelope, std::span<const std::optional<Content>> contents, std::string& out);

std::string encode(const VideoFrame& frame);
std::string encode(const EndOfStream& end_of_stream);
std::string encode(const UserData& user_data);
/// Throws a DecodeError.
void decode_video_frame(const Envelope& envelope, VideoFrame& frame);

}  // namespace framebridge::protocol::native
