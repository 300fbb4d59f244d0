#pragma once

#include <string>

#include "common/message_config.h"
#include "framebridge/protocol/messages.h"
#include "media/video_stream.h"
#include "zmq/sender.h"

namespace framebridge {

/// A frame with what its packet and its stream say, a new uuid, and the present as its time of creation. The
/// caller gives it its sequence number.
protocol::VideoFrame make_video_frame(const std::string& source_id, const media::VideoStream& stream,
                                      const media::VideoPacket& packet);

/// The message of a frame; the packet's bytes are its content.
zmq::OutgoingMessage make_frame_message(const MessageConfig& config, protocol::VideoFrame frame,
                                        media::VideoPacket packet);
/// The same with a message that was encoded by the caller.
zmq::OutgoingMessage make_frame_message(const std::string& source_id, std::string message,
                                        media::VideoPacket packet);

zmq::OutgoingMessage make_end_of_stream_message(const MessageConfig& config,
                                                const protocol::EndOfStream& end);

}  // namespace framebridge
