#include "kafka_redis_inspect/export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include "framebridge/protocol/messages.h"
#include "kafka_redis_inspect/frame_bytes.h"
#include "kafka_redis_inspect/message_json.h"
#include "kafka_redis_inspect/missing_ranges.h"
#include "media/thumbnail.h"
#include "metadata/message_json.h"
#include "runtime/failure.h"
#include "video_file_sink/name_template.h"
#include "video_file_sink/recordings.h"

namespace framebridge::inspect {

namespace {

namespace fs = std::filesystem;

/// Rewriting a file into a seekable one reads it once more.
constexpr auto rewrite_limit = std::chrono::hours(6);

[[noreturn]] void cannot_write(const fs::path& path, const std::string& why) {
    throw runtime::Failure(runtime::FailureKind::system, path.string() + " cannot be written: " + why);
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        cannot_write(folder, error.message());
    }
}

void write_file(const fs::path& path, std::string_view bytes) {
    make_folder(path.parent_path());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
        cannot_write(path, "the disk is full, or it is not allowed");
    }
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// What becomes of the frames of a range.
class FrameWriter {
  public:
    virtual ~FrameWriter() = default;
    virtual void write(const ScannedRecord& scanned, const protocol::VideoFrame& frame,
                       std::string_view bytes) = 0;
    virtual void end_stream(std::string_view /*source_id*/) {}
    /// A frame's bytes are not in their store.
    virtual void miss(const protocol::VideoFrame& /*frame*/) {}
    /// The files that were written.
    virtual std::vector<fs::path> finish() = 0;
    [[nodiscard]] virtual std::uint64_t before_keyframe() const { return 0; }
};

class VideoFiles final : public FrameWriter {
  public:
    VideoFiles(const fs::path& folder, const fs::path& container_of)
        : folder_(folder),
          recordings_(recording_config(folder, container_of), video_sink::raise_descriptor_limit(),
                      [](const auto& reason) { spdlog::error("{}", reason); }),
          before_(files_in(folder)) {}

    void write(const ScannedRecord& /*scanned*/, const protocol::VideoFrame& frame,
               std::string_view bytes) override {
        try {
            const auto outcome = recordings_.write(frame, bytes);
            before_keyframe_ += outcome == video_sink::FrameOutcome::before_keyframe ? 1 : 0;
        } catch (const media::MediaError& error) {
            cannot_write(folder_, error.what());
        }
    }

    void miss(const protocol::VideoFrame& frame) override { recordings_.miss(frame); }

    void end_stream(std::string_view source_id) override {
        if (const auto failure = recordings_.end_stream(source_id)) {
            spdlog::warn("source '{}': {}", printable(source_id), failure->reason);
        }
    }

    std::vector<fs::path> finish() override {
        recordings_.end_all(video_sink::Recordings::Clock::now() + rewrite_limit);
        std::vector<fs::path> written;
        const auto now = files_in(folder_);
        std::set_difference(now.begin(), now.end(), before_.begin(), before_.end(),
                            std::back_inserter(written));
        return written;
    }

    [[nodiscard]] std::uint64_t before_keyframe() const override { return before_keyframe_; }

  private:
    static video_sink::RecordingConfig recording_config(const fs::path& folder,
                                                        const fs::path& container_of) {
        make_folder(folder);
        video_sink::RecordingConfig config;
        config.folder = folder;
        if (!container_of.empty()) {
            auto extension = container_of.extension().string();
            extension.erase(0, extension.empty() ? 0 : 1);
            const auto container = video_sink::ContainerChoice::parse(extension);
            if (!container) {
                throw runtime::Failure(
                    runtime::FailureKind::misconfigured,
                    "--file " + container_of.string() + ": " + container.error().to_string());
            }
            config.container = *container;
        }
        return config;
    }

    fs::path folder_;
    video_sink::Recordings recordings_;
    std::vector<fs::path> before_;
    std::uint64_t before_keyframe_ = 0;
};

/// One video file with the name that was asked for; where a stream ends or changes, others beside it.
class OneVideoFile final : public FrameWriter {
  public:
    explicit OneVideoFile(fs::path file)
        : file_(std::move(file)), folder_(temporary_folder(file_)), files_(folder_, file_) {}
    ~OneVideoFile() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    OneVideoFile(const OneVideoFile&) = delete;
    OneVideoFile& operator=(const OneVideoFile&) = delete;

    void write(const ScannedRecord& scanned, const protocol::VideoFrame& frame,
               std::string_view bytes) override {
        if (source_.empty()) {
            source_ = frame.source_id;
        } else if (source_ != frame.source_id) {
            throw runtime::Failure(
                runtime::FailureKind::misconfigured,
                fmt::format("--file takes one source, and the range has '{}' and '{}': name one with "
                            "--source-id, or give --folder",
                            printable(source_), printable(frame.source_id)));
        }
        files_.write(scanned, frame, bytes);
    }
    void end_stream(std::string_view source_id) override { files_.end_stream(source_id); }
    void miss(const protocol::VideoFrame& frame) override { files_.miss(frame); }

    std::vector<fs::path> finish() override {
        std::vector<fs::path> named;
        for (const auto& file : files_.finish()) {
            auto name = file_;
            if (!named.empty()) {
                name.replace_filename(fmt::format("{}-{}{}", file_.stem().string(), named.size() + 1,
                                                  file_.extension().string()));
            }
            std::error_code error;
            fs::rename(file, name, error);
            if (error) {
                cannot_write(name, error.message());
            }
            named.push_back(name);
        }
        return named;
    }
    [[nodiscard]] std::uint64_t before_keyframe() const override { return files_.before_keyframe(); }

  private:
    /// Beside the file, so that the finished one is only renamed.
    static fs::path temporary_folder(const fs::path& file) {
        auto name = (fs::absolute(file).parent_path() / ".export-XXXXXX").string();
        make_folder(fs::absolute(file).parent_path());
        if (mkdtemp(name.data()) == nullptr) {
            cannot_write(file, std::generic_category().message(errno));
        }
        return name;
    }

    fs::path file_;
    fs::path folder_;
    VideoFiles files_;
    std::string source_;
};

/// A file for each frame, or a picture for each keyframe; named by source, time and place in the topic.
class FrameFiles final : public FrameWriter {
  public:
    explicit FrameFiles(const ExportConfig& config) : config_(config) { make_folder(config.folder); }

    void write(const ScannedRecord& scanned, const protocol::VideoFrame& frame,
               std::string_view bytes) override {
        const bool pictures = config_.as == ExportAs::pictures;
        if (pictures && !frame.keyframe.value_or(true)) {
            return;
        }
        std::optional<std::string> jpeg;
        if (pictures) {
            jpeg = media::make_thumbnail(frame.codec.value_or(""), frame.codec_extradata.value_or(""), bytes,
                                         static_cast<int>(config_.picture_width));
            if (!jpeg) {
                ++not_decoded_;
                return;
            }
        }
        auto time = kafka::format_time(scanned.record.timestamp);
        std::replace(time.begin(), time.end(), ':', '-');
        const auto extension = pictures ? "jpg" : video_sink::file_name_part(frame.codec.value_or("bin"));
        const auto path =
            config_.folder / video_sink::file_name_part(frame.source_id) /
            fmt::format("{}_{}-{}.{}", time, scanned.record.partition, scanned.record.offset, extension);
        write_file(path, jpeg ? std::string_view(*jpeg) : bytes);
        written_.push_back(path);
    }

    std::vector<fs::path> finish() override {
        if (not_decoded_ > 0) {
            spdlog::warn("{} keyframes could not be decoded", not_decoded_);
        }
        return written_;
    }

  private:
    ExportConfig config_;
    std::vector<fs::path> written_;
    std::uint64_t not_decoded_ = 0;
};

std::unique_ptr<FrameWriter> make_writer(const ExportConfig& config) {
    if (config.as != ExportAs::video) {
        return std::make_unique<FrameFiles>(config);
    }
    if (!config.file.empty()) {
        return std::make_unique<OneVideoFile>(config.file);
    }
    return std::make_unique<VideoFiles>(config.folder, fs::path{});
}

fs::path metadata_path(const ExportConfig& config) {
    if (config.file.empty()) {
        return config.folder / "metadata.jsonl";
    }
    auto path = config.file;
    return path.replace_extension(".jsonl");
}

}  // namespace

ExportResult export_video(const ScanRange& range, const ExportConfig& config, runtime::StopSignal& stop,
                          Output& output) {
    ExportResult result;
    const auto writer = make_writer(config);
    StoreLookup lookup(config.stores);
    std::ofstream lines;
    if (config.metadata) {
        lines.open(metadata_path(config), std::ios::trunc);
    }
    MissingRanges missing;
    const auto scanned = scan(range, stop, [&](const ScannedRecord& record) {
        if (record.envelope == nullptr) {
            return;
        }
        const auto frame = record.envelope->kind == protocol::MessageKind::video_frame
                               ? protocol::decode_video_frame(*record.envelope)
                               : Result<protocol::VideoFrame>(problem("it is no frame"));
        const auto bytes = frame ? frame_bytes(frame->content, lookup) : std::nullopt;
        if (config.metadata) {
            auto row = to_json(record);
            if (frame && !bytes) {
                row["missing"] = true;
            }
            lines << metadata::to_line(row) << '\n';
        }
        if (record.envelope->kind == protocol::MessageKind::end_of_stream) {
            writer->end_stream(record.source_id());
        }
        if (!frame) {
            return;
        }
        if (!bytes) {
            ++result.missing;
            missing.miss(frame->source_id, record.record.timestamp);
            writer->miss(*frame);
            return;
        }
        missing.come(frame->source_id);
        writer->write(record, *frame, *bytes);
        ++result.frames;
    });
    result.interrupted = scanned.interrupted;
    const auto files = writer->finish();
    result.before_keyframe = writer->before_keyframe();
    result.files = files.size();
    if (config.metadata && !lines.flush()) {
        cannot_write(metadata_path(config), "the disk is full, or it is not allowed");
    }
    output.begin("", {"file", "bytes"});
    for (const auto& file : files) {
        std::error_code error;
        output.add({{"file", file.string()}, {"bytes", fs::file_size(file, error)}});
    }
    output.finish();
    output.note(fmt::format("{} frames in {} files; {} before the first keyframe left out", result.frames,
                            result.files, result.before_keyframe));
    if (result.missing > 0) {
        output.note(fmt::format("{} frames are missing: {}", result.missing, missing.to_string()));
    }
    return result;
}

}  // namespace framebridge::inspect
