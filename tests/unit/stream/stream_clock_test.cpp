#include "video_stream_source/stream_clock.h"

#include <gtest/gtest.h>

#include <limits>

namespace framebridge::stream_source {
namespace {

using namespace std::chrono_literals;
using Limits = std::numeric_limits<std::int64_t>;

constexpr protocol::TimeBase milliseconds{1, 1000};

class StreamClockTest : public testing::Test {
  protected:
    /// The packet's times as they are given out, for one that comes `after` the first.
    media::VideoPacket place(std::optional<std::int64_t> dts, std::int64_t pts,
                             std::chrono::milliseconds after, protocol::TimeBase time_base = milliseconds) {
        media::VideoPacket packet;
        packet.pts = pts;
        packet.dts = dts;
        packet.duration = 40;
        clock_.place(packet, time_base, start_ + after);
        return packet;
    }

    StreamClock::Arrival start_{1'700'000'000s};
    StreamClock clock_{PtsMode::continuing};
};

TEST_F(StreamClockTest, BeginsAtZeroAndKeepsTheCamerasSteps) {
    const auto first = place(900'000, 900'080, 0ms);
    EXPECT_EQ(first.dts, 0);
    EXPECT_EQ(first.pts, 80);
    const auto late = place(900'040, 900'040, 900ms);
    EXPECT_EQ(late.dts, 40);
    EXPECT_EQ(late.pts, 40);
}

TEST_F(StreamClockTest, ANewStreamGoesOnWithTheTimeInBetween) {
    place(5'000, 5'000, 0ms);
    place(5'040, 5'040, 40ms);
    clock_.restart();
    EXPECT_EQ(place(77, 77, 12s).pts, 12'000);
}

TEST_F(StreamClockTest, ANewStreamNeverBeginsBeforeTheEndOfTheOneBefore) {
    place(0, 0, 0ms);
    place(8'000, 8'000, 1s);  // Sent ahead by the server.
    clock_.restart();
    EXPECT_EQ(place(0, 0, 2s).pts, 8'040);
    EXPECT_EQ(place(40, 40, 2s).pts, 8'080);
}

TEST_F(StreamClockTest, CountsInTheStreamsOwnUnit) {
    place(0, 0, 0ms);
    clock_.restart();
    EXPECT_EQ(place(0, 0, 2s, {1, 90'000}).pts, 180'000);
}

TEST_F(StreamClockTest, AbsoluteTimesBeginAtUnixTime) {
    clock_ = StreamClock(PtsMode::absolute);
    EXPECT_EQ(place(7, 7, 0ms).pts, 1'700'000'000'000);
    EXPECT_EQ(place(47, 47, 100ms).pts, 1'700'000'000'040);
    clock_.restart();
    EXPECT_EQ(place(7, 7, 60s).pts, 1'700'000'060'000);
}

TEST_F(StreamClockTest, LeavesOutTheJumpsOfACamerasClock) {
    place(1'000, 1'000, 0ms);
    place(1'040, 1'040, 40ms);
    EXPECT_EQ(place(1'700'000'000'000, 1'700'000'000'000, 80ms).pts, 80) << "it has learnt what year it is";
    EXPECT_EQ(place(1'700'000'000'040, 1'700'000'000'040, 120ms).pts, 120);
    EXPECT_EQ(place(3, 3, 160ms).pts, 160) << "and forgotten it";
    EXPECT_EQ(clock_.jumps(), 2U);
}

TEST_F(StreamClockTest, APauseIsNoJump) {
    place(0, 0, 0ms);
    EXPECT_EQ(place(3'600'000, 3'600'000, 1h).pts, 3'600'000);
    EXPECT_EQ(clock_.jumps(), 0U);
}

TEST_F(StreamClockTest, LeavesOutADecodingTimeThatCannotBe) {
    place(0, 0, 0ms);
    EXPECT_EQ(place(80, 40, 40ms).dts, std::nullopt) << "later than the pts";
    place(90, 90, 90ms);
    EXPECT_EQ(place(90, 120, 120ms).dts, std::nullopt) << "not ascending";
}

TEST_F(StreamClockTest, SurvivesAnyTimes) {
    for (const auto time : {Limits::min(), Limits::max(), std::int64_t{0}, Limits::min() / 2,
                            Limits::max() / 2, Limits::max() / 4, Limits::min() / 4}) {
        for (const auto dts : {std::optional(Limits::min()), std::optional(Limits::max()),
                               std::optional<std::int64_t>(), std::optional(time)}) {
            const auto packet = place(dts, time, 1s);
            EXPECT_GE(packet.pts, 0);
            EXPECT_LT(packet.pts, 3'600'000) << time << " " << dts.value_or(-1);
        }
    }
}

}  // namespace
}  // namespace framebridge::stream_source
