#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace framebridge::kafka {

/// What tells a record from another one at the same offset. It is kept in the metadata of a group's commits:
/// where another record is found later, the topic was deleted and made anew.
struct RecordMark {
    std::int64_t offset = -1;
    std::int64_t timestamp_ms = -1;
    /// Of the sizes of key and value, and of the first 4 KiB of each.
    std::uint64_t checksum = 0;

    bool operator==(const RecordMark&) const = default;

    static RecordMark of(const rd_kafka_message_t& message);
    /// As a commit's metadata: `framebridge:1:OFFSET:TIMESTAMP:CHECKSUM`, the checksum in hexadecimal.
    [[nodiscard]] std::string to_metadata() const;
    /// Nullopt for what another program wrote.
    static std::optional<RecordMark> parse(std::string_view metadata);
};

}  // namespace framebridge::kafka
