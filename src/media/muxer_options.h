#pragma once

#include <map>
#include <string>

#include "media/container.h"
#include "media/libav.h"

namespace framebridge::media {

/// How an MP4 or MOV file is laid out.
enum class Layout {
    crash_safe,  ///< In fragments, each of which can be played as soon as it is there.
    seekable,    ///< With one index, written at the end.
};

/// libavformat's options for a container.
class MuxerOptions {
  public:
    MuxerOptions(Container container, Layout layout, AVRational time_base);
    ~MuxerOptions() { av_dict_free(&entries_); }
    MuxerOptions(const MuxerOptions&) = delete;
    MuxerOptions& operator=(const MuxerOptions&) = delete;
    AVDictionary** get() { return &entries_; }

  private:
    AVDictionary* entries_ = nullptr;
};

/// HEVC as hvc1, which Apple's players ask for: its packets carry no parameter sets beside the header's. Raw
/// pictures in Matroska by their pixel format.
void choose_codec_tag(Container container, AVCodecParameters& parameters);

void set_tags(AVFormatContext& output, const std::map<std::string, std::string>& tags);

}  // namespace framebridge::media
