#include "kafka_redis_sink/compacted_topic.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "runtime/failure.h"

namespace framebridge::sink {
namespace {

using testing::HasSubstr;

CompactedTopicWatch::Ask topic_with(bool compacts, bool deletes) {
    return [compacts, deletes](std::string&) {
        kafka::TopicRetention retention;
        retention.compacts = compacts;
        retention.deletes = deletes;
        return std::optional(retention);
    };
}

TEST(CompactedTopic, IsRefusedAtTheStart) {
    try {
        const CompactedTopicWatch watch("frames", CompactedTopicPolicy::refuse, topic_with(true, false));
        FAIL() << "it started";
    } catch (const runtime::Failure& failure) {
        EXPECT_EQ(failure.kind(), runtime::FailureKind::misconfigured);
        EXPECT_THAT(failure.what(), testing::AllOf(HasSubstr("frames"), HasSubstr("--compacted-topic")));
    }
}

TEST(CompactedTopic, IsTakenWhereItAlsoDeletesOrThePolicySaysSo) {
    EXPECT_EQ(CompactedTopicWatch("frames", CompactedTopicPolicy::refuse, topic_with(true, true)).problem(),
              "");
    EXPECT_EQ(CompactedTopicWatch("frames", CompactedTopicPolicy::refuse, topic_with(false, true)).problem(),
              "");
    EXPECT_EQ(CompactedTopicWatch("frames", CompactedTopicPolicy::warn, topic_with(true, false)).problem(),
              "");
    EXPECT_EQ(CompactedTopicWatch("frames", CompactedTopicPolicy::off, topic_with(true, false)).problem(),
              "");
}

TEST(CompactedTopic, StopsProducingWhenItIsMadeSoWhileRunningAndUntilItIsMended) {
    std::atomic<bool> compacted = false;
    const CompactedTopicWatch watch(
        "frames", CompactedTopicPolicy::refuse,
        [&](std::string& error) { return topic_with(compacted, !compacted)(error); },
        std::chrono::milliseconds(5));
    const auto becomes = [&watch](bool problem) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (watch.problem().empty() == problem && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        return watch.problem().empty() != problem;
    };
    EXPECT_EQ(watch.problem(), "");
    compacted = true;
    EXPECT_TRUE(becomes(true));
    compacted = false;
    EXPECT_TRUE(becomes(false));
}

}  // namespace
}  // namespace framebridge::sink
