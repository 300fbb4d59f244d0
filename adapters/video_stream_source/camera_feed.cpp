#include "video_stream_source/camera_feed.h"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "runtime/backoff.h"

namespace framebridge::stream_source {

/// What the thread works with; it may outlive the feed.
struct CameraFeed::Shared {
    using Clock = std::chrono::steady_clock;

    Config config;
    OpenCamera open;
    std::shared_ptr<FrameQueue> queue;
    std::mutex mutex;
    std::condition_variable_any changed;
    CameraStatus status;
    bool ended = false;

    Shared(Config with, OpenCamera opener, std::shared_ptr<FrameQueue> into)
        : config(std::move(with)), open(std::move(opener)), queue(std::move(into)) {
        status.problem = config.name + ": connecting";
    }

    void run(const std::stop_token& stop) {
        runtime::Backoff backoff(config.first_pause, config.max_pause);
        while (!stop.stop_requested()) {
            const auto begin = Clock::now();
            auto problem = read_camera(stop);
            queue->end_stream();
            if (stop.stop_requested()) {
                break;
            }
            if (Clock::now() - begin > config.max_pause) {
                backoff.reset();
            }
            std::unique_lock lock(mutex);
            status.problem = std::move(problem);
            changed.wait_for(lock, stop, backoff.next(), [] { return false; });
            ++status.reconnects;
        }
        const std::lock_guard lock(mutex);
        ended = true;
        changed.notify_all();
    }

    /// Returns why it is over.
    std::string read_camera(const std::stop_token& stop) {
        try {
            const auto camera = open(stop);
            set_problem(config.name + ": connected, but no keyframe has come yet");
            while (auto frame = camera->read()) {
                take(*std::move(frame), stop);
            }
            return config.name + ": the camera has ended its stream";
        } catch (const media::StallError& error) {
            const std::lock_guard lock(mutex);
            ++status.stalls;
            return error.what();
        } catch (const media::MediaError& error) {
            return error.what();
        } catch (const std::exception& error) {
            return config.name + ": what came cannot be read: " + error.what();
        }
    }

    void take(CameraFrame frame, const std::stop_token& stop) {
        const auto bytes = frame.packet.bytes.size();
        const bool keyframe = frame.packet.keyframe;
        queue->push(std::move(frame), stop);
        const std::lock_guard lock(mutex);
        ++status.frames;
        status.bytes += bytes;
        if (keyframe) {
            status.problem.clear();
        }
    }

    void set_problem(std::string problem) {
        const std::lock_guard lock(mutex);
        status.problem = std::move(problem);
    }
};

CameraFeed::CameraFeed(const Config& config, OpenCamera open, std::shared_ptr<FrameQueue> queue)
    : shared_(std::make_shared<Shared>(config, std::move(open), std::move(queue))),
      thread_([shared = shared_](const std::stop_token& stop) { shared->run(stop); }) {}

CameraFeed::~CameraFeed() {
    stop(std::chrono::milliseconds(0));
}

void CameraFeed::stop(std::chrono::milliseconds limit) {
    if (!thread_.joinable()) {
        return;
    }
    thread_.request_stop();
    shared_->queue->close();
    bool ended = false;
    {
        std::unique_lock lock(shared_->mutex);
        ended = shared_->changed.wait_for(lock, limit, [this] { return shared_->ended; });
    }
    if (ended) {
        thread_.join();
    } else {
        thread_.detach();
    }
}

CameraStatus CameraFeed::status() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->status;
}

}  // namespace framebridge::stream_source
