#include "video_file_sink/recording.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "media/codec_names.h"
#include "media/keyframe.h"

namespace framebridge::video_sink {

namespace {

/// More than what queues and Kafka's uncommitted offsets hold of one source.
constexpr std::size_t remembered_uuids = 2048;

media::VideoStream stream_of(const protocol::VideoFrame& frame) {
    return {frame.codec.value_or(""), frame.width,     frame.height,
            frame.time_base,          frame.framerate, frame.codec_extradata.value_or(""),
            frame.attributes};
}

bool parameters_differ(const media::VideoStream& file, const media::VideoStream& frame) {
    return file.codec != frame.codec || file.width != frame.width || file.height != frame.height ||
           file.time_base != frame.time_base ||
           (!frame.extradata.empty() && file.extradata != frame.extradata);
}

std::string_view to_string(FileEnd reason) {
    switch (reason) {
        case FileEnd::end_of_stream:
            return "end of stream";
        case FileEnd::parameters_changed:
            return "codec, geometry, codec data or time base changed";
        case FileEnd::times_restarted:
            return "the source began anew without an end of stream";
        case FileEnd::chunk_full:
            return "the chunk is full";
        case FileEnd::idle:
            return "nothing came for long";
        case FileEnd::descriptors_short:
            return "it was idle for longest, and descriptors ran short";
        case FileEnd::stopped:
            return "cut short by the stop";
    }
    return {};
}

std::int64_t ticks(std::chrono::milliseconds time, protocol::TimeBase base) {
    return media::rescale_up(time.count(), {1, 1000}, base);
}

}  // namespace

void RecordingCounts::operator+=(const RecordingCounts& other) {
    files += other.files;
    kept.frames += other.kept.frames;
    kept.bytes += other.kept.bytes;
    lost_frames += other.lost_frames;
    moved_frames += other.moved_frames;
}

struct Recording::OpenFile {
    media::PartialFile partial;
    media::Container container;
    media::VideoStream stream;
    media::VideoWriter writer;
    std::int64_t first_pts = 0;
    std::int64_t last_time = 0;  ///< The last dts, or the latest pts of a stream without dts.
    media::FrameCount taken;

    OpenFile(media::PartialFile file, const media::WriterConfig& config, const media::VideoStream& video,
             std::string_view keyframe)
        : partial(std::move(file)),
          container(config.container),
          stream(video),
          writer(partial.fd(), partial.target().string(), config, video, keyframe) {}
};

Recording::Recording(std::string source_id, const RecordingConfig& config, SeekableRewriter& rewriter)
    : source_id_(std::move(source_id)), config_(&config), rewriter_(&rewriter), recent_(remembered_uuids) {}
Recording::~Recording() = default;
Recording::Recording(Recording&&) noexcept = default;

FrameOutcome Recording::write(const protocol::VideoFrame& frame, std::string_view bytes) {
    if (!recent_.insert(frame.uuid)) {
        return FrameOutcome::repeated;
    }
    last_write_ = Clock::now();
    ++stream_frames_;
    const auto stream = stream_of(frame);
    // A codec whose packets we cannot read is given the benefit of the doubt, else nothing would be kept of
    // it.
    const bool keyframe =
        frame.keyframe ? *frame.keyframe : media::is_keyframe(stream.codec, bytes).value_or(file_ == nullptr);
    try {
        begin_new_file_if_needed(frame, stream, keyframe);
        if (file_ && !accepts(frame, keyframe)) {
            return FrameOutcome::out_of_order;
        }
        if (!file_ && !keyframe) {
            return FrameOutcome::before_keyframe;
        }
        if (frame.hidden && !hides_frames()) {
            return FrameOutcome::left_out;
        }
        if (!file_) {
            open(stream, bytes);
            file_->first_pts = frame.pts;
            file_->last_time = frame.dts.value_or(frame.pts);
        }
        file_->writer.write({nullptr, bytes, frame.pts, frame.dts, frame.duration, keyframe, frame.hidden});
    } catch (const OutOfDescriptors&) {
        recent_.forget_last();
        --stream_frames_;
        throw;
    } catch (const media::MediaError& error) {
        give_up(error.what());
        throw;
    }
    file_->last_time = frame.dts ? *frame.dts : std::max(file_->last_time, frame.pts);
    ++file_->taken.frames;
    file_->taken.bytes += bytes.size();
    ++stream_written_;
    return FrameOutcome::written;
}

void Recording::begin_new_file_if_needed(const protocol::VideoFrame& frame, const media::VideoStream& stream,
                                         bool keyframe) {
    if (!file_) {
        return;
    }
    if (parameters_differ(file_->stream, stream)) {
        return end(FileEnd::parameters_changed);
    }
    const auto back = file_->last_time - frame.dts.value_or(frame.pts);
    const bool far_back = back > ticks(std::chrono::seconds(1), frame.time_base);
    if (keyframe && back > 0 && (frame.pts <= file_->first_pts || far_back)) {
        return end(FileEnd::times_restarted);
    }
    if (keyframe && is_full(frame)) {
        end(FileEnd::chunk_full);
    }
}

// What is a little late is written at the next free time: its picture is not lost.
bool Recording::accepts(const protocol::VideoFrame& frame, bool keyframe) {
    const auto back = file_->last_time - frame.dts.value_or(frame.pts);
    return keyframe || back <= ticks(std::chrono::seconds(1), frame.time_base);
}

bool Recording::hides_frames() const {
    return file_ ? can_hide_frames(file_->container)
                 : !config_->container.fixed || can_hide_frames(*config_->container.fixed);
}

bool Recording::is_full(const protocol::VideoFrame& frame) const {
    const auto& limits = config_->chunk;
    return (limits.frames > 0 && file_->taken.frames >= limits.frames) ||
           (limits.bytes > 0 && file_->taken.bytes >= limits.bytes) ||
           (limits.duration.count() > 0 &&
            frame.pts - file_->first_pts >= ticks(limits.duration, frame.time_base));
}

void Recording::open(const media::VideoStream& stream, std::string_view keyframe) {
    const auto codec = media::codec_by_name(stream.codec);
    const auto container = config_->container.fixed ? config_->container.fixed : media::container_for(codec);
    if (!container) {
        throw media::MediaError(
            fmt::format("{}: no container holds the codec '{}'", source_id_, stream.codec));
    }
    const media::WriterConfig writer{
        *container,
        config_->clock_start,
        config_->disk_sync,
        {{"framebridge_source_id", source_id_},
         {"framebridge_time_base",
          fmt::format("{}/{}", stream.time_base.numerator, stream.time_base.denominator)}}};
    file_ = std::make_unique<OpenFile>(create_file(*container), writer, stream, keyframe);
    spdlog::info("{}: writing {}: {} {}x{}, {}", source_id_, file_->partial.target().string(), stream.codec,
                 stream.width, stream.height, stream.framerate);
}

media::PartialFile Recording::create_file(media::Container container) {
    for (;;) {
        const auto target =
            config_->folder / config_->name.expand(source_id_, ++number_, extension(container));
        std::error_code error;
        std::filesystem::create_directories(target.parent_path(), error);
        auto file = error ? tl::unexpected(error) : media::PartialFile::create(target);
        if (file) {
            return std::move(*file);
        }
        if (file.error() == std::errc::file_exists) {
            continue;
        }
        --number_;
        const auto text = fmt::format("{}: cannot be made: {}", target.string(), file.error().message());
        if (file.error() == std::errc::too_many_files_open ||
            file.error() == std::errc::too_many_files_open_in_system) {
            throw OutOfDescriptors(text);
        }
        throw media::MediaError(text);
    }
}

void Recording::flush() {
    if (!file_) {
        return;
    }
    try {
        file_->writer.flush();
    } catch (const media::MediaError& error) {
        give_up(error.what());
        throw;
    }
}

Recording::Clock::time_point Recording::flush_due() const {
    return file_ ? file_->writer.flush_due() : Clock::time_point::max();
}

void Recording::end(FileEnd reason) {
    if (!file_) {
        return;
    }
    try {
        file_->writer.close();
        publish(*file_);
    } catch (const media::MediaError& error) {
        give_up(error.what());
        throw;
    }
    const auto file = std::move(file_);
    spdlog::info("{}: {} is complete: {} frames ({})", source_id_, file->partial.target().string(),
                 file->taken.frames, to_string(reason));
}

// What is in the file stays, and is all that counts.
void Recording::give_up(const std::string& reason) {
    stream_failure_ = reason;
    const auto file = std::move(file_);
    if (!file) {
        return;
    }
    file->writer.abandon();
    const auto kept = file->writer.in_file();
    counts_.lost_frames += file->taken.frames - std::min(kept.frames, file->taken.frames);
    if (kept.frames == 0) {
        file->partial.discard();
        return;
    }
    try {
        publish(*file);
        spdlog::warn("{}: {} ends early: it has {} of {} frames", source_id_, file->partial.target().string(),
                     kept.frames, file->taken.frames);
    } catch (const media::MediaError& error) {
        spdlog::error("{}", error.what());
    }
}

void Recording::publish(OpenFile& file) {
    auto& partial = file.partial;
    auto error = partial.publish();
    while (error == std::errc::file_exists) {
        partial.rename_target(config_->folder /
                              config_->name.expand(source_id_, ++number_, extension(file.container)));
        error = partial.publish();
    }
    if (error) {
        throw media::MediaError(
            fmt::format("{}: cannot be given its name: {}", partial.target().string(), error.message()));
    }
    ++counts_.files;
    const auto kept = file.writer.in_file();
    counts_.kept.frames += kept.frames;
    counts_.kept.bytes += kept.bytes;
    counts_.moved_frames += file.writer.moved();
    if (file.writer.moved() > 0) {
        spdlog::warn("{}: {}: {} frames were moved to the next free time: theirs did not ascend", source_id_,
                     partial.target().string(), file.writer.moved());
    }
    if (file.writer.cut_pauses().count() > 0) {
        spdlog::warn("{}: {}: {} s of pauses were left out: the container has no number for them", source_id_,
                     partial.target().string(), file.writer.cut_pauses().count());
    }
    if (has_fragments(file.container)) {
        rewriter_->add(partial.target());
    }
}

std::optional<StreamFailure> Recording::end_stream() {
    try {
        end(FileEnd::end_of_stream);
    } catch (const media::MediaError&) {  // NOLINT(bugprone-empty-catch)
        // stream_failure_ says it.
    }
    const auto frames = std::exchange(stream_frames_, 0);
    const auto written = std::exchange(stream_written_, 0);
    auto failure = std::exchange(stream_failure_, {});
    if (!failure.empty()) {
        return StreamFailure{StreamFailure::Kind::not_written, std::move(failure)};
    }
    if (frames > 0 && written == 0) {
        return StreamFailure{StreamFailure::Kind::no_use,
                             fmt::format("none of its {} frames can begin a file", frames)};
    }
    return std::nullopt;
}

}  // namespace framebridge::video_sink
