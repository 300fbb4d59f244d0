#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "runtime/failure.h"
#include "runtime/poll_set.h"
#include "runtime/unique_fd.h"
#include "store/name_lookup.h"
#include "store/redis_config.h"

namespace framebridge::store {

/// Gets a TCP or unix connection to a store, again and again: resolves the host off the loop, tries all of
/// its addresses, the last good one first. One that is not found any more is still tried while DNS is away.
class Dialer {
  public:
    using Clock = std::chrono::steady_clock;
    enum class Progress { dialing, connected, failed };

    Dialer(const RedisConfig& config, Resolve resolve);

    void start(Clock::time_point now);
    /// After start(), until it is not `dialing` any more.
    Progress advance(Clock::time_point now);
    void add_to(runtime::PollSet& poll_set) const;
    /// The connected socket, once.
    runtime::UniqueFd take();
    void stop();
    /// Why it failed.
    [[nodiscard]] const runtime::Failure& failure() const { return failure_; }

  private:
    Progress look_up(Clock::time_point now);
    Progress connect_next(Clock::time_point now);
    Progress finish_connecting(Clock::time_point now);
    Progress fail(runtime::FailureKind kind, const std::string& what);
    Progress fail(int error_number, const std::string& where);
    void put_last_good_first();

    std::string host_;
    std::uint16_t port_;
    std::string unix_socket_;
    bool by_sentinel_;  ///< Of the addresses of before, none is good any more.
    std::chrono::milliseconds timeout_;
    Resolve resolve_;
    std::optional<NameLookup> lookup_;  // Goes on while it is slow, over several calls of start().
    std::vector<SocketAddress> addresses_;
    std::size_t next_ = 0;
    std::optional<SocketAddress> last_good_;
    runtime::UniqueFd socket_;
    Clock::time_point since_{};
    runtime::Failure failure_{runtime::FailureKind::unavailable, ""};
};

}  // namespace framebridge::store
