#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace framebridge::inspect {

/// Which frames are missing, by the times of their records.
class MissingRanges {
  public:
    void miss(const std::string& source_id, std::chrono::milliseconds time);
    void come(const std::string& source_id);
    /// `cam 2026-11-28T10:00:01.000Z to 2026-11-28T10:00:02.480Z (38)`, and so on; the first ones if they are
    /// many.
    [[nodiscard]] std::string to_string() const;

  private:
    /// Frames of one source, one after the other.
    struct Range {
        std::uint64_t frames = 0;
        std::chrono::milliseconds first{0};
        std::chrono::milliseconds last{0};
    };
    struct Source {
        bool missing = false;  ///< The frame that was seen last.
        std::vector<Range> ranges;
    };
    std::map<std::string, Source> sources_;
};

}  // namespace framebridge::inspect
