#include "media/video_device.h"

#include <dlfcn.h>

#include <string>

namespace framebridge::media {

const AVInputFormat* video_device_format() {
    // Its major version is libavformat's. It stays loaded: libavformat refers to what it registers.
    static void* const library =
        dlopen(("libavdevice.so." + std::to_string(LIBAVFORMAT_VERSION_MAJOR)).c_str(), RTLD_NOW);
    if (library == nullptr) {
        return nullptr;
    }
    using Register = void (*)();
    const auto register_all = reinterpret_cast<Register>(dlsym(library, "avdevice_register_all"));
    if (register_all == nullptr) {
        return nullptr;
    }
    register_all();
    return av_find_input_format("v4l2");
}

}  // namespace framebridge::media
