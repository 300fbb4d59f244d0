#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framebridge/protocol/envelope.h"
#include "kafka/position.h"
#include "kafka/topic_reader.h"
#include "runtime/stop_signal.h"

namespace framebridge::inspect {

/// Which records a verb looks at.
struct ScanRange {
    kafka::ClientConfig kafka;
    kafka::Position from;
    std::optional<kafka::Position> to;  ///< None: the end as it is at the start.
    std::vector<std::string> source_ids;
    std::vector<std::string> source_id_prefixes;
    protocol::FormatChoice format = protocol::FormatChoice::automatic;

    [[nodiscard]] bool wants(std::string_view source_id) const;
};

/// A record and what it says. `envelope` is null if it cannot be read: then `problem` says why.
struct ScannedRecord {
    const kafka::TopicRecord& record;
    const protocol::Envelope* envelope;
    std::string problem;

    /// The message's source; where it has none, the record's key.
    [[nodiscard]] std::string_view source_id() const {
        return envelope == nullptr || envelope->source_id.empty() ? record.key : envelope->source_id;
    }
};

struct ScanResult {
    std::vector<kafka::PartitionRange> ranges;
    std::uint64_t records = 0;     ///< Of the sources that are wanted.
    std::uint64_t tombstones = 0;  ///< Records without a value: stepped over.
    std::uint64_t unreadable = 0;
    std::int64_t missing_offsets = 0;  ///< Offsets of the range without a record: compaction, transactions.
    bool interrupted = false;
};

/// Reads a range record by record, in bounded memory, all partitions at once, with progress on stderr. What
/// `visit` gets is valid only until it returns, but for the record's owner.
ScanResult scan(const ScanRange& range, runtime::StopSignal& stop,
                const std::function<void(const ScannedRecord&)>& visit);

}  // namespace framebridge::inspect
