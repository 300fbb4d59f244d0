#include "video_file_sink/recording.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "media/codec_names.h"
#include "media/keyframe.h"
#include "metadata/metadata_path.h"
#include "video_file_sink/metadata_file.h"

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
        case FileEnd::another_src_file:
            return "the source plays another file";
        case FileEnd::idle:
            return "nothing came for long";
        case FileEnd::descriptors_short:
            return "it was idle for longest, and descriptors ran short";
        case FileEnd::stopped:
            return "cut short by the stop";
    }
    return {};
}

double seconds(std::int64_t ticks, protocol::TimeBase base) {
    return static_cast<double>(ticks) * base.numerator / base.denominator;
}

/// The name of the file that a frame was read from, as its sender says.
std::string src_filename(const protocol::VideoFrame& frame) {
    const auto location = frame.attributes.find("location");
    const auto stem = location == frame.attributes.end()
                          ? std::string()
                          : std::filesystem::path(location->second).stem().string();
    return stem.empty() ? "unknown" : stem;
}

std::int64_t ticks(std::chrono::milliseconds time, protocol::TimeBase base) {
    return media::rescale_up(time.count(), {1, 1000}, base);
}

/// What the last line on a file says of what is missing in it; empty: nothing.
std::string missing_text(const std::vector<Gap>& gaps) {
    if (gaps.empty()) {
        return {};
    }
    std::uint64_t frames = 0;
    for (const auto& gap : gaps) {
        frames += gap.frames;
    }
    return fmt::format("; {} frames are missing, at {}", frames, to_string(gaps));
}

}  // namespace

void RecordingCounts::operator+=(const RecordingCounts& other) {
    files += other.files;
    kept.frames += other.kept.frames;
    kept.bytes += other.kept.bytes;
    lost_frames += other.lost_frames;
    moved_frames += other.moved_frames;
    missing_frames += other.missing_frames;
    constexpr std::size_t max_places = 20;
    for (const auto& place : other.places) {
        if (places.size() < max_places) {
            places.push_back(place);
        }
    }
}

struct Recording::NewFile {
    media::PartialFile video;
    std::optional<MetadataFile> metadata;
};

struct Recording::OpenFile {
    media::PartialFile partial;
    std::optional<MetadataFile> metadata;
    media::Container container;
    media::VideoStream stream;
    media::VideoWriter writer;
    std::int64_t first_pts = 0;
    std::int64_t last_time = 0;  ///< The last dts, or the latest pts of a stream without dts.
    std::int64_t end = 0;        ///< Of the frame that is shown last.
    std::string src_filename;
    std::vector<Gap> gaps;
    media::FrameCount taken;

    OpenFile(NewFile file, const media::WriterConfig& config, const media::VideoStream& video,
             std::string_view keyframe)
        : partial(std::move(file.video)),
          metadata(std::move(file.metadata)),
          container(config.container),
          stream(video),
          writer(partial.fd(), partial.target().string(), config, video, keyframe) {}
};

Recording::Recording(std::string source_id, const RecordingConfig& config, SeekableRewriter& rewriter)
    : source_id_(std::move(source_id)), config_(&config), rewriter_(&rewriter), recent_(remembered_uuids) {}
Recording::~Recording() = default;
Recording::Recording(Recording&&) noexcept = default;

FrameOutcome Recording::write(const protocol::VideoFrame& frame, std::string_view bytes,
                              std::string_view metadata) {
    if (!recent_.insert(frame.uuid)) {
        return FrameOutcome::repeated;
    }
    last_write_ = Clock::now();
    if (frame.sequence_number > 0) {
        missing_ += sequence_.arrived(frame.sequence_number);
    }
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
            open(frame, stream, bytes);
        }
        close_gap(&frame);
        file_->writer.write({nullptr, bytes, frame.pts, frame.dts, frame.duration, keyframe, frame.hidden});
        if (file_->metadata) {
            file_->metadata->add(metadata);
        }
    } catch (const OutOfDescriptors&) {
        recent_.forget_last();
        --stream_frames_;
        throw;
    } catch (const media::MediaError& error) {
        give_up(error.what());
        throw;
    }
    file_->last_time = frame.dts ? *frame.dts : std::max(file_->last_time, frame.pts);
    file_->end = std::max(file_->end, frame.pts + std::max<std::int64_t>(frame.duration.value_or(0), 0));
    ++file_->taken.frames;
    file_->taken.bytes += bytes.size();
    ++stream_written_;
    return FrameOutcome::written;
}

void Recording::miss(const protocol::VideoFrame& frame) {
    if (!recent_.insert(frame.uuid)) {
        return;
    }
    ++missing_;
    if (frame.sequence_number > 0) {
        missing_ += sequence_.arrived(frame.sequence_number);
    }
}

void Recording::pass(std::uint64_t sequence_number) {
    missing_ += sequence_.arrived_perhaps_again(sequence_number);
}

// What is missing now is missing up to `next`, or at the file's end.
void Recording::close_gap(const protocol::VideoFrame* next) {
    const auto frames = std::exchange(missing_, 0);
    counts_.missing_frames += frames;
    if (frames == 0 || !file_ || file_->taken.frames == 0) {
        return;
    }
    const auto base = file_->stream.time_base;
    const auto to = next != nullptr ? std::max(next->pts, file_->end) : file_->end;
    const Gap gap{frames, seconds(file_->end - file_->first_pts, base), seconds(to - file_->first_pts, base)};
    constexpr std::size_t max_gaps = 10'000;
    if (file_->gaps.size() < max_gaps) {
        file_->gaps.push_back(gap);
    }
    if (file_->metadata) {
        file_->metadata->add(to_line(gap));
    }
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
        return end(FileEnd::chunk_full);
    }
    if (keyframe && config_->name.has_src_filename() && file_->src_filename != src_filename(frame)) {
        end(FileEnd::another_src_file);
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

void Recording::open(const protocol::VideoFrame& frame, const media::VideoStream& stream,
                     std::string_view keyframe) {
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
    auto name = src_filename(frame);
    file_ = std::make_unique<OpenFile>(create_file(*container, name), writer, stream, keyframe);
    file_->src_filename = std::move(name);
    file_->first_pts = file_->end = frame.pts;
    file_->last_time = frame.dts.value_or(frame.pts);
    spdlog::info("{}: writing {}: {} {}x{}, {}", source_id_, file_->partial.target().string(), stream.codec,
                 stream.width, stream.height, stream.framerate);
}

Recording::NewFile Recording::create_file(media::Container container, std::string_view src_filename) {
    for (;;) {
        const auto target =
            config_->folder / config_->name.expand(source_id_, ++number_, extension(container), src_filename);
        std::error_code error;
        std::filesystem::create_directories(target.parent_path(), error);
        auto file = error ? tl::unexpected(error) : media::PartialFile::create(target);
        if (file && !config_->writes_metadata()) {
            return {std::move(*file), std::nullopt};
        }
        auto metadata = file ? media::PartialFile::create(metadata::metadata_path(target))
                             : decltype(file)(tl::unexpected(file.error()));
        if (metadata) {
            return {std::move(*file), MetadataFile(std::move(*metadata))};
        }
        if (metadata.error() == std::errc::file_exists) {
            continue;
        }
        --number_;
        const auto text = fmt::format("{}: cannot be made: {}", target.string(), metadata.error().message());
        if (metadata.error() == std::errc::too_many_files_open ||
            metadata.error() == std::errc::too_many_files_open_in_system) {
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
        close_gap(nullptr);
        file_->writer.close();
        publish(*file_);
    } catch (const media::MediaError& error) {
        give_up(error.what());
        throw;
    }
    const auto file = std::move(file_);
    spdlog::info("{}: {} is complete: {} frames ({}){}", source_id_, file->partial.target().string(),
                 file->taken.frames, to_string(reason), missing_text(file->gaps));
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
        if (file->metadata) {
            file->metadata->discard();
        }
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
        partial.rename_target(config_->folder / config_->name.expand(source_id_, ++number_,
                                                                     extension(file.container),
                                                                     file.src_filename));
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
    if (!file.gaps.empty()) {
        counts_.places.push_back(
            fmt::format("{} at {}", partial.target().filename().string(), to_string(file.gaps)));
    }
    if (has_fragments(file.container)) {
        rewriter_->add(partial.target());
    }
    if (file.metadata) {
        file.metadata->publish(metadata::metadata_path(partial.target()));
    }
}

std::optional<StreamFailure> Recording::end_stream() {
    try {
        end(FileEnd::end_of_stream);
    } catch (const media::MediaError&) {  // NOLINT(bugprone-empty-catch)
        // stream_failure_ says it.
    }
    sequence_.restart();
    missing_ = 0;
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
