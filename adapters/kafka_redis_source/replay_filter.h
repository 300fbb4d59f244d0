#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "framebridge/protocol/messages.h"
#include "kafka/topic_reader.h"
#include "kafka_redis_source/replay_config.h"

namespace framebridge::source {

/// What a replay needs to know of a record beyond Kafka's own.
struct ReplayedMessage {
    std::string source_id;  ///< The message's; where it has none, the record's key.
    protocol::Format format = protocol::Format::native;
    bool end_of_stream = false;
    bool is_frame = false;
    bool keyframe = true;                       ///< Of a frame; one of which nothing tells is taken for one.
    std::chrono::nanoseconds creation_time{0};  ///< Of a frame, since the Unix epoch; 0: not known.
    double seconds = 0;                         ///< Of a frame: its dts, else its pts.
    double display_seconds = 0;                 ///< Of a frame: its pts.
};

/// Reads a record that holds a message. A record that cannot be read counts as a message of its key's source.
ReplayedMessage read_message(const kafka::TopicRecord& record);

/// Left out of a replay, by reason.
struct ReplaySkips {
    std::uint64_t other_sources = 0;
    std::uint64_t other_times = 0;      ///< With `--clock frame`.
    std::uint64_t before_keyframe = 0;  ///< With `--align keyframe`.
    std::uint64_t leading =
        0;  ///< With `--align keyframe`: pictures that refer to what is before the keyframe.
    std::uint64_t thinned = 0;  ///< With `--frames`.
};

/// Decides which records of a range a replay gives out. Records of a source come in their order.
class ReplayFilter {
  public:
    explicit ReplayFilter(const ReplayConfig& config) : config_(config) {}

    /// Where each source begins: its records of that partition before this offset are left out.
    void begin_at(const std::string& source_id, std::int32_t partition, std::int64_t offset);
    /// Where all other sources of the partition begin.
    void others_begin_at(std::int32_t partition, std::int64_t offset) { others_begin_[partition] = offset; }

    [[nodiscard]] bool passes(const kafka::TopicRecord& record, const ReplayedMessage& message);
    [[nodiscard]] const ReplaySkips& skips() const { return skips_; }

  private:
    struct Source {
        std::map<std::int32_t, std::int64_t> begins;
        bool aligned = false;  ///< Its first keyframe was given out.
        std::optional<double>
            leading_until;  ///< Pictures shown before this belong to the group of pictures before.
        std::uint64_t frames = 0;
    };
    bool passes_alignment(Source& source, const kafka::TopicRecord& record, const ReplayedMessage& message);
    [[nodiscard]] bool in_time(const ReplayedMessage& message) const;
    [[nodiscard]] bool is_before_begin(const Source& source, const kafka::TopicRecord& record) const;

    ReplayConfig config_;
    std::map<std::int32_t, std::int64_t> others_begin_;
    std::map<std::string, Source, std::less<>> sources_;
    ReplaySkips skips_;
};

}  // namespace framebridge::source
