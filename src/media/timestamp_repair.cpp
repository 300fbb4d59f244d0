#include "media/timestamp_repair.h"

#include <algorithm>
#include <new>
#include <utility>

#include "media/annex_b.h"

namespace framebridge::media {

namespace {
/// H.264 and HEVC reorder no more than 16 frames; whoever has no dts by then has none at all.
constexpr std::size_t most_leading = 32;
}  // namespace

TimestampRepair::TimestampRepair(const AVCodecParameters& parameters, std::int64_t frame_duration)
    : frame_duration_(std::max<std::int64_t>(frame_duration, 1)),
      reorder_depth_(static_cast<std::size_t>(std::max(parameters.video_delay, 0))) {
    if (!has_annex_b(parameters.codec_id)) {
        return;
    }
    parser_.reset(av_parser_init(parameters.codec_id));
    parser_context_.reset(avcodec_alloc_context3(nullptr));
    if (!parser_context_ || avcodec_parameters_to_context(parser_context_.get(), &parameters) < 0) {
        throw std::bad_alloc();
    }
    if (parser_) {
        parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    }
}

std::int64_t TimestampRepair::duration_of(const AVPacket& packet) const {
    return packet.duration > 0 ? packet.duration : frame_duration_;
}

void TimestampRepair::push(AvPacket packet) {
    if (packet->dts == AV_NOPTS_VALUE && !next_dts_ && packet->pts != AV_NOPTS_VALUE) {
        if (has_no_dts_) {
            ready_.push_back(std::move(packet));
            return;
        }
        leading_.push_back(std::move(packet));
        if (leading_.size() == most_leading) {
            has_no_dts_ = true;
            release_leading();
        }
        return;
    }
    if (packet->dts == AV_NOPTS_VALUE) {
        release_leading();
    }
    auto dts = packet->dts;
    for (auto earlier = leading_.rbegin(); earlier != leading_.rend(); ++earlier) {
        (*earlier)->dts = dts -= duration_of(**earlier);
    }
    for (auto& earlier : std::exchange(leading_, {})) {
        complete_dts(std::move(earlier));
    }
    complete_dts(std::move(packet));
}

void TimestampRepair::release_leading() {
    for (auto& without_dts : std::exchange(leading_, {})) {
        ready_.push_back(std::move(without_dts));
    }
}

void TimestampRepair::complete_dts(AvPacket packet) {
    if (packet->dts == AV_NOPTS_VALUE) {
        packet->dts = next_dts_.value_or(0);
    }
    next_dts_ = packet->dts + duration_of(*packet);
    complete_pts(std::move(packet));
}

void TimestampRepair::complete_pts(AvPacket packet) {
    const auto dts = packet->dts;
    if (packet->pts == AV_NOPTS_VALUE && reorder_depth_ == 0) {
        packet->pts = dts;
    }
    const auto order = packet->pts == AV_NOPTS_VALUE ? picture_order(*packet) : std::nullopt;
    if (!order) {
        // Nothing that tells the display order: the dts is the best there is.
        display_all(last_dts_);
        if (packet->pts == AV_NOPTS_VALUE) {
            packet->pts = dts;
        }
        ready_.push_back(std::move(packet));
        return;
    }
    if (begins_sequence(*packet, *order)) {
        display_all(last_dts_);
        last_displayed_.reset();
    }
    waiting_.push_back({std::move(packet), *order});
    undisplayed_.push_back(*order);
    last_dts_ = dts;
    if (undisplayed_.size() > reorder_depth_) {
        display(*std::min_element(undisplayed_.begin(), undisplayed_.end()), dts);
    }
}

/// Whether the picture order count began anew with this packet: it is behind none of those before it.
bool TimestampRepair::begins_sequence(const AVPacket& packet, std::int64_t order) const {
    if (last_displayed_ && order <= *last_displayed_) {
        return true;
    }
    if ((packet.flags & AV_PKT_FLAG_KEY) == 0) {
        return false;
    }
    return std::all_of(undisplayed_.begin(), undisplayed_.end(),
                       [order](auto other) { return order <= other; });
}

void TimestampRepair::display(std::int64_t order, std::int64_t pts) {
    std::erase(undisplayed_, order);
    last_displayed_ = order;
    for (auto& waiting : waiting_) {
        if (waiting.order == order && waiting.packet->pts == AV_NOPTS_VALUE) {
            waiting.packet->pts = pts;
            break;
        }
    }
    while (!waiting_.empty() && waiting_.front().packet->pts != AV_NOPTS_VALUE) {
        ready_.push_back(std::move(waiting_.front().packet));
        waiting_.pop_front();
    }
}

void TimestampRepair::display_all(std::int64_t last_dts) {
    std::sort(undisplayed_.begin(), undisplayed_.end());
    for (const auto order : std::vector(undisplayed_)) {
        display(order, last_dts += frame_duration_);
    }
}

void TimestampRepair::finish() {
    release_leading();
    display_all(last_dts_);
}

AvPacket TimestampRepair::pop() {
    if (ready_.empty()) {
        return nullptr;
    }
    auto packet = std::move(ready_.front());
    ready_.pop_front();
    return packet;
}

std::optional<std::int64_t> TimestampRepair::picture_order(const AVPacket& packet) {
    if (!parser_) {
        return std::nullopt;
    }
    std::uint8_t* frame = nullptr;
    int size = 0;
    av_parser_parse2(parser_.get(), parser_context_.get(), &frame, &size, packet.data, packet.size,
                     packet.pts, packet.dts, packet.pos);
    return parser_->output_picture_number;
}

}  // namespace framebridge::media
