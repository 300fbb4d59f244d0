#include "video_common/video_messages.h"

#include <chrono>
#include <memory>
#include <utility>

namespace framebridge {

namespace {

/// A string that its message's body keeps alive.
zmq::OwnedBytes own(std::string text) {
    auto owner = std::make_shared<const std::string>(std::move(text));
    return {owner, *owner};
}

std::int64_t nanoseconds_since_epoch() {
    using namespace std::chrono;
    return duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

protocol::VideoFrame make_video_frame(const std::string& source_id, const media::VideoStream& stream,
                                      const media::VideoPacket& packet) {
    protocol::VideoFrame frame;
    frame.source_id = source_id;
    frame.uuid = protocol::make_uuid();
    frame.creation_time_ns = nanoseconds_since_epoch();
    frame.framerate = stream.framerate;
    frame.width = stream.width;
    frame.height = stream.height;
    frame.codec = stream.codec;
    frame.keyframe = packet.keyframe;
    frame.hidden = packet.hidden;
    frame.time_base = stream.time_base;
    frame.pts = packet.pts;
    frame.dts = packet.dts;
    frame.duration = packet.duration;
    if (packet.keyframe && !stream.extradata.empty()) {
        frame.codec_extradata = stream.extradata;
    }
    if (packet.keyframe) {
        frame.attributes = stream.attributes;
    }
    return frame;
}

zmq::OutgoingMessage make_frame_message(const MessageConfig& config, protocol::VideoFrame frame,
                                        media::VideoPacket packet) {
    frame.content = protocol::AttachedContent{};
    return make_frame_message(frame.source_id, encode(config.format, frame, config.savant_version),
                              std::move(packet));
}

zmq::OutgoingMessage make_frame_message(const std::string& source_id, std::string message,
                                        media::VideoPacket packet) {
    zmq::OutgoingMessage outgoing;
    outgoing.topic = source_id;
    outgoing.body = own(std::move(message));
    outgoing.attachments.push_back({std::move(packet.owner), packet.bytes});
    return outgoing;
}

zmq::OutgoingMessage make_end_of_stream_message(const MessageConfig& config,
                                                const protocol::EndOfStream& end) {
    zmq::OutgoingMessage message;
    message.topic = end.source_id;
    message.body = own(encode(config.format, end, config.savant_version));
    message.end_of_stream = true;
    return message;
}

}  // namespace framebridge
