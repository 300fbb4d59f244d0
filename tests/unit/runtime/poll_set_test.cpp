#include "runtime/poll_set.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include "runtime/unique_fd.h"

namespace framebridge::runtime {
namespace {

// Far beyond what the test may take: a sleep that nothing ends fails the test by its time limit.
constexpr auto never_in_this_test = std::chrono::minutes(10);

std::array<UniqueFd, 2> connected_pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// poll(2)'s POLLOUT is zmq_poll's ZMQ_POLLERR: a descriptor waited for with it never wakes.
TEST(PollSet, ADescriptorThatCanBeWrittenToEndsTheSleep) {
    const auto ends = connected_pair();
    PollSet poll_set;
    poll_set.add_fd(ends[0].get(), PollEvents::writable);
    poll_set.wake_at(PollSet::Clock::now() + never_in_this_test);
    poll_set.wait();
}

TEST(PollSet, ADescriptorThatCanBeReadEndsTheSleep) {
    const auto ends = connected_pair();
    ASSERT_EQ(send(ends[1].get(), "x", 1, 0), 1);
    PollSet poll_set;
    poll_set.add_fd(ends[0].get(), PollEvents::readable);
    poll_set.wake_at(PollSet::Clock::now() + never_in_this_test);
    poll_set.wait();
}

TEST(PollSet, TheEarliestTimeEndsTheSleepAndAllIsForgotten) {
    const auto ends = connected_pair();
    PollSet poll_set;
    poll_set.add_fd(ends[0].get(), PollEvents::readable);
    const auto due = PollSet::Clock::now() + std::chrono::milliseconds(20);
    poll_set.wake_at(due);
    poll_set.wake_at(PollSet::Clock::now() + never_in_this_test);
    poll_set.wait();
    EXPECT_GE(PollSet::Clock::now(), due);
}

}  // namespace
}  // namespace framebridge::runtime
