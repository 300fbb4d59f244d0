#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framebridge/protocol/store_address.h"
#include "kafka_redis_source/config.h"
#include "runtime/health.h"
#include "store/frame_store.h"

namespace framebridge::source {

/// The stores that messages refer to, each opened when it is first named, as far as the policy lets it be.
class FrameStores {
  public:
    using Clock = std::chrono::steady_clock;
    using Open = std::function<std::unique_ptr<store::FrameStore>(const protocol::StoreAddress&)>;

    FrameStores(const StorePolicy& policy, Open open, std::function<Clock::time_point()> now = Clock::now);

    enum class Refusal {
        malformed,    ///< The text is no store address.
        not_allowed,  ///< The policy does not let it be connected to.
        unreachable,  ///< Tried for the policy's limit, and never reached.
    };
    /// The store that `text` (`host:port:db`) names, or why there is none.
    std::variant<store::FrameStore*, Refusal> find(std::string_view text);

    /// Lets all stores work. Appends their outcomes, and for the stores given up `missing` for all that was
    /// asked of them.
    void advance(std::vector<store::Outcome>& outcomes);
    /// To be called for each get() on a store that find() gave, so that giving it up can answer it.
    void note_request(store::FrameStore* store, store::Token token);
    void add_to(runtime::PollSet& poll_set);
    /// Tells the state of each open store.
    void report(runtime::Health& health) const;

  private:
    struct Entry {
        std::unique_ptr<store::FrameStore> store;  ///< Null while given up.
        bool configured = false;
        bool reached = false;
        Clock::time_point tried_since;
        Clock::time_point given_up_until;
        std::vector<store::Token> requests;  ///< Kept only until the store was reached.
    };
    void give_up(const protocol::StoreAddress& address, Entry& entry, std::vector<store::Outcome>& outcomes);

    const StorePolicy& policy_;
    Open open_;
    std::function<Clock::time_point()> now_;
    std::map<protocol::StoreAddress, Entry> entries_;  ///< By the address that is connected to.
    std::map<std::string, protocol::StoreAddress, std::less<>> addresses_;  ///< By the text in messages.
};

}  // namespace framebridge::source
