#include "media/video_reader.h"

#include <fmt/format.h>

#include <deque>
#include <utility>

#include "media/input.h"
#include "media/packet_chain.h"
#include "media/stream_choice.h"

namespace framebridge::media {

namespace {

std::string describe(const AVStream& stream) {
    const char* type = av_get_media_type_string(stream.codecpar->codec_type);
    return fmt::format("{} ({})", type != nullptr ? type : "unknown",
                       avcodec_get_name(stream.codecpar->codec_id));
}

VideoPacket to_video_packet(AvPacket packet) {
    VideoPacket video;
    video.bytes = {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
    video.pts = packet->pts;
    if (packet->dts != AV_NOPTS_VALUE) {
        video.dts = packet->dts;
    }
    if (packet->duration > 0) {
        video.duration = packet->duration;
    }
    video.keyframe = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    video.hidden = (packet->flags & AV_PKT_FLAG_DISCARD) != 0;
    video.owner = std::shared_ptr<const AVPacket>(std::move(packet));
    return video;
}

}  // namespace

struct VideoReader::Implementation {
    struct Ready {
        AvPacket packet;
        std::shared_ptr<const VideoStream> video;
    };

    std::string location;
    std::unique_ptr<Demuxer> demuxer;
    AVFormatContext& input;
    StreamChoice choice;
    std::optional<PacketChain> chain;
    std::shared_ptr<const VideoStream> video;  ///< Of the packet that was read last.
    std::vector<std::string> skipped;
    std::deque<Ready> ready;
    bool at_end = false;

    Implementation(std::string name, std::unique_ptr<Demuxer> opened)
        : location(std::move(name)), demuxer(std::move(opened)), input(demuxer->context()), choice(input) {
        if (choice.current() < 0) {
            throw MediaError(fmt::format("{}: has no video stream", location));
        }
        for (unsigned index = 0; index < input.nb_streams; ++index) {
            auto& other = *input.streams[index];
            if (static_cast<int>(index) == choice.current()) {
                continue;
            }
            if (other.codecpar->codec_type != AVMEDIA_TYPE_VIDEO) {
                other.discard = AVDISCARD_ALL;
            }
            skipped.push_back(describe(other));
        }
        chain.emplace(input, *input.streams[choice.current()], std::nullopt);
        video = chain->video();
    }

    /// Takes one packet of the file, or sees that there are no more.
    void demux_one() {
        auto packet = make_packet();
        const int result = demuxer->read_packet(*packet);
        if (result == AVERROR_EOF) {
            choice.finish();
        } else if (result < 0) {
            throw MediaError(fmt::format("{}: cannot be read on: {}", location, av_error_text(result)));
        } else {
            choice.push(std::move(packet));
        }
        while (auto chosen = choice.pop()) {
            chain_one(std::move(chosen));
        }
        if (result == AVERROR_EOF) {
            end_chain();
            at_end = true;
        }
    }

    void chain_one(AvPacket packet) {
        auto& stream = *input.streams[packet->stream_index];
        if (!chain->fits(stream, *packet)) {
            end_chain();
            const auto extradata = new_extradata(*packet);
            chain.emplace(input, stream, extradata ? std::optional(std::string(*extradata)) : std::nullopt);
        }
        chain->push(std::move(packet));
        take_ready();
    }

    void end_chain() {
        chain->finish();
        take_ready();
    }

    void take_ready() {
        while (auto packet = chain->pop()) {
            ready.push_back({std::move(packet), chain->video()});
        }
    }

    std::optional<VideoPacket> read() {
        while (ready.empty()) {
            if (at_end) {
                return std::nullopt;
            }
            try {
                demux_one();
            } catch (const MediaError&) {
                at_end = true;
                throw;
            }
        }
        auto next = std::move(ready.front());
        ready.pop_front();
        video = std::move(next.video);
        return to_video_packet(std::move(next.packet));
    }
};

VideoReader::VideoReader(const std::string& location, const InputConfig& config)
    : VideoReader(location, std::make_unique<Input>(location, config)) {}
VideoReader::VideoReader(std::string name, std::unique_ptr<Demuxer> input)
    : implementation_(std::make_unique<Implementation>(std::move(name), std::move(input))) {}
VideoReader::~VideoReader() = default;
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;

const VideoStream& VideoReader::stream() const {
    return *implementation_->video;
}
bool VideoReader::is_image() const {
    // libavformat's names of its demuxers of single images: jpeg_pipe, png_pipe, ...
    return std::string_view(implementation_->input.iformat->name).ends_with("_pipe");
}
const std::vector<std::string>& VideoReader::skipped() const {
    return implementation_->skipped;
}
std::optional<VideoPacket> VideoReader::read() {
    return implementation_->read();
}

}  // namespace framebridge::media
