#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/av_handles.h"
#include "media/demuxer.h"
#include "runtime/stop_signal.h"
#include "runtime/unique_fd.h"

namespace framebridge::media {

/// What may be opened, and what ends the waiting for it.
struct InputConfig {
    /// libavformat's protocols by which a file may open others: a playlist its segments. None: playlists are
    /// refused, so that a file opens nothing but itself.
    std::vector<std::string> protocols = {};
    const runtime::StopSignal* stop = nullptr;  ///< Ends reads that wait, of pipes and of the network.
};

/// Whether the location is an http or https URL; all else is a path.
bool is_url(std::string_view location);

/// A file, pipe or URL that libavformat reads. Formats are those of an explicit list.
class Input final : public Demuxer {
  public:
    /// Throws MediaError.
    Input(const std::string& location, InputConfig config);
    ~Input() override;

    [[nodiscard]] AVFormatContext& context() const override { return *context_; }
    int read_packet(AVPacket& packet) override;

  private:
    void open_file(const std::string& path);
    void open(const std::string& location, bool thorough);
    [[nodiscard]] bool has_video() const;
    static int read(void* self, std::uint8_t* bytes, int size);
    static std::int64_t seek(void* self, std::int64_t offset, int whence);
    static int stopped(void* self);

    InputConfig config_;
    runtime::UniqueFd fd_;
    bool regular_ = false;
    AVIOContext* io_ = nullptr;
    AvInput context_;
};

}  // namespace framebridge::media
