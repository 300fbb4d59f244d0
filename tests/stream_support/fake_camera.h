#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "video_stream_source/camera.h"

namespace framebridge::stream_source::test {

inline media::VideoStream video(std::int64_t width = 320) {
    media::VideoStream stream;
    stream.codec = "h264";
    stream.width = width;
    stream.height = 240;
    stream.time_base = {1, 1000};
    stream.framerate = "25/1";
    return stream;
}

enum class Picture { key, delta };

/// A frame of so many bytes at `time` (ms).
inline CameraFrame frame(std::int64_t time, Picture picture = Picture::delta, std::size_t bytes = 100,
                         media::VideoStream stream = video()) {
    auto owner = std::make_shared<const std::string>(bytes, 'x');
    CameraFrame made;
    made.packet.owner = owner;
    made.packet.bytes = *owner;
    made.packet.pts = time;
    made.packet.dts = time;
    made.packet.duration = 40;
    made.packet.keyframe = picture == Picture::key;
    made.video = std::make_shared<const media::VideoStream>(std::move(stream));
    made.arrival = std::chrono::system_clock::now();
    return made;
}

/// What a connection gives: frames, and how it ends.
struct Connection {
    std::deque<CameraFrame> frames;
    /// Called when the frames are over: it may throw, or return, which ends the stream. None: the camera is
    /// silent until it is stopped.
    std::function<void()> end = nullptr;
    std::function<void()> open = [] {};  ///< May throw.
};

/// A camera with a script of connections; the last one is repeated.
class FakeCamera {
  public:
    explicit FakeCamera(std::vector<Connection> connections)
        : state_(std::make_shared<State>(std::move(connections))) {}

    [[nodiscard]] OpenCamera opener() const {
        return [state = state_](const std::stop_token& stop) -> std::unique_ptr<Camera> {
            const std::lock_guard lock(state->mutex);
            const auto index = std::min(state->opened++, state->connections.size() - 1);
            state->connections[index].open();
            return std::make_unique<Open>(state->connections[index], stop);
        };
    }
    [[nodiscard]] std::size_t opened() const {
        const std::lock_guard lock(state_->mutex);
        return state_->opened;
    }

  private:
    struct State {
        explicit State(std::vector<Connection> with) : connections(std::move(with)) {}
        std::mutex mutex;
        std::vector<Connection> connections;
        std::size_t opened = 0;
    };
    class Open final : public Camera {
      public:
        Open(Connection connection, std::stop_token stop)
            : connection_(std::move(connection)), stop_(std::move(stop)) {}
        std::optional<CameraFrame> read() override {
            if (!connection_.frames.empty()) {
                auto next = std::move(connection_.frames.front());
                connection_.frames.pop_front();
                return next;
            }
            if (connection_.end) {
                connection_.end();
                return std::nullopt;
            }
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any().wait(lock, stop_, [] { return false; });
            return std::nullopt;
        }

      private:
        Connection connection_;
        std::stop_token stop_;
    };

    std::shared_ptr<State> state_;
};

}  // namespace framebridge::stream_source::test
