#include "kafka_redis_sink/compacted_topic.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "runtime/failure.h"

namespace framebridge::sink {

CompactedTopicWatch::CompactedTopicWatch(std::string topic, CompactedTopicPolicy policy, Ask ask,
                                         std::chrono::milliseconds interval)
    : topic_(std::move(topic)), policy_(policy), ask_(std::move(ask)), interval_(interval) {
    if (policy_ == CompactedTopicPolicy::off) {
        return;
    }
    look();
    if (!problem_.empty()) {
        throw runtime::Failure(runtime::FailureKind::misconfigured, problem_);
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void CompactedTopicWatch::watch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, interval_, [&stop] { return stop.stop_requested(); })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

void CompactedTopicWatch::look() {
    std::string error;
    const auto retention = ask_(error);
    std::string problem;
    std::string warning;
    if (!retention) {
        // What was known of it stays true.
        problem = this->problem();
        warning = "it cannot be found out whether topic '" + topic_ + "' is compacted (" + error +
                  "): if it is, all frames of a source but its last are lost";
    } else if (retention->compacts) {
        const auto text = "topic '" + topic_ + "' is compacted (cleanup.policy=compact" +
                          (retention->deletes ? ",delete" : "") +
                          "): Kafka keeps only the last record of each source; set cleanup.policy=delete";
        if (policy_ == CompactedTopicPolicy::refuse && !retention->deletes) {
            problem = text + ", or see --compacted-topic";
        } else {
            warning = text;
        }
    }
    if (!warning.empty() && std::exchange(warning_, warning) != warning) {
        spdlog::warn("{}", warning);
    }
    const std::lock_guard lock(mutex_);
    problem_ = std::move(problem);
}

std::string CompactedTopicWatch::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

}  // namespace framebridge::sink
