#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "store/frame_store.h"
#include "support/messages.h"
#include "support/script.h"
#include "zmq/receiver.h"
#include "zmq/sender.h"

namespace framebridge::testing {

inline ::zmq::message_t part(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}

/// Never sleeps: the adapters' loops turn freely, and a scenario steers them by what its fakes answer.
inline void do_not_sleep(runtime::PollSet& poll_set) {
    poll_set.wake_at(runtime::PollSet::Clock::now());
}

/// Ends a scenario once it is done; one that takes far too long has failed.
class ScenarioEnd {
  public:
    [[nodiscard]] bool reached(bool done) const {
        const bool late = !done && runtime::PollSet::Clock::now() > deadline_;
        if (late) {
            ADD_FAILURE() << "the scenario did not end";
        }
        return done || late;
    }

  private:
    runtime::PollSet::Clock::time_point deadline_ = runtime::PollSet::Clock::now() + std::chrono::seconds(30);
};

class FakeReceiver : public zmq::Receiver {
  public:
    std::deque<zmq::ReceivedMessage> queue;
    struct Acknowledged {
        std::string topic;
        bool end_of_stream = false;
        zmq::Answer::Outcome outcome = zmq::Answer::Outcome::kept;
        std::string reason{};

        bool operator==(const Acknowledged&) const = default;
    };
    std::vector<Acknowledged> acknowledged;
    zmq::ReceiverStatistics counted;
    bool stopped = false;

    void push(std::string_view topic, std::string_view body, std::vector<std::string> attachments = {}) {
        zmq::ReceivedMessage message;
        message.topic = part(topic);
        message.body = part(body);
        for (const auto& bytes : attachments) {
            message.attachments.push_back(part(bytes));
        }
        queue.push_back(std::move(message));
    }
    bool receive(zmq::ReceivedMessage& message) override {
        if (queue.empty()) {
            return false;
        }
        message = std::move(queue.front());
        ++fake_events;
        queue.pop_front();
        return true;
    }
    void acknowledge(const zmq::ReceivedMessage& message, const zmq::Answer& answer) override {
        ++fake_events;
        const auto* envelope = answer.envelope;
        acknowledged.push_back({message.topic.to_string(),
                                envelope != nullptr && envelope->kind == protocol::MessageKind::end_of_stream,
                                answer.outcome, std::string(answer.reason)});
    }
    void add_to(runtime::PollSet& poll_set) override { do_not_sleep(poll_set); }
    void stop_receiving() override { stopped = true; }
    [[nodiscard]] const zmq::ReceiverStatistics& statistics() const override { return counted; }
};

/// Keeps requests until the scenario answers them.
class FakeStore : public store::FrameStore {
  public:
    struct Put {
        store::Token token;
        std::string key;
        std::string bytes;
        std::chrono::milliseconds ttl;
        store::PutMode mode;
    };
    std::deque<Put> puts;
    std::deque<std::pair<store::Token, std::string>> gets;
    std::deque<std::pair<store::Token, std::string>> lookups;
    std::map<std::string, std::string> contents;
    bool automatic = true;      ///< Answers every request at once from `contents`.
    std::string its_problem{};  ///< What problem() says.
    std::optional<std::chrono::milliseconds> time_to_live;
    std::vector<std::string> asked_ttl;

    void put(store::Token token, std::string_view key, std::span<const std::string_view> parts,
             std::chrono::milliseconds ttl, store::PutMode mode) override {
        ++fake_events;
        std::string bytes;
        for (const auto piece : parts) {
            bytes += piece;
        }
        puts.push_back({token, std::string(key), std::move(bytes), ttl, mode});
        ++put_count;
    }
    void get(store::Token token, std::string_view key, store::ContentSize) override {
        ++fake_events;
        gets.emplace_back(token, key);
    }
    void look_up(store::Token token, std::string_view key) override {
        ++fake_events;
        lookups.emplace_back(token, key);
    }

    void ask_ttl(store::Token token, std::string_view key) override {
        ++fake_events;
        answers_.push_back({token, store::Status::found, nullptr, {}, time_to_live});
        asked_ttl.emplace_back(key);
    }

    /// Answers the put at `index` of those that wait.
    void confirm(std::size_t index) {
        ++fake_events;
        auto request = std::move(puts.at(index));
        puts.erase(puts.begin() + static_cast<std::ptrdiff_t>(index));
        const bool is_new = contents.insert_or_assign(request.key, request.bytes).second;
        const bool is_hit = !is_new && request.mode != store::PutMode::overwrite;
        answers_.push_back(
            {request.token, is_hit ? store::Status::already_there : store::Status::stored, nullptr, {}});
    }
    void refuse(std::size_t index, const std::string& reason) {
        ++fake_events;
        answers_.push_back({puts[index].token, store::Status::refused, nullptr, reason});
        puts.erase(puts.begin() + static_cast<std::ptrdiff_t>(index));
    }
    void give(std::size_t index) {
        ++fake_events;
        const auto [token, key] = gets[index];
        gets.erase(gets.begin() + static_cast<std::ptrdiff_t>(index));
        const auto found = contents.find(key);
        if (found == contents.end()) {
            answers_.push_back({token, store::Status::missing, nullptr, {}});
            return;
        }
        auto content = std::make_shared<runtime::Buffer>(found->second.size());
        std::copy(found->second.begin(), found->second.end(), content->data());
        answers_.push_back({token, store::Status::found, std::move(content), {}});
    }
    void answer_lookup(std::size_t index) {
        const auto [token, key] = lookups[index];
        lookups.erase(lookups.begin() + static_cast<std::ptrdiff_t>(index));
        const bool there = contents.contains(key);
        answers_.push_back({token, there ? store::Status::found : store::Status::missing, nullptr, {}});
    }
    void advance(std::vector<store::Outcome>& outcomes) override {
        while (automatic && !puts.empty()) {
            confirm(0);
        }
        while (automatic && !gets.empty()) {
            give(0);
        }
        while (automatic && !lookups.empty()) {
            answer_lookup(0);
        }
        outcomes.insert(outcomes.end(), answers_.begin(), answers_.end());
        answers_.clear();
    }
    void add_to(runtime::PollSet& poll_set) override { do_not_sleep(poll_set); }
    [[nodiscard]] std::string problem() const override { return its_problem; }

    std::size_t put_count = 0;

  private:
    std::vector<store::Outcome> answers_;
};

/// Keeps records until the scenario reports their delivery.
class FakeProducer : public kafka::Producer {
  public:
    struct Record {
        kafka::RecordToken token;
        std::string topic;
        std::string key;
        std::string value;
        std::map<std::string, std::string> headers;
        std::vector<std::string> parts;  ///< The framebridge-part headers, in order.
    };
    std::deque<Record> unconfirmed;
    std::vector<Record> delivered;
    bool automatic = true;            ///< Reports every record as delivered at once.
    std::function<void()> each_turn;  ///< The scenario's hand on the loop.

    void produce(kafka::ProducerRecord record) override {
        ++fake_events;
        Record kept{record.token,
                    std::string(record.topic),
                    std::string(record.key),
                    std::string(record.value),
                    {},
                    {}};
        if (record.headers) {
            for (const auto& header : *record.headers) {
                kept.headers[header.name] = header.value;
                if (header.name == "framebridge-part") {
                    kept.parts.push_back(header.value);
                }
            }
        }
        unconfirmed.push_back(std::move(kept));
    }
    void report(std::size_t index, kafka::DeliveryStatus status = kafka::DeliveryStatus::delivered,
                const std::string& reason = {}) {
        ++fake_events;
        auto record = std::move(unconfirmed.at(index));
        unconfirmed.erase(unconfirmed.begin() + static_cast<std::ptrdiff_t>(index));
        reports_.push_back({record.token, status, reason, 0, 0});
        if (status == kafka::DeliveryStatus::delivered) {
            delivered.push_back(std::move(record));
        }
    }
    void advance(std::vector<kafka::DeliveryReport>& deliveries) override {
        if (each_turn) {
            each_turn();
        }
        while (automatic && !unconfirmed.empty()) {
            report(0);
        }
        deliveries.insert(deliveries.end(), reports_.begin(), reports_.end());
        reports_.clear();
    }
    void add_to(runtime::PollSet& poll_set) override { do_not_sleep(poll_set); }
    [[nodiscard]] std::string problem() const override { return {}; }
    [[nodiscard]] kafka::ProducerStatistics statistics() const override { return {}; }

  private:
    std::vector<kafka::DeliveryReport> reports_;
};

class FakeConsumer : public kafka::Consumer {
  public:
    std::deque<kafka::ConsumedRecord> queue;
    std::map<std::int32_t, std::int64_t> stored;     ///< The next offset of each partition.
    std::vector<std::int32_t> assigned{0, 1, 2, 3};  ///< Told to the listener at the first consume().
    /// Called from within consume(), as a rebalance is.
    std::function<void(kafka::RebalanceListener&)> each_turn;
    bool closed = false;

    void push(std::int32_t partition, std::int64_t offset, std::string value, std::string key = "key") {
        auto bytes = std::make_shared<std::pair<std::string, std::string>>(std::move(key), std::move(value));
        queue.push_back({bytes, partition, offset, bytes->first, bytes->second});
    }
    void consume(const kafka::Room& room, kafka::RebalanceListener& listener,
                 std::vector<kafka::ConsumedRecord>& records) override {
        if (!assigned.empty()) {
            listener.on_assigned(std::exchange(assigned, {}));
        }
        if (each_turn) {
            each_turn(listener);
        }
        std::map<std::int32_t, std::size_t> taken;
        std::size_t left = room.records;
        for (auto record = queue.begin(); left > 0 && record != queue.end();) {
            if (taken[record->partition] >= room.of(record->partition)) {
                ++record;
                continue;
            }
            ++fake_events;
            ++taken[record->partition];
            --left;
            records.push_back(std::move(*record));
            record = queue.erase(record);
        }
    }
    void store_offset(std::int32_t partition, std::int64_t next_offset) override {
        ++fake_events;
        stored[partition] = next_offset;
    }
    void add_to(runtime::PollSet& poll_set, const kafka::Room&) override { do_not_sleep(poll_set); }
    void close(std::chrono::milliseconds, kafka::RebalanceListener&) override { closed = true; }
    [[nodiscard]] std::string problem() const override { return {}; }
    [[nodiscard]] std::vector<kafka::PartitionLag> lag() const override { return {}; }
    [[nodiscard]] kafka::ConsumerStatistics statistics() const override { return {}; }
};

class FakeSender : public zmq::Sender {
  public:
    struct Message {
        std::string topic;
        std::string body;
        std::vector<std::string> attachments;
        bool end_of_stream;
    };
    std::vector<Message> sent;
    std::size_t room = std::size_t(-1);  ///< How many more messages it takes.
    std::optional<std::uint64_t> safe;   ///< Overrides safe_count(); else all that was sent is safe.
    std::vector<zmq::Refusal> refusals;  ///< To be given out.
    std::function<void()> each_turn;
    bool flushes = true;
    bool closed = false;

    bool try_send(zmq::OutgoingMessage& message) override {
        if (room == 0) {
            return false;
        }
        --room;
        ++fake_events;
        Message kept{message.topic, std::string(message.body.bytes), {}, message.end_of_stream};
        for (const auto& bytes : message.attachments) {
            kept.attachments.emplace_back(bytes.bytes);
        }
        sent.push_back(std::move(kept));
        return true;
    }
    void advance() override {
        if (each_turn) {
            each_turn();
        }
    }
    [[nodiscard]] std::size_t unanswered() const override { return 0; }
    std::uint64_t safe_count() override { return safe.value_or(sent.size()); }
    std::vector<zmq::Refusal> take_refusals() override { return std::exchange(refusals, {}); }
    void add_to(runtime::PollSet& poll_set) override { do_not_sleep(poll_set); }
    bool flush_and_close(std::chrono::milliseconds) override {
        closed = true;
        if (flushes) {
            safe.reset();
        }
        return flushes;
    }
};

}  // namespace framebridge::testing
