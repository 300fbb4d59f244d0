#include "scenario/sink/sink_scenario.h"

// writer -> [batch, part, part] -> sink -> store, Kafka
namespace framebridge::sink::testing {

class Batch : public SinkScenario {
  protected:
    Batch() { config.dead_letter_topic = "dead"; }

    void expect_refused(const std::string& reason) {
        ASSERT_EQ(producer.delivered.size(), 1U);
        EXPECT_EQ(producer.delivered[0].topic, "dead");
        EXPECT_THAT(producer.delivered[0].headers.at("framebridge-reason"), ::testing::HasSubstr(reason));
        EXPECT_EQ(store.put_count, 0U);
    }
};

TEST_F(Batch, IsProducedOnceAllItsFramesAreStored) {
    store.automatic = false;
    receiver.push("cam", batch_message({attached_content, attached_content, attached_content}),
                  {"first", "second", "third"});
    std::vector<std::size_t> produced;
    for (int answer = 0; answer < 3; ++answer) {
        script.at_rest([&] {
            produced.push_back(producer.delivered.size());
            store.confirm(0);
        });
    }

    run();

    EXPECT_THAT(produced, ::testing::ElementsAre(0, 0, 0));
    ASSERT_EQ(producer.delivered.size(), 1U);
    const auto envelope = envelope_of(producer.delivered[0].value);
    const std::string contents[] = {"first", "second", "third"};
    for (std::size_t index = 0; index < 3; ++index) {
        const auto& reference = std::get<protocol::ContentReference>(envelope.frames.at(index).content);
        EXPECT_EQ(store.contents.at(std::string(reference.key)), contents[index]);
    }
}

TEST_F(Batch, WithTooFewPartsIsRefused) {
    receiver.push("cam", batch_message({attached_content, attached_content}), {"one's or the other's"});
    run();
    expect_refused("2 `attached` frames, but 1 part came");
}

TEST_F(Batch, WithTooManyPartsIsRefused) {
    receiver.push("cam", batch_message({attached_content}), {"first", "second"});
    run();
    expect_refused("no frame claims the last 1");
}

// savant_rs's Python writer adds an empty one to a message.
TEST_F(Batch, ASpareEmptyPartIsIgnored) {
    receiver.push("cam", batch_message({attached_content}), {"first", ""});

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    ASSERT_EQ(store.contents.size(), 1U);
    EXPECT_EQ(store.contents.begin()->second, "first");
}

TEST_F(Batch, WithTooManyFramesIsRefused) {
    receiver.push("cam", batch_message(std::vector<Json>(65'537, {{"kind", "none"}})));
    run();
    expect_refused("more than 65536 frames");
}

TEST_F(Batch, WithoutItsOnlyPartIsRefused) {
    receiver.push("cam", batch_message({attached_content, {{"kind", "none"}}}));
    run();
    expect_refused("1 `attached` frame, but 0 parts came");
}

TEST_F(Batch, FramesWithOtherContentsTakeNoPart) {
    receiver.push("cam", batch_message({attached_content, {{"kind", "none"}}, attached_content}),
                  {"first", "third"});

    run();

    ASSERT_EQ(store.contents.size(), 2U);
    const auto envelope = envelope_of(producer.delivered.at(0).value);
    const auto key_of = [&](std::size_t index) {
        return std::string(std::get<protocol::ContentReference>(envelope.frames.at(index).content).key);
    };
    EXPECT_EQ(store.contents.at(key_of(0)), "first");
    EXPECT_EQ(store.contents.at(key_of(2)), "third");
}

TEST_F(Batch, SavantsIsStoredFrameByFrame) {
    receiver.push("batch", golden_message("savant_rs-0.3.0/batch.bin"), {"the attached frame's bytes"});

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(report.frames, 2U);
    EXPECT_EQ(store.contents.size(), 2U);
}

}  // namespace framebridge::sink::testing
