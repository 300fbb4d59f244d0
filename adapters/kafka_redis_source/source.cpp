#include "kafka_redis_source/source.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace framebridge::source {

namespace {

constexpr auto never = std::chrono::steady_clock::time_point::max();

}  // namespace

Source::Source(const SourceConfig& config, zmq::Sender& sender, FrameStores& stores, SourceMetrics& metrics,
               std::function<void()> on_frame)
    : config_(config),
      fetch_content_(config, stores, metrics),
      send_(config, sender, tracker_, metrics, std::move(on_frame)),
      metrics_(metrics) {}

SourceReport Source::run(kafka::Consumer& consumer, kafka::Producer* dead_letters,
                         runtime::StopSignal& stop) {
    consumer_ = &consumer;
    if (dead_letters != nullptr) {
        send_.use_dead_letters(*dead_letters);
    }
    try {
        while (!stop.requested() && !send_.stop_ordered()) {
            wait(&stop, never);
            consume();
            fetch_content();
            send();
            commit();
        }
        drain(Clock::now() + config_.shutdown_timeout / 2);
    } catch (...) {
        close(config_.shutdown_timeout);
        throw;
    }
    close(config_.shutdown_timeout / 2);
    return send_.report();
}

void Source::wait(const runtime::StopSignal* stop, Clock::time_point deadline) {
    if (stop != nullptr) {
        stop->add_to(poll_set_);
        consumer_->add_to(poll_set_, room());
    }
    fetch_content_.add_to(poll_set_);
    send_.add_to(poll_set_);
    if (deadline != never) {
        poll_set_.wake_at(deadline);
    }
    periodic_.add_to(poll_set_);
    poll_set_.wait();
    periodic_.run_if_due();
}

bool Source::has_room() const {
    return window_.size() < config_.queue_size &&
           (window_.empty() ||
            window_.bytes() + fetch_content_.expected_bytes() < config_.max_in_flight_bytes);
}

kafka::Room Source::room() const {
    return {.records = has_room() ? config_.queue_size - window_.size() : 0, .of_partition = {}};
}

void Source::consume() {
    consumer_->consume(room(), *this, records_);
    for (auto& record : records_) {
        accept(std::move(record));
    }
    records_.clear();
}

void Source::accept(kafka::ConsumedRecord record) {
    if (!assigned_.contains(record.partition)) {
        return;
    }
    tracker_.consumed(record.partition, record.offset);
    metrics_.messages_consumed.Increment();
    auto& delivery = window_.add(std::move(record));
    if (const auto decoded = decode(config_.format, delivery.record.value, delivery.envelope); !decoded) {
        delivery.envelope = {};
        delivery.dead_letter_reason = decoded.error().to_string();
    }
    fetch_content_.begin(delivery);
}

void Source::fetch_content() {
    fetch_content_.advance(window_);
}

void Source::send() {
    send_.advance(window_);
    metrics_.in_flight_messages.Set(static_cast<double>(window_.size()));
    metrics_.in_flight_bytes.Set(static_cast<double>(window_.bytes()));
}

void Source::commit() {
    send_.take_safe();
    for (const auto& [partition, next_offset] : tracker_.take_committable()) {
        consumer_->store_offset(partition, next_offset);
    }
}

void Source::on_assigned(const std::vector<std::int32_t>& partitions) {
    assigned_.insert(partitions.begin(), partitions.end());
}

// Called from within consume(): what was consumed of the partitions is sent, as far as there is time, then
// they are given up. What may still be in the socket's queue is not committed, so that their next owner
// repeats it.
void Source::on_revoked(const std::vector<std::int32_t>& partitions) {
    const std::set<std::int32_t> revoked(partitions.begin(), partitions.end());
    const auto in_work = [&] {
        return window_.any([&](const auto& delivery) { return revoked.contains(delivery.record.partition); });
    };
    const auto deadline = Clock::now() + config_.revoke_timeout;
    fetch_content();
    send();
    while (in_work() && Clock::now() < deadline) {
        wait(nullptr, deadline);
        fetch_content();
        send();
    }
    commit();
    give_up(partitions);
}

void Source::on_lost(const std::vector<std::int32_t>& partitions) {
    give_up(partitions);
}

void Source::give_up(const std::vector<std::int32_t>& partitions) {
    const std::set<std::int32_t> gone(partitions.begin(), partitions.end());
    const auto left =
        window_.remove([&](const auto& delivery) { return gone.contains(delivery.record.partition); });
    if (left > 0) {
        spdlog::warn("gave up {} partitions with {} messages not sent; their next owner sends them",
                     gone.size(), left);
    }
    for (const auto partition : partitions) {
        assigned_.erase(partition);
        tracker_.forget(partition);
    }
}

void Source::drain(Clock::time_point deadline) {
    fetch_content();
    send();
    commit();
    while ((!window_.empty() || send_.unconfirmed_dead_letters() > 0) && Clock::now() < deadline) {
        wait(nullptr, deadline);
        fetch_content();
        send();
        commit();
    }
}

void Source::close(std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    send_.flush_and_close(limit / 2);
    commit();
    send_.note_not_sent(window_.size());
    window_.remove([](const auto&) { return true; });
    consumer_->close(std::max(std::chrono::milliseconds(0),
                              std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now())),
                     *this);
}

}  // namespace framebridge::source
