#include "protocol/splice.h"

#include <algorithm>

namespace framebridge::protocol {

void apply_splices(std::string_view message, std::vector<Splice>& splices, std::string& out) {
    std::sort(splices.begin(), splices.end(),
              [](const Splice& left, const Splice& right) { return left.begin < right.begin; });
    std::size_t size = message.size();
    for (const Splice& splice : splices) {
        size = size - (splice.end - splice.begin) + splice.size();
    }
    out.clear();
    out.reserve(size);
    std::size_t copied = 0;
    for (const Splice& splice : splices) {
        out.append(message, copied, splice.begin - copied).append(splice.head).append(splice.payload);
        copied = splice.end;
    }
    out.append(message, copied);
}

}  // namespace framebridge::protocol
