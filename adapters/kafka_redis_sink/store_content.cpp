#include "kafka_redis_sink/store_content.h"

#include "common/frame_token.h"
#include "framebridge/protocol/messages.h"

namespace framebridge::sink {

namespace {

std::string_view view_of(const ::zmq::message_t& part) {
    return {part.data<char>(), part.size()};
}

}  // namespace

StoreContent::StoreContent(const StoreContentConfig& config, store::FrameStore* store, const Ttl& ttl_ms,
                           SinkMetrics& metrics)
    : config_(config),
      store_(store),
      ttl_ms_(ttl_ms),
      metrics_(metrics),
      hash_(config.hash, config.deduplicate ? store::Repetition::expected : store::Repetition::unexpected) {}

void StoreContent::begin(Transfer& transfer) {
    auto& envelope = transfer.envelope;
    if (envelope.frames.size() > most_frames) {
        transfer.dead_letter_reason = "the batch has more than 1048576 frames";
    }
    transfer.state = TransferState::ready;
    if (!transfer.dead_letter_reason.empty()) {
        return;
    }

    transfer.frames.resize(envelope.frames.size());
    for (auto& frame : transfer.frames) {
        frame.clear();
    }
    transfer.contents.assign(envelope.frames.size(), std::nullopt);
    find_bytes(transfer);
    if (!transfer.dead_letter_reason.empty()) {
        return;
    }
    for (std::size_t index = 0; index < transfer.frames.size(); ++index) {
        const auto& frame = envelope.frames[index];
        const bool has_bytes = std::holds_alternative<protocol::InlineContent>(frame.content) ||
                               !transfer.frames[index].parts.empty();
        if (!has_bytes) {
            continue;
        }
        if (store_ != nullptr) {
            put(transfer, index);
        } else {
            keep_inline(transfer, index);
        }
    }
    if (transfer.unstored > 0) {
        transfer.state = TransferState::storing;
        ++pending_;
    }
}

// A single frame's bytes are all the extra parts; a batch has one extra part per attached frame, by ascending
// batch id.
void StoreContent::find_bytes(Transfer& transfer) {
    const auto& attachments = transfer.received.attachments;
    const auto& frames = transfer.envelope.frames;
    attached_.clear();
    for (std::size_t index = 0; index < frames.size(); ++index) {
        if (const auto* content = std::get_if<protocol::InlineContent>(&frames[index].content)) {
            transfer.frames[index].parts.assign(1, content->bytes);
            transfer.frames[index].size = content->bytes.size();
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
        transfer.dead_letter_reason = "the batch has " + std::to_string(attached_.size()) +
                                      " attached frames, but " + std::to_string(attachments.size()) +
                                      " extra parts came with it";
        return;
    }
    for (std::size_t part = 0; part < attachments.size(); ++part) {
        auto& frame = transfer.frames[attached_[attached_.size() == 1 ? 0 : part]];
        frame.parts.push_back(view_of(attachments[part]));
        frame.size += attachments[part].size();
    }
}

void StoreContent::put(Transfer& transfer, std::size_t index) {
    auto& frame = transfer.frames[index];
    if (config_.deduplicate) {
        frame.hash = hash_(frame.parts);
        frame.key.assign(config_.key_prefix).append(1, ':').append(frame.hash);
    } else {
        const auto uuid = transfer.envelope.frames[index].uuid;
        frame.key.assign(config_.key_prefix).append(1, ':');
        if (uuid.empty()) {
            frame.key.append(protocol::make_uuid());
        } else {
            frame.key.append(uuid);
        }
    }
    ++transfer.unstored;
    store_->put(token_of(transfer.number, index), frame.key, frame.parts,
                std::chrono::milliseconds(ttl_ms_.load()),
                config_.deduplicate ? store::PutMode::deduplicate : store::PutMode::overwrite);
}

void StoreContent::keep_inline(Transfer& transfer, std::size_t index) {
    if (std::holds_alternative<protocol::InlineContent>(transfer.envelope.frames[index].content)) {
        return;
    }
    auto& frame = transfer.frames[index];
    if (frame.parts.size() == 1) {
        transfer.contents[index] = protocol::InlineContent{frame.parts.front()};
        return;
    }
    frame.joined.reserve(frame.size);
    for (const auto part : frame.parts) {
        frame.joined += part;
    }
    transfer.contents[index] = protocol::InlineContent{frame.joined};
}

void StoreContent::advance(TransferWindow& window) {
    if (store_ == nullptr) {
        return;
    }
    outcomes_.clear();
    store_->advance(outcomes_);
    for (const auto& outcome : outcomes_) {
        apply(window.at(number_of(outcome.token)), index_of(outcome.token), outcome);
    }
}

void StoreContent::apply(Transfer& transfer, std::size_t index, const store::Outcome& outcome) {
    const auto& frame = transfer.frames[index];
    if (outcome.status == store::Status::refused) {
        transfer.dead_letter_reason = "the store refused the frame: " + outcome.reason;
    } else {
        (outcome.status == store::Status::stored ? metrics_.frames_stored : metrics_.frames_deduplicated)
            .Increment();
        transfer.contents[index] =
            protocol::ContentReference{config_.location_prefix, frame.key, frame.size, frame.hash};
    }
    if (--transfer.unstored == 0) {
        transfer.state = TransferState::ready;
        --pending_;
    }
}

void StoreContent::add_to(runtime::PollSet& poll_set) {
    if (store_ != nullptr) {
        store_->add_to(poll_set);
    }
}

}  // namespace framebridge::sink
