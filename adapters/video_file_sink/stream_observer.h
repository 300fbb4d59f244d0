#pragma once

#include <string_view>

#include "framebridge/protocol/messages.h"

namespace framebridge::video_sink {

/// Looks on at what passes through the sink. Called on the sink's thread, which it must not keep waiting.
class StreamObserver {
  public:
    virtual ~StreamObserver() = default;
    /// A frame that did not come before. `bytes` are valid during the call.
    virtual void on_frame(const protocol::VideoFrame& frame, std::string_view bytes) = 0;
    virtual void on_end_of_stream(std::string_view source_id) = 0;
};

}  // namespace framebridge::video_sink
