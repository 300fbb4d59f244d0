#include "runtime/fps_meter.h"

#include <gmock/gmock.h>

#include <vector>

namespace framebridge::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class FpsMeterTest : public testing::Test {
  protected:
    FpsMeter meter(FpsMeter::Config config) {
        return {config, [this](const std::string& text) { reports_.push_back(text); },
                [this] { return now_; }};
    }
    void count(FpsMeter& meter, int frames, FpsMeter::Clock::duration apart) {
        for (int i = 0; i < frames; ++i) {
            now_ += apart;
            meter.count();
        }
    }
    FpsMeter::Clock::time_point now_{seconds(100)};
    std::vector<std::string> reports_;
};

TEST_F(FpsMeterTest, ReportsEveryPeriodOfFrames) {
    auto meter = this->meter({.period_frames = 10, .period = {}});
    count(meter, 9, milliseconds(40));
    EXPECT_THAT(reports_, IsEmpty());
    count(meter, 11, milliseconds(40));
    EXPECT_THAT(reports_, ElementsAre("Processed 10 frames, 25.00 FPS.", "Processed 10 frames, 25.00 FPS."));
}

TEST_F(FpsMeterTest, TheDefaultPeriodIsAThousandFrames) {
    auto meter = this->meter({});
    count(meter, 1999, milliseconds(3));
    EXPECT_THAT(reports_, ElementsAre("Processed 1000 frames, 333.33 FPS."));
}

TEST_F(FpsMeterTest, SecondsGoBeforeFrames) {
    auto meter = this->meter({.period_frames = 2, .period = std::chrono::duration<double>(0.5)});
    count(meter, 4, milliseconds(100));
    EXPECT_THAT(reports_, IsEmpty());
    count(meter, 1, milliseconds(100));
    EXPECT_THAT(reports_, ElementsAre("Processed 5 frames, 10.00 FPS."));
}

TEST_F(FpsMeterTest, OneFrameIsSingular) {
    auto meter = this->meter({.period_frames = 1, .period = {}});
    count(meter, 1, milliseconds(2500));
    EXPECT_THAT(reports_, ElementsAre("Processed 1 frame, 0.40 FPS."));
}

TEST_F(FpsMeterTest, TheLastPeriodIsReportedAtTheEnd) {
    auto meter = this->meter({.period_frames = 10, .period = {}});
    count(meter, 13, milliseconds(500));
    meter.finish();
    EXPECT_THAT(reports_, ElementsAre("Processed 10 frames, 2.00 FPS.", "Processed 3 frames, 2.00 FPS."));
}

TEST_F(FpsMeterTest, AnEmptyLastPeriodIsNotReported) {
    auto meter = this->meter({.period_frames = 10, .period = {}});
    count(meter, 10, milliseconds(500));
    now_ += seconds(5);
    meter.finish();
    EXPECT_THAT(reports_, ElementsAre("Processed 10 frames, 2.00 FPS."));
}

TEST_F(FpsMeterTest, NothingAtAllIsReportedAtTheEnd) {
    auto meter = this->meter({});
    now_ += seconds(5);
    meter.finish();
    EXPECT_THAT(reports_, ElementsAre("Processed 0 frames, 0.00 FPS."));
}

TEST_F(FpsMeterTest, NoTimeAtAllIsNoDivision) {
    auto meter = this->meter({.period_frames = 1, .period = {}});
    meter.count();
    EXPECT_THAT(reports_, ElementsAre("Processed 1 frame, 0.00 FPS."));
}

}  // namespace
}  // namespace framebridge::runtime
