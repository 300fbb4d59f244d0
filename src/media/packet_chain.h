#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "media/av_handles.h"
#include "media/timestamp_repair.h"
#include "media/video_stream.h"

namespace framebridge::media {

/// Brings a stream's packets into the form in which they travel (VideoReader says which), as long as its
/// codec and codec data stay the same.
class PacketChain {
  public:
    /// `extradata` in place of the stream's own, if the stream has got other ones. Throws MediaError.
    PacketChain(AVFormatContext& input, AVStream& stream, std::optional<std::string_view> extradata);

    void push(AvPacket packet);
    void finish();
    /// Null: more packets are needed, or after finish() there are none.
    AvPacket pop();
    /// What is the same for the packets that pop() gives from here on; a keyframe may change it.
    [[nodiscard]] const std::shared_ptr<const VideoStream>& video() const { return video_; }

    /// Whether the packet begins something that needs another chain; then with which codec data.
    [[nodiscard]] bool fits(const AVStream& stream, const AVPacket& packet) const;

  private:
    void filter();
    void follow_geometry(const AVPacket& keyframe);

    int stream_index_;
    AVCodecID codec_;
    std::string extradata_;  ///< As the container has them.
    AvFilter filter_;
    std::shared_ptr<const VideoStream> video_;
    std::optional<TimestampRepair> repair_;
    AvParser parser_;
    AvCodecContext parser_context_;
};

/// The codec data that a packet brings for itself and those after it; nothing: none.
std::optional<std::string_view> new_extradata(const AVPacket& packet);

}  // namespace framebridge::media
