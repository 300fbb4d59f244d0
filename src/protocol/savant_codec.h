#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "framebridge/protocol/envelope.h"
#include "framebridge/protocol/messages.h"

namespace framebridge::protocol::savant {

/// Throws a DecodeError.
void decode(std::string_view message, Envelope& envelope);
void rewrite(const Envelope& envelope, std::span<const std::optional<Content>> contents, std::string& out);

std::string encode(const VideoFrame& frame, std::string_view protocol_version);
std::string encode(const EndOfStream& end_of_stream, std::string_view protocol_version);
std::string encode(const UserData& user_data, std::string_view protocol_version);
/// Throws a DecodeError.
void decode_video_frame(const Envelope& envelope, VideoFrame& frame);

}  // namespace framebridge::protocol::savant
