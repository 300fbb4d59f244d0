#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "media/av_handles.h"

namespace framebridge::media {

/// Completes the times of packets, in decoding order, that come from a file without them (see VideoReader).
class TimestampRepair {
  public:
    /// `parameters` of the packets as they are pushed; `frame_duration` in their time base.
    TimestampRepair(const AVCodecParameters& parameters, std::int64_t frame_duration);
    void push(AvPacket packet);
    /// No more packets will be pushed: the last ones get their times as well.
    void finish();
    /// The next complete packet, in the order they were pushed; null if there is none yet.
    AvPacket pop();

  private:
    struct Waiting {
        AvPacket packet;
        std::int64_t order;  ///< Picture order count: the place in display order.
    };
    void release_leading();
    void complete_dts(AvPacket packet);
    void complete_pts(AvPacket packet);
    [[nodiscard]] bool begins_sequence(const AVPacket& packet, std::int64_t order) const;
    void display(std::int64_t order, std::int64_t pts);
    void display_all(std::int64_t last_dts);
    std::optional<std::int64_t> picture_order(const AVPacket& packet);
    [[nodiscard]] std::int64_t duration_of(const AVPacket& packet) const;

    std::int64_t frame_duration_;
    std::size_t reorder_depth_;
    AvParser parser_;
    AvCodecContext parser_context_;
    std::optional<std::int64_t> next_dts_;
    std::vector<AvPacket> leading_;          ///< Without a dts, before the first known one.
    bool has_no_dts_ = false;                ///< So many had none that they are not waited for.
    std::deque<Waiting> waiting_;            ///< Without a pts; in decoding order.
    std::vector<std::int64_t> undisplayed_;  ///< Orders of `waiting_` that have no pts yet.
    std::optional<std::int64_t> last_displayed_;
    std::int64_t last_dts_ = 0;
    std::deque<AvPacket> ready_;
};

}  // namespace framebridge::media
