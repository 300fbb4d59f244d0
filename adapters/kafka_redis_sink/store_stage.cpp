#include "kafka_redis_sink/store_stage.h"

#include "common/frame_token.h"
#include "framebridge/protocol/messages.h"

namespace framebridge::sink {

namespace {

std::string_view view_of(const ::zmq::message_t& part) {
    return {part.data<char>(), part.size()};
}

}  // namespace

StoreStage::StoreStage(StoreContentConfig config, std::unique_ptr<store::FrameStore> store,
                       std::unique_ptr<TtlWatch> ttl, SinkMetrics& metrics)
    : config_(std::move(config)),
      store_(std::move(store)),
      ttl_(std::move(ttl)),
      metrics_(metrics),
      hash_(config_.hash, config_.deduplicate ? store::Repetition::expected : store::Repetition::unexpected) {
}

void StoreStage::begin(MessageInFlight& message) {
    auto& envelope = message.envelope;
    if (envelope.frames.size() > max_frames) {
        message.dead_letter_reason = "the batch has more than " + std::to_string(max_frames) + " frames";
    }
    message.state = MessageState::ready;
    if (message.is_bad()) {
        return;
    }

    message.frames.resize(envelope.frames.size());
    for (auto& frame : message.frames) {
        frame.clear();
    }
    message.contents.assign(envelope.frames.size(), std::nullopt);
    find_bytes(message);
    if (message.is_bad()) {
        return;
    }
    for (std::size_t index = 0; index < message.frames.size(); ++index) {
        const auto& frame = envelope.frames[index];
        const bool has_bytes = std::holds_alternative<protocol::InlineContent>(frame.content) ||
                               !message.frames[index].parts.empty();
        if (!has_bytes) {
            continue;
        }
        if (store_ != nullptr) {
            put(message, index);
        } else {
            keep_inline(message, index);
        }
    }
    if (message.unstored > 0) {
        message.state = MessageState::storing;
        ++pending_;
    }
}

// A single frame's bytes are all the extra parts; a batch has one extra part per attached frame, by ascending
// batch id.
void StoreStage::find_bytes(MessageInFlight& message) {
    const auto& attachments = message.received.attachments;
    const auto& frames = message.envelope.frames;
    attached_.clear();
    for (std::size_t index = 0; index < frames.size(); ++index) {
        if (const auto* content = std::get_if<protocol::InlineContent>(&frames[index].content)) {
            message.frames[index].parts.assign(1, content->bytes);
            message.frames[index].size = content->bytes.size();
        } else if (std::holds_alternative<protocol::AttachedContent>(frames[index].content)) {
            attached_.push_back(index);
        }
    }
    if (attachments.empty()) {
        if (!attached_.empty()) {
            metrics_.attachments_missing.Increment(static_cast<double>(attached_.size()));
        }
        return;
    }
    if (attached_.empty()) {
        metrics_.attachments_left.Increment();
        return;
    }
    if (attached_.size() > 1 && attached_.size() != attachments.size()) {
        message.dead_letter_reason = "the batch has " + std::to_string(attached_.size()) +
                                     " attached frames, but " + std::to_string(attachments.size()) +
                                     " extra parts came with it";
        return;
    }
    for (std::size_t part = 0; part < attachments.size(); ++part) {
        auto& frame = message.frames[attached_[attached_.size() == 1 ? 0 : part]];
        frame.parts.push_back(view_of(attachments[part]));
        frame.size += attachments[part].size();
    }
}

void StoreStage::put(MessageInFlight& message, std::size_t index) {
    auto& frame = message.frames[index];
    if (config_.deduplicate) {
        frame.hash = hash_(frame.parts);
        frame.key.assign(config_.key_prefix).append(1, ':').append(frame.hash);
    } else {
        const auto uuid = message.envelope.frames[index].uuid;
        frame.key.assign(config_.key_prefix).append(1, ':');
        if (uuid.empty()) {
            frame.key.append(protocol::make_uuid());
        } else {
            frame.key.append(uuid);
        }
    }
    ++message.unstored;
    store_->put(token_of(message.number, index), frame.key, frame.parts, ttl_->ttl(),
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
    const auto& frame = message.frames[index];
    if (outcome.status == store::Status::refused) {
        message.dead_letter_reason = "the store refused the frame: " + outcome.reason;
    } else {
        (outcome.status == store::Status::stored ? metrics_.frames_stored : metrics_.frames_deduplicated)
            .Increment();
        message.contents[index] =
            protocol::ContentReference{config_.location_prefix, frame.key, frame.size, frame.hash};
    }
    if (--message.unstored == 0) {
        message.state = MessageState::ready;
        --pending_;
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
