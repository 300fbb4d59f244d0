#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace framebridge::video_sink {

/// Where frames of a recording are missing, in seconds since its file's begin.
struct Gap {
    std::uint64_t frames = 0;
    double from = 0;  ///< The end of the last frame before it.
    double to = 0;    ///< The begin of the next one; at a file's end the same as `from`.
};

/// `4.00-4.40 s`.
std::string to_string(const Gap& gap);
/// All of them, or the first ones and how many more there are.
std::string to_string(const std::vector<Gap>& gaps);
/// A line of a metadata file.
std::string to_line(const Gap& gap);

/// Sees holes in the sequence numbers of one source's messages.
class SequenceWatch {
  public:
    /// How many messages are missing before this one.
    std::uint64_t arrived(std::uint64_t number);
    /// A message that may be a repetition.
    std::uint64_t arrived_perhaps_again(std::uint64_t number);
    /// Numbers begin anew.
    void restart() { last_.reset(); }

  private:
    std::optional<std::uint64_t> last_;
};

}  // namespace framebridge::video_sink
