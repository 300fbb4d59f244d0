#include "runtime/failure.h"
#include "scenario/source/source_scenario.h"

// Kafka: a0 (there), a1 (gone), a2 (there, no keyframe), b3, a4 (keyframe) -> source --missing-frame ...
namespace framebridge::source::testing {

class MissingFrameScenario : public SourceScenario {
  protected:
    MissingFrameScenario() {
        consume_stored(0, 0, "a");
        consume_stored(0, 1, "a", /*is_there=*/false);
        consume_stored(0, 2, "a", true, /*keyframe=*/false);
        consume_stored(0, 3, "b");
        consume_stored(0, 4, "a");
    }
    bool all_done() { return consumer.stored[0] == 5; }
};

TEST_F(MissingFrameScenario, SkipLeavesTheMessageOut) {
    const auto report = run([&] { return all_done(); });
    EXPECT_THAT(sent_attachments(),
                ::testing::ElementsAre("bytes of a0", "bytes of a2", "bytes of b3", "bytes of a4"));
    EXPECT_EQ(report.skipped, 1U);
}

TEST_F(MissingFrameScenario, ResyncLeavesOutTheSourceUpToItsNextKeyframe) {
    config.missing_frame = MissingFrame::resync;
    const auto report = run([&] { return all_done(); });
    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("bytes of a0", "bytes of b3", "bytes of a4"));
    EXPECT_EQ(report.skipped, 2U);
}

TEST_F(MissingFrameScenario, MetadataSendsTheMessageWithoutContent) {
    config.missing_frame = MissingFrame::metadata;
    run([&] { return all_done(); });
    ASSERT_EQ(sender.sent.size(), 5U);
    protocol::Envelope envelope;
    ASSERT_TRUE(decode(protocol::FormatChoice::automatic, sender.sent[1].body, envelope).has_value());
    EXPECT_TRUE(std::holds_alternative<protocol::NoContent>(envelope.frames.front().content));
    EXPECT_TRUE(sender.sent[1].attachments.empty());
}

TEST_F(MissingFrameScenario, WaitAsksAgainAndKeepsOrder) {
    config.missing_frame = MissingFrame::wait;
    config.missing_frame_wait = std::chrono::seconds(20);
    each_turn = [&, turns = 0]() mutable {
        if (fake_store != nullptr && ++turns == 50) {
            fake_store->contents["frames:a1"] = "late";
        }
    };
    run([&] { return all_done(); });
    EXPECT_THAT(sent_attachments(),
                ::testing::ElementsAre("bytes of a0", "late", "bytes of a2", "bytes of b3", "bytes of a4"));
}

TEST_F(MissingFrameScenario, WaitSkipsAfterItsTime) {
    config.missing_frame = MissingFrame::wait;
    config.missing_frame_wait = std::chrono::milliseconds(150);
    const auto report = run([&] { return all_done(); });
    EXPECT_EQ(report.skipped, 1U);
    EXPECT_EQ(report.sent, 4U);
}

TEST_F(MissingFrameScenario, FailStopsWithoutCommittingTheMessage) {
    config.missing_frame = MissingFrame::fail;
    try {
        run([&] { return all_done(); });
        FAIL() << "no error";
    } catch (const runtime::Failure& error) {
        EXPECT_EQ(error.kind(), runtime::FailureKind::bad_data);
        EXPECT_THAT(error.what(), ::testing::HasSubstr("offset 1"));
    }
    EXPECT_EQ(consumer.stored[0], 1);
    EXPECT_TRUE(sender.closed);
    EXPECT_TRUE(consumer.closed);
}

TEST_F(MissingFrameScenario, BytesThatDoNotMatchTheirHashCountAsMissing) {
    consumer.queue.clear();
    config.verify_content = true;
    store::ContentHash sha256(store::HashAlgorithm::sha256);
    const std::string_view right[] = {"right"};
    const auto hash = sha256(right);
    store_contents["frames:" + hash] = "wrong";
    store_contents["x"] = "right";
    consumer.push(
        0, 0, frame_message("a", 0, protocol::ContentReference{"store:6379:0", "frames:" + hash, {}, {}}));
    consumer.push(0, 1,
                  frame_message("a", 1, protocol::ContentReference{"store:6379:0", "x", 5, hash}, true,
                                protocol::Format::native));

    const auto report = run([&] { return consumer.stored[0] == 2; });

    EXPECT_EQ(report.skipped, 1U);
    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("right"));
}

}  // namespace framebridge::source::testing
