#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "media/video_reader.h"
#include "video_file_source/config.h"
#include "video_file_source/metadata_reader.h"
#include "video_file_source/pacer.h"
#include "zmq/sender.h"

namespace framebridge::video_source {

/// What a source has sent, and what it could not.
struct PlayReport {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;    ///< Of the frames.
    std::uint64_t streams = 0;  ///< Ends of stream.
    std::uint64_t failed_files = 0;

    void operator+=(const PlayReport& other) {
        frames += other.frames;
        bytes += other.bytes;
        streams += other.streams;
        failed_files += other.failed_files;
    }
};

/// One source's files, played one after another into messages. Sequence numbers count from 1 in each stream.
class SourcePlayer {
  public:
    using Clock = std::chrono::steady_clock;

    /// `config` outlives it.
    /// At the pace of its times, the first frame is due after `start_delay`.
    SourcePlayer(SourceFiles source, const PlayConfig& config, Pacer::Time start_delay = Pacer::Time(0),
                 std::function<Clock::time_point()> now = Clock::now);

    /// The message to be sent next; it stays the same until sent(). Null: everything was sent.
    zmq::OutgoingMessage* next();
    /// When that message is to be sent.
    [[nodiscard]] Clock::time_point due() const { return due_; }
    /// next()'s message was handed to the socket.
    void sent();
    /// Plays no further: the only message that may still come is the end of a stream that was begun.
    void stop();

    [[nodiscard]] const std::string& source_id() const { return source_.source_id; }
    [[nodiscard]] const PlayReport& report() const { return report_; }

  private:
    bool open_next_file();
    bool begin_round();
    std::optional<media::VideoPacket> read_packet();
    [[nodiscard]] bool stopping() const;
    void fail(const SourceFiles::File& file, const char* reason);
    void make_frame(media::VideoPacket packet);
    void make_end_of_stream();
    [[nodiscard]] bool ends_stream_before(const media::VideoPacket& packet);
    void shift_times(media::VideoPacket& packet);
    void use_image_times();
    void open_metadata(const SourceFiles::File& file);
    [[nodiscard]] const media::VideoStream& video() const {
        return image_video_ ? *image_video_ : reader_->stream();
    }
    [[nodiscard]] std::string encode_frame(const protocol::VideoFrame& frame);
    [[nodiscard]] Pacer::Time to_time(std::int64_t ticks) const;

    SourceFiles source_;
    const PlayConfig* config_;  // A pointer, so that a player can be moved.
    std::function<Clock::time_point()> now_;
    std::size_t next_file_ = 0;
    std::uint64_t rounds_ = 0;
    std::uint64_t frames_before_round_ = 0;
    std::optional<media::VideoReader> reader_;
    std::optional<media::VideoStream> image_video_;  ///< Of an image in a stream of images.
    std::optional<MetadataReader> metadata_;
    std::string location_;                           ///< Of the open file.
    bool end_pending_ = false;                       ///< A stream of images ends before the open file.
    std::optional<media::VideoPacket> next_packet_;  ///< Behind an end of stream.
    media::VideoStream sent_video_;                  ///< Of the last frame.

    std::optional<zmq::OutgoingMessage> message_;
    bool message_ends_stream_ = false;
    std::size_t message_bytes_ = 0;  ///< Of its frame.
    Clock::time_point due_{};
    Pacer pacer_;
    std::uint64_t sequence_number_ = 0;  ///< Of the stream's last message; 0: no stream is open.

    /// Where the stream ends so far, and what is added to the times of the file that is played.
    struct StreamEnd {
        std::int64_t time;
        protocol::TimeBase time_base;
    };
    std::optional<StreamEnd> stream_end_;
    std::optional<std::int64_t> shift_;
    PlayReport report_;
};

}  // namespace framebridge::video_source
