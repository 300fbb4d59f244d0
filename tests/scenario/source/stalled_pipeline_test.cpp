#include "scenario/source/source_scenario.h"

namespace framebridge::testing {

class StalledPipeline : public SourceScenario {};

// The pipeline takes nothing: the source goes on polling Kafka with its partitions paused, and resumes with
// it.
TEST_F(StalledPipeline, PausesThePartitionsAndResumesThem) {
    config.queue_size = 5;
    sender.room = 0;
    for (int offset = 0; offset < 20; ++offset)
        consume_stored(0, offset, "a");
    std::size_t consumed_while_stalled = 0;
    bool polled_while_paused = false;
    consumer.each_turn = [&] {
        if (!consumer.paused)
            return;
        polled_while_paused = true;
        consumed_while_stalled = 20 - consumer.queue.size();
        sender.room = 100;
    };

    // Turns are free here but for the pause's own delay of a few seconds.
    StopSignal stop;
    FrameStores stores(config.stores, [this](const StoreAddress&) {
        auto store = std::make_unique<FakeStore>();
        store->contents = store_contents;
        return store;
    });
    SourceMetrics source_metrics(metrics);
    Source source(config, sender, stores, source_metrics, {[] {}});
    source.on_assigned({0});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    sender.each_turn = [&] {
        if (sender.sent.size() == 20 || std::chrono::steady_clock::now() > deadline)
            stop.request();
    };
    source.run(consumer, config.dead_letter_topic.empty() ? nullptr : &dead_letters, stop);

    EXPECT_TRUE(polled_while_paused);
    EXPECT_EQ(consumed_while_stalled, 5U);
    EXPECT_EQ(consumer.pauses, 1);
    EXPECT_EQ(sender.sent.size(), 20U);
    EXPECT_EQ(consumer.stored[0], 20);
}

}  // namespace framebridge::testing
