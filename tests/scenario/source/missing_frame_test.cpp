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
    const auto report = run_until([&] { return all_done(); });
    EXPECT_THAT(sent_attachments(),
                ::testing::ElementsAre("bytes of a0", "bytes of a2", "bytes of b3", "bytes of a4"));
    EXPECT_EQ(report.skipped, 1U);
}

TEST_F(MissingFrameScenario, ResyncLeavesOutTheSourceUpToItsNextKeyframe) {
    config.missing_frame = MissingFrame::resync;
    const auto report = run_until([&] { return all_done(); });
    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("bytes of a0", "bytes of b3", "bytes of a4"));
    EXPECT_EQ(report.skipped, 2U);
}

TEST_F(MissingFrameScenario, MetadataSendsTheMessageWithoutContent) {
    config.missing_frame = MissingFrame::metadata;
    run_until([&] { return all_done(); });
    ASSERT_EQ(sender.sent.size(), 5U);
    protocol::Envelope envelope;
    ASSERT_TRUE(decode(protocol::FormatChoice::automatic, sender.sent[1].body, envelope).has_value());
    EXPECT_TRUE(std::holds_alternative<protocol::NoContent>(envelope.frames.front().content));
    EXPECT_TRUE(sender.sent[1].attachments.empty());
}

TEST_F(MissingFrameScenario, WaitAsksAgainAndKeepsOrder) {
    config.missing_frame = MissingFrame::wait;
    config.missing_frame_wait = std::chrono::seconds(20);
    script.when([&] { return metrics.messages_sent.Value() == 1; },
                [&] { stores["store:6379:0"]->contents["frames:a1"] = "late"; });
    run_until([&] { return all_done(); });
    EXPECT_THAT(sent_attachments(),
                ::testing::ElementsAre("bytes of a0", "late", "bytes of a2", "bytes of b3", "bytes of a4"));
}

TEST_F(MissingFrameScenario, WaitSkipsAfterItsTime) {
    config.missing_frame = MissingFrame::wait;
    config.missing_frame_wait = std::chrono::milliseconds(150);
    const auto report = run_until([&] { return all_done(); });
    EXPECT_EQ(report.skipped, 1U);
    EXPECT_EQ(report.sent, 4U);
}

TEST_F(MissingFrameScenario, FailStopsWithoutCommittingTheMessage) {
    config.missing_frame = MissingFrame::fail;
    try {
        run_until([&] { return all_done(); });
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

    const auto report = run_until([&] { return consumer.stored[0] == 2; });

    EXPECT_EQ(report.skipped, 1U);
    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("right"));
}

TEST_F(MissingFrameScenario, AnotherSizeThanTheReferenceSaysCountsAsMissing) {
    consumer.queue.clear();
    store_contents = {{"k", "BB"}};
    const auto reference = [](std::uint64_t size) {
        return protocol::ContentReference{"store:6379:0", "k", size, {}};
    };
    consumer.push(0, 0, frame_message("c", 0, reference(4), true, protocol::Format::native));
    consumer.push(0, 1, frame_message("d", 1, reference(2), true, protocol::Format::native));

    const auto report = run_until([&] { return consumer.stored[0] == 2; });

    EXPECT_EQ(report.skipped, 1U);
    EXPECT_EQ(metrics.frames_corrupt.Value(), 1);
    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("BB"));
}

class ResyncScenario : public SourceScenario {
  protected:
    ResyncScenario() {
        config.missing_frame = MissingFrame::resync;
        consume_stored(0, 0, "a", /*is_there=*/false);
        consume_stored(0, 1, "a", true, /*keyframe=*/false);
    }

    /// A frame that does not say whether it is a keyframe.
    void consume_silent(std::int64_t offset, std::optional<std::string> codec, const std::string& bytes) {
        const auto key = "k" + std::to_string(offset);
        store_contents[key] = bytes;
        protocol::VideoFrame frame;
        frame.source_id = "a";
        frame.uuid = uuid_of(offset);
        frame.framerate = "25/1";
        frame.codec = std::move(codec);
        frame.content = protocol::ContentReference{"store:6379:0", key, bytes.size(), {}};
        consumer.push(0, offset, encode(protocol::Format::native, frame));
    }
};

TEST_F(ResyncScenario, EndsWithTheStream) {
    consumer.push(0, 2, end_of_stream_message("a"));
    consume_stored(0, 3, "a", true, /*keyframe=*/false);

    run_until([&] { return consumer.stored[0] == 4; });

    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("", "bytes of a3"));
}

// savant_rs's default. H.264's units of type 1 and 5: a picture that needs others, and one that does not.
TEST_F(ResyncScenario, AFramesBytesTellWhereItDoesNotSayWhetherItIsAKeyframe) {
    const std::string dependent("\0\0\0\1\x41\x9a", 6);
    const std::string keyframe("\0\0\0\1\x65\x88", 6);
    consume_silent(2, "h264", dependent);
    consume_silent(3, "h264", keyframe);
    consume_silent(4, "h264", dependent);

    run_until([&] { return consumer.stored[0] == 5; });

    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre(keyframe, dependent));
}

TEST_F(ResyncScenario, EndsWithAFrameOfACodecThatIsNotKnown) {
    consume_silent(2, std::nullopt, "bytes");

    run_until([&] { return consumer.stored[0] == 3; });

    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("bytes"));
}

// A replica lags: the frames of young records are missing for a moment.
class LaggingReplica : public SourceScenario {
  protected:
    void consume_missing(std::int64_t offset, std::chrono::milliseconds age) {
        consume_stored(0, offset, "a", /*is_there=*/false);
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        consumer.queue.back().timestamp_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(now - age).count();
    }
    FakeStore& store() { return *stores["store:6379:0"]; }
};

TEST_F(LaggingReplica, IsAskedAgainForYoungRecords) {
    config.missing_frame_grace = std::chrono::seconds(20);
    consume_missing(0, std::chrono::milliseconds(0));
    consume_missing(1, std::chrono::milliseconds(0));
    script.at_rest([&] {
        EXPECT_TRUE(sender.sent.empty());
        store().contents = {{"frames:a0", "late 0"}, {"frames:a1", "late 1"}};
    });

    run_until([&] { return sender.sent.size() == 2; });

    EXPECT_THAT(sent_attachments(), ::testing::ElementsAre("late 0", "late 1"));
    EXPECT_EQ(metrics.frames_missing.Value(), 0);
}

TEST_F(LaggingReplica, IsNotAskedAgainForOldRecords) {
    config.missing_frame_grace = std::chrono::hours(1);
    consume_missing(0, std::chrono::seconds(11));

    const auto report = run_until([&] { return consumer.stored[0] == 1; });

    EXPECT_EQ(report.skipped, 1U);
}

TEST_F(LaggingReplica, GetsNoMoreGraceAfterOneThatBroughtNothing) {
    config.missing_frame_grace = std::chrono::milliseconds(300);
    consume_missing(0, std::chrono::milliseconds(0));
    std::chrono::steady_clock::time_point used_up;
    script.when([&] { return consumer.stored[0] == 1; },
                [&] {
                    used_up = std::chrono::steady_clock::now();
                    for (int offset = 1; offset < 20; ++offset) {
                        consume_missing(offset, std::chrono::milliseconds(0));
                    }
                });

    run_until([&] { return consumer.stored[0] == 20; });

    EXPECT_LT(std::chrono::steady_clock::now() - used_up, std::chrono::milliseconds(300));
}

}  // namespace framebridge::source::testing
