#include "kafka_redis_inspect/source_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "kafka/position.h"

namespace framebridge::inspect {

namespace {

// A codec or a size seldom changes, and hardly without a keyframe.
constexpr std::uint64_t frames_between_looks = 512;

}  // namespace

void SourceSummary::add(const ScannedRecord& scanned) {
    ++messages_;
    partitions_.insert(scanned.record.partition);
    first_ = std::min(first_, scanned.record.timestamp);
    last_ = std::max(last_, scanned.record.timestamp);
    metadata_bytes_ += scanned.record.value.size();
    if (scanned.envelope == nullptr) {
        ++unreadable_;
        return;
    }
    const auto& envelope = *scanned.envelope;
    if (envelope.sequence_number) {
        follow_sequence(*envelope.sequence_number);
    }
    if (envelope.kind == protocol::MessageKind::end_of_stream) {
        ++ends_of_stream_;
        last_number_.reset();
        return;
    }
    for (const auto& frame : envelope.frames) {
        add_frame(frame);
    }
    const bool look = envelope.kind == protocol::MessageKind::video_frame &&
                      (codecs_.empty() || frames_ % frames_between_looks == 0 ||
                       envelope.frames.front().keyframe.value_or(false));
    if (!look) {
        return;
    }
    if (const auto frame = protocol::decode_video_frame(envelope)) {
        describe(*frame);
    }
}

void SourceSummary::add_frame(const protocol::Frame& frame) {
    ++frames_;
    keyframes_ += frame.keyframe.value_or(false) ? 1 : 0;
    if (const auto* inlined = std::get_if<protocol::InlineContent>(&frame.content)) {
        frame_bytes_ += inlined->bytes.size();
        metadata_bytes_ -= inlined->bytes.size();
        return;
    }
    const auto* reference = std::get_if<protocol::ContentReference>(&frame.content);
    if (reference != nullptr && reference->size) {
        frame_bytes_ += *reference->size;
    } else if (!std::holds_alternative<protocol::NoContent>(frame.content)) {
        ++frames_without_size_;
    }
}

void SourceSummary::follow_sequence(std::uint64_t number) {
    if (last_number_) {
        if (number <= *last_number_ && number != 0) {
            ++repeats_;
            return;
        }
        if (number > *last_number_ + 1) {
            ++sequence_holes_;
            missing_messages_ += number - *last_number_ - 1;
        }
    }
    last_number_ = number;
}

void SourceSummary::describe(const protocol::VideoFrame& frame) {
    codecs_.insert(frame.codec.value_or("unknown"));
    width_ = frame.width;
    height_ = frame.height;
    framerate_ = frame.framerate;
}

Row SourceSummary::row(const std::string& source_id) const {
    const auto seconds = std::chrono::duration<double>(last_ - first_).count();
    std::string codecs;
    for (const auto& codec : codecs_) {
        codecs += (codecs.empty() ? "" : ",") + codec;
    }
    const auto number_or_null = [](bool known, auto number) { return known ? Row(number) : Row(nullptr); };
    Row row;
    row["source_id"] = source_id;
    row["frames"] = frames_;
    row["bytes"] = frame_bytes_;
    row["bitrate_bps"] = number_or_null(
        seconds > 0, std::llround(static_cast<double>(frame_bytes_) * 8 / std::max(seconds, 1e-3)));
    row["first_time"] = kafka::format_time(first_);
    row["last_time"] = kafka::format_time(last_);
    row["seconds"] = seconds;
    row["codec"] = codecs;
    row["width"] = width_;
    row["height"] = height_;
    row["framerate"] = framerate_;
    row["fps"] = number_or_null(seconds > 0 && frames_ > 1,
                                static_cast<double>(frames_ - 1) / std::max(seconds, 1e-3));
    row["keyframes"] = keyframes_;
    row["keyframe_interval"] =
        number_or_null(keyframes_ > 0, static_cast<double>(frames_) /
                                           static_cast<double>(std::max<std::uint64_t>(1, keyframes_)));
    row["sequence_holes"] = sequence_holes_;
    row["missing_messages"] = missing_messages_;
    row["repeats"] = repeats_;
    row["ends_of_stream"] = ends_of_stream_;
    row["messages"] = messages_;
    row["metadata_bytes"] = metadata_bytes_;
    row["frames_without_size"] = frames_without_size_;
    row["unreadable"] = unreadable_;
    row["partitions"] = partitions_;
    return row;
}

}  // namespace framebridge::inspect
