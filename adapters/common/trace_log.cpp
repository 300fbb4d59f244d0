#include "common/trace_log.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>

namespace framebridge {

Result<SampleRate> SampleRate::parse(std::string_view text) {
    SampleRate rate;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate.value);
    if (error != std::errc() || end != text.data() + text.size() || !(rate.value >= 0 && rate.value <= 1)) {
        return problem("'" + std::string(text) + "' is not a number from 0 to 1, such as 0.01");
    }
    return rate;
}

std::string SampleRate::to_string() const {
    return fmt::format("{}", value);
}

// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
std::string_view trace_id_of(std::string_view trace_parent) {
    constexpr std::size_t begin = 3;
    constexpr std::size_t digits = 32;
    if (trace_parent.size() <= begin + digits || trace_parent[begin - 1] != '-' ||
        trace_parent[begin + digits] != '-') {
        return {};
    }
    const auto id = trace_parent.substr(begin, digits);
    return id.find_first_not_of("0123456789abcdef") == std::string_view::npos ? id : std::string_view{};
}

bool is_sampled(std::string_view trace_id, SampleRate rate) {
    if (rate.value <= 0 || trace_id.empty()) {
        return false;
    }
    // W3C: the right half is the random one.
    const auto half = trace_id.substr(trace_id.size() / 2);
    std::uint64_t random = 0;
    std::from_chars(half.data(), half.data() + half.size(), random, 16);
    return rate.value >= 1 || static_cast<double>(random) <
                                  rate.value * static_cast<double>(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace framebridge
