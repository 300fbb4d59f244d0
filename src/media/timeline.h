#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>

#include "media/av_handles.h"

namespace framebridge::media {

/// Where a file's clock starts.
enum class ClockStart {
    zero,    ///< The first frame that is shown has the time 0.
    stream,  ///< Times are the stream's own; only a start below 0 is moved to 0.
};

/// The mark of a packet whose picture is not to be shown.
inline constexpr int hidden_flag = AV_PKT_FLAG_DISCARD;

/// Turns the times of a stream's packets, as they arrive in decoding order, into those of a file: from the
/// file's start, in the file's unit, with a dts that ascends, and with durations.
///
/// A dts that is missing is made of the pts: the frames' times in ascending order, as many frames earlier as
/// the stream reorders. Where a dts does not ascend it gets the next free tick, as ffmpeg does it.
class Timeline {
  public:
    struct Config {
        AVRational from;  ///< The unit of the packets' times.
        AVRational to;    ///< The file's.
        ClockStart start = ClockStart::zero;
        std::int64_t frame_duration = 1;  ///< In `to`; the last frame's, if nothing else tells.
        int reorder_depth = 0;            ///< How many frames the codec says it reorders.
        /// Whether a sample lasts until the next one begins (MP4), else as long as its packet says.
        bool durations_fill = true;
    };
    explicit Timeline(const Config& config) : config_(config) {}

    /// A packet with its times in `from`; AV_NOPTS_VALUE for a dts or 0 for a duration that is not known.
    void push(AvPacket packet);
    /// Gives out all that waits for what comes next. What follows goes on behind it.
    void flush();
    /// No more packets will be pushed: the last one gets its own duration.
    void finish();
    /// The next packet with its times in `to`; null if there is none yet.
    AvPacket pop();

    [[nodiscard]] AVRational unit() const { return config_.to; }
    /// The time, in `from`, that is 0 in the file; known once pop() has given a packet.
    [[nodiscard]] std::int64_t origin() const { return origin_; }
    /// How many packets got another time than they had.
    [[nodiscard]] std::uint64_t moved() const { return moved_; }
    /// By how much pauses were shortened that no sample's duration can hold, in `to`.
    [[nodiscard]] std::int64_t cut() const { return cut_; }

  private:
    struct Shown {
        std::size_t frames = 0;
        std::optional<std::int64_t> first = {};
    };
    [[nodiscard]] bool knows_start() const;
    [[nodiscard]] Shown shown_leading() const;
    void begin();
    void place(AvPacket packet);
    std::int64_t next_dts(const AVPacket& packet);
    [[nodiscard]] std::int64_t to_file(std::int64_t time) const;
    void hold(AvPacket packet);

    Config config_;
    std::deque<AvPacket> leading_;  ///< Until the first shown frame is known.
    bool begun_ = false;
    bool has_dts_ = false;  ///< The stream's first packet had one.
    std::int64_t origin_ = 0;
    std::multiset<std::int64_t> undecoded_;  ///< Times, in `from`, that no packet has as its dts yet.
    int begin_delay_ = 0;                    ///< Packets that still get a dts before the first time.
    std::int64_t first_time_ = 0;
    std::optional<std::int64_t> last_dts_;  ///< In `to`.
    std::uint64_t moved_ = 0;
    std::int64_t cut_ = 0;
    AvPacket held_;  ///< Until its duration is known.
    std::int64_t last_duration_ = 0;
    std::deque<AvPacket> ready_;
};

}  // namespace framebridge::media
