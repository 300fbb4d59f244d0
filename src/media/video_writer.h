#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "media/container.h"
#include "media/timeline.h"
#include "media/video_stream.h"

namespace framebridge::media {

/// When what was written is brought to the disk itself, so that it survives a power cut.
enum class DiskSync { at_end, each_fragment };

struct WriterConfig {
    Container container = Container::mp4;
    ClockStart clock_start = ClockStart::zero;
    DiskSync disk_sync = DiskSync::at_end;
    std::map<std::string, std::string> tags = {};  ///< Of the file as a whole.
};

/// Frames and their bytes.
struct FrameCount {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    bool operator==(const FrameCount&) const = default;
};

/// Writes one video stream into a new file; nothing is encoded. MP4 and MOV keep pts, dts and the time base
/// exactly where that is possible (mp4_time_base); Matroska counts in milliseconds and stores no dts, MPEG-TS
/// in 1/90000 s, AVI in frames and no pts. See Timeline for where times start and how they are mended.
///
/// At any moment the file can be played up to the last flush(): MP4 and MOV are written in fragments, at
/// keyframes where they are at least a second apart, else each second or each 8 MiB.
///
/// One thread at a time.
class VideoWriter {
  public:
    using Clock = std::chrono::steady_clock;

    /// Writes into `fd`, an empty file, which is borrowed; errors call it `name`. `keyframe` is the stream's
    /// first packet: codec data that `stream` does not have is taken from it. It is not written. Throws
    /// MediaError if the container cannot hold the codec.
    VideoWriter(int fd, const std::string& name, const WriterConfig& config, const VideoStream& stream,
                std::string_view keyframe);
    ~VideoWriter();
    VideoWriter(VideoWriter&&) noexcept;
    VideoWriter& operator=(VideoWriter&&) noexcept;

    /// Appends a packet, of which it takes a copy. Throws MediaError, after which only abandon() may be
    /// called.
    void write(const VideoPacket& packet);
    /// Brings all that was written into the file. Throws MediaError, as write().
    void flush();
    /// When flush() is to be called if nothing more is written before; max(): nothing waits.
    [[nodiscard]] Clock::time_point flush_due() const;
    /// Completes the file and brings it to the disk. Throws MediaError, as write().
    void close();
    /// After a MediaError: cuts off what is broken. What is left, in_file(), can be played.
    void abandon();

    /// What can be played of the file as it is now.
    [[nodiscard]] FrameCount in_file() const;
    /// How many frames got another time than they came with.
    [[nodiscard]] std::uint64_t moved() const;
    /// By how much pauses were shortened that the container has no number for.
    [[nodiscard]] std::chrono::seconds cut_pauses() const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace framebridge::media
