#include "kafka_redis_source/send.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/dead_letter.h"
#include "runtime/failure.h"

namespace framebridge::source {

Send::Send(const SourceConfig& config, zmq::Sender& sender, kafka::OffsetTracker& tracker,
           SourceMetrics& metrics, std::function<void()> on_frame)
    : config_(config),
      sender_(sender),
      tracker_(tracker),
      metrics_(metrics),
      shutdown_(config),
      on_frame_(std::move(on_frame)) {}

void Send::advance(DeliveryWindow& window) {
    sender_.advance();
    while (!window.empty() && window.front().unfetched == 0) {
        auto& delivery = window.front();
        if (!delivery.outgoing) {
            switch (judge(delivery)) {
                case Verdict::send:
                    delivery.outgoing = compose(delivery);
                    break;
                case Verdict::skip: {
                    const auto skipped = window.take_front();
                    ++report_.skipped;
                    tracker_.done(skipped.record.partition, skipped.record.offset);
                    continue;
                }
                case Verdict::set_aside:
                    set_aside(window.take_front());
                    continue;
            }
        }
        const auto bytes = delivery.bytes;
        if (!sender_.try_send(*delivery.outgoing)) {
            return;
        }
        note_sent(window.take_front(), bytes);
    }
}

Send::Verdict Send::judge(const PendingDelivery& delivery) {
    if (!delivery.dead_letter_reason.empty()) {
        return Verdict::set_aside;
    }
    if (!shutdown_.passes(delivery.envelope)) {
        return Verdict::skip;
    }
    if (waits_for_keyframe(delivery.envelope)) {
        metrics_.skipped.Increment();
        return Verdict::skip;
    }
    return judge_missing(delivery);
}

bool Send::waits_for_keyframe(const protocol::Envelope& envelope) {
    if (envelope.kind == protocol::MessageKind::end_of_stream) {
        resyncing_.erase(std::string(envelope.source_id));
    }
    if (envelope.kind != protocol::MessageKind::video_frame) {
        return false;
    }
    const auto source = resyncing_.find(envelope.source_id);
    if (source == resyncing_.end()) {
        return false;
    }
    if (!envelope.frames.front().keyframe.value_or(true)) {
        return true;
    }
    resyncing_.erase(source);
    return false;
}

Send::Verdict Send::judge_missing(const PendingDelivery& delivery) {
    const auto missing = std::find_if(delivery.frames.begin(), delivery.frames.end(),
                                      [](const auto& frame) { return frame.missing; });
    if (missing == delivery.frames.end() || config_.missing_frame == MissingFrame::metadata) {
        return Verdict::send;
    }
    if (config_.missing_frame == MissingFrame::fail) {
        throw runtime::Failure(runtime::FailureKind::bad_data,
                               "a frame is missing (partition " + std::to_string(delivery.record.partition) +
                                   ", offset " + std::to_string(delivery.record.offset) +
                                   ") and --missing-frame is 'fail'");
    }
    if (config_.missing_frame == MissingFrame::resync) {
        for (std::size_t index = 0; index < delivery.frames.size(); ++index) {
            if (delivery.frames[index].missing) {
                resyncing_.emplace(delivery.envelope.frames[index].source_id);
            }
        }
    }
    metrics_.skipped.Increment();
    return Verdict::skip;
}

zmq::OutgoingMessage Send::compose(const PendingDelivery& delivery) const {
    const auto& envelope = delivery.envelope;
    zmq::OutgoingMessage message;
    message.topic = envelope.source_id.empty() ? delivery.record.key : envelope.source_id;
    message.end_of_stream = envelope.kind == protocol::MessageKind::end_of_stream;
    message.body = {delivery.record.owner, delivery.record.value};

    std::vector<std::optional<protocol::Content>> contents(envelope.frames.size());
    bool changed = false;
    for (std::size_t index = 0; index < envelope.frames.size(); ++index) {
        const auto& content = envelope.frames[index].content;
        const auto& fetched = delivery.frames[index];
        if (const auto* inline_content = std::get_if<protocol::InlineContent>(&content)) {
            contents[index] = protocol::AttachedContent{};
            message.attachments.push_back({delivery.record.owner, inline_content->bytes});
        } else if (fetched.content != nullptr) {
            contents[index] = protocol::AttachedContent{};
            message.attachments.push_back({fetched.content, fetched.content->view()});
        } else if (fetched.missing) {
            contents[index] = protocol::NoContent{};
        } else if (std::holds_alternative<protocol::AttachedContent>(content) &&
                   envelope.kind == protocol::MessageKind::video_frame_batch) {
            // A batch's extra parts are counted off against its attached frames, so one whose part never came
            // keeps its place.
            message.attachments.emplace_back();
        }
        changed = changed || contents[index].has_value();
    }
    if (changed) {
        auto body = std::make_shared<std::string>();
        rewrite(envelope, contents, *body);
        message.body = {body, *body};
    }
    return message;
}

void Send::note_sent(const PendingDelivery& delivery, std::size_t bytes) {
    unsafe_.push_back({delivery.record.partition, delivery.record.offset});
    ++report_.sent;
    report_.bytes += bytes;
    report_.frames += delivery.envelope.frames.size();
    metrics_.messages_sent.Increment();
    metrics_.bytes_sent.Increment(static_cast<double>(bytes));
    for (std::size_t frame = 0; frame < delivery.envelope.frames.size(); ++frame) {
        on_frame_();
    }
}

void Send::set_aside(const PendingDelivery& delivery) {
    const auto& record = delivery.record;
    DeadLetter letter{
        record.partition, record.offset, delivery.dead_letter_reason, std::string(record.key), {}};
    if (dead_letters_ == nullptr) {
        drop(letter, letter.reason + " (to keep such messages, set --dead-letter-topic)");
        return;
    }
    if (const auto held_back = log_limit_.pass()) {
        spdlog::warn(
            "the message at partition {}, offset {} goes to the dead letters: {} ({} more since the last "
            "such line)",
            letter.partition, letter.offset, letter.reason, *held_back);
    }
    letter.value = record.value;
    const auto& kept = set_aside_.emplace(delivery.number, std::move(letter)).first->second;
    dead_letters_->produce(
        {.token = delivery.number,
         .topic = config_.dead_letter_topic,
         .key = kept.key,
         .value = kept.value,
         .headers = dead_letter_headers(kept.reason, {config_.kafka.topic, kept.partition, kept.offset},
                                        "kafka-redis-source")});
}

void Send::drop(const DeadLetter& letter, const std::string& reason) {
    ++report_.dropped;
    metrics_.dropped.Increment();
    tracker_.done(letter.partition, letter.offset);
    if (const auto held_back = log_limit_.pass()) {
        spdlog::error("dropped the message at partition {}, offset {}: {} ({} more since the last such line)",
                      letter.partition, letter.offset, reason, *held_back);
    }
}

void Send::take_safe() {
    const auto safe = sender_.safe_count();
    for (; safe_count_ < safe && !unsafe_.empty(); ++safe_count_) {
        tracker_.done(unsafe_.front().partition, unsafe_.front().offset);
        unsafe_.pop_front();
    }
    if (dead_letters_ == nullptr) {
        return;
    }
    deliveries_.clear();
    dead_letters_->advance(deliveries_);
    for (const auto& delivery : deliveries_) {
        const auto kept = set_aside_.extract(delivery.token);
        if (kept.empty()) {
            continue;
        }
        const auto& letter = kept.mapped();
        if (delivery.status != kafka::DeliveryStatus::delivered) {
            drop(letter, letter.reason + "; the dead-letter topic did not take it: " + delivery.reason);
            continue;
        }
        ++report_.dead_letters;
        metrics_.dead_letters.Increment();
        tracker_.done(letter.partition, letter.offset);
    }
}

bool Send::flush_and_close(std::chrono::milliseconds limit) {
    report_.flushed = sender_.flush_and_close(limit);
    take_safe();
    if (!report_.flushed) {
        return false;
    }
    for (const auto& record : unsafe_) {
        tracker_.done(record.partition, record.offset);
    }
    unsafe_.clear();
    return true;
}

void Send::add_to(runtime::PollSet& poll_set) {
    sender_.add_to(poll_set);
    if (dead_letters_ != nullptr) {
        dead_letters_->add_to(poll_set);
    }
}

}  // namespace framebridge::source
