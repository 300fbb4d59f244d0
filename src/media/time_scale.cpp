#include "media/time_scale.h"

#include <charconv>

namespace framebridge::media {

namespace {
constexpr int max_time_scale = 90'000;
}  // namespace

AVRational parse_framerate(std::string_view text) {
    AVRational rate{0, 1};
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        return rate;
    }
    std::from_chars(text.data(), text.data() + slash, rate.num);
    std::from_chars(text.data() + slash + 1, text.data() + text.size(), rate.den);
    return rate.num > 0 && rate.den > 0 ? rate : AVRational{0, 1};
}

AVRational mp4_time_base(const VideoStream& stream) {
    if (stream.time_base.denominator > 0 && stream.time_base.denominator <= max_time_scale) {
        return {1, stream.time_base.denominator};
    }
    // A multiple of the framerate's numerator counts the frames exactly: 72000 for 24000/1001.
    const auto rate = parse_framerate(stream.framerate);
    const auto scale =
        rate.num > 0 && rate.num <= max_time_scale ? max_time_scale / rate.num * rate.num : max_time_scale;
    return {1, scale};
}

AVRational file_time_base(Container container, const VideoStream& stream) {
    const auto rate = parse_framerate(stream.framerate);
    if (has_fragments(container)) {
        return mp4_time_base(stream);
    }
    if (container == Container::ts) {
        return {1, 90'000};
    }
    if (container == Container::avi && rate.num > 0) {
        return av_inv_q(rate);
    }
    return {stream.time_base.numerator, stream.time_base.denominator};
}

}  // namespace framebridge::media
