#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/flight_window.h"
#include "store/outage_log.h"
#include "store/redis_frame_store.h"
#include "store/redis_session.h"
#include "store/request_queue.h"
#include "store/retry_policy.h"

namespace framebridge::store {

/// The RedisFrameStore there is. Requests wait in a queue; those in flight are in another, in the order of
/// their replies.
class RedisStore final : public RedisFrameStore {
  public:
    RedisStore(const RedisConfig& config, Resolve resolve)
        : session_(config, std::move(resolve)),
          by_sentinel_(config.sentinel.has_value()),
          log_(session_.name()),
          window_(max_in_flight, config.window_bytes),
          policy_(config.retry_backoff, config.retry_backoff_max) {}

    void put(Token token, std::string_view key, std::span<const std::string_view> parts,
             std::chrono::milliseconds ttl, PutMode mode) override;
    void get(Token token, std::string_view key, ContentSize size) override;
    void look_up(Token token, std::string_view key) override;
    void ask_ttl(Token token, std::string_view key) override;
    void advance(std::vector<Outcome>& outcomes) override;
    void add_to(runtime::PollSet& poll_set) override;
    [[nodiscard]] std::string problem() const override;
    [[nodiscard]] bool lacks_resources() const override { return lacks_resources_; }
    [[nodiscard]] StoreStatistics statistics() const override { return statistics_; }

  private:
    using Clock = std::chrono::steady_clock;
    // Bounds what the server and this side hold of commands that carry no content.
    static constexpr std::size_t max_in_flight = 1024;
    using State = RedisSession::State;
    // What an owed reply will answer.
    struct InFlight {
        StoreRequest* request;
        Step step;
        std::size_t payload;
    };

    void begin(StoreRequest& request);
    void send_again(StoreRequest& request);
    void finish(StoreRequest& request, Status status, std::shared_ptr<runtime::Buffer> content = {},
                std::string reason = {});
    void receive();
    void fill();
    [[nodiscard]] bool may_send(const StoreRequest& request, Clock::time_point now) const;
    void disconnect();
    void learn_from_cut(Step step);
    void became_ready();
    void check_recovery();

    void handle_answer(const InFlight& answered, Reply& reply);
    void handle_content(StoreRequest& request, Reply& reply);
    void handle_ttl(StoreRequest& request, std::int64_t left);
    void handle_error(const InFlight& answered, const std::string& error);
    void store_content(StoreRequest& request);
    void wait_for_store(const InFlight& failed, const std::string& error);
    [[nodiscard]] bool fits(const StoreRequest& request, std::uint64_t size, std::string& reason) const;

    RedisSession session_;
    bool by_sentinel_;
    OutageLog log_;
    FlightWindow window_;
    RetryPolicy policy_;
    Dialect dialect_;
    RequestQueue queue_;
    std::deque<InFlight> in_flight_;  // To be answered, in this order.
    std::vector<Outcome> due_;
    StoreStatistics statistics_;
    Clock::time_point now_ = Clock::now();
    Clock::time_point opened_at_ = now_;
    Clock::time_point connect_at_ = now_;
    std::size_t failing_requests_ = 0;
    bool was_ready_ = false;  // This connection.
    bool lacks_resources_ = false;
    bool cut_here_ = false;  // For the sake of one request: no fault of the store's.
    Dialect known_dialect_;  // Also of the next connection.
    std::array<bool, step_count> worked_{};
    std::optional<Step> cut_at_;
};

}  // namespace framebridge::store
