#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka_redis_source/source.h"
#include "runtime/stop_signal.h"
#include "support/fakes.h"

namespace framebridge::source::testing {

using namespace framebridge::testing;

/// A source between fakes:   FakeConsumer -> source <- FakeStore
///                                            \-> FakeSender, FakeProducer (dead letters)
class SourceScenario : public ::testing::Test {
  protected:
    SourceScenario() { config.shutdown_timeout = std::chrono::seconds(20); }

    /// A message whose frame is in the store under `uuid`'s key.
    void consume_stored(std::int32_t partition, std::int64_t offset, const std::string& source_id,
                        bool is_there = true, bool keyframe = true) {
        const auto key = "frames:" + source_id + std::to_string(offset);
        if (is_there) {
            store_contents[key] = "bytes of " + source_id + std::to_string(offset);
        }
        consumer.push(partition, offset,
                      frame_message(source_id, offset,
                                    protocol::ContentReference{"store:6379:0", key, {}, {}}, keyframe),
                      source_id);
    }

    /// Runs the source until `done` holds (looked at once a turn) or far too much time has passed.
    SourceReport run(const std::function<bool()>& done) {
        runtime::StopSignal stop;
        FrameStores stores(config.stores, [this](const protocol::StoreAddress& address) {
            auto store = std::make_unique<FakeStore>();
            store->contents = store_contents;
            store->automatic = automatic_store;
            store->its_problem = store_is_reachable ? "" : "the store cannot be reached";
            opened.push_back(address.to_string());
            fake_store = store.get();
            return store;
        });
        SourceMetrics source_metrics(metrics);
        Source source(config, sender, stores, source_metrics, {[] {}});
        sender.each_turn = [&, end = ScenarioEnd()]() mutable {
            if (each_turn) {
                each_turn();
            }
            if (!stop.requested() && end.reached(done())) {
                stop.request();
            }
        };
        return source.run(consumer, config.dead_letter_topic.empty() ? nullptr : &dead_letters, stop);
    }

    std::vector<std::string> sent_attachments() {
        std::vector<std::string> all;
        for (const auto& message : sender.sent) {
            all.push_back(message.attachments.empty() ? "" : message.attachments.front());
        }
        return all;
    }

    SourceConfig config;
    FakeConsumer consumer;
    FakeSender sender;
    FakeProducer dead_letters;
    runtime::Metrics metrics;
    std::map<std::string, std::string> store_contents;
    bool automatic_store = true;
    bool store_is_reachable = true;
    FakeStore* fake_store = nullptr;  ///< The last one opened.
    std::vector<std::string> opened;
    std::function<void()> each_turn;
};

}  // namespace framebridge::source::testing
