#pragma once

#include "media/libav.h"

namespace framebridge::media {

/// libavformat's reader of V4L2 devices. It is in libavdevice, which brings what desktops need: hence it is
/// loaded when a device is asked for, and its package is not required. Null: it is not installed.
const AVInputFormat* video_device_format();

}  // namespace framebridge::media
