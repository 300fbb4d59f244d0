#include "scenario/source/source_scenario.h"

namespace framebridge::source::testing {

class StalledPipeline : public SourceScenario {};

// The pipeline takes nothing: the source goes on serving the group, takes no records, and goes on with the
// pipeline.
TEST_F(StalledPipeline, ServesTheGroupWithoutTakingRecords) {
    config.queue_size = 5;
    sender.room = 0;
    for (int offset = 0; offset < 20; ++offset) {
        consume_stored(0, offset, "a");
    }
    int served_while_full = 0;
    consumer.each_turn = [&](kafka::RebalanceListener&) {
        if (consumer.queue.size() > 15 || sender.room > 0) {
            return;
        }
        EXPECT_EQ(consumer.queue.size(), 15U);
        if (++served_while_full == 10) {
            sender.room = 100;
        }
    };

    runtime::StopSignal stop;
    FrameStores stores(config.stores, [this](const protocol::StoreAddress&) {
        auto store = std::make_unique<FakeStore>();
        store->contents = store_contents;
        return store;
    });
    SourceMetrics source_metrics(metrics);
    Source source(config, sender, stores, source_metrics, {[] {}});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    sender.each_turn = [&] {
        if (sender.sent.size() == 20 || std::chrono::steady_clock::now() > deadline) {
            stop.request();
        }
    };
    source.run(consumer, config.dead_letter_topic.empty() ? nullptr : &dead_letters, stop);

    EXPECT_EQ(served_while_full, 10);
    EXPECT_EQ(sender.sent.size(), 20U);
    EXPECT_EQ(consumer.stored[0], 20);
}

}  // namespace framebridge::source::testing
