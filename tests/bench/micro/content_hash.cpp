/// The content hash; run.py sets SHA-256's speed beside what `openssl speed` shows. Where contents may come
/// again: what the first sighting of each costs, and what later ones do.

#include "store/content_hash.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace framebridge {
namespace {

void hash(benchmark::State& state, store::HashAlgorithm algorithm) {
    const std::string content(static_cast<std::size_t>(state.range(0)), 'x');
    const std::string_view parts[] = {content};
    store::ContentHash content_hash(algorithm);
    for (auto _ : state) {
        benchmark::DoNotOptimize(content_hash(parts));
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(hash, sha256, store::HashAlgorithm::sha256)
    ->Arg(5'000)
    ->Arg(50'000)
    ->Arg(200'000)
    ->Arg(1'000'000);
BENCHMARK_CAPTURE(hash, xxh3_128, store::HashAlgorithm::xxh3_128)
    ->Arg(5'000)
    ->Arg(50'000)
    ->Arg(200'000)
    ->Arg(1'000'000);

void first_sighting(benchmark::State& state) {
    std::string content(static_cast<std::size_t>(state.range(0)), 'x');
    const std::string_view parts[] = {content};
    store::ContentHash content_hash(store::HashAlgorithm::sha256, store::Repetition::expected);
    std::uint64_t number = 0;
    for (auto _ : state) {
        std::memcpy(content.data(), &++number, sizeof(number));
        benchmark::DoNotOptimize(content_hash(parts));
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(first_sighting)->Arg(5'000)->Arg(50'000)->Arg(200'000)->Arg(1'000'000);

void later_sightings(benchmark::State& state) {
    constexpr std::size_t distinct = 16;
    std::vector<std::string> contents(distinct, std::string(static_cast<std::size_t>(state.range(0)), 'x'));
    store::ContentHash content_hash(store::HashAlgorithm::sha256, store::Repetition::expected);
    const auto see = [&](std::size_t number) {
        const std::string_view parts[] = {contents[number % distinct]};
        benchmark::DoNotOptimize(content_hash(parts));
    };
    for (std::size_t number = 0; number < distinct; ++number) {
        std::memcpy(contents[number % distinct].data(), &number, sizeof(number));
        see(number);
        see(number);
    }
    std::size_t number = 0;
    for (auto _ : state) {
        see(number++);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(later_sightings)->Arg(5'000)->Arg(50'000)->Arg(200'000)->Arg(1'000'000);

}  // namespace
}  // namespace framebridge
