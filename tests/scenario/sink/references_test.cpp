#include "scenario/sink/sink_scenario.h"

// writer -> [frame that refers to a store] -> sink: is the store ours, and the frame in it?
namespace framebridge::sink::testing {

class ForeignReferences : public SinkScenario {
  protected:
    ForeignReferences() { config.dead_letter_topic = "dead"; }

    void push_reference(std::string_view store_name, std::string_view key) {
        receiver.push("cam", frame_message("cam", 1, protocol::ContentReference{store_name, key, {}, {}}));
    }
    std::string reason() {
        return producer.delivered.size() == 1 && producer.delivered[0].topic == "dead"
                   ? producer.delivered[0].headers.at("framebridge-reason")
                   : "";
    }
};

TEST_F(ForeignReferences, ToTheSinksOwnStoreAreLookedUpBeforeTheyPass) {
    store.contents["savant:frames:there"] = "bytes";
    store.automatic = false;
    push_reference("store:6379:0", "savant:frames:there");
    script.at_rest([&] {
        EXPECT_TRUE(producer.delivered.empty());
        ASSERT_EQ(store.lookups.size(), 1U);
        store.answer_lookup(0);
    });

    const auto report = run();

    EXPECT_EQ(report.delivered, 1U);
    EXPECT_EQ(store.put_count, 0U);
}

TEST_F(ForeignReferences, ToWhatIsNotThereAreRefused) {
    push_reference("store:6379:0", "savant:frames:gone");
    run();
    EXPECT_THAT(reason(), ::testing::HasSubstr("not in the store"));
}

TEST_F(ForeignReferences, ToOtherStoresAreRefused) {
    push_reference("elsewhere:6379:0", "savant:frames:there");
    run();
    EXPECT_THAT(reason(), ::testing::HasSubstr("another store"));
}

TEST_F(ForeignReferences, ToOtherKeysAreRefused) {
    store.contents["savant:frames_of_others:there"] = "bytes";
    push_reference("store:6379:0", "savant:frames_of_others:there");
    run();
    EXPECT_THAT(reason(), ::testing::HasSubstr("key prefix"));
}

TEST_F(ForeignReferences, PassUncheckedIfTold) {
    config.content.references = References::any;
    push_reference("elsewhere:6379:0", "key");
    EXPECT_EQ(run().delivered, 1U);
    EXPECT_TRUE(store.lookups.empty());
}

TEST_F(ForeignReferences, AreAllRefusedIfTold) {
    config.content.references = References::refuse;
    store.contents["savant:frames:there"] = "bytes";
    push_reference("store:6379:0", "savant:frames:there");
    run();
    EXPECT_THAT(reason(), ::testing::HasSubstr("--references=refuse"));
}

}  // namespace framebridge::sink::testing
