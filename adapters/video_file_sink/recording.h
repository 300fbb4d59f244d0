#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/protocol/messages.h"
#include "media/partial_file.h"
#include "media/video_writer.h"
#include "video_file_sink/config.h"
#include "video_file_sink/missing_frames.h"
#include "video_file_sink/recent_uuids.h"
#include "video_file_sink/seekable_rewriter.h"

namespace framebridge::video_sink {

/// What became of a frame.
enum class FrameOutcome {
    written,
    repeated,         ///< It came before: delivery at least once may do that.
    out_of_order,     ///< Its decoding time is more than a second before the last one's.
    before_keyframe,  ///< A file begins with a keyframe, and none has come yet.
    left_out,         ///< It is not to be shown, and the container cannot hide it.
};

/// Why a file is closed.
enum class FileEnd {
    end_of_stream,
    parameters_changed,
    times_restarted,
    chunk_full,
    another_src_file,
    idle,
    descriptors_short,
    stopped
};

/// Why not all of a stream's frames are in a file that can be played.
struct StreamFailure {
    enum class Kind {
        not_written,  ///< The disk, the folder, the container.
        no_use,       ///< Frames came, and not one could begin a file.
    };
    Kind kind = Kind::not_written;
    std::string reason;
};

/// The descriptors of the process are used up: closing another recording helps.
class OutOfDescriptors : public media::MediaError {
  public:
    using media::MediaError::MediaError;
};

/// What a recording has made so far, open files not counted.
struct RecordingCounts {
    std::uint64_t files = 0;
    media::FrameCount kept;                ///< In these files.
    std::uint64_t lost_frames = 0;         ///< Taken, and then not to be written.
    std::uint64_t moved_frames = 0;        ///< In the files, at another time than they came with.
    std::uint64_t missing_frames = 0;      ///< That did not come, or came without their bytes.
    std::vector<std::string> places = {};  ///< Where they are missing: file and seconds; the first ones.
    void operator+=(const RecordingCounts& other);
};

/// One source's frames into files, one for each stream. A stream ends with its end of stream, when its codec,
/// geometry, codec data or time base changes, or when a keyframe's time is not behind the file's begin (a
/// source that was started again). A file gets its name when it is complete, and never replaces another.
class Recording {
  public:
    using Clock = media::VideoWriter::Clock;

    Recording(std::string source_id, const RecordingConfig& config, SeekableRewriter& rewriter);
    ~Recording();
    Recording(Recording&&) noexcept;

    /// Appends a frame with its content's bytes, and `metadata`, the line that says the rest of it, if the
    /// configuration wants it. Throws MediaError if it cannot be written: what is in the file is kept, and
    /// the next keyframe begins another one.
    FrameOutcome write(const protocol::VideoFrame& frame, std::string_view bytes,
                       std::string_view metadata = {});
    /// A frame came without its bytes.
    void miss(const protocol::VideoFrame& frame);
    /// A message that is no frame came: its number is none that is missing.
    void pass(std::uint64_t sequence_number);
    /// Completes the open file, if there is one. Throws MediaError if that fails; what is in it is kept.
    void end(FileEnd reason);
    /// Completes the stream. Returns why not all of its frames are in a file that can be played, and on the
    /// disk; nothing: they are.
    std::optional<StreamFailure> end_stream();

    /// Brings into the file what waits. Throws as write().
    void flush();
    [[nodiscard]] Clock::time_point flush_due() const;
    [[nodiscard]] Clock::time_point last_write() const { return last_write_; }
    [[nodiscard]] bool has_open_file() const { return file_ != nullptr; }
    [[nodiscard]] const RecordingCounts& counts() const { return counts_; }

  private:
    struct OpenFile;
    struct NewFile;

    [[nodiscard]] bool accepts(const protocol::VideoFrame& frame, bool keyframe);
    void begin_new_file_if_needed(const protocol::VideoFrame& frame, const media::VideoStream& stream,
                                  bool keyframe);
    [[nodiscard]] bool hides_frames() const;
    [[nodiscard]] bool is_full(const protocol::VideoFrame& frame) const;
    void open(const protocol::VideoFrame& frame, const media::VideoStream& stream, std::string_view keyframe);
    void give_up(const std::string& reason);
    void close_gap(const protocol::VideoFrame* next);
    void publish(OpenFile& file);
    [[nodiscard]] NewFile create_file(media::Container container, std::string_view src_filename);

    std::string source_id_;
    const RecordingConfig* config_;
    SeekableRewriter* rewriter_;
    RecentUuids recent_;
    std::unique_ptr<OpenFile> file_;
    std::uint64_t number_ = 0;
    Clock::time_point last_write_ = Clock::now();
    RecordingCounts counts_;
    SequenceWatch sequence_;
    std::uint64_t missing_ = 0;  ///< Since the last frame that was written.

    std::uint64_t stream_frames_ = 0;   ///< That came since the last end of stream.
    std::uint64_t stream_written_ = 0;  ///< Of these.
    std::string stream_failure_;        ///< Why some of these could not be written; empty: none.
};

}  // namespace framebridge::video_sink
