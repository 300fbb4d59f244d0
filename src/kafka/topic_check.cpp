#include "kafka/topic_check.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "kafka/topic_reader.h"
#include "runtime/failure.h"

namespace framebridge::kafka {
namespace {

/// Short, so that a stop does not wait long for the thread.
constexpr std::chrono::milliseconds request_limit = std::chrono::seconds(1);

Position at(const std::map<std::int32_t, RecordMark>& marks, std::int64_t distance) {
    Position::PartitionOffsets offsets;
    for (const auto& [partition, mark] : marks) {
        offsets.offsets[partition] = mark.offset + distance;
    }
    return {std::move(offsets)};
}

}  // namespace

std::map<std::int32_t, RecordMark> find_records(const ClientConfig& config,
                                                const std::map<std::int32_t, RecordMark>& marks) {
    auto reader_config = config;
    // One record of each is wanted, and a batch is what brokers give at least.
    reader_config.properties["fetch.message.max.bytes"] = "65536";
    std::map<std::int32_t, RecordMark> found;
    try {
        TopicReader reader(std::move(reader_config));
        reader.start(reader.find(at(marks, 0), at(marks, 1), request_limit));
        const auto deadline = std::chrono::steady_clock::now() + request_limit;
        std::vector<TopicRecord> records;
        for (auto now = deadline - request_limit; !reader.done() && now < deadline;
             now = std::chrono::steady_clock::now()) {
            reader.read([](std::int32_t) { return std::size_t{1}; }, records,
                        std::chrono::ceil<std::chrono::milliseconds>(deadline - now));
        }
        for (const auto& record : records) {
            found.emplace(record.partition, RecordMark::of(*record.owner));
        }
    } catch (const runtime::Failure& failure) {
        spdlog::debug("kafka: whether topic '{}' was made anew is not known yet: {}", config.topic,
                      failure.what());
    }
    return found;
}

TopicCheck::TopicCheck(ClientConfig config, std::map<std::int32_t, RecordMark> anchors,
                       std::map<std::int32_t, RecordMark> last_read)
    : config_(std::move(config)),
      anchors_(std::move(anchors)),
      last_read_(std::move(last_read)),
      thread_([this] {
          auto found = find_records(config_, anchors_);
          const std::lock_guard lock(mutex_);
          outcome_ = std::move(found);
          event_fd_.signal();
      }) {}

TopicCheck::~TopicCheck() {
    thread_.join();
}

std::optional<std::map<std::int32_t, RecordMark>> TopicCheck::outcome() const {
    const std::lock_guard lock(mutex_);
    return outcome_;
}

}  // namespace framebridge::kafka
