#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/scan.h"
#include "kafka_redis_inspect/store_lookup.h"

namespace framebridge::inspect {

struct CheckConfig {
    StoreAccess stores;
    bool hashes = false;       ///< Fetch each frame and compare it with the hash that its reference has.
    bool orphans = false;      ///< Look for keys that nothing refers to.
    std::string orphan_store;  ///< `host:port:db`, as messages name it.
    std::string key_prefix = "savant:frames";
    std::vector<std::string> other_topics;  ///< Whole topics that share the prefix.
    std::filesystem::path prometheus_file;  ///< Empty: none. In the textfile collector's format.
};

/// What became of a range's references.
struct CheckResult {
    std::uint64_t records = 0;
    std::uint64_t frames = 0;
    std::uint64_t references = 0;
    std::uint64_t inline_frames = 0;
    std::uint64_t missing = 0;
    std::uint64_t wrong_size = 0;
    std::uint64_t wrong_hash = 0;
    std::uint64_t not_followed = 0;  ///< Their store is not one of those that may be asked.
    std::uint64_t unreadable = 0;
    std::uint64_t unique_keys = 0;
    std::uint64_t bytes_stored = 0;  ///< Of the keys that are there, each once.
    std::uint64_t bytes_saved = 0;   ///< By references to a key that another one had before.
    std::uint64_t orphans = 0;
    std::uint64_t orphan_bytes = 0;
    /// The least of: a frame's TTL minus the time for which its record can still be read. Negative: a
    /// reference outlives its frame. None: no frame expires, or the topic keeps records for ever.
    std::optional<std::chrono::milliseconds> worst_margin;
    bool interrupted = false;

    [[nodiscard]] bool clean() const { return missing + wrong_size + wrong_hash + unreadable == 0; }
};

/// `check`: looks up every reference of a range in its store and prints a line for each that is wrong, then a
/// summary. Throws Failure if a store or Kafka cannot be asked.
CheckResult check_references(const ScanRange& range, const CheckConfig& config, runtime::StopSignal& stop,
                             Output& output);

}  // namespace framebridge::inspect
