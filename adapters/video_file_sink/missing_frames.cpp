#include "video_file_sink/missing_frames.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "metadata/message_json.h"

namespace framebridge::video_sink {

std::string to_string(const Gap& gap) {
    return gap.from == gap.to ? fmt::format("{:.2f} s", gap.from)
                              : fmt::format("{:.2f}-{:.2f} s", gap.from, gap.to);
}

std::string to_string(const std::vector<Gap>& gaps) {
    constexpr std::size_t max_named = 20;
    std::vector<std::string> names;
    for (const auto& gap : gaps) {
        if (names.size() == max_named) {
            names.push_back(fmt::format("and at {} more places", gaps.size() - max_named));
            break;
        }
        names.push_back(to_string(gap));
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string to_line(const Gap& gap) {
    return metadata::to_line(
        {{"kind", "missing"}, {"frames", gap.frames}, {"from", gap.from}, {"to", gap.to}});
}

std::uint64_t SequenceWatch::arrived(std::uint64_t number) {
    const auto expected = last_ ? *last_ + 1 : number;
    last_ = number;
    return number > expected ? number - expected : 0;
}

std::uint64_t SequenceWatch::arrived_perhaps_again(std::uint64_t number) {
    return last_ && number <= *last_ ? 0 : arrived(number);
}

}  // namespace framebridge::video_sink
