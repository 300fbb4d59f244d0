#include "kafka_redis_sink/store_stage.h"

#include <algorithm>
#include <utility>

#include "common/frame_token.h"
#include "framebridge/protocol/store_address.h"
#include "kafka_redis_sink/frame_bytes.h"
#include "runtime/log_fields.h"

namespace framebridge::sink {

namespace {

bool is_savant_frame(const protocol::Envelope& envelope) {
    return envelope.format == protocol::Format::savant &&
           (envelope.kind == protocol::MessageKind::video_frame ||
            envelope.kind == protocol::MessageKind::video_frame_batch);
}

/// Rejects a decoded message that cannot be used as it is.
void judge(MessageInFlight& message) {
    const auto& envelope = message.envelope;
    if (envelope.frames.size() > max_frames) {
        return message.reject(Fault::too_large,
                              "the batch has more than " + std::to_string(max_frames) + " frames");
    }
    if (is_savant_frame(envelope) &&
        !std::all_of(envelope.frames.begin(), envelope.frames.end(),
                     [](const auto& frame) { return parse_uuid(frame.uuid).has_value(); })) {
        message.reject(Fault::invalid, "a frame's uuid is not in the form 8-4-4-4-12 of hexadecimal digits");
    }
}

}  // namespace

StoreStage::StoreStage(const StoreContentConfig& config, std::unique_ptr<store::FrameStore> store,
                       std::unique_ptr<TtlWatch> ttl, SinkMetrics& metrics)
    : config_(config), store_(std::move(store)), ttl_(std::move(ttl)), metrics_(metrics), keys_(config) {}

void StoreStage::begin(MessageInFlight& message) {
    const auto& envelope = message.envelope;
    message.state = MessageState::ready;
    if (!message.is_bad()) {
        judge(message);
    }
    if (message.is_bad()) {
        return;
    }
    message.frames.resize(envelope.frames.size());
    std::for_each(message.frames.begin(), message.frames.end(), [](auto& frame) { frame.clear(); });
    message.contents.assign(envelope.frames.size(), std::nullopt);
    auto found = find_frame_bytes(message);
    message.reject(Fault::invalid, std::move(found.fault));
    metrics_.attachments_missing.Increment(static_cast<double>(found.missing));
    metrics_.attachments_left.Increment(found.ignored > 0 ? 1 : 0);
    for (std::size_t index = 0; index < message.frames.size() && !message.is_bad(); ++index) {
        begin_frame(message, index);
    }
    if (message.unstored > 0) {
        message.state = MessageState::storing;
        ++pending_;
    }
}

void StoreStage::begin_frame(MessageInFlight& message, std::size_t index) {
    if (const auto* reference =
            std::get_if<protocol::ContentReference>(&message.envelope.frames[index].content)) {
        begin_reference(message, index, *reference);
    } else if (message.frames[index].parts.empty()) {
        return;
    } else if (store_ != nullptr) {
        put(message, index);
    } else {
        keep_inline(message, index);
    }
}

// A reference that came from outside.
void StoreStage::begin_reference(MessageInFlight& message, std::size_t index,
                                 const protocol::ContentReference& reference) {
    if (config_.references == References::any) {
        return;
    }
    if (config_.references == References::refuse) {
        message.reject(Fault::reference,
                       "a frame refers to a store, which --references=refuse does not let pass");
    } else if (!is_own(reference)) {
        message.reject(Fault::reference,
                       "a frame refers to another store or key prefix than this sink's own, which "
                       "--references=own does not let pass");
    } else {
        ++message.unstored;
        store_->look_up(token_of(message.number, index), reference.key);
    }
}

bool StoreStage::is_own(const protocol::ContentReference& reference) const {
    return store_ != nullptr && reference.key.size() > config_.key_prefix.size() + 1 &&
           reference.key.starts_with(config_.key_prefix) && reference.key[config_.key_prefix.size()] == ':' &&
           config_.is_location(reference.store);
}

void StoreStage::put(MessageInFlight& message, std::size_t index) {
    auto& frame = message.frames[index];
    const auto uuid = message.envelope.frames[index].uuid;
    if (keys_.name(message.envelope.format, uuid, frame) == FrameKeys::Reuse::other_bytes) {
        metrics_.uuids_reused.Increment();
        const runtime::LogFields fields(
            {{"source_id", message.envelope.frames[index].source_id}, {"uuid", uuid}});
        reuse_log_.warn(
            "source '{}' sends other bytes under uuid {} than before: who reads the earlier frame gets them",
            message.envelope.frames[index].source_id, uuid);
    }
    frame.ttl = ttl_->ttl();
    ++message.unstored;
    store_->put(token_of(message.number, index), frame.key, frame.parts, frame.ttl,
                config_.deduplicate ? store::PutMode::deduplicate : store::PutMode::overwrite);
}

void StoreStage::keep_inline(MessageInFlight& message, std::size_t index) {
    if (std::holds_alternative<protocol::InlineContent>(message.envelope.frames[index].content)) {
        return;
    }
    auto& frame = message.frames[index];
    if (frame.parts.size() == 1) {
        message.contents[index] = protocol::InlineContent{frame.parts.front()};
        return;
    }
    frame.joined.reserve(frame.size);
    for (const auto part : frame.parts) {
        frame.joined += part;
    }
    message.contents[index] = protocol::InlineContent{frame.joined};
}

void StoreStage::advance(SinkMessages& messages) {
    if (store_ == nullptr) {
        return;
    }
    outcomes_.clear();
    store_->advance(outcomes_);
    for (const auto& outcome : outcomes_) {
        if (auto* message = messages.find(number_of(outcome.token))) {
            apply(*message, index_of(outcome.token), outcome);
        }
    }
}

void StoreStage::apply(MessageInFlight& message, std::size_t index, const store::Outcome& outcome) {
    switch (outcome.status) {
        case store::Status::refused:
            message.reject(Fault::store, "the store refused the frame: " + outcome.reason);
            break;
        case store::Status::missing:
            message.reject(Fault::frame_missing, "a frame refers to a key that is not in the store");
            break;
        case store::Status::found:
            break;
        default:
            note_stored(message, index, outcome.status);
    }
    if (--message.unstored > 0) {
        return;
    }
    if (message.state == MessageState::storing) {
        message.state = MessageState::ready;
        --pending_;
        metrics_.store_seconds.Observe(
            std::chrono::duration<double>(Clock::now() - message.received_at).count());
        return;
    }
    // It was renewed. Its record is in Kafka already; so all that is left if the store refuses is to say so.
    message.state = message.is_bad() ? MessageState::dropped : MessageState::delivered;
    if (message.is_bad()) {
        metrics_.dropped.Increment();
        metrics_.faults.count(message.fault);
        lost_log_.error("the frame of a delivered message of topic '{}' cannot be stored again: {}",
                        message.topic(), message.dead_letter_reason);
    }
}

void StoreStage::note_stored(MessageInFlight& message, std::size_t index, store::Status status) {
    auto& frame = message.frames[index];
    frame.confirmed_at = Clock::now();
    if (message.state == MessageState::renewing) {
        (status == store::Status::stored ? metrics_.frames_stored_again : metrics_.frames_renewed)
            .Increment();
        return;
    }
    const auto bytes = static_cast<double>(frame.size);
    if (status == store::Status::stored) {
        metrics_.frames_stored.Increment();
        metrics_.bytes_stored.Increment(bytes);
    } else {
        metrics_.frames_deduplicated.Increment();
        metrics_.bytes_deduplicated.Increment(bytes);
    }
    message.contents[index] =
        protocol::ContentReference{config_.location_prefix, frame.key, frame.size, frame.hash};
}

void StoreStage::renew_if_old(MessageInFlight& message, Clock::time_point now) {
    if (message.state != MessageState::delivered) {
        return;
    }
    for (std::size_t index = 0; index < message.frames.size(); ++index) {
        auto& frame = message.frames[index];
        if (frame.confirmed_at == Clock::time_point{} || frame.ttl.count() == 0 ||
            now - frame.confirmed_at <= frame.ttl / 3) {
            continue;
        }
        frame.ttl = ttl_->ttl();
        message.state = MessageState::renewing;
        ++message.unstored;
        store_->put(token_of(message.number, index), frame.key, frame.parts, frame.ttl,
                    store::PutMode::renew);
    }
}

void StoreStage::add_to(runtime::PollSet& poll_set) {
    if (store_ != nullptr) {
        store_->add_to(poll_set);
    }
}

store::StoreStatistics StoreStage::statistics() const {
    return store_ != nullptr ? store_->statistics() : store::StoreStatistics{};
}

std::string StoreStage::problem() const {
    return store_ != nullptr ? store_->problem() : std::string{};
}

}  // namespace framebridge::sink
