#include "framebridge/protocol/messages.h"

#include <uuid/uuid.h>

#include <array>
#include <utility>

#include "protocol/decode_error.h"
#include "protocol/native_codec.h"
#include "protocol/savant_codec.h"

namespace framebridge::protocol {

namespace {

template <class Message>
std::string encode_as(Format format, const Message& message, std::string_view savant_version) {
    return format == Format::native ? native::encode(message) : savant::encode(message, savant_version);
}

}  // namespace

std::string encode(Format format, const VideoFrame& frame, std::string_view savant_version) {
    return encode_as(format, frame, savant_version);
}

std::string encode(Format format, const EndOfStream& end_of_stream, std::string_view savant_version) {
    return encode_as(format, end_of_stream, savant_version);
}

std::string encode(Format format, const UserData& user_data, std::string_view savant_version) {
    return encode_as(format, user_data, savant_version);
}

Result<VideoFrame> decode_video_frame(const Envelope& envelope) {
    if (envelope.kind != MessageKind::video_frame) {
        return problem("the message is not a video_frame but a " + std::string(to_string(envelope.kind)));
    }
    VideoFrame frame;
    try {
        if (envelope.format == Format::native) {
            native::decode_video_frame(envelope, frame);
        } else {
            savant::decode_video_frame(envelope, frame);
        }
    } catch (const DecodeError& error) {
        return tl::unexpected(error.to_problem());
    }
    if (frame.time_base.numerator <= 0 || frame.time_base.denominator <= 0) {
        return problem("the frame's time base is not positive");
    }
    return frame;
}

bool is_uuid(std::string_view text) {
    if (text.size() != UUID_STR_LEN - 1) {
        return false;
    }
    uuid_t uuid;
    const std::string terminated(text);
    return uuid_parse(terminated.c_str(), uuid) == 0;
}

std::string make_uuid() {
    uuid_t uuid;
    uuid_generate_random(uuid);
    std::array<char, UUID_STR_LEN> text{};
    uuid_unparse_lower(uuid, text.data());
    return text.data();
}

}  // namespace framebridge::protocol
