#include "kafka_redis_source/replay_filter.h"

#include "media/keyframe.h"

namespace framebridge::source {

namespace {

/// Of a frame that does not say: what its bytes tell, if they are in the message. True where nothing tells.
bool is_keyframe(const protocol::VideoFrame& frame) {
    const auto* inside = std::get_if<protocol::InlineContent>(&frame.content);
    return inside == nullptr || !frame.codec ||
           media::is_keyframe(*frame.codec, inside->bytes).value_or(true);
}

}  // namespace

ReplayedMessage read_message(const kafka::TopicRecord& record) {
    ReplayedMessage message{.source_id = std::string(record.key)};
    thread_local protocol::Envelope envelope;
    if (!protocol::decode(protocol::FormatChoice::automatic, record.value, envelope)) {
        return message;
    }
    message.format = envelope.format;
    message.end_of_stream = envelope.kind == protocol::MessageKind::end_of_stream;
    if (!envelope.source_id.empty()) {
        message.source_id = envelope.source_id;
    }
    if (envelope.kind != protocol::MessageKind::video_frame) {
        return message;
    }
    const auto decoded = protocol::decode_video_frame(envelope);
    if (!decoded) {
        return message;
    }
    const auto& frame = *decoded;
    message.is_frame = true;
    message.keyframe = frame.keyframe.value_or(is_keyframe(frame));
    message.creation_time = std::chrono::nanoseconds(frame.creation_time_ns);
    const auto seconds = [&frame](std::int64_t time) {
        return frame.time_base.denominator == 0
                   ? 0.0
                   : static_cast<double>(time) * frame.time_base.numerator / frame.time_base.denominator;
    };
    message.display_seconds = seconds(frame.pts);
    message.seconds = seconds(frame.dts.value_or(frame.pts));
    return message;
}

void ReplayFilter::begin_at(const std::string& source_id, std::int32_t partition, std::int64_t offset) {
    sources_[source_id].begins[partition] = offset;
}

bool ReplayFilter::passes(const kafka::TopicRecord& record, const ReplayedMessage& message) {
    if (!config_.wants(message.source_id)) {
        ++skips_.other_sources;
        return false;
    }
    if (!in_time(message)) {
        ++skips_.other_times;
        return false;
    }
    auto found = sources_.find(message.source_id);
    if (found == sources_.end()) {
        found = sources_.emplace(message.source_id, Source{}).first;
    }
    auto& source = found->second;
    if (config_.alignment == Alignment::keyframe && !passes_alignment(source, record, message)) {
        return false;
    }
    if (!message.is_frame) {
        return true;
    }
    const bool thinned =
        (config_.frames.keyframes_only && !message.keyframe) || source.frames++ % config_.frames.every != 0;
    skips_.thinned += thinned ? 1 : 0;
    return !thinned;
}

bool ReplayFilter::in_time(const ReplayedMessage& message) const {
    if (config_.clock == ReplayClock::kafka || !message.is_frame || message.creation_time.count() == 0) {
        return true;
    }
    const auto is_before = [&](const std::optional<kafka::Position>& position) {
        const auto* time = position ? std::get_if<kafka::Position::Time>(&position->place) : nullptr;
        return time == nullptr ? std::optional<bool>() : message.creation_time < time->since_epoch;
    };
    return !is_before(config_.from).value_or(false) && is_before(config_.to).value_or(true);
}

bool ReplayFilter::is_before_begin(const Source& source, const kafka::TopicRecord& record) const {
    if (const auto begin = source.begins.find(record.partition); begin != source.begins.end()) {
        return record.offset < begin->second;
    }
    const auto begin = others_begin_.find(record.partition);
    return begin != others_begin_.end() && record.offset < begin->second;
}

// Until a source's first keyframe nothing of it is given out; after it, up to the next keyframe, no picture
// that is shown before it: an open group of pictures begins with some that refer to the group before.
bool ReplayFilter::passes_alignment(Source& source, const kafka::TopicRecord& record,
                                    const ReplayedMessage& message) {
    if (is_before_begin(source, record)) {
        return false;
    }
    if (!message.is_frame) {
        return true;
    }
    if (!source.aligned) {
        if (!message.keyframe) {
            ++skips_.before_keyframe;
            return false;
        }
        source.aligned = true;
        source.leading_until = message.display_seconds;
        return true;
    }
    if (message.keyframe) {
        source.leading_until.reset();
    }
    if (source.leading_until && message.display_seconds < *source.leading_until) {
        ++skips_.leading;
        return false;
    }
    return true;
}

}  // namespace framebridge::source
