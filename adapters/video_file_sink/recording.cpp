#include "video_file_sink/recording.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace framebridge::video_sink {

namespace {

/// More than what queues and Kafka's uncommitted offsets hold of one source.
constexpr std::size_t remembered_uuids = 2048;

media::VideoStream stream_of(const protocol::VideoFrame& frame) {
    return {frame.codec.value_or(""), frame.width,     frame.height,
            frame.time_base,          frame.framerate, frame.codec_extradata.value_or(""),
            frame.attributes};
}

bool parameters_differ(const media::VideoStream& one, const media::VideoStream& other) {
    return one.codec != other.codec || one.width != other.width || one.height != other.height ||
           one.time_base != other.time_base;
}

std::string_view to_string(FileEnd reason) {
    switch (reason) {
        case FileEnd::end_of_stream:
            return "end of stream";
        case FileEnd::parameters_changed:
            return "codec, geometry or time base changed";
        case FileEnd::times_restarted:
            return "the source began anew without an end of stream";
        case FileEnd::stopped:
            return "cut short by the stop";
    }
    return {};
}

}  // namespace

struct Recording::OpenFile {
    media::PartialFile partial;
    media::VideoStream stream;
    media::VideoWriter writer;
    std::int64_t last_dts = 0;
    std::uint64_t frames = 0;

    OpenFile(std::filesystem::path target, media::Container container, const media::VideoStream& video,
             std::string_view keyframe)
        : partial(std::move(target)), stream(video), writer(partial.path(), container, video, keyframe) {}
};

void Recording::Delete::operator()(OpenFile* file) const {
    delete file;
}

Recording::Recording(std::string source_id, const RecordingConfig& config)
    : source_id_(std::move(source_id)), config_(config), recent_(remembered_uuids) {}

FrameOutcome Recording::write(const protocol::VideoFrame& frame, std::string_view bytes) {
    if (!recent_.insert(frame.uuid)) {
        return FrameOutcome::repeated;
    }
    const auto stream = stream_of(frame);
    const auto dts = frame.dts.value_or(frame.pts);
    const bool keyframe = frame.keyframe.value_or(false);
    if (file_ && parameters_differ(file_->stream, stream)) {
        end(FileEnd::parameters_changed);
    }
    if (file_ && dts <= file_->last_dts) {
        if (!keyframe) {
            return FrameOutcome::out_of_order;
        }
        end(FileEnd::times_restarted);
    }
    if (!file_ && !keyframe) {
        return FrameOutcome::before_keyframe;
    }
    try {
        if (!file_) {
            open(frame, stream, bytes);
        }
        file_->writer.write({nullptr, bytes, frame.pts, frame.dts, frame.duration, keyframe});
    } catch (const media::MediaError&) {
        file_.reset();
        throw;
    }
    file_->last_dts = dts;
    ++file_->frames;
    return FrameOutcome::written;
}

void Recording::open(const protocol::VideoFrame& frame, const media::VideoStream& stream,
                     std::string_view keyframe) {
    const auto target = next_name();
    std::error_code error;
    std::filesystem::create_directories(target.parent_path(), error);
    if (error) {
        throw media::MediaError(
            fmt::format("{}: cannot be made: {}", target.parent_path().string(), error.message()));
    }
    file_.reset(new OpenFile(target, config_.container, stream, keyframe));
    spdlog::info("{}: writing {}: {} {}x{}, {}", frame.source_id, target.string(), stream.codec, stream.width,
                 stream.height, frame.framerate);
}

std::filesystem::path Recording::next_name() {
    for (;;) {
        auto name = config_.folder / config_.name.expand(source_id_, ++number_, extension(config_.container));
        if (!std::filesystem::exists(name)) {
            return name;
        }
    }
}

void Recording::end(FileEnd reason) {
    if (!file_) {
        return;
    }
    const auto file = std::move(file_);
    file->writer.close();
    publish(file->partial);
    ++files_;
    spdlog::info("{}: {} is complete: {} frames ({})", source_id_, file->partial.target().string(),
                 file->frames, to_string(reason));
}

void Recording::publish(media::PartialFile& partial) {
    auto error = partial.publish();
    while (error == std::errc::file_exists) {
        partial.rename_target(next_name());
        error = partial.publish();
    }
    if (error) {
        throw media::MediaError(
            fmt::format("{}: cannot be given its name: {}", partial.target().string(), error.message()));
    }
}

}  // namespace framebridge::video_sink
