#include "kafka/record_mark.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>

namespace framebridge::kafka {
namespace {

constexpr std::string_view prefix = "framebridge:1:";
constexpr std::size_t max_checked_bytes = 4096;
constexpr std::size_t checksum_digits = 16;

std::uint64_t checksum_of(const void* data, std::size_t size, std::uint64_t seed) {
    return XXH3_64bits_withSeed(data, std::min(size, max_checked_bytes), seed + size);
}

/// Takes a number and the colon behind it from the text.
bool take_number(std::string_view& text, std::int64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || !text.starts_with(':')) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

}  // namespace

RecordMark RecordMark::of(const rd_kafka_message_t& message) {
    return {
        .offset = message.offset,
        .timestamp_ms = rd_kafka_message_timestamp(&message, nullptr),
        .checksum = checksum_of(message.payload, message.len, checksum_of(message.key, message.key_len, 0))};
}

std::string RecordMark::to_metadata() const {
    return fmt::format("{}{}:{}:{:016x}", prefix, offset, timestamp_ms, checksum);
}

std::optional<RecordMark> RecordMark::parse(std::string_view metadata) {
    RecordMark mark;
    if (!metadata.starts_with(prefix)) {
        return std::nullopt;
    }
    metadata.remove_prefix(prefix.size());
    if (!take_number(metadata, mark.offset) || !take_number(metadata, mark.timestamp_ms) || mark.offset < 0 ||
        metadata.size() < checksum_digits) {
        return std::nullopt;
    }
    // Clients that copy a commit as a C string (Python's) leave something behind it.
    const auto* checksum_end = metadata.data() + checksum_digits;
    const auto [end, error] = std::from_chars(metadata.data(), checksum_end, mark.checksum, 16);
    return error == std::errc{} && end == checksum_end ? std::optional(mark) : std::nullopt;
}

}  // namespace framebridge::kafka
