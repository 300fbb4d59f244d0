#pragma once

#include <map>
#include <string>

#include "media/av_handles.h"

namespace framebridge::media {

/// What a file, and not its packets, says about how its pictures are to be shown: VideoStream's attributes.
std::map<std::string, std::string> read_presentation(AVFormatContext& input, AVStream& stream);

/// Gives a stream that is to be written what `attributes` say; those that are malformed or unknown are passed
/// over.
void write_presentation(const std::map<std::string, std::string>& attributes, AVStream& stream);

}  // namespace framebridge::media
