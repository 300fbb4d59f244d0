#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "runtime/http_server.h"
#include "video_file_sink/source_figures.h"
#include "video_file_sink/stream_observer.h"

namespace framebridge::video_sink {

/// What a wall holds at most.
struct WallLimits {
    std::size_t max_sources = 64;  ///< A further one takes the place of the one that is silent for longest.
    std::size_t max_keyframe_bytes = std::size_t{32} << 20;  ///< Of all keyframes that wait to be painted.
    std::size_t max_picture_bytes = std::size_t{256} << 10;  ///< Of each picture.
};

/// The live wall: /wall, a page for a browser, shows each source's newest keyframe and figures; /wall/events
/// has them as server-sent events. Frames are looked at on the sink's thread, which copies a keyframe a
/// second of each source; pictures are made on a thread of their own, and only while somebody looks on.
class Wall final : public StreamObserver {
  public:
    explicit Wall(WallLimits limits = {});
    ~Wall() override;
    Wall(const Wall&) = delete;
    Wall& operator=(const Wall&) = delete;

    void on_frame(const protocol::VideoFrame& frame, std::string_view bytes) override;
    void on_end_of_stream(std::string_view source_id) override;

    /// Nothing: the path is none of the wall's. Callable from any thread.
    std::optional<runtime::HttpPage> page(std::string_view path);

  private:
    using Clock = std::chrono::steady_clock;

    struct Keyframe {
        std::string codec;
        std::string extradata;
        std::string bytes;
    };
    struct Source {
        std::uint64_t number = 0;  ///< Names it in a picture's address.
        SourceWatch watch;
        std::optional<Keyframe> waiting;  ///< To be painted.
        std::optional<Clock::time_point> last_keyframe;
        Clock::time_point last_paint;
        std::uint64_t picture_number = 0;  ///< 0: none yet.
        std::shared_ptr<const std::string> picture;
        std::string problem;  ///< Why there is no picture of the newest keyframe.
    };

    Source& source_of(std::string_view source_id);
    void keep_keyframe(Source& source, const protocol::VideoFrame& frame, std::string_view bytes,
                       Clock::time_point now);
    std::string events();
    std::optional<runtime::HttpPage> picture(std::string_view address);
    Source* find(std::uint64_t number);
    Source* next_to_paint();
    void paint(const std::stop_token& stop);

    WallLimits limits_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, Source, std::less<>> sources_;
    std::uint64_t last_number_ = 0;
    std::size_t waiting_bytes_ = 0;
    Clock::time_point watched_until_;
    std::jthread painter_;  ///< Last, so that it ends first.
};

}  // namespace framebridge::video_sink
