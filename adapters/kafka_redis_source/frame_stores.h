#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "framebridge/protocol/content.h"
#include "framebridge/protocol/store_address.h"
#include "kafka_redis_source/store_policy.h"
#include "runtime/health.h"
#include "runtime/log_limit.h"
#include "store/frame_store.h"

namespace framebridge::source {

/// The stores that messages refer to, each opened when it is first named, as far as the policy allows.
/// A stranger that has not given a frame yet is on probation: it is asked for few frames at a time, and given
/// up if it answers nothing within the policy's limit.
class FrameStores {
  public:
    using Clock = std::chrono::steady_clock;
    /// Opens a store; a stranger is to be opened without login.
    using Open = std::function<std::unique_ptr<store::FrameStore>(const protocol::StoreAddress&, Trust)>;

    /// Of the outcomes of frames whose store was given up.
    static constexpr std::string_view unreachable_reason =
        "the store did not answer (--store-unreachable-limit)";
    static constexpr std::size_t max_open_strangers = 32;
    static constexpr std::size_t max_requests_on_probation = 8;

    FrameStores(StorePolicy policy, Open open, std::function<Clock::time_point()> now = Clock::now);

    enum class Asked {
        yes,          ///< The frame's outcome will come from advance().
        not_now,      ///< The store is not connected, or has no room: ask again.
        refused,      ///< The policy does not allow it.
        unreachable,  ///< The store was given up a short time ago.
    };
    /// Asks the store that `reference` names for its frame. `size` is what may be received.
    Asked get(const protocol::ContentReference& reference, store::ContentSize size, store::Token token);
    /// Asks a store that has just given the frame of `reference` how long it still keeps it.
    void ask_ttl(const protocol::ContentReference& reference, store::Token token);
    [[nodiscard]] const StorePolicy& policy() const { return policy_; }
    /// Whether the store that `reference` names is on probation.
    [[nodiscard]] bool on_probation(const protocol::ContentReference& reference) const;

    /// Lets all stores work. Appends their outcomes, and for the stores given up `missing` for all that was
    /// asked of them.
    void advance(std::vector<store::Outcome>& outcomes);
    void add_to(runtime::PollSet& poll_set);
    /// Tells the state of each open store; one on probation only while it is waited for.
    void report(runtime::Health& health);
    /// What all stores have counted, also those that were closed.
    [[nodiscard]] store::StoreStatistics statistics() const;

  private:
    struct Entry {
        std::unique_ptr<store::FrameStore> store;  ///< Null while given up.
        Trust trust = Trust::stranger;
        bool has_given = false;
        bool is_wanted = false;  ///< Somebody could not ask it, since it last had no problem.
        Clock::time_point last_used;
        Clock::time_point last_answer;  ///< Or when it was opened, or first asked since it owed nothing.
        Clock::time_point given_up_until;
        std::unordered_set<store::Token> asked;

        [[nodiscard]] bool on_probation() const { return trust == Trust::stranger && !has_given; }
    };
    /// Null if as many strangers are open as may be, and all of them owe an answer.
    Entry* open(const StorePolicy::Target& target);
    bool close_idle_stranger();
    void close(Entry& entry);
    [[nodiscard]] static bool owes_answer(const Entry& entry);
    /// What keeps it from answering; empty if nothing does.
    [[nodiscard]] std::string problem(const Entry& entry) const;
    void take_outcomes(Entry& entry, std::vector<store::Outcome>& outcomes);
    void give_up(const protocol::StoreAddress& address, Entry& entry, std::vector<store::Outcome>& outcomes);

    StorePolicy policy_;
    Open open_;
    std::function<Clock::time_point()> now_;
    std::map<protocol::StoreAddress, Entry> entries_;  ///< By the address that is connected to.
    store::StoreStatistics closed_;                    ///< What the stores that were closed had counted.
    std::set<std::string> reported_;                   ///< The parts that health knows of.
    runtime::LogLimit log_;
};

}  // namespace framebridge::source
