#include "media/timestamp_repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace framebridge::media {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr auto none = AV_NOPTS_VALUE;

/// Packets of a codec without picture order, as (pts, dts); a frame lasts 10.
std::vector<std::pair<std::int64_t, std::int64_t>> repaired(
    const std::vector<std::pair<std::int64_t, std::int64_t>>& times) {
    const AvParameters parameters(avcodec_parameters_alloc());
    parameters->codec_id = AV_CODEC_ID_VP8;
    TimestampRepair repair(*parameters, 10);
    std::vector<std::pair<std::int64_t, std::int64_t>> result;
    const auto take = [&] {
        while (const auto packet = repair.pop()) {
            result.emplace_back(packet->pts, packet->dts);
        }
    };
    for (const auto& [pts, dts] : times) {
        auto packet = make_packet();
        packet->pts = pts;
        packet->dts = dts;
        repair.push(std::move(packet));
        take();
    }
    repair.finish();
    take();
    return result;
}

TEST(TimestampRepair, LeavesCompleteTimesAsTheyAre) {
    EXPECT_THAT(repaired({{20, -5}, {40, 7}, {30, 9}}), ElementsAre(Pair(20, -5), Pair(40, 7), Pair(30, 9)));
}

TEST(TimestampRepair, CountsLeadingDecodingTimesBackFromTheFirstKnown) {
    EXPECT_THAT(repaired({{0, none}, {40, none}, {10, 0}, {20, 10}}),
                ElementsAre(Pair(0, -20), Pair(40, -10), Pair(10, 0), Pair(20, 10)));
}

TEST(TimestampRepair, GoesOnWhereADecodingTimeIsMissing) {
    EXPECT_THAT(repaired({{0, 0}, {10, none}, {20, none}}),
                ElementsAre(Pair(0, 0), Pair(10, 10), Pair(20, 20)));
}

TEST(TimestampRepair, MakesTimesOfAStreamWithoutAny) {
    EXPECT_THAT(repaired({{none, none}, {none, none}, {none, none}}),
                ElementsAre(Pair(0, 0), Pair(10, 10), Pair(20, 20)));
}

TEST(TimestampRepair, DoesNotHoldBackTheFramesOfAStreamThatNeverHasDecodingTimes) {
    const AvParameters parameters(avcodec_parameters_alloc());
    parameters->codec_id = AV_CODEC_ID_VP8;
    TimestampRepair repair(*parameters, 10);
    std::size_t held = 0;
    for (std::int64_t pts = 0; pts < 1000; pts += 10) {
        auto packet = make_packet();
        packet->pts = pts;
        packet->dts = none;
        repair.push(std::move(packet));
        ++held;
        while (repair.pop()) {
            --held;
        }
        if (pts > 500) {
            EXPECT_EQ(held, 0U) << pts;
        }
    }
}

TEST(TimestampRepair, TakesTheDecodingTimeWhereNothingIsReordered) {
    EXPECT_THAT(repaired({{none, 3}, {none, 6}}), ElementsAre(Pair(3, 3), Pair(6, 6)));
}

TEST(TimestampRepair, LeavesDecodingTimesOutThatAreNeverKnown) {
    EXPECT_THAT(repaired({{5, none}, {15, none}}), ElementsAre(Pair(5, none), Pair(15, none)));
}

}  // namespace
}  // namespace framebridge::media
