#include "video_file_source/source_player.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "video_common/video_messages.h"

namespace framebridge::video_source {

namespace {

/// A URL's user, password and query are nobody else's business.
std::string without_credentials(std::string location) {
    if (!media::is_url(location)) {
        return location;
    }
    location.erase(std::min(location.find_first_of("?#"), location.size()));
    const auto host = location.find("//") + 2;
    const auto at = location.substr(0, location.find('/', host)).rfind('@');
    if (at != std::string::npos) {
        location.erase(host, at + 1 - host);
    }
    return location;
}

}  // namespace

SourcePlayer::SourcePlayer(SourceFiles source, const PlayConfig& config, Pacer::Time start_delay,
                           std::function<Clock::time_point()> now)
    : source_(std::move(source)), config_(&config), now_(std::move(now)), pacer_(start_delay) {}

zmq::OutgoingMessage* SourcePlayer::next() {
    while (!message_) {
        if (std::exchange(end_pending_, false)) {
            make_end_of_stream();
        } else if (reader_) {
            auto packet = next_packet_ ? std::exchange(next_packet_, std::nullopt) : read_packet();
            if (packet && ends_stream_before(*packet)) {
                next_packet_ = std::move(packet);
                make_end_of_stream();
            } else if (packet) {
                make_frame(std::move(*packet));
            } else if (config_->end_of_stream_per_file && sequence_number_ > 0 && !image_video_) {
                make_end_of_stream();
            }
        } else if (!open_next_file()) {
            if (sequence_number_ == 0) {
                return nullptr;
            }
            make_end_of_stream();
        }
    }
    return &*message_;
}

bool SourcePlayer::ends_stream_before(const media::VideoPacket& packet) {
    const auto& video = this->video();
    if (!config_->end_of_stream_on_change || sequence_number_ == 0 || !packet.keyframe) {
        return false;
    }
    return video.codec != sent_video_.codec || video.width != sent_video_.width ||
           video.height != sent_video_.height;
}

void SourcePlayer::sent() {
    message_.reset();
    if (message_ends_stream_) {
        ++report_.streams;
        sequence_number_ = 0;
        stream_end_.reset();
    } else {
        ++report_.frames;
        report_.bytes += message_bytes_;
    }
}

void SourcePlayer::stop() {
    // The message that waits was not sent: its number is free again.
    if (message_ && !message_ends_stream_) {
        message_.reset();
        --sequence_number_;
    }
    next_packet_.reset();
    reader_.reset();
    source_.files.clear();
    next_file_ = 0;
}

bool SourcePlayer::begin_round() {
    const bool was_empty = rounds_ > 0 && report_.frames == frames_before_round_;
    if (source_.files.empty() || was_empty || (config_->rounds && rounds_ == *config_->rounds)) {
        return false;
    }
    ++rounds_;
    frames_before_round_ = report_.frames;
    next_file_ = 0;
    return true;
}

// Passes over the files that are no video.
bool SourcePlayer::open_next_file() {
    for (;;) {
        if ((rounds_ == 0 || next_file_ == source_.files.size()) && !begin_round()) {
            return false;
        }
        const auto& file = source_.files[next_file_++];
        try {
            reader_.emplace(file.path.string(), config_->input);
        } catch (const media::MediaError& error) {
            fail(file, error.what());
            continue;
        }
        const auto& video = reader_->stream();
        if (rounds_ == 1) {
            spdlog::info("{}: {}: {} {}x{}", source_.source_id, file.path.string(), video.codec, video.width,
                         video.height);
            if (!reader_->skipped().empty()) {
                spdlog::info("{}: {}: only the video is sent, skipped: {}", source_.source_id,
                             file.path.string(), fmt::join(reader_->skipped(), ", "));
            }
        }
        use_image_times();
        open_metadata(file);
        shift_.reset();
        if (!stream_end_ || end_pending_) {
            pacer_.restart();
        }
        return true;
    }
}

// Images one after the other are one stream: it ends before a file that is none, and before a new round.
void SourcePlayer::use_image_times() {
    const bool was_image = image_video_.has_value();
    image_video_.reset();
    if (config_->image_duration && reader_->is_image()) {
        image_video_ = reader_->stream();
        image_video_->time_base = *config_->image_duration;
        image_video_->framerate =
            fmt::format("{}/{}", config_->image_duration->denominator, config_->image_duration->numerator);
    }
    end_pending_ = was_image && sequence_number_ > 0 && config_->end_of_stream_per_file &&
                   (!image_video_ || next_file_ == 1);
}

void SourcePlayer::open_metadata(const SourceFiles::File& file) {
    location_ = without_credentials(file.path.string());
    metadata_.reset();
    if (!config_->read_metadata || media::is_url(location_)) {
        return;
    }
    metadata_ = MetadataReader::open(file.path);
    if (!metadata_ && rounds_ == 1) {
        spdlog::warn("{}: {}: has no metadata file", source_.source_id, location_);
    }
}

bool SourcePlayer::stopping() const {
    return config_->input.stop != nullptr && config_->input.stop->requested();
}

void SourcePlayer::fail(const SourceFiles::File& file, const char* reason) {
    if (stopping()) {
        return;
    }
    if (!file.named) {
        if (rounds_ == 1) {
            spdlog::info("{}: skipped {}", source_.source_id, reason);
        }
        return;
    }
    spdlog::error("{}: {}", source_.source_id, reason);
    ++report_.failed_files;
}

// The next packet of the open file; at its end, or where it is broken, the file is closed.
std::optional<media::VideoPacket> SourcePlayer::read_packet() {
    std::optional<media::VideoPacket> packet;
    try {
        packet = reader_->read();
    } catch (const media::MediaError& error) {
        if (!stopping()) {
            spdlog::error("{}: {}", source_.source_id, error.what());
            ++report_.failed_files;
        }
    }
    if (packet) {
        shift_times(*packet);
    } else {
        reader_.reset();
    }
    return packet;
}

// A file within a stream begins where the one before it ends.
void SourcePlayer::shift_times(media::VideoPacket& packet) {
    const auto time_base = video().time_base;
    if (image_video_) {
        packet.pts = 0;
        packet.dts = 0;
        packet.duration = 1;
    }
    const auto decoding_time = packet.dts.value_or(packet.pts);
    if (!shift_) {
        shift_ = stream_end_
                     ? media::rescale_up(stream_end_->time, stream_end_->time_base, time_base) - decoding_time
                     : 0;
    }
    packet.pts += *shift_;
    if (packet.dts) {
        *packet.dts += *shift_;
    }
    const auto end = decoding_time + *shift_ + std::max<std::int64_t>(packet.duration.value_or(1), 1);
    stream_end_ = StreamEnd{end, time_base};
}

Pacer::Time SourcePlayer::to_time(std::int64_t ticks) const {
    return Pacer::Time(media::rescale_up(ticks, video().time_base, {1, Pacer::Time::period::den}));
}

void SourcePlayer::make_frame(media::VideoPacket packet) {
    sent_video_ = video();
    auto frame = make_video_frame(source_.source_id, sent_video_, packet);
    frame.sequence_number = ++sequence_number_;
    frame.attributes["location"] = location_;
    frame.content = protocol::AttachedContent{};
    const auto bytes = packet.bytes.size();
    const auto time = to_time(packet.dts.value_or(packet.pts));
    const auto duration = to_time(packet.duration.value_or(0));
    message_ = make_frame_message(source_.source_id, encode_frame(frame), std::move(packet));
    message_ends_stream_ = false;
    message_bytes_ = bytes;
    due_ = config_->realtime ? pacer_.due(time, duration, now_()) : Clock::time_point{};
}

std::string SourcePlayer::encode_frame(const protocol::VideoFrame& frame) {
    const auto& messages = config_->messages;
    if (metadata_) {
        if (const auto metadata = metadata_->next(frame.keyframe.value_or(true))) {
            return metadata->encode(messages.format, frame, messages.savant_version);
        }
        metadata_.reset();
    }
    return encode(messages.format, frame, messages.savant_version);
}

void SourcePlayer::make_end_of_stream() {
    // A refusal then says why.
    const protocol::EndOfStream end{
        .source_id = source_.source_id, .sequence_number = ++sequence_number_, .answers = true};
    message_ = make_end_of_stream_message(config_->messages, end);
    message_ends_stream_ = true;
    due_ = Clock::time_point{};
}

}  // namespace framebridge::video_source
