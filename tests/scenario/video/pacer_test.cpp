#include "video_file_source/pacer.h"

#include <gtest/gtest.h>

namespace framebridge::video_source {
namespace {

using namespace std::chrono_literals;

class PacerTest : public testing::Test {
  protected:
    Pacer::Clock::time_point now_ = Pacer::Clock::time_point{} + 1h;
    Pacer pacer_;
};

TEST_F(PacerTest, TheFirstFrameIsDueAtOnceWhateverItsTime) {
    EXPECT_EQ(pacer_.due(-2s, 40ms, now_), now_);
    EXPECT_EQ(pacer_.due(-1960ms, 40ms, now_), now_ + 40ms);
}

TEST_F(PacerTest, TheStartIsPutOffOnce) {
    Pacer late(300ms);
    EXPECT_EQ(late.due(5s, 40ms, now_), now_ + 300ms);
    late.restart();
    EXPECT_EQ(late.due(0s, 40ms, now_ + 300ms), now_ + 340ms);
}

TEST_F(PacerTest, ASmallDelayIsMadeUpFor) {
    pacer_.due(0s, 40ms, now_);
    EXPECT_EQ(pacer_.due(40ms, 40ms, now_ + 900ms), now_ + 40ms);
    EXPECT_EQ(pacer_.due(80ms, 40ms, now_ + 900ms), now_ + 80ms);
}

TEST_F(PacerTest, ALongStallIsNotMadeUpFor) {
    pacer_.due(0s, 40ms, now_);
    EXPECT_EQ(pacer_.due(40ms, 40ms, now_ + 60s), now_ + 60s);
    EXPECT_EQ(pacer_.due(80ms, 40ms, now_ + 60s), now_ + 60s + 40ms);
}

TEST_F(PacerTest, AnotherStreamFollowsWhenTheLastFrameIsOver) {
    pacer_.due(0s, 40ms, now_);
    pacer_.restart();
    EXPECT_EQ(pacer_.due(5s, 40ms, now_), now_ + 40ms);
    EXPECT_EQ(pacer_.due(5040ms, 40ms, now_), now_ + 80ms);
}

}  // namespace
}  // namespace framebridge::video_source
