#pragma once

#include <memory>
#include <string>
#include <string_view>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
}

namespace framebridge::media {

template <auto free_handle>
struct FreeByAddress {
    template <typename Handle>
    void operator()(Handle* handle) const {
        free_handle(&handle);
    }
};

using AvInput = std::unique_ptr<AVFormatContext, FreeByAddress<avformat_close_input>>;
using AvPacket = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using AvFrame = std::unique_ptr<AVFrame, FreeByAddress<av_frame_free>>;
using AvFilter = std::unique_ptr<AVBSFContext, FreeByAddress<av_bsf_free>>;
using AvCodecContext = std::unique_ptr<AVCodecContext, FreeByAddress<avcodec_free_context>>;
using AvParameters = std::unique_ptr<AVCodecParameters, FreeByAddress<avcodec_parameters_free>>;

struct CloseParser {
    void operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
};
using AvParser = std::unique_ptr<AVCodecParserContext, CloseParser>;

struct CloseOutput {
    void operator()(AVFormatContext* context) const {
        avio_closep(&context->pb);
        avformat_free_context(context);
    }
};
using AvOutput = std::unique_ptr<AVFormatContext, CloseOutput>;

/// A new, empty packet. Throws std::bad_alloc.
AvPacket make_packet();

/// libav's text for a negative return value.
std::string av_error_text(int error);

/// A path as libavformat takes it: without the prefix, `a:b.mp4` would name the protocol `a`.
std::string file_url(const std::string& path);

/// The stream's side data of that type, or an empty view.
std::string_view side_data(const AVStream& stream, AVPacketSideDataType type);

/// Gives the stream side data. Throws std::bad_alloc.
void add_side_data(AVStream& stream, AVPacketSideDataType type, std::string_view bytes);

/// Sends libav's messages to spdlog. Done once, the first time.
void route_av_log();

/// Makes codecpar->extradata hold `extradata`. Throws std::bad_alloc.
void set_extradata(AVCodecParameters& parameters, std::string_view extradata);

}  // namespace framebridge::media
