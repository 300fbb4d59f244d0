#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "framebridge/protocol/messages.h"
#include "media/partial_file.h"
#include "media/video_writer.h"
#include "video_file_sink/config.h"
#include "video_file_sink/recent_uuids.h"

namespace framebridge::video_sink {

/// What became of a frame.
enum class FrameOutcome {
    written,
    repeated,         ///< It came before: delivery at least once may do that.
    out_of_order,     ///< Its decoding time is not behind the last one's.
    before_keyframe,  ///< A file begins with a keyframe, and none has come yet.
};

/// Why a file is closed.
enum class FileEnd { end_of_stream, parameters_changed, times_restarted, stopped };

/// One source's frames into files, one for each stream. A stream ends with end(), when its codec, geometry or
/// time base changes, or when a new keyframe's time is not behind the last frame's (a source that was started
/// again). A file is seen under its name when it is complete, never before, and never replaces another.
class Recording {
  public:
    Recording(std::string source_id, const RecordingConfig& config);

    /// Appends a frame with its content's bytes. Throws MediaError if it cannot be written: the file is then
    /// given up, and the next keyframe begins another one.
    FrameOutcome write(const protocol::VideoFrame& frame, std::string_view bytes);
    /// Completes the open file, if there is one. Throws MediaError if that fails.
    void end(FileEnd reason);

    [[nodiscard]] bool has_open_file() const { return file_ != nullptr; }
    [[nodiscard]] std::uint64_t files() const { return files_; }

  private:
    struct OpenFile;
    struct Delete {
        void operator()(OpenFile* file) const;
    };

    void open(const protocol::VideoFrame& frame, const media::VideoStream& stream, std::string_view keyframe);
    void publish(media::PartialFile& partial);
    [[nodiscard]] std::filesystem::path next_name();

    std::string source_id_;
    const RecordingConfig& config_;
    RecentUuids recent_;
    std::unique_ptr<OpenFile, Delete> file_;
    std::uint64_t number_ = 0;
    std::uint64_t files_ = 0;
};

}  // namespace framebridge::video_sink
