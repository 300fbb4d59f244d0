#include "kafka_redis_inspect/report_data.h"

#include <xxhash.h>

#include <algorithm>
#include <variant>

#include "kafka_redis_inspect/frame_bytes.h"
#include "media/thumbnail.h"
#include "metadata/base64.h"

namespace framebridge::inspect {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_buckets = 600;
constexpr std::size_t max_pictures = 500;
constexpr std::size_t max_keys = 2'000'000;
constexpr std::uint64_t frames_between_looks = 200;
constexpr int picture_width = 160;

}  // namespace

void Bucket::operator+=(const Bucket& other) {
    frames += other.frames;
    bytes += other.bytes;
    largest = std::max(largest, other.largest);
    repeated_bytes += other.repeated_bytes;
    holes += other.holes;
    if (other.margin) {
        margin = std::min(margin.value_or(*other.margin), *other.margin);
    }
}

ReportData::ReportData(const ReportConfig& config, std::optional<milliseconds> record_lifetime)
    : config_(config), lookup_(config.stores), record_lifetime_(record_lifetime) {}

void ReportData::add(const ScannedRecord& scanned) {
    auto found = sources_.find(scanned.source_id());
    if (found == sources_.end()) {
        found = sources_.emplace(scanned.source_id(), Source{}).first;
    }
    auto& source = found->second;
    source.summary.add(scanned);
    if (scanned.envelope == nullptr) {
        return;
    }
    const auto& envelope = *scanned.envelope;
    auto& bucket = bucket_at(source, scanned.record.timestamp);
    if (envelope.sequence_number) {
        const bool hole = source.last_number && *envelope.sequence_number > *source.last_number + 1;
        bucket.holes += hole ? 1 : 0;
        source.last_number = envelope.sequence_number;
    }
    if (envelope.kind == protocol::MessageKind::end_of_stream) {
        source.last_number.reset();
    }
    for (const auto& frame : envelope.frames) {
        add_frame(source, scanned, frame, bucket);
    }
    if (envelope.kind == protocol::MessageKind::video_frame &&
        envelope.frames.front().keyframe.value_or(true)) {
        take_picture(source, scanned);
    }
}

void ReportData::add_frame(Source& source, const ScannedRecord& scanned, const protocol::Frame& frame,
                           Bucket& bucket) {
    ++bucket.frames;
    std::uint64_t size = 0;
    if (const auto* inlined = std::get_if<protocol::InlineContent>(&frame.content)) {
        size = inlined->bytes.size();
    } else if (const auto* reference = std::get_if<protocol::ContentReference>(&frame.content)) {
        size = reference->size.value_or(0);
        const auto key = XXH3_64bits(reference->key.data(), reference->key.size());
        if (keys_.contains(key)) {
            bucket.repeated_bytes += size;
        } else if (keys_.size() < max_keys) {
            keys_.insert(key);
        }
        look_at_ttl(source, scanned, frame, bucket);
    }
    bucket.bytes += size;
    bucket.largest = std::max(bucket.largest, size);
}

void ReportData::look_at_ttl(Source& source, const ScannedRecord& scanned, const protocol::Frame& frame,
                             Bucket& bucket) {
    const auto& reference = std::get<protocol::ContentReference>(frame.content);
    if (!record_lifetime_ || source.until_look-- > 0 || !lookup_.follows(reference.store)) {
        return;
    }
    source.until_look = frames_between_looks;
    const auto stored = lookup_.ask(reference.store, {reference.key}, Look::size_and_ttl).front();
    const auto now =
        std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    const auto record_left = scanned.record.timestamp + *record_lifetime_ - now;
    if (stored.ttl || !stored.exists) {
        const auto margin =
            std::chrono::duration<double>(stored.ttl.value_or(milliseconds(0)) - record_left).count();
        bucket.margin = std::min(bucket.margin.value_or(margin), margin);
    }
}

// Pictures stay evenly spread: when there are too many, every second goes, and the distance between them
// doubles.
void ReportData::take_picture(Source& source, const ScannedRecord& scanned) {
    auto& pictures = source.pictures;
    const auto time = scanned.record.timestamp;
    const auto limit =
        std::min<std::size_t>(config_.thumbnails, std::max<std::size_t>(2, max_pictures / sources_.size()));
    if (config_.thumbnails == 0 ||
        (!pictures.empty() && time < pictures.back().time + source.picture_interval)) {
        return;
    }
    const auto frame = protocol::decode_video_frame(*scanned.envelope);
    if (!frame || !frame->codec) {
        return;
    }
    const auto bytes = frame_bytes(scanned.envelope->frames.front().content, lookup_);
    const auto jpeg = bytes ? media::make_thumbnail(*frame->codec, frame->codec_extradata.value_or(""),
                                                    *bytes, picture_width)
                            : std::nullopt;
    if (!jpeg) {
        return;
    }
    pictures.push_back({time, *jpeg});
    while (pictures.size() > limit) {
        std::size_t kept = 0;
        for (std::size_t index = 0; index < pictures.size(); index += 2) {
            pictures[kept++] = std::move(pictures[index]);
        }
        pictures.resize(kept);
        const auto span = pictures.back().time - pictures.front().time;
        source.picture_interval =
            std::max(source.picture_interval * 2, span / static_cast<std::int64_t>(limit));
    }
}

Bucket& ReportData::bucket_at(Source& source, milliseconds time) {
    auto& buckets = source.buckets;
    auto& bucket = buckets[time / source.width];
    if (buckets.size() <= max_buckets) {
        return bucket;
    }
    while (buckets.size() > max_buckets) {
        source.width *= 2;
        std::map<std::int64_t, Bucket> wider;
        for (const auto& [number, each] : buckets) {
            wider[number / 2] += each;
        }
        buckets = std::move(wider);
    }
    return buckets[time / source.width];
}

Row ReportData::to_json(const ScanResult& result, const std::string& topic) const {
    Row page{{"topic", printable(topic)}, {"records", result.records}, {"unreadable", result.unreadable}};
    const auto now =
        std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    page["made"] = kafka::format_time(now);
    page["sources"] = Row::array();
    for (const auto& [source_id, source] : sources_) {
        auto row = source.summary.row(printable(source_id));
        row["bucket_ms"] = source.width.count();
        auto& buckets = row["buckets"] = Row::array();
        for (const auto& [number, bucket] : source.buckets) {
            buckets.push_back(Row::array({number * source.width.count(), bucket.frames, bucket.bytes,
                                          bucket.largest, bucket.repeated_bytes, bucket.holes,
                                          bucket.margin ? Row(*bucket.margin) : Row(nullptr)}));
        }
        auto& pictures = row["pictures"] = Row::array();
        for (const auto& picture : source.pictures) {
            pictures.push_back(Row::array({picture.time.count(), metadata::base64(picture.jpeg)}));
        }
        page["sources"].push_back(std::move(row));
    }
    return page;
}

}  // namespace framebridge::inspect
