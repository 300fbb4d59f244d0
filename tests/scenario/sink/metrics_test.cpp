#include "scenario/sink/sink_scenario.h"

// What a sink's metrics say of what it carried.
namespace framebridge::sink::testing {

namespace {

std::uint64_t count(const prometheus::Histogram& histogram) {
    return histogram.Collect().histogram.sample_count;
}
double sum(const prometheus::Histogram& histogram) {
    return histogram.Collect().histogram.sample_sum;
}

std::string frame_created(std::chrono::system_clock::duration ago, std::uint64_t sequence_number) {
    const auto time = (std::chrono::system_clock::now() - ago).time_since_epoch();
    return native_message("video_frame", {{"source_id", "cam"},
                                          {"uuid", uuid_of(static_cast<std::int64_t>(sequence_number))},
                                          {"sequence_number", sequence_number},
                                          {"creation_time_ns", std::chrono::nanoseconds(time).count()},
                                          {"content", attached_content}});
}

}  // namespace

class Metrics : public SinkScenario {
  protected:
    double unusable(const std::string& reason) {
        return registry_.counter("framebridge_sink_unusable_messages_total", "", {{"reason", reason}})
            .Value();
    }
};

TEST_F(Metrics, TellHowOldFramesAreAndHowLongEachStageTakes) {
    receiver.push("cam", frame_created(std::chrono::seconds(100), 1), {"bytes"});
    receiver.push("cam", end_of_stream_message("cam"));

    run();

    EXPECT_EQ(count(metrics.delay_seconds), 1U) << "an end of stream has no creation time";
    EXPECT_NEAR(sum(metrics.delay_seconds), 100, 10);
    EXPECT_EQ(count(metrics.store_seconds), 1U);
    EXPECT_EQ(count(metrics.produce_seconds), 2U);
    EXPECT_EQ(count(metrics.delivery_seconds), 2U);
}

TEST_F(Metrics, CountBytesStoredAndSaved) {
    config.content.deduplicate = true;
    receiver.push("a", frame_message("a", 1), {"same bytes"});
    receiver.push("b", frame_message("b", 2), {"same bytes"});

    run();

    EXPECT_EQ(metrics.bytes_stored.Value(), 10);
    EXPECT_EQ(metrics.bytes_deduplicated.Value(), 10);
    EXPECT_GT(metrics.bytes_delivered.Value(), 0);
}

TEST_F(Metrics, NameTheReasonOfWhatCannotBeUsed) {
    config.max_message_bytes = 1000;
    receiver.push("cam", "no message", {});
    receiver.push("cam", frame_message("cam", 1), {std::string(2000, 'x')});
    receiver.push("cam", frame_message("cam", 2, protocol::ContentReference{"other:6379:0", "k", {}, {}}));

    run();

    EXPECT_EQ(unusable("invalid"), 1);
    EXPECT_EQ(unusable("too_large"), 1);
    EXPECT_EQ(unusable("reference"), 1);
    EXPECT_EQ(unusable("store"), 0);
    EXPECT_EQ(metrics.dropped.Value(), 3);
}

TEST_F(Metrics, CountGapsInSequenceNumbers) {
    for (const std::uint64_t number : {1U, 2U, 5U, 6U}) {
        receiver.push("cam", frame_created(std::chrono::seconds(0), number), {"bytes"});
    }

    run();

    EXPECT_EQ(metrics.sequence_gaps.Value(), 1);
}

TEST_F(Metrics, HaveTheLimitsOfTheQueues) {
    config.kafka_in_flight = 7;
    config.queue_size = 5;
    config.max_in_flight_bytes = 1 << 20;

    run();

    EXPECT_EQ(metrics.in_flight_messages_limit.Value(), 7);
    EXPECT_EQ(metrics.storing_messages_limit.Value(), 5);
    EXPECT_EQ(metrics.in_flight_bytes_limit.Value(), 1 << 20);
}

}  // namespace framebridge::sink::testing
