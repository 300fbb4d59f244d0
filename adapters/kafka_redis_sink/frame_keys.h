#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "framebridge/protocol/envelope.h"
#include "kafka_redis_sink/config.h"
#include "kafka_redis_sink/message_in_flight.h"
#include "store/content_hash.h"

namespace framebridge::sink {

/// A UUID's 16 bytes.
using Uuid = std::array<std::uint64_t, 2>;

/// Reads a UUID's text form, 8-4-4-4-12 hexadecimal digits; nullopt if `text` is not one.
std::optional<Uuid> parse_uuid(std::string_view text);

/// The XXH3-64 of a frame's bytes.
std::uint64_t xxh3_64(const std::vector<std::string_view>& parts);

/// What the last uuids stood for.
class RecentUuids {
  public:
    static constexpr std::size_t capacity = 65'536;
    enum class Content { unknown, same, other };

    /// Notes that the uuid's frame has these bytes; what they were when the uuid came before.
    Content note(const Uuid& uuid, std::uint64_t content_hash);

  private:
    struct Hash {
        std::size_t operator()(const Uuid& uuid) const {
            constexpr std::uint64_t odd =
                0x9E3779B97F4A7C15U;  // Uuids may be chosen, but not this program's memory.
            return static_cast<std::size_t>((uuid[0] ^ (uuid[1] * odd)) * odd);
        }
    };
    std::unordered_map<Uuid, std::uint64_t, Hash> contents_;
    std::vector<Uuid> ring_;  // In the order in which they came, from next_ on.
    std::size_t next_ = 0;
};

/// Names the frames in the store: PREFIX:ALGORITHM:HASH with --deduplicate; else PREFIX:UUID, as Savant's
/// adapters, for savant's frames, and PREFIX:UUID:XXH3 for native ones, so that two contents of one uuid have
/// two keys.
class FrameKeys {
  public:
    explicit FrameKeys(const StoreContentConfig& config);

    /// Whether the key already named other bytes, which are now lost.
    enum class Reuse { none, other_bytes };
    /// Writes the frame's key, and its hash where that is known.
    Reuse name(protocol::Format format, std::string_view uuid, FrameContent& frame);

  private:
    std::string prefix_;  // Up to the part that differs.
    bool deduplicate_;
    store::ContentHash hash_;
    RecentUuids recent_;
};

}  // namespace framebridge::sink
