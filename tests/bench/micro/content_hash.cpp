/// The content hash; run.py sets SHA-256's speed beside what `openssl speed` shows.

#include "framebridge/store/content_hash.h"

#include <benchmark/benchmark.h>

namespace framebridge {
namespace {

void hash(benchmark::State& state, HashAlgorithm algorithm) {
    const std::string content(static_cast<std::size_t>(state.range(0)), 'x');
    const std::string_view parts[] = {content};
    ContentHash content_hash(algorithm);
    for (auto _ : state)
        benchmark::DoNotOptimize(content_hash(parts));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(hash, sha256, HashAlgorithm::sha256)->Arg(5'000)->Arg(50'000)->Arg(200'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(hash, xxh3_128, HashAlgorithm::xxh3_128)
    ->Arg(5'000)
    ->Arg(50'000)
    ->Arg(200'000)
    ->Arg(1'000'000);

}  // namespace
}  // namespace framebridge
