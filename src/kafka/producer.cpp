#include "kafka/producer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "kafka/producer_client.h"
#include "runtime/backoff.h"
#include "runtime/rate_limit.h"

namespace framebridge::kafka {
namespace {

using Clock = runtime::PollSet::Clock;

/// How long a failed client's requests that are under way may still be answered. What is answered is not
/// repeated.
constexpr auto answer_grace = std::chrono::seconds(1);

/// After so long without any record confirmed something is wrong, also if no error tells of it.
constexpr auto confirmation_limit = std::chrono::seconds(5);

constexpr std::size_t max_proven_keys = 100'000;

struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
};
using KeySet = std::unordered_set<std::string, KeyHash, std::equal_to<>>;

/// An error that says that the broker will never take a batch, by its records' own fault. Which of them is to
/// blame only shows alone. All other errors may pass: a wrong clock is set, a topic configured anew.
std::optional<DeliveryStatus> refusal(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
            return DeliveryStatus::too_large;
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
            return DeliveryStatus::rejected;
        default:
            return std::nullopt;
    }
}

std::string refusal_reason(rd_kafka_resp_err_t error, std::string_view topic, std::size_t size) {
    const auto bytes = std::to_string(size) + " bytes";
    const auto where = " topic " + std::string(topic);
    if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        return "the broker refuses " + bytes + " as too large: raise max.message.bytes of" + where +
               ", or message.max.bytes of the brokers";
    }
    if (error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE) {
        return "the broker refuses " + bytes + " as larger than a log segment: raise segment.bytes of" +
               where;
    }
    return "the broker refuses the record for" + where + ": " + rd_kafka_err2str(error);
}

/// Whether the error only follows from another one, which has its own report.
bool is_consequence(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
           error == RD_KAFKA_RESP_ERR__FATAL || error == RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE;
}

const char* hint(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            return "; create the topic, or use --kafka-create-topic";
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            return "; allow this client to Write to the topic";
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
            return "; the clock of this machine differs too much from the broker's: set it right, or give "
                   "the "
                   "topic message.timestamp.type=LogAppendTime";
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
            return "; raise the topic's message.format.version";
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return "; allow this client IdempotentWrite on the cluster";
        default:
            return "";
    }
}

class RdKafkaProducer final : public Producer {
  public:
    explicit RdKafkaProducer(ProducerConfig config)
        : config_(std::move(config)),
          backoff_(config_.retry_backoff, config_.retry_backoff_max),
          health_(config_.kafka.brokers) {
        start_client();
    }

    void produce(ProducerRecord record) override {
        if (entries_.empty()) {
            progress_at_ = Clock::now();
        }
        entries_.push_back({std::move(record)});
    }

    void advance(std::vector<DeliveryReport>& deliveries) override {
        if (client_) {
            serve();
        }
        if (state_ == State::stopping && (client_->outstanding() == 0 || Clock::now() >= until_)) {
            pause();
        }
        if (state_ == State::pausing && Clock::now() >= until_) {
            restart();
        }
        if (state_ == State::running) {
            hand_over();
        }
        std::move(due_.begin(), due_.end(), std::back_inserter(deliveries));
        due_.clear();
    }

    void add_to(runtime::PollSet& poll_set) override {
        if (!due_.empty() || (state_ == State::running && may_hand_over())) {
            poll_set.wake_at(Clock::now());
        }
        if (state_ != State::running) {
            poll_set.wake_at(until_);
        }
        if (client_) {
            poll_set.add_fd(client_->fd(), runtime::PollEvents::readable);
        }
    }

    [[nodiscard]] std::string problem() const override {
        if (!failure_.empty()) {
            return failure_;
        }
        if (!health_.problem().empty()) {
            return health_.problem();
        }
        const auto waiting = std::chrono::floor<std::chrono::seconds>(Clock::now() - progress_at_);
        if (!entries_.empty() && waiting >= confirmation_limit) {
            return "Kafka has not confirmed any record for " + std::to_string(waiting.count()) + " s";
        }
        return {};
    }
    [[nodiscard]] const ProducerStatistics& statistics() const override { return statistics_; }

  private:
    /// running, until a failure; stopping, while answers under way are awaited; pausing, without a client.
    enum class State { running, stopping, pausing };

    struct Entry {
        ProducerRecord record;
        bool settled = false;
    };

    void start_client() {
        client_ = std::make_unique<ProducerClient>(config_, batching_, log_, health_);
        state_ = State::running;
    }

    void serve() {
        const auto fatal =
            client_->serve([this](const ProducerClient::Report& report) { on_report(report); });
        if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fail(fatal, config_.kafka.topic);
        }
        while (!entries_.empty() && entries_.front().settled) {
            entries_.pop_front();
            --handed_over_;
            if (older_ > 0) {
                --older_;
            }
        }
    }

    void on_report(const ProducerClient::Report& report) {
        auto& entry = *static_cast<Entry*>(report.opaque);
        if (report.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            prove(entry.record);
            auto& delivery = settle(entry, DeliveryStatus::delivered, {});
            delivery.partition = report.partition;
            delivery.offset = report.offset;
            health_.reached();
            backoff_.reset();
            failure_.clear();
            progress_at_ = Clock::now();
        } else if (const auto status = refusal(report.error)) {
            on_refusal(entry, *status, report);
        } else {
            fail(report.error, report.topic);
        }
    }

    /// Behind a refused record nothing of its partition is taken any more, so the client is at its end as
    /// well.
    void on_refusal(Entry& entry, DeliveryStatus status, const ProducerClient::Report& report) {
        const auto size = entry.record.value.size();
        if (size >= client_->batch_bytes()) {
            settle(entry, status, refusal_reason(report.error, report.topic, size)).partition =
                report.partition;
            if (!batching_) {
                next_batching_ = true;
            }
        } else if (std::exchange(next_batching_, false)) {
            spdlog::info(
                "kafka: a batch for topic {} was refused ({}); its records are produced again, each on its "
                "own. "
                "If none of them is refused, the topic's max.message.bytes is below --kafka-config "
                "batch.size={}",
                report.topic, rd_kafka_err2str(report.error), client_->batch_bytes());
        }
        stop_client();
        refused_ = true;
    }

    DeliveryReport& settle(Entry& entry, DeliveryStatus status, std::string reason) {
        entry.settled = true;
        auto& delivery = due_.emplace_back();
        delivery.token = entry.record.token;
        delivery.status = status;
        delivery.reason = std::move(reason);
        return delivery;
    }

    void fail(rd_kafka_resp_err_t error, std::string_view topic) {
        stop_client();
        if (is_consequence(error)) {
            return;
        }
        failure_ =
            "producing to topic " + std::string(topic) + " failed: " + rd_kafka_err2str(error) + hint(error);
        if (const auto held_back = failures_.pass()) {
            spdlog::warn("kafka: {}; {} unconfirmed records will be produced again{}", failure_,
                         entries_.size(),
                         *held_back > 0 ? " (" + std::to_string(*held_back) + " more such failures)" : "");
        }
    }

    void stop_client() {
        if (state_ != State::running) {
            return;
        }
        client_->stop_sending();
        refused_ = false;
        state_ = State::stopping;
        until_ = Clock::now() + answer_grace;
    }

    void pause() {
        client_.reset();
        state_ = State::pausing;
        // After a refusal nothing needs time to pass.
        until_ = refused_ ? Clock::now() : Clock::now() + backoff_.next();
    }

    void restart() {
        batching_ = next_batching_;
        const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(handed_over_);
        const auto unsettled =
            std::remove_if(entries_.begin(), end, [](const Entry& entry) { return entry.settled; });
        statistics_.repeated += static_cast<std::uint64_t>(unsettled - entries_.begin());
        entries_.erase(unsettled, end);
        handed_over_ = 0;
        older_ = 0;
        probed_keys_.clear();
        proven_keys_.clear();
        ++statistics_.recreated;
        start_client();
    }

    /// Once a broker knows this client by a delivery, it refuses what follows a refused record. Until then it
    /// takes it, out of order: so the first record of a key goes alone.
    [[nodiscard]] bool is_unproven(const ProducerRecord& record) const {
        return record.topic.empty() && !record.key.empty() && !proven_keys_.contains(record.key);
    }

    void prove(const ProducerRecord& record) {
        if (probed_keys_.empty() || !record.topic.empty()) {
            return;
        }
        const auto probe = probed_keys_.find(record.key);
        if (probe == probed_keys_.end()) {
            return;
        }
        // Keys without end would fill the memory; one forgotten is only proven again.
        if (proven_keys_.size() >= max_proven_keys) {
            proven_keys_.clear();
        }
        proven_keys_.insert(probed_keys_.extract(probe));
    }

    [[nodiscard]] bool may_hand_over() const { return older_ == 0 && handed_over_ < entries_.size(); }

    /// Hands over one group of records; the next but one waits for its outcome. librdkafka's broker thread
    /// polls without a pause for as long as it holds more than the five requests that may be under way.
    void hand_over() {
        if (!may_hand_over()) {
            return;
        }
        older_ = handed_over_;
        std::size_t bytes = 0;
        while (handed_over_ < entries_.size() && bytes <= client_->batch_bytes()) {
            auto& entry = entries_[handed_over_];
            const auto& record = entry.record;
            bytes += record.value.size();
            const auto probe = is_unproven(record);
            if (probe && probed_keys_.contains(record.key)) {
                return;
            }
            const auto error = client_->produce(record, &entry);
            switch (error) {
                case RD_KAFKA_RESP_ERR_NO_ERROR:
                    if (probe) {
                        probed_keys_.emplace(record.key);
                    }
                    break;
                case RD_KAFKA_RESP_ERR__QUEUE_FULL:
                    return;
                case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
                    settle(
                        entry, DeliveryStatus::too_large,
                        std::to_string(record.value.size()) +
                            " bytes are more than the client takes: raise --kafka-config message.max.bytes=" +
                            std::to_string(client_->message_limit()) +
                            ", and max.message.bytes of the topic");
                    break;
                case RD_KAFKA_RESP_ERR__INVALID_ARG:
                case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
                    settle(entry, DeliveryStatus::rejected,
                           std::string("librdkafka refuses the record: ") + rd_kafka_err2str(error));
                    break;
                default:
                    fail(error, record.topic.empty() ? config_.kafka.topic : record.topic);
                    return;
            }
            ++handed_over_;
        }
    }

    ProducerConfig config_;
    runtime::Backoff backoff_;
    ClientLog log_;
    ClientHealth health_;
    runtime::RateLimit failures_;
    std::string failure_;  ///< Why records wait; empty once one was confirmed.
    Clock::time_point progress_at_;
    ProducerStatistics statistics_;
    /// What has no outcome, in order; the first `handed_over_` are librdkafka's, which refers to them.
    std::deque<Entry> entries_;
    std::size_t handed_over_ = 0;
    std::size_t older_ = 0;  ///< How many of them are not of the last group.
    /// Keys whose first record with this client is under way, and keys with a delivery by it.
    KeySet probed_keys_;
    KeySet proven_keys_;
    std::vector<DeliveryReport> due_;
    bool batching_ = true;
    bool next_batching_ = true;
    bool refused_ = false;
    State state_ = State::running;
    Clock::time_point until_;
    /// Last: it is destroyed before what it refers to.
    std::unique_ptr<ProducerClient> client_;
};

}  // namespace

std::unique_ptr<Producer> open_producer(ProducerConfig config) {
    return std::make_unique<RdKafkaProducer>(std::move(config));
}

}  // namespace framebridge::kafka
