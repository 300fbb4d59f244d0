/// What the adapters' windows cost per message: its place in line from received to finished.

#include <benchmark/benchmark.h>

#include "kafka/offset_tracker.h"
#include "kafka_redis_sink/message_in_flight.h"
#include "kafka_redis_source/delivery.h"

namespace framebridge {
namespace {

/// Messages in flight, as the adapters' defaults allow.
constexpr std::uint64_t depth = 50;

void messages_in_flight(benchmark::State& state) {
    sink::SinkMessages messages;
    for (auto _ : state) {
        auto& added = messages.add();
        messages.hold(added, 50'000);
        if (messages.size() < depth) {
            continue;
        }
        benchmark::DoNotOptimize(messages.find(added.number - depth + 1)->state =
                                     sink::MessageState::delivered);
        messages.pop_front();
    }
}
BENCHMARK(messages_in_flight);

void delivery_window(benchmark::State& state) {
    DeliveryWindow window;
    std::uint64_t number = 0;
    for (auto _ : state) {
        window.add({});
        ++number;
        if (window.size() < depth) {
            continue;
        }
        benchmark::DoNotOptimize(window.find(number - depth));
        benchmark::DoNotOptimize(window.take_front());
    }
}
BENCHMARK(delivery_window);

void offset_tracker(benchmark::State& state) {
    kafka::OffsetTracker tracker;
    std::int64_t offset = 0;
    for (auto _ : state) {
        tracker.consumed(0, offset++);
        if (offset < static_cast<std::int64_t>(depth)) {
            continue;
        }
        tracker.done(0, offset - static_cast<std::int64_t>(depth));
        benchmark::DoNotOptimize(tracker.take_committable(0));
    }
}
BENCHMARK(offset_tracker);

}  // namespace
}  // namespace framebridge
