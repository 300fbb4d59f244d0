#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "framebridge/protocol/envelope.h"

namespace framebridge::sink {

/// Follows the sequence numbers of each source, of which its writer skips none: one that is missing was lost
/// before it came here.
class Sequences {
  public:
    static constexpr std::size_t max_sources = 4096;  ///< Of more, all are forgotten.
    enum class Step { expected, gap };

    /// A smaller number, or one after an end of stream, is a new beginning, and no gap.
    Step note(const protocol::Envelope& envelope);

  private:
    std::map<std::string, std::uint64_t, std::less<>> last_;
};

}  // namespace framebridge::sink
