#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace framebridge::protocol {

/// The first part of an answer to a writer. Every answer to a writer that did not ask for details is this one
/// part.
inline constexpr std::string_view answer_kept = "OK";
inline constexpr std::string_view answer_refused = "REFUSED";

/// What became of a stream's messages, by its end.
struct StreamCounts {
    std::uint64_t messages =
        0;  ///< Received since the stream before it ended; without the end of stream itself.
    std::uint64_t kept = 0;
    std::uint64_t refused = 0;

    bool operator==(const StreamCounts&) const = default;
};

/// The second part of an answer to a native message with `answers: 1`: proto/README.md, "Answers".
struct AnswerDetails {
    std::string reason;     ///< Why it was refused, for the writer's author; empty if it was not.
    std::string source_id;  ///< The message's; empty where it has none, or could not be read so far.
    std::string uuid;       ///< A single frame's.
    std::optional<std::uint64_t> sequence_number;
    std::optional<StreamCounts> stream;  ///< Of an end of stream.

    bool operator==(const AnswerDetails&) const = default;
};

/// The msgpack map.
std::string encode(const AnswerDetails& details);

/// Reads the map. What is not such a map, or has unknown keys or keys of wrong types, is read as far as it
/// can be: an answer comes from a peer and is never trusted.
AnswerDetails decode_answer(std::string_view map);

}  // namespace framebridge::protocol
