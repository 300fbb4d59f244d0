#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kafka_redis_source/source.h"
#include "runtime/stop_signal.h"
#include "support/fakes.h"

namespace framebridge::source::testing {

using namespace framebridge::testing;

/// A source between fakes:   FakeConsumer -> source <- FakeStores
///                                            \-> FakeSender, FakeProducer (dead letters)
class SourceScenario : public ::testing::Test {
  protected:
    SourceScenario() {
        config.shutdown_timeout = std::chrono::seconds(20);
        config.kafka.topic = "frames";
    }

    /// A message whose frame is in a store, or is not.
    void consume_stored(std::int32_t partition, std::int64_t offset, const std::string& source_id,
                        bool is_there = true, bool keyframe = true,
                        const std::string& store = "store:6379:0") {
        const auto key = "frames:" + source_id + std::to_string(offset);
        if (is_there) {
            store_contents[key] = "bytes of " + source_id + std::to_string(offset);
        }
        consumer.push(
            partition, offset,
            frame_message(source_id, offset, protocol::ContentReference{store, key, {}, {}}, keyframe),
            source_id);
    }

    /// Runs the source until the script is over and the source has come to rest; then it stops. The fakes are
    /// there until the scenario ends.
    SourceReport run() {
        SourceParts parts;
        parts.consumer = std::move(own_consumer_);
        parts.sender = std::move(own_sender_);
        parts.open_store = [this](const protocol::StoreAddress& address, Trust trust) {
            return open(address, trust);
        };
        if (!config.dead_letter_topic.empty()) {
            parts.dead_letters = std::move(own_dead_letters_);
        }
        sender.each_turn = [this] {
            if (script.turn()) {
                stop.request();
            }
        };
        source_.emplace(config, std::move(parts), metrics, health, [this] { ++frames_counted; });
        return source_->run(stop);
    }
    SourceReport run_until(Script::Condition done) {
        script.when(std::move(done));
        return run();
    }

    std::vector<std::string> sent_attachments() {
        std::vector<std::string> all;
        for (const auto& message : sender.sent) {
            all.push_back(message.attachments.empty() ? "" : message.attachments.front());
        }
        return all;
    }
    /// Of one source: order is kept within a partition only.
    std::vector<std::string> sent_attachments(const std::string& source_id) {
        auto all = sent_attachments();
        std::erase_if(all,
                      [&](const std::string& bytes) { return !bytes.starts_with("bytes of " + source_id); });
        return all;
    }

  private:
    std::unique_ptr<store::FrameStore> open(const protocol::StoreAddress& address, Trust trust) {
        auto store = open_store ? open_store() : std::make_unique<FakeStore>();
        store->contents = store_contents;
        const auto name = address.to_string();
        if (before_open) {
            before_open(*store, name);
        }
        opened.push_back(name + (trust == Trust::named ? " with login" : ""));
        stores[name] = store.get();
        return store;
    }

    std::unique_ptr<FakeConsumer> own_consumer_ = std::make_unique<FakeConsumer>();
    std::unique_ptr<FakeSender> own_sender_ = std::make_unique<FakeSender>();
    std::unique_ptr<FakeProducer> own_dead_letters_ = std::make_unique<FakeProducer>();

  protected:
    runtime::Metrics registry_;
    SourceConfig config;
    FakeConsumer& consumer = *own_consumer_;
    FakeSender& sender = *own_sender_;
    FakeProducer& dead_letters = *own_dead_letters_;
    SourceMetrics metrics{registry_};
    Health health{"kafka-redis-source", registry_};
    runtime::StopSignal stop;
    Script script;
    std::map<std::string, std::string> store_contents;  ///< Of every store, when it is opened.
    std::function<std::unique_ptr<FakeStore>()> open_store;
    /// Sets a store up, by its address.
    std::function<void(FakeStore&, const std::string&)> before_open;
    std::map<std::string, FakeStore*> stores;  ///< The last one opened for each address.
    std::vector<std::string> opened;
    std::size_t frames_counted = 0;

  private:
    std::optional<Source> source_;
};

}  // namespace framebridge::source::testing
