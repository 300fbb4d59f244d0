#include "kafka_redis_sink/ttl_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "runtime/failure.h"
#include "runtime/metrics.h"

namespace framebridge::sink {
namespace {

using namespace std::chrono_literals;

/// Ten minutes are for the broker's own delays, see record_lifetime().
constexpr auto slack = 10min;

class TtlWatchTest : public ::testing::Test {
  protected:
    TtlWatchTest() {
        retention = kafka::TopicRetention{.retention = 60s, .segment = 30s, .max_message_bytes = {}};
    }

    TtlWatch open(std::optional<std::chrono::milliseconds> ttl, TtlPolicy policy) {
        return TtlWatch(
            {.topic = "frames", .ttl = ttl, .policy = policy, .interval = 1ms},
            [this](std::string& error) -> std::optional<kafka::TopicRetention> {
                const std::lock_guard lock(mutex);
                ++asked;
                if (!retention) {
                    error = "not allowed";
                }
                return retention;
            },
            shortfall);
    }
    void set(std::optional<kafka::TopicRetention> now) {
        const std::lock_guard lock(mutex);
        retention = now;
    }
    template <typename Condition>
    static void wait_until(Condition holds) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!holds()) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline);
            std::this_thread::yield();
        }
    }

    std::mutex mutex;
    std::optional<kafka::TopicRetention> retention;
    std::atomic<int> asked = 0;
    runtime::Metrics metrics;
    prometheus::Gauge& shortfall = metrics.gauge("shortfall", "");
};

TEST_F(TtlWatchTest, ATtlThatIsTooShortIsRefusedIfTold) {
    EXPECT_THROW(open(60s, TtlPolicy::refuse), runtime::Failure);
    EXPECT_NO_THROW(open(60s, TtlPolicy::warn));
    EXPECT_NO_THROW(open(1h, TtlPolicy::refuse));
}

// A record lives for retention.ms after its segment is closed, which segment.ms may delay.
TEST_F(TtlWatchTest, TheSegmentsTimeCounts) {
    EXPECT_NO_THROW(open(60s + 30s + slack, TtlPolicy::refuse));
    set(kafka::TopicRetention{.retention = 60s, .segment = 31s, .max_message_bytes = {}});
    EXPECT_THROW(open(60s + 30s + slack, TtlPolicy::refuse), runtime::Failure);
}

TEST_F(TtlWatchTest, TheShortfallIsAMetric) {
    const auto watch = open(60s, TtlPolicy::warn);
    EXPECT_EQ(shortfall.Value(), 30 + std::chrono::seconds(slack).count());
    EXPECT_EQ(watch.ttl(), 60s);
}

TEST_F(TtlWatchTest, AutoDerivesTheTtlAndFollowsTheTopic) {
    const auto watch = open(std::nullopt, TtlPolicy::warn);
    EXPECT_EQ(watch.ttl(), 60s + 30s + slack);
    set(kafka::TopicRetention{.retention = 120s, .segment = 30s, .max_message_bytes = {}});
    wait_until([&] { return watch.ttl() == 120s + 30s + slack; });
    EXPECT_EQ(shortfall.Value(), 0);
}

TEST_F(TtlWatchTest, AutoNeedsARetentionThatCanBeRead) {
    set(std::nullopt);
    EXPECT_THROW(open(std::nullopt, TtlPolicy::off), runtime::Failure);
    EXPECT_NO_THROW(open(60s, TtlPolicy::warn));
}

TEST_F(TtlWatchTest, AnUnreadableRetentionLaterKeepsTheTtl) {
    const auto watch = open(std::nullopt, TtlPolicy::warn);
    set(std::nullopt);
    const int before = asked;
    wait_until([&] { return asked > before + 2; });
    EXPECT_EQ(watch.ttl(), 60s + 30s + slack);
}

TEST_F(TtlWatchTest, OffAsksNobody) {
    const auto watch = open(60s, TtlPolicy::off);
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(watch.ttl(), 60s);
}

}  // namespace
}  // namespace framebridge::sink
