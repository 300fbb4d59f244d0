#include "kafka_redis_sink/frame_keys.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <iterator>
#include <memory>
#include <utility>

namespace framebridge::sink {

namespace {

constexpr std::size_t uuid_length = 36;

bool is_dash(std::size_t place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
}

std::optional<std::uint64_t> hex_digit(char character) {
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    const char lower = static_cast<char>(character | 0x20);
    if (lower >= 'a' && lower <= 'f') {
        return lower - 'a' + 10;
    }
    return std::nullopt;
}

std::string_view name_of(store::HashAlgorithm algorithm) {
    return algorithm == store::HashAlgorithm::sha256 ? "sha256" : "xxh3";
}

}  // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != uuid_length) {
        return std::nullopt;
    }
    Uuid uuid{};
    std::size_t digits = 0;
    for (std::size_t place = 0; place < text.size(); ++place) {
        if (is_dash(place)) {
            if (text[place] != '-') {
                return std::nullopt;
            }
            continue;
        }
        const auto digit = hex_digit(text[place]);
        if (!digit) {
            return std::nullopt;
        }
        auto& half = uuid[digits++ / 16];
        half = half << 4 | *digit;
    }
    return uuid;
}

std::uint64_t xxh3_64(const std::vector<std::string_view>& parts) {
    if (parts.size() == 1) {
        return XXH3_64bits(parts.front().data(), parts.front().size());
    }
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), XXH3_freeState);
    XXH3_64bits_reset(state.get());
    for (const auto part : parts) {
        XXH3_64bits_update(state.get(), part.data(), part.size());
    }
    return XXH3_64bits_digest(state.get());
}

RecentUuids::Content RecentUuids::note(const Uuid& uuid, std::uint64_t content_hash) {
    const auto [found, is_new] = contents_.try_emplace(uuid, content_hash);
    if (!is_new) {
        return std::exchange(found->second, content_hash) == content_hash ? Content::same : Content::other;
    }
    if (ring_.size() < capacity) {
        ring_.push_back(uuid);
        return Content::unknown;
    }
    contents_.erase(std::exchange(ring_[next_], uuid));
    next_ = (next_ + 1) % capacity;
    return Content::unknown;
}

FrameKeys::FrameKeys(const StoreContentConfig& config)
    : prefix_(config.key_prefix + ':'),
      deduplicate_(config.deduplicate),
      hash_(config.hash, config.deduplicate ? store::Repetition::expected : store::Repetition::unexpected) {
    if (deduplicate_) {
        prefix_.append(name_of(config.hash)).append(1, ':');
    }
}

FrameKeys::Reuse FrameKeys::name(protocol::Format format, std::string_view uuid, FrameContent& frame) {
    frame.key.assign(prefix_);
    if (deduplicate_) {
        frame.hash = hash_(frame.parts);
        frame.key.append(frame.hash);
        return Reuse::none;
    }
    const auto hash = xxh3_64(frame.parts);
    frame.key.append(uuid);
    if (format == protocol::Format::native) {
        fmt::format_to(std::back_inserter(frame.key), ":{:016x}", hash);
        return Reuse::none;
    }
    const auto parsed = parse_uuid(uuid);
    return parsed && recent_.note(*parsed, hash) == RecentUuids::Content::other ? Reuse::other_bytes
                                                                                : Reuse::none;
}

}  // namespace framebridge::sink
