#include "video_stream_source/camera.h"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "media/video_reader.h"

namespace framebridge::stream_source {

namespace {

constexpr protocol::TimeBase microseconds{1, 1'000'000};

class LibavCamera final : public Camera {
  public:
    LibavCamera(const std::string& name, std::unique_ptr<media::LiveInput> input)
        : has_times_(input->has_times()),
          probe_begin_(input->probe_begin()),
          probe_end_(std::chrono::system_clock::now()),
          reader_(name, std::move(input)) {
        const auto& video = reader_.stream();
        spdlog::info("{}: connected: {} {}x{}{}{}", name, video.codec, video.width, video.height,
                     reader_.skipped().empty() ? "" : ", skipped: ", fmt::join(reader_.skipped(), ", "));
    }

    std::optional<CameraFrame> read() override {
        auto packet = reader_.read();
        if (!packet) {
            return std::nullopt;
        }
        const auto arrival = arrival_of(*packet);
        if (!has_times_) {
            packet->pts =
                std::chrono::duration_cast<std::chrono::microseconds>(arrival.time_since_epoch()).count();
            packet->dts.reset();
            packet->duration.reset();
        }
        return CameraFrame{*std::move(packet), stream(), arrival};
    }

  private:
    using Clock = std::chrono::system_clock;

    /// The first frames have waited until the streams were known: they came at the pace of their times.
    Clock::time_point arrival_of(const media::VideoPacket& packet) {
        const auto now = Clock::now();
        if (!has_times_ || !probed_) {
            return now;
        }
        const auto time = packet.dts.value_or(packet.pts);
        first_time_ = first_time_.value_or(time);
        std::int64_t passed = 0;
        if (__builtin_sub_overflow(time, *first_time_, &passed)) {
            passed = 0;
        }
        const auto since_first = media::rescale_up(passed, reader_.stream().time_base, {1, 1'000'000'000});
        const auto longest = std::chrono::nanoseconds(probe_end_ - probe_begin_).count();
        probed_ = since_first >= 0 && since_first < longest;
        return probed_ ? probe_begin_ + std::chrono::nanoseconds(since_first) : now;
    }

    std::shared_ptr<const media::VideoStream> stream() {
        auto video = reader_.stream();
        if (!has_times_) {
            video.time_base = microseconds;
            video.framerate = "0/1";
        }
        if (!video_ || *video_ != video) {
            video_ = std::make_shared<const media::VideoStream>(std::move(video));
        }
        return video_;
    }

    bool has_times_;
    Clock::time_point probe_begin_;
    Clock::time_point probe_end_;
    bool probed_ = true;  ///< The next frame may have come while the streams were looked for.
    std::optional<std::int64_t> first_time_;
    media::VideoReader reader_;
    std::shared_ptr<const media::VideoStream> video_;
};

}  // namespace

OpenCamera libav_camera(media::LiveConfig config) {
    return [config = std::move(config)](const std::stop_token& stop) -> std::unique_ptr<Camera> {
        return std::make_unique<LibavCamera>(config.name, std::make_unique<media::LiveInput>(config, stop));
    };
}

}  // namespace framebridge::stream_source
