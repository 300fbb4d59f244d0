#include "kafka_redis_source/source.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/drain.h"
#include "kafka_redis_source/compose.h"
#include "runtime/service_manager.h"

namespace framebridge::source {

Source::Source(SourceConfig config, SourceParts parts, SourceMetrics& metrics, Health& health,
               std::function<void()> on_frame)
    : config_(std::move(config)),
      metrics_(metrics),
      health_(health),
      consumer_(std::move(parts.consumer)),
      window_({.messages = config_.queue_size, .bytes = config_.max_in_flight_bytes}),
      fetch_stage_(config_, std::move(parts.open_store), metrics),
      send_stage_(config_, std::move(parts.sender), metrics, std::move(on_frame)),
      dead_letter_stage_(config_, std::move(parts.dead_letters), metrics) {
    metrics_.in_flight_messages_limit.Set(config_.queue_size);
    metrics_.in_flight_bytes_limit.Set(static_cast<double>(config_.max_in_flight_bytes));
}

SourceReport Source::run(const runtime::StopSignal& stop) {
    try {
        while (!stop.requested() && !send_stage_.stop_ordered() && !is_finished()) {
            wait(stop);
            consume();
            fetch();
            send();
            commit();
        }
        runtime::tell_service_manager(runtime::ServiceState::stopping, "finishing what is in flight");
        drain(Clock::now() + config_.shutdown_timeout / 2,
              [this] { return window_.empty() && dead_letter_stage_.unconfirmed() == 0; });
    } catch (...) {
        (void)close(config_.shutdown_timeout);
        throw;
    }
    return close(config_.shutdown_timeout / 2);
}

bool Source::is_finished() const {
    return consumer_->finished() && window_.empty();
}

void Source::consume() {
    consumer_->consume(room(), *this, records_);
    for (auto& record : records_) {
        accept(std::move(record));
    }
    records_.clear();
}

void Source::accept(kafka::ConsumedRecord record) {
    if (!window_.has(record.partition)) {
        return;
    }
    commit_stage_.consumed({record.partition, record.offset});
    metrics_.messages_consumed.Increment();
    metrics_.bytes_consumed.Increment(static_cast<double>(record.value.size()));
    auto& message = window_.add(std::move(record));
    message.consumed_at = Clock::now();
    if (!message.record.unreadable.empty()) {
        message.envelope = {};
        message.give_up(Fault::invalid, message.record.unreadable);
    } else if (const auto decoded = decode(config_.format, message.record.value, message.envelope);
               !decoded) {
        message.envelope = {};
        message.give_up(Fault::invalid, decoded.error().to_string());
    } else if (topic_of(message).empty()) {
        message.give_up(Fault::invalid,
                        "it names no source and its record has no key: there is no topic to send it under");
    } else {
        fetch_stage_.begin(message);
    }
}

void Source::fetch() {
    fetch_stage_.advance(window_);
}

void Source::send() {
    send_stage_.advance(window_, dead_letter_stage_, commit_stage_);
    dead_letter_stage_.advance(commit_stage_);
    metrics_.in_flight_messages.Set(static_cast<double>(window_.size()));
    metrics_.in_flight_bytes.Set(static_cast<double>(window_.bytes()));
}

void Source::commit() {
    commit_stage_.take_safe(send_stage_.safe_count());
    commit_stage_.store_offsets(*consumer_);
}

void Source::wait(const runtime::StopSignal& stop) {
    stop.add_to(poll_set_);
    consumer_->add_to(poll_set_, room());
    wait_for_stages(Clock::time_point::max());
}

void Source::wait_for_stages(Clock::time_point deadline) {
    fetch_stage_.add_to(poll_set_, window_);
    send_stage_.add_to(poll_set_);
    dead_letter_stage_.add_to(poll_set_);
    health_.add_to(poll_set_);
    poll_set_.wake_at(deadline);
    poll_set_.wait();
    health_.report_if_due([this](Health& health) { report(health); });
}

kafka::Room Source::room() {
    // A partition's share is never 0 for want of room in all.
    return {.records = config_.queue_size + window_.lanes().size(),
            .of_partition = [this](std::int32_t partition) { return window_.room(partition); }};
}

void Source::report(Health& health) {
    const auto kafka_problem = consumer_->problem();
    health.report(kafka_part, kafka_problem.empty() ? dead_letter_stage_.problem() : kafka_problem);
    health.report(pipeline_part, send_stage_.problem());
    fetch_stage_.report(health);
    metrics_.consumer.update(consumer_->statistics());
    metrics_.stores.update(fetch_stage_.statistics());
    metrics_.stalled_seconds.Set(send_stage_.stalled_for().count());
    for (const auto& lag : consumer_->lag()) {
        metrics_.partitions.set(lag, {.messages = window_.size(lag.partition),
                                      .position = window_.position(lag.partition),
                                      .oldest_timestamp_ms = window_.oldest_timestamp(lag.partition)});
    }
}

void Source::drain(Clock::time_point deadline, const std::function<bool()>& nothing_in_flight) {
    framebridge::drain(
        deadline,
        [this] {
            fetch();
            send();
            commit();
        },
        [&] { wait_for_stages(deadline); }, nothing_in_flight);
}

void Source::on_assigned(const std::vector<std::int32_t>& partitions) {
    window_.open(partitions);
}

// Called from within consume(): what was consumed of the partitions is sent, as far as there is time, then
// they are given up. What may still be in the socket's queue is not committed, so that their next owner
// repeats it.
void Source::on_revoked(const std::vector<std::int32_t>& partitions) {
    drain(Clock::now() + config_.revoke_timeout, [&] { return !window_.any_of(partitions); });
    give_up(partitions);
}

void Source::on_lost(const std::vector<std::int32_t>& partitions) {
    give_up(partitions);
}

void Source::give_up(const std::vector<std::int32_t>& partitions) {
    if (const auto left = window_.close(partitions); left > 0) {
        spdlog::warn("gave up {} partitions with {} messages not sent; their next owner sends them",
                     partitions.size(), left);
    }
    commit_stage_.forget(partitions);
    metrics_.partitions.forget(partitions);
}

SourceReport Source::close(std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    const auto not_sent = window_.size();
    const bool finished = is_finished();
    window_.close(window_.partitions());
    const bool flushed = send_stage_.flush_and_close(limit / 2, dead_letter_stage_, commit_stage_);
    commit_stage_.store_offsets(*consumer_);
    consumer_->close(std::max(std::chrono::milliseconds(0),
                              std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now())),
                     *this);
    auto report = metrics_.report();
    report.not_sent = not_sent + dead_letter_stage_.unconfirmed();
    report.flushed = flushed;
    report.finished = finished;
    return report;
}

}  // namespace framebridge::source
