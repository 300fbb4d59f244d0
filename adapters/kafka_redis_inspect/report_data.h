#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "kafka_redis_inspect/output.h"
#include "kafka_redis_inspect/report.h"
#include "kafka_redis_inspect/source_summary.h"

namespace framebridge::inspect {

/// A stretch of a source's time.
struct Bucket {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
    std::uint64_t largest = 0;         ///< Bytes of the largest frame.
    std::uint64_t repeated_bytes = 0;  ///< Of frames whose key an earlier one has.
    std::uint64_t holes = 0;
    std::optional<double> margin;  ///< Least TTL margin that was looked at, in seconds.

    void operator+=(const Bucket& other);
};

/// What the page shows, collected record by record in memory that does not grow with their number: a source
/// has at most `max_buckets` buckets, which get longer as its time does.
class ReportData {
  public:
    ReportData(const ReportConfig& config, std::optional<std::chrono::milliseconds> record_lifetime);

    void add(const ScannedRecord& scanned);
    /// Everything for the page.
    [[nodiscard]] Row to_json(const ScanResult& result, const std::string& topic) const;

  private:
    struct Picture {
        std::chrono::milliseconds time;
        std::string jpeg;
    };
    struct Source {
        SourceSummary summary;
        std::chrono::milliseconds width{1000};  ///< Of a bucket.
        std::map<std::int64_t, Bucket> buckets;
        std::vector<Picture> pictures;
        std::chrono::milliseconds picture_interval{0};
        std::uint64_t until_look = 0;  ///< Frames until a TTL is looked up again.
        std::optional<std::uint64_t> last_number;
    };
    void add_frame(Source& source, const ScannedRecord& scanned, const protocol::Frame& frame,
                   Bucket& bucket);
    void look_at_ttl(Source& source, const ScannedRecord& scanned, const protocol::Frame& frame,
                     Bucket& bucket);
    void take_picture(Source& source, const ScannedRecord& scanned);
    Bucket& bucket_at(Source& source, std::chrono::milliseconds time);

    ReportConfig config_;
    StoreLookup lookup_;
    std::optional<std::chrono::milliseconds> record_lifetime_;
    std::map<std::string, Source, std::less<>> sources_;
    std::unordered_set<std::uint64_t> keys_;
};

}  // namespace framebridge::inspect
