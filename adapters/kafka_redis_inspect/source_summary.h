#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>

#include "framebridge/protocol/messages.h"
#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/scan.h"

namespace framebridge::inspect {

/// What a source's records come to, counted one after the other.
class SourceSummary {
  public:
    void add(const ScannedRecord& scanned);
    [[nodiscard]] Row row(const std::string& source_id) const;

  private:
    void add_frame(const protocol::Frame& frame);
    void follow_sequence(std::uint64_t number);
    /// Reads what is the same for all frames of a stream: once in a while is enough.
    void describe(const protocol::VideoFrame& frame);

    std::uint64_t messages_ = 0;
    std::uint64_t frames_ = 0;
    std::uint64_t frame_bytes_ = 0;
    std::uint64_t frames_without_size_ = 0;
    std::uint64_t metadata_bytes_ = 0;
    std::uint64_t keyframes_ = 0;
    std::uint64_t ends_of_stream_ = 0;
    std::uint64_t sequence_holes_ = 0;
    std::uint64_t missing_messages_ = 0;
    std::uint64_t repeats_ = 0;
    std::uint64_t unreadable_ = 0;
    std::optional<std::uint64_t> last_number_;
    std::set<std::int32_t> partitions_;
    std::chrono::milliseconds first_{std::numeric_limits<std::int64_t>::max()};
    std::chrono::milliseconds last_{std::numeric_limits<std::int64_t>::min()};
    std::set<std::string> codecs_;
    std::int64_t width_ = 0;
    std::int64_t height_ = 0;
    std::string framerate_;
};

}  // namespace framebridge::inspect
