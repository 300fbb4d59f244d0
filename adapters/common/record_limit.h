#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "common/periodic_thread.h"
#include "kafka/producer.h"

namespace framebridge {

/// The least number of bytes that a record makes of a batch that is sent without compression: the batch's
/// header (61 bytes), the record's own fields, its key, value and headers (KIP-98, message format v2).
inline std::size_t min_record_bytes(std::string_view key, std::string_view value,
                                    const kafka::RecordHeaders& headers) {
    constexpr std::size_t batch_header = 61;
    constexpr std::size_t record_fields = 7;
    std::size_t bytes = batch_header + record_fields + key.size() + value.size();
    if (headers) {
        for (const auto& header : *headers) {
            bytes += header.name.size() + header.value.size() + 2;
        }
    }
    return bytes;
}

/// The largest record that a topic takes (its max.message.bytes), so that a larger one is known before it is
/// produced: a broker that refuses one holds up all that is behind it. Asked at start, and again every few
/// minutes, as it may be raised.
class RecordLimit {
  public:
    /// May block; nullopt: it cannot be found out.
    using Ask = std::function<std::optional<std::int64_t>()>;

    explicit RecordLimit(Ask ask, std::chrono::milliseconds interval = std::chrono::minutes(1))
        : ask_(std::move(ask)), thread_(interval, [this] { look(); }) {
        look();
    }
    RecordLimit(const RecordLimit&) = delete;
    RecordLimit& operator=(const RecordLimit&) = delete;

    /// As last heard; nullopt: unknown.
    [[nodiscard]] std::optional<std::size_t> max_bytes() const {
        const auto bytes = max_bytes_.load();
        return bytes > 0 ? std::optional(static_cast<std::size_t>(bytes)) : std::nullopt;
    }

  private:
    void look() { max_bytes_ = ask_().value_or(0); }

    Ask ask_;
    std::atomic<std::int64_t> max_bytes_ = 0;
    PeriodicThread thread_;  // Last: it uses the others.
};

}  // namespace framebridge
