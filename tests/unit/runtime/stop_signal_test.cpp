#include "runtime/stop_signal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>

namespace framebridge::runtime {
namespace {

using std::chrono::seconds;
using Clock = PollSet::Clock;

constexpr auto deadline = seconds(30);

TEST(PollSet, SleepsUntilTheEarliestDeadline) {
    PollSet poll_set;
    const auto start = Clock::now();
    poll_set.wake_at(start + deadline);
    poll_set.wake_at(start + std::chrono::milliseconds(20));
    poll_set.wait();
    EXPECT_GE(Clock::now(), start + std::chrono::milliseconds(20));
    EXPECT_LT(Clock::now(), start + deadline);
}

TEST(PollSet, WakesForADescriptorAndForgetsIt) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    PollSet poll_set;
    const auto start = Clock::now();
    poll_set.add_fd(ends[0], PollEvents::readable);
    poll_set.wake_at(start + deadline);
    poll_set.wait();
    EXPECT_LT(Clock::now(), start + deadline);

    const auto again = Clock::now();
    poll_set.wake_at(again + std::chrono::milliseconds(20));
    poll_set.wait();
    EXPECT_GE(Clock::now(), again + std::chrono::milliseconds(20)) << "the readable descriptor was forgotten";
    close(ends[0]);
    close(ends[1]);
}

TEST(StopSignal, ARequestWakesASleepingLoop) {
    StopSignal stop;
    EXPECT_FALSE(stop.requested());
    std::thread requester([&stop] { stop.request(); });
    PollSet poll_set;
    const auto start = Clock::now();
    while (!stop.requested() && Clock::now() < start + deadline) {
        stop.add_to(poll_set);
        poll_set.wake_at(start + deadline);
        poll_set.wait();
    }
    requester.join();
    EXPECT_TRUE(stop.requested());
    EXPECT_LT(Clock::now(), start + deadline);
}

TEST(StopSignal, ADrainingLoopSleepsOn) {
    StopSignal stop;
    stop.request();
    stop.request();
    PollSet poll_set;
    const auto start = Clock::now();
    stop.add_to(poll_set);
    poll_set.wake_at(start + std::chrono::milliseconds(20));
    poll_set.wait();
    EXPECT_GE(Clock::now(), start + std::chrono::milliseconds(20));
}

TEST(StopSignal, SignalsRequestAStop) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        StopSignal stop;
        stop.install_handlers();
        errno = 0;
        ASSERT_EQ(raise(signal), 0);
        EXPECT_TRUE(stop.requested());
        EXPECT_EQ(errno, 0);
    }
}

TEST(StopSignal, SighupIsLeftIgnored) {
    ASSERT_NE(std::signal(SIGHUP, SIG_IGN), SIG_ERR);
    StopSignal stop;
    stop.install_handlers();
    ASSERT_EQ(raise(SIGHUP), 0);
    EXPECT_FALSE(stop.requested());
    std::signal(SIGHUP, SIG_DFL);
}

void signal_after_a_request(int first, int second, std::chrono::milliseconds pause) {
    StopSignal stop;
    stop.install_handlers();
    stop.request();
    raise(first);
    // The first signal after a request of our own must not end the process.
    if (!stop.requested()) {
        _exit(1);
    }
    std::this_thread::sleep_until(Clock::now() + pause);
    raise(second);
    _exit(2);
}

TEST(StopSignalDeathTest, TheSecondSignalEndsTheProcess) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    constexpr auto later = std::chrono::milliseconds(1'001);
    EXPECT_EXIT(signal_after_a_request(SIGTERM, SIGTERM, later), testing::ExitedWithCode(128 + SIGTERM), "");
    EXPECT_EXIT(signal_after_a_request(SIGTERM, SIGINT, later), testing::ExitedWithCode(128 + SIGINT), "");
}

// As a supervisor's to the process and to its group.
TEST(StopSignalDeathTest, TwoSignalsWithinASecondAreOne) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    constexpr auto at_once = std::chrono::milliseconds(0);
    EXPECT_EXIT(signal_after_a_request(SIGTERM, SIGTERM, at_once), testing::ExitedWithCode(2), "");
}

void signal_after_the_object() {
    {
        StopSignal().install_handlers();
    }
    raise(SIGTERM);
    _exit(1);
}

TEST(StopSignalDeathTest, TheDefaultIsBackAfterTheObject) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(signal_after_the_object(), testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace framebridge::runtime
