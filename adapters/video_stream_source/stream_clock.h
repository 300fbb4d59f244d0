#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "media/video_stream.h"

namespace framebridge::stream_source {

/// What the frames' pts say.
enum class PtsMode {
    continuing,  ///< Time since the first frame; it goes on over reconnects, with the time in between.
    absolute,    ///< Unix time.
};

/// Gives frames their times: the camera's steps, from a start of ours. Within a stream times are the
/// camera's, so they do not have the network's jitter; where its clock jumps (backwards, or ahead of the time
/// that has passed) they go on without the jump.
class StreamClock {
  public:
    using Arrival = std::chrono::system_clock::time_point;

    explicit StreamClock(PtsMode mode) : mode_(mode) {}

    /// The next frame begins a stream.
    void restart() { shift_.reset(); }
    /// Sets the packet's pts and dts. A dts that does not ascend, or is later than the pts, is left out.
    void place(media::VideoPacket& packet, protocol::TimeBase time_base, Arrival arrival);
    /// How often the camera's clock has jumped within a stream.
    [[nodiscard]] std::uint64_t jumps() const { return jumps_; }

  private:
    [[nodiscard]] std::int64_t now(protocol::TimeBase time_base, Arrival arrival) const;
    [[nodiscard]] bool jumps_at(std::int64_t time, protocol::TimeBase time_base, Arrival arrival) const;
    void begin(std::int64_t time, protocol::TimeBase time_base, Arrival arrival);

    PtsMode mode_;
    std::optional<Arrival> origin_;  ///< Of the first frame of all.
    std::optional<std::int64_t> shift_;
    std::int64_t first_time_ = 0;  ///< The camera's, since the shift was chosen.
    Arrival first_arrival_;
    std::int64_t last_time_ = 0;
    std::optional<std::int64_t> last_dts_;  ///< Given out, in this stream.
    std::int64_t end_ = 0;                  ///< Behind all that was given out, in `end_unit_`.
    protocol::TimeBase end_unit_;
    std::uint64_t jumps_ = 0;
};

}  // namespace framebridge::stream_source
