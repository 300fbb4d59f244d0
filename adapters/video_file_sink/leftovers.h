#pragma once

#include <filesystem>
#include <functional>

namespace framebridge::video_sink {

/// Finishes the recordings that dead sinks left in `folder` and the folders in it: each gets its name, or the
/// next free one. `finished` is told of those written in fragments. Those of living sinks, and what is no
/// recording, stay. Throws nothing for what is in the folder.
void finish_leftovers(const std::filesystem::path& folder,
                      const std::function<void(const std::filesystem::path&)>& finished);

}  // namespace framebridge::video_sink
