#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

#include "kafka_redis_inspect/scan.h"
#include "kafka_redis_inspect/store_lookup.h"

namespace framebridge::inspect {

enum class Payload {
    none,
    base64,     ///< In each line, as `payload`.
    directory,  ///< A file a frame; the line has its name as `payload_file`.
};

struct CatConfig {
    Payload payload = Payload::none;
    std::filesystem::path payload_dir;
    StoreAccess stores;
    std::optional<std::uint64_t> count;  ///< So many messages at most.
};

struct CatResult {
    ScanResult scan;
    std::uint64_t missing = 0;  ///< Frames whose bytes were asked for and are not in their store.
};

/// `cat`: the messages of a range as JSON, one a line. Throws Failure.
CatResult print_messages(const ScanRange& range, const CatConfig& config, runtime::StopSignal& stop);

}  // namespace framebridge::inspect
