#include "video_file_sink/wall.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "media/keyframe.h"
#include "media/thumbnail.h"
#include "video_file_sink/wall_page.h"

using namespace std::chrono_literals;

namespace framebridge::video_sink {

namespace {

constexpr auto keyframe_period = 1s;
/// Somebody looks on if events were asked for so recently.
constexpr auto watched_for = 10s;
constexpr int picture_width = 480;
/// A browser asks for the next event after so long; each answer is one event, so that a reader that is slow
/// holds no more than a page.
constexpr auto event_period = 1s;

nlohmann::json rounded(std::optional<double> seconds) {
    if (!seconds) {
        return nullptr;
    }
    return std::round(*seconds * 1000) / 1000;
}

}  // namespace

Wall::Wall(WallLimits limits)
    : limits_(limits), painter_([this](const std::stop_token& stop) { paint(stop); }) {}

Wall::~Wall() {
    painter_.request_stop();
}

void Wall::on_frame(const protocol::VideoFrame& frame, std::string_view bytes) {
    const auto now = Moment::now();
    const std::lock_guard lock(mutex_);
    auto& source = source_of(frame.source_id);
    source.watch.on_frame(frame, now);
    if (!source.last_keyframe || now.steady - *source.last_keyframe >= keyframe_period) {
        keep_keyframe(source, frame, bytes, now.steady);
    }
}

void Wall::on_end_of_stream(std::string_view source_id) {
    const std::lock_guard lock(mutex_);
    if (const auto found = sources_.find(source_id); found != sources_.end()) {
        found->second.watch.on_end_of_stream();
    }
}

Wall::Source& Wall::source_of(std::string_view source_id) {
    if (const auto found = sources_.find(source_id); found != sources_.end()) {
        return found->second;
    }
    if (sources_.size() >= limits_.max_sources) {
        const auto silent = std::ranges::min_element(
            sources_, {}, [](const auto& each) { return each.second.watch.last_frame(); });
        waiting_bytes_ -= silent->second.waiting ? silent->second.waiting->bytes.size() : 0;
        sources_.erase(silent);
    }
    auto& source = sources_[std::string(source_id)];
    source.number = ++last_number_;
    return source;
}

void Wall::keep_keyframe(Source& source, const protocol::VideoFrame& frame, std::string_view bytes,
                         Clock::time_point now) {
    const auto codec = frame.codec.value_or("");
    if (!frame.keyframe.value_or(media::is_keyframe(codec, bytes).value_or(false))) {
        return;
    }
    source.last_keyframe = now;
    waiting_bytes_ -= source.waiting ? source.waiting->bytes.size() : 0;
    source.waiting.reset();
    if (waiting_bytes_ + bytes.size() > limits_.max_keyframe_bytes) {
        source.problem = "its keyframes are too large for the wall";
        return;
    }
    source.waiting = Keyframe{codec, frame.codec_extradata.value_or(""), std::string(bytes)};
    waiting_bytes_ += bytes.size();
    if (now < watched_until_) {
        changed_.notify_one();
    }
}

std::optional<runtime::HttpPage> Wall::page(std::string_view path) {
    constexpr std::string_view pictures = "/wall/picture/";
    if (path == "/wall") {
        return runtime::HttpPage{.type = "text/html; charset=utf-8", .body = std::string(wall_page)};
    }
    if (path == "/wall/events") {
        return runtime::HttpPage{.type = "text/event-stream", .body = events()};
    }
    if (path.starts_with(pictures)) {
        return picture(path.substr(pictures.size()));
    }
    return std::nullopt;
}

std::string Wall::events() {
    const auto now = Moment::now();
    auto sources = nlohmann::json::array();
    {
        const std::lock_guard lock(mutex_);
        watched_until_ = now.steady + watched_for;
        changed_.notify_one();
        for (const auto& [id, source] : sources_) {
            const auto figures = source.watch.figures(now);
            sources.push_back({{"id", id},
                               {"number", source.number},
                               {"picture", source.picture_number},
                               {"problem", source.problem},
                               {"fps", rounded(figures.fps)},
                               {"delay", rounded(figures.delay_seconds)},
                               {"lag", rounded(figures.lag_seconds)},
                               {"frames", figures.frames},
                               {"holes", figures.holes},
                               {"ended", figures.ended}});
        }
    }
    const nlohmann::json event{{"sources", std::move(sources)}};
    return fmt::format("retry: {}\ndata: {}\n\n", std::chrono::milliseconds(event_period).count(),
                       event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

// `address` is the source's number; what follows it only tells pictures apart for the browser.
std::optional<runtime::HttpPage> Wall::picture(std::string_view address) {
    std::uint64_t number = 0;
    std::from_chars(address.data(), address.data() + address.size(), number);
    std::shared_ptr<const std::string> picture;
    {
        const std::lock_guard lock(mutex_);
        const auto* source = find(number);
        picture = source != nullptr ? source->picture : nullptr;
    }
    if (!picture) {
        return std::nullopt;
    }
    return runtime::HttpPage{.type = "image/jpeg", .body = *picture};
}

Wall::Source* Wall::find(std::uint64_t number) {
    const auto found =
        std::ranges::find(sources_, number, [](const auto& each) { return each.second.number; });
    return found == sources_.end() ? nullptr : &found->second;
}

Wall::Source* Wall::next_to_paint() {
    if (Clock::now() >= watched_until_) {
        return nullptr;
    }
    Source* next = nullptr;
    for (auto& [id, source] : sources_) {
        if (source.waiting && (next == nullptr || source.last_paint < next->last_paint)) {
            next = &source;
        }
    }
    return next;
}

void Wall::paint(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    Source* source = nullptr;
    while (changed_.wait(lock, stop, [&] { return (source = next_to_paint()) != nullptr; })) {
        const auto keyframe = std::move(*source->waiting);
        source->waiting.reset();
        waiting_bytes_ -= keyframe.bytes.size();
        const auto number = source->number;
        source->last_paint = Clock::now();
        lock.unlock();
        auto jpeg = media::make_thumbnail(keyframe.codec, keyframe.extradata, keyframe.bytes, picture_width);
        lock.lock();
        source = find(number);
        if (source == nullptr) {
            continue;
        }
        if (!jpeg || jpeg->size() > limits_.max_picture_bytes) {
            source->problem = fmt::format("no picture can be made of this keyframe ({})", keyframe.codec);
            continue;
        }
        source->problem.clear();
        source->picture = std::make_shared<const std::string>(std::move(*jpeg));
        ++source->picture_number;
    }
}

}  // namespace framebridge::video_sink
