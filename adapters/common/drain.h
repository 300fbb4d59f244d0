#pragma once

#include "runtime/poll_set.h"

namespace framebridge {

/// Lets a loop turn, sleeping between its turns, until nothing is in flight any more or `deadline` has come.
/// `sleep` must wake at the deadline. Returns whether nothing is in flight.
template <typename Turn, typename Sleep, typename NothingInFlight>
bool drain(runtime::PollSet::Clock::time_point deadline, Turn turn, Sleep sleep,
           const NothingInFlight& nothing_in_flight) {
    turn();
    while (!nothing_in_flight()) {
        if (runtime::PollSet::Clock::now() >= deadline) {
            return false;
        }
        sleep();
        turn();
    }
    return true;
}

}  // namespace framebridge
