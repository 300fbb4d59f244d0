#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "media/libav.h"
#include "runtime/handle.h"

namespace framebridge::media {

using AvInput = runtime::HandleByAddress<AVFormatContext, avformat_close_input>;
using AvPacket = runtime::HandleByAddress<AVPacket, av_packet_free>;
using AvFrame = runtime::HandleByAddress<AVFrame, av_frame_free>;
using AvFilter = runtime::HandleByAddress<AVBSFContext, av_bsf_free>;
using AvCodecContext = runtime::HandleByAddress<AVCodecContext, avcodec_free_context>;
using AvParameters = runtime::HandleByAddress<AVCodecParameters, avcodec_parameters_free>;

using AvParser = runtime::Handle<AVCodecParserContext, av_parser_close>;

/// The output's bytes go where its owner says: see FdOutput.
using AvOutput = runtime::Handle<AVFormatContext, avformat_free_context>;

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

/// Gives `to` what `from` has in side data about how its pictures are shown. Throws std::bad_alloc.
void copy_side_data(const AVStream& from, AVStream& to);

/// Makes codecpar->extradata hold `extradata`. Throws std::bad_alloc.
void set_extradata(AVCodecParameters& parameters, std::string_view extradata);

}  // namespace framebridge::media
