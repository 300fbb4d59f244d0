#include "kafka/ttl_guard.h"

#include <gmock/gmock.h>

namespace framebridge::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(TtlGuard, ARecordLivesUntilItsSegmentIsClosedAndRetentionHasPassed) {
    EXPECT_EQ(record_lifetime({.retention = 300s, .segment = 60s, .max_message_bytes = {}}),
              300s + 60s + 10min);
    EXPECT_EQ(record_lifetime({.retention = 0s, .segment = 1s, .max_message_bytes = {}}), 1s + 10min);
}

TEST(TtlGuard, ARecordWithoutRetentionLivesForEver) {
    EXPECT_EQ(record_lifetime({.retention = -1ms, .segment = 60s, .max_message_bytes = {}}), std::nullopt);
    EXPECT_EQ(record_lifetime(
                  {.retention = std::chrono::milliseconds::max(), .segment = 60s, .max_message_bytes = {}}),
              std::nullopt);
}

TEST(TtlGuard, ASegmentThatIsNeverClosedDoesNotOverflow) {
    const auto lifetime = record_lifetime(
        {.retention = 300s, .segment = std::chrono::milliseconds::max(), .max_message_bytes = {}});
    ASSERT_TRUE(lifetime.has_value());
    EXPECT_GT(*lifetime, 24h * 365);
}

TEST(TtlGuard, AutoDerivesWholeSecondsRoundedUp) {
    const auto verdict =
        check_ttl({.retention = 1500ms, .segment = 0ms, .max_message_bytes = {}}, std::nullopt);
    EXPECT_EQ(verdict.ttl, 602s);
    EXPECT_THAT(verdict.problem, IsEmpty());
}

TEST(TtlGuard, AutoNeedsARetention) {
    const auto verdict = check_ttl({}, std::nullopt);
    EXPECT_EQ(verdict.ttl, std::nullopt);
    EXPECT_THAT(verdict.problem, AllOf(HasSubstr("REDIS_TTL_SECONDS"), HasSubstr("--redis-ttl-seconds"),
                                       HasSubstr("retention.ms")));
}

TEST(TtlGuard, AnExplicitTtlStays) {
    const TopicRetention retention{.retention = 300s, .segment = 60s, .max_message_bytes = {}};
    const auto enough = check_ttl(retention, 960s);
    EXPECT_EQ(enough.ttl, 960s);
    EXPECT_THAT(enough.problem, IsEmpty());
    const auto short_one = check_ttl(retention, 60s);
    EXPECT_EQ(short_one.ttl, 60s);
    EXPECT_THAT(short_one.problem,
                AllOf(HasSubstr("REDIS_TTL_SECONDS (--redis-ttl-seconds)=60"), HasSubstr("at least 960 s"),
                      HasSubstr("retention.ms=300000"), HasSubstr("segment.ms=60000")));
}

TEST(TtlGuard, AnExplicitTtlIsShorterThanForEver) {
    EXPECT_THAT(check_ttl({}, 60s).problem, HasSubstr("retention.ms=-1"));
}

TEST(TtlGuard, FramesThatNeverExpireOutliveEverything) {
    EXPECT_THAT(check_ttl({}, 0s).problem, IsEmpty());
    EXPECT_THAT(check_ttl({.retention = 300s, .segment = 60s, .max_message_bytes = {}}, 0s).problem,
                IsEmpty());
}

}  // namespace
}  // namespace framebridge::kafka
