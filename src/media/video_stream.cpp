#include "media/video_stream.h"

#include "media/libav.h"

namespace framebridge::media {

std::int64_t rescale_up(std::int64_t time, protocol::TimeBase from, protocol::TimeBase to) {
    return av_rescale_q_rnd(time, {from.numerator, from.denominator}, {to.numerator, to.denominator},
                            AV_ROUND_UP);
}

}  // namespace framebridge::media
