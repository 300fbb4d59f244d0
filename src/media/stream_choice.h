#pragma once

#include <deque>
#include <optional>
#include <set>

#include "media/av_handles.h"

namespace framebridge::media {

/// Which of a file's video streams is played: the best one; and where that ends, the one that its program
/// goes on with (in MPEG-TS, when the video's packet id changes). A stream that runs beside it is not that
/// one.
class StreamChoice {
  public:
    /// Chooses the first stream to be played; current() is -1 if there is none.
    explicit StreamChoice(AVFormatContext& input);

    [[nodiscard]] int current() const { return current_; }
    /// A packet of any stream, in the order of the file.
    void push(AvPacket packet);
    /// The file has no more packets.
    void finish();
    /// The next packet that is to be played; null if there is none yet.
    AvPacket pop();

  private:
    [[nodiscard]] bool is_candidate(int index) const;
    [[nodiscard]] std::int64_t time_of(const AVPacket& packet) const;
    void leave_beside();
    void go_on_with_successor();

    AVFormatContext& input_;
    int current_ = -1;
    std::optional<int> program_;  ///< Of `current_`, when it was chosen: a new program map may leave it out.
    std::int64_t last_time_ = AV_NOPTS_VALUE;  ///< Of `current_`, in AV_TIME_BASE.
    std::set<int> beside_;                     ///< Streams that run beside the current one.
    std::deque<AvPacket> successor_;           ///< Of one stream, since the current one may have ended.
    bool current_goes_on_ = false;             ///< It had a packet since `successor_` has some.
    std::deque<AvPacket> ready_;
};

/// Whether it is an album cover, or a text file that libavformat takes for terminal art.
bool is_no_video(const AVStream& stream);

}  // namespace framebridge::media
