#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/shutdown_order.h"
#include "kafka/offset_tracker.h"
#include "kafka/producer.h"
#include "kafka_redis_source/config.h"
#include "kafka_redis_source/delivery.h"
#include "kafka_redis_source/metrics.h"
#include "runtime/rate_limit.h"
#include "zmq/sender.h"

namespace framebridge::source {

/// The result of a run.
struct SourceReport {
    std::uint64_t sent = 0;    ///< Messages handed to the ZeroMQ socket.
    std::uint64_t frames = 0;  ///< Frames in them.
    std::uint64_t bytes = 0;   ///< Bytes of messages and frames sent.
    std::uint64_t dead_letters = 0;
    std::uint64_t dropped = 0;  ///< Could not be used, no dead-letter topic took them.
    std::uint64_t skipped =
        0;  ///< Left out: frame missing, resync, or a Shutdown message not meant for the pipeline.
    std::uint64_t not_sent = 0;  ///< Consumed, but not sent when the time to stop was up; they come again.
    bool flushed = true;         ///< Whether all that was sent has left this process.
};

/// The stage that sends messages in the order consumed, each once its frames are there, and tells the tracker
/// which of them a kill of this process cannot lose any more.
class Send {
  public:
    Send(const SourceConfig& config, zmq::Sender& sender, kafka::OffsetTracker& tracker,
         SourceMetrics& metrics, std::function<void()> on_frame);

    /// To be called before all else; without it, what cannot be used is dropped.
    void use_dead_letters(kafka::Producer& producer) { dead_letters_ = &producer; }

    /// Sends all that can be sent now. Throws Failure for a missing frame if the policy is to fail.
    void advance(DeliveryWindow& window);
    /// Notes what is safe: acknowledged, out of the process, or in the dead-letter topic.
    void take_safe();
    void add_to(runtime::PollSet& poll_set);
    /// Sends out what the socket holds, then closes it. Returns whether all has left, which makes it all
    /// safe.
    bool flush_and_close(std::chrono::milliseconds limit);
    /// Dead letters without a delivery report.
    [[nodiscard]] std::size_t unconfirmed_dead_letters() const { return set_aside_.size(); }
    void note_not_sent(std::uint64_t messages) { report_.not_sent = messages + set_aside_.size(); }
    [[nodiscard]] bool stop_ordered() const { return shutdown_.stop_ordered(); }
    [[nodiscard]] const SourceReport& report() const { return report_; }

  private:
    enum class Verdict { send, skip, set_aside };
    struct SentRecord {
        std::int32_t partition;
        std::int64_t offset;
    };
    /// A copy: the consumer's record must not be held until the dead-letter topic has it.
    struct DeadLetter {
        std::int32_t partition;
        std::int64_t offset;
        std::string reason;
        std::string key;
        std::string value;
    };
    [[nodiscard]] Verdict judge(const PendingDelivery& delivery);
    [[nodiscard]] bool waits_for_keyframe(const protocol::Envelope& envelope);
    [[nodiscard]] Verdict judge_missing(const PendingDelivery& delivery);
    [[nodiscard]] zmq::OutgoingMessage compose(const PendingDelivery& delivery) const;
    void note_sent(const PendingDelivery& delivery, std::size_t bytes);
    void set_aside(const PendingDelivery& delivery);
    void drop(const DeadLetter& letter, const std::string& reason);

    SourceConfig config_;
    zmq::Sender& sender_;
    kafka::Producer* dead_letters_ = nullptr;
    kafka::OffsetTracker& tracker_;
    SourceMetrics& metrics_;
    ShutdownOrder shutdown_;
    std::function<void()> on_frame_;
    std::deque<SentRecord> unsafe_;  ///< Sent, in order, and not yet safe.
    std::uint64_t safe_count_ = 0;
    std::map<kafka::RecordToken, DeadLetter> set_aside_;
    std::set<std::string, std::less<>> resyncing_;  ///< Sources whose next keyframe is awaited.
    std::vector<kafka::DeliveryReport> deliveries_;
    runtime::RateLimit log_limit_;
    SourceReport report_;
};

}  // namespace framebridge::source
