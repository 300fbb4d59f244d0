#include "scenario/source/source_scenario.h"

namespace framebridge::source::testing {

class StalledPipeline : public SourceScenario {};

// The pipeline takes nothing: the source goes on serving the group, takes no records, and goes on with the
// pipeline.
TEST_F(StalledPipeline, ServesTheGroupWithoutTakingRecords) {
    config.queue_size = 5;
    consumer.assigned = {0};
    sender.room = 0;
    for (int offset = 0; offset < 20; ++offset) {
        consume_stored(0, offset, "a");
    }
    int served = 0;
    consumer.each_turn = [&](kafka::RebalanceListener&) { ++served; };
    int served_before = 0;
    script.at_rest([&] {
        EXPECT_EQ(consumer.queue.size(), 15U);
        served_before = served;
    });
    script.when([&] { return served > served_before + 5; },
                [&] {
                    EXPECT_EQ(consumer.queue.size(), 15U);
                    sender.room = 100;
                });

    run_until([&] { return sender.sent.size() == 20; });

    EXPECT_EQ(consumer.stored[0], 20);
}

TEST_F(StalledPipeline, IsTimedForAsLongAsAMessageWaits) {
    sender.room = 0;
    consume_stored(0, 0, "a");
    script.when([&] { return metrics.stalled_seconds.Value() > 0; }, [&] { sender.room = 1; });

    run_until([&] { return metrics.stalled_seconds.Value() == 0; });

    EXPECT_EQ(sender.sent.size(), 1U);
}

}  // namespace framebridge::source::testing
