#include "scenario/source/source_scenario.h"

// What a source's metrics say of what it carried.
namespace framebridge::source::testing {

class Metrics : public SourceScenario {
  protected:
    static std::uint64_t count(const prometheus::Histogram& histogram) {
        return histogram.Collect().histogram.sample_count;
    }
    double unusable(const std::string& reason) {
        return registry_.counter("framebridge_source_unusable_messages_total", "", {{"reason", reason}})
            .Value();
    }
    double gauge(const std::string& name, const prometheus::Labels& labels = {}) {
        return registry_.gauge(name, "", labels).Value();
    }
};

TEST_F(Metrics, TellHowLongEachStageTakesAndHowLongFramesStillLive) {
    before_open = [](FakeStore& store, const std::string&) { store.time_to_live = std::chrono::seconds(42); };
    consume_stored(0, 10, "a");
    consumer.push(0, 11, end_of_stream_message("a"), "a");

    run_until([&] { return sender.sent.size() == 2; });

    EXPECT_EQ(count(metrics.fetch_seconds), 1U);
    EXPECT_EQ(count(metrics.send_seconds), 2U);
    EXPECT_GT(metrics.bytes_consumed.Value(), 0);
    EXPECT_THAT(stores["store:6379:0"]->asked_ttl, ::testing::ElementsAre("frames:a10"));
    EXPECT_EQ(gauge("framebridge_source_ttl_margin_seconds"), 42);
}

TEST_F(Metrics, NameTheReasonOfWhatCannotBeUsed) {
    config.stores.allowed.push_back({{"another", 6379, 0}, ""});
    consume_stored(0, 10, "a");
    consumer.push(0, 11, "no message", "a");

    run_until([&] { return consumer.stored[0] == 12; });

    EXPECT_EQ(unusable("reference"), 1);
    EXPECT_EQ(unusable("invalid"), 1);
    EXPECT_EQ(unusable("pipeline"), 0);
}

TEST_F(Metrics, SayHowFarBehindAPartitionIsWhileItIsOurs) {
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    const prometheus::Labels third{{"partition", "3"}};
    metrics.partitions.set({.partition = 3, .uncommitted = std::nullopt, .unread = 5},
                           {.messages = 2, .position = 100, .oldest_timestamp_ms = now - 60'000});
    EXPECT_EQ(gauge("framebridge_source_lag_records", third), 7);
    EXPECT_NEAR(gauge("framebridge_source_lag_seconds", third), 60, 10);
    EXPECT_EQ(gauge("framebridge_source_position", third), 100);
    metrics.partitions.set({.partition = 3, .uncommitted = std::nullopt, .unread = 0},
                           {.messages = 0, .position = 107, .oldest_timestamp_ms = now - 60'000});
    EXPECT_EQ(gauge("framebridge_source_lag_seconds", third), 0) << "all are sent";
    metrics.partitions.forget({3, 4});
    EXPECT_EQ(gauge("framebridge_source_position", third), 0) << "it is made anew here";
}

}  // namespace framebridge::source::testing
