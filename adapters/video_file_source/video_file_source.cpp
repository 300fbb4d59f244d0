#include "video_file_source/video_file_source.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "runtime/service_manager.h"

namespace framebridge::video_source {

VideoFileSource::VideoFileSource(const VideoFileSourceConfig& config, zmq::Sender& sender,
                                 std::function<void()> on_frame)
    : config_(config), sender_(sender), on_frame_(std::move(on_frame)) {
    // Cameras do not send their keyframes all at the same moment, either.
    constexpr Pacer::Time spread = std::chrono::seconds(1);
    for (const auto& source : config_.sources) {
        const auto place = static_cast<Pacer::Time::rep>(players_.size());
        players_.emplace_back(source, config_.play,
                              spread * place / static_cast<Pacer::Time::rep>(config_.sources.size()));
    }
    if (!config_.watch.locations.empty()) {
        watched_.emplace(config_.watch);
    }
}

VideoFileSourceReport VideoFileSource::run(runtime::StopSignal& stop) {
    wait_for_start(stop);
    while (!stop.requested() && (!players_.empty() || watched_)) {
        sender_.advance();
        start_watched();
        if (!send_due()) {
            wait(&stop, Clock::time_point::max());
        }
    }
    if (!stop.requested()) {
        await_delivery(stop);
    }
    runtime::tell_service_manager(runtime::ServiceState::stopping, "ending the streams");
    const auto deadline = Clock::now() + config_.shutdown_timeout;
    const bool stopped = stop.requested();
    if (stopped) {
        end_streams(Clock::now() + config_.shutdown_timeout / 2);
    }
    log_sources();
    using std::chrono::milliseconds;
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const bool delivered = sender_.flush_and_close(std::max(left, milliseconds(0)));
    take_refusals();
    return {.total = total(),
            .stopped = stopped,
            .delivered = delivered,
            .unanswered = sender_.unanswered(),
            .refused = refused_streams_};
}

void VideoFileSource::take_refusals() {
    for (const auto& refusal : sender_.take_refusals()) {
        ++refused_streams_;
        spdlog::error("{}: the peer refused what was sent: {}", refusal.details.source_id,
                      refusal.details.reason.empty() ? "it does not say why" : refusal.details.reason);
        if (watched_ && refusal.number) {
            refused_messages_.insert(*refusal.number);
        }
        if (watched_ && refusal.message) {
            refused_sources_.insert(refusal.message->topic);
        }
    }
}

void VideoFileSource::start_watched() {
    if (!watched_) {
        return;
    }
    settle_watched();
    for (auto& source : watched_->take()) {
        players_.emplace_back(std::move(source), config_.play);
    }
}

void VideoFileSource::finish(SourcePlayer player) {
    if (!watched_) {
        finished_.push_back(std::move(player));
        return;
    }
    const auto& report = player.report();
    const bool whole = report.streams > 0 && report.failed_files == 0;
    const auto end = ended_.extract(player.source_id());
    awaiting_.push_back({player.source_id(), watched_->played(player.source_id()),
                         end.empty() ? Sent{} : end.mapped(),
                         whole ? WatchedOutcome::sent : WatchedOutcome::unreadable});
    spdlog::info("{}: sent {} frames, {} bytes, {} streams", player.source_id(), report.frames, report.bytes,
                 report.streams);
    watched_total_ += report;
}

// A file was sent when the peer has acknowledged its end of stream (PUB: when all of it has left).
void VideoFileSource::settle_watched() {
    take_refusals();
    const bool acknowledges = config_.sender.endpoint.type == zmq::SocketType::dealer;
    const auto safe = sender_.safe_count();
    const auto answered_ends = acknowledges ? ends_sent_ - sender_.unanswered() : 0;
    std::erase_if(awaiting_, [&](const Awaiting& sent) {
        if (acknowledges ? answered_ends < sent.end.ends : safe < sent.end.messages) {
            return false;
        }
        const bool refused =
            refused_messages_.erase(sent.end.messages - 1) > 0 || refused_sources_.erase(sent.source_id) > 0;
        watched_->finish(sent.file, refused ? WatchedOutcome::refused : sent.outcome);
        return true;
    });
}

void VideoFileSource::wait_for_start(runtime::StopSignal& stop) {
    const auto start = Clock::now() + config_.start_delay;
    while (!stop.requested() && Clock::now() < start) {
        stop.add_to(poll_set_);
        poll_set_.wake_at(start);
        periodic_.add_to(poll_set_);
        poll_set_.wait();
        periodic_.run_if_due();
    }
}

// Gives each player one turn; returns whether a message was sent.
bool VideoFileSource::send_due() {
    bool sent = false;
    refused_ = false;
    const auto now = Clock::now();
    for (auto turns = players_.size(); turns > 0 && !refused_; --turns) {
        turn_ %= players_.size();
        auto& player = players_[turn_];
        auto* message = player.next();
        if (message == nullptr) {
            finish(std::move(player));
            players_.erase(players_.begin() + static_cast<std::ptrdiff_t>(turn_));
            // Not to be waited for: that was the last that could have been sent.
            sent = true;
            continue;
        }
        const bool is_frame = !message->end_of_stream;
        if (player.due() <= now) {
            refused_ = !sender_.try_send(*message);
            if (refused_) {
                break;
            }
            player.sent();
            last_taken_ = now;
            ++sent_;
            sent = true;
            if (is_frame) {
                on_frame_();
            } else {
                ++ends_sent_;
                if (watched_) {
                    ended_[player.source_id()] = {sent_, ends_sent_};
                }
            }
        }
        ++turn_;
    }
    return sent;
}

void VideoFileSource::wait(const runtime::StopSignal* stop, Clock::time_point until) {
    if (stop != nullptr) {
        stop->add_to(poll_set_);
    }
    if (watched_) {
        watched_->add_to(poll_set_);
    }
    if (refused_ || !awaiting_.empty()) {
        sender_.add_to(poll_set_);
    }
    if (!refused_) {
        for (const auto& player : players_) {
            poll_set_.wake_at(player.due());
        }
    }
    if (until != Clock::time_point::max()) {
        poll_set_.wake_at(until);
    }
    periodic_.add_to(poll_set_);
    poll_set_.wait();
    periodic_.run_if_due();
}

void VideoFileSource::end_streams(Clock::time_point deadline) {
    for (auto& player : players_) {
        player.stop();
    }
    while (!players_.empty() && Clock::now() < deadline) {
        sender_.advance();
        if (!send_due()) {
            wait(nullptr, deadline);
        }
    }
    for (const auto& player : players_) {
        spdlog::warn("{}: the end of stream could not be sent: the peer takes no more messages",
                     player.source_id());
    }
}

// A slow peer gets the time it needs: only one that neither takes nor acknowledges anything is given up.
void VideoFileSource::await_delivery(runtime::StopSignal& stop) {
    if (config_.sender.endpoint.type == zmq::SocketType::pub) {
        return;
    }
    const auto progress = [this] { return std::pair(sender_.safe_count(), sender_.unanswered()); };
    auto last = progress();
    auto give_up = Clock::now() + config_.sender.ack_timeout;
    while (sender_.unanswered() > 0 && !stop.requested() && Clock::now() < give_up) {
        stop.add_to(poll_set_);
        sender_.add_to(poll_set_);
        poll_set_.wake_at(give_up);
        periodic_.add_to(poll_set_);
        poll_set_.wait();
        periodic_.run_if_due();
        sender_.advance();
        if (const auto now = progress(); now != last) {
            last = now;
            give_up = Clock::now() + config_.sender.ack_timeout;
        }
    }
    if (sender_.unanswered() > 0 && !stop.requested()) {
        spdlog::warn("the peer did not acknowledge the end of stream within {} s (--zmq-ack-timeout)",
                     std::chrono::duration<double>(config_.sender.ack_timeout).count());
    }
}

void VideoFileSource::log_sources() const {
    for (const auto* players : {&finished_, &players_}) {
        for (const auto& player : *players) {
            const auto& source = player.report();
            spdlog::info("{}: sent {} frames, {} bytes, {} streams", player.source_id(), source.frames,
                         source.bytes, source.streams);
        }
    }
}

PlayReport VideoFileSource::total() const {
    auto result = watched_total_;
    for (const auto* players : {&finished_, &players_}) {
        for (const auto& player : *players) {
            result += player.report();
        }
    }
    return result;
}

std::chrono::steady_clock::duration VideoFileSource::refused_for() const {
    return refused_ ? Clock::now() - last_taken_ : Clock::duration(0);
}

}  // namespace framebridge::video_source
