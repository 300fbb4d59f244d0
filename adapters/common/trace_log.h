#pragma once

#include <string>
#include <string_view>

#include "framebridge/result.h"

namespace framebridge {

/// The part of all traces that is logged, from 0 to 1.
struct SampleRate {
    double value = 0;

    bool operator==(const SampleRate&) const = default;
    static Result<SampleRate> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

/// The trace's id, 32 hexadecimal digits, of a W3C `traceparent`; empty if it is not one.
std::string_view trace_id_of(std::string_view trace_parent);

/// Whether the trace is among those to be logged: by its id, so that all adapters choose the same.
bool is_sampled(std::string_view trace_id, SampleRate rate);

}  // namespace framebridge
