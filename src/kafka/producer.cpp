#include "kafka/producer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "kafka/producer_client.h"
#include "kafka/producer_errors.h"
#include "kafka/security_hint.h"
#include "runtime/backoff.h"
#include "runtime/failure.h"
#include "runtime/rate_limit.h"

namespace framebridge::kafka {
namespace {

using Clock = runtime::PollSet::Clock;

/// How long a failed client's requests that are under way may still be answered. What is answered is not
/// repeated.
constexpr auto answer_grace = std::chrono::seconds(1);

/// A record that is as large as one that a topic refused is not tried for so long: each refusal costs a new
/// client. Then the topic's limit may have been raised.
constexpr auto refused_size_lifetime = std::chrono::seconds(30);

/// After so long without any record confirmed something is wrong, also if no error tells of it.
constexpr auto confirmation_limit = std::chrono::seconds(5);
/// How long after the start a refusal of the broker ends the producer.
constexpr auto first_success_limit = std::chrono::seconds(10);

constexpr std::size_t max_proven_keys = 100'000;

struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
};
using KeySet = std::unordered_set<std::string, KeyHash, std::equal_to<>>;

std::size_t bytes_of(const ProducerRecord& record) {
    auto bytes = record.key.size() + record.value.size();
    if (record.headers) {
        for (const auto& header : *record.headers) {
            bytes += header.name.size() + header.value.size();
        }
    }
    return bytes;
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
        look_whether_held_back();
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
        if (config_.hold_back) {
            poll_set.wake_at(look_at_);
        }
        if (client_) {
            poll_set.add_fd(client_->fd(), runtime::PollEvents::readable);
        }
    }

    [[nodiscard]] std::string problem() const override {
        if (!held_back_by_.empty()) {
            return held_back_by_;
        }
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
    [[nodiscard]] ProducerStatistics statistics() const override {
        auto statistics = statistics_;
        statistics.errors = log_.errors();
        return statistics;
    }

  private:
    /// running, until a failure; stopping, while answers under way are awaited; pausing, without a client.
    enum class State { running, stopping, pausing };

    struct RefusedSize {
        std::size_t bytes;
        Clock::time_point until;
    };

    struct Entry {
        ProducerRecord record;
        bool settled = false;
    };

    void look_whether_held_back() {
        if (config_.hold_back && Clock::now() >= look_at_) {
            look_at_ = Clock::now() + std::chrono::seconds(1);
            held_back_by_ = config_.hold_back();
        }
    }

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
            has_delivered_ = true;
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
            if (status == DeliveryStatus::too_large && !client_->compresses()) {
                refused_sizes_[entry.record.topic.empty() ? config_.kafka.topic
                                                          : std::string(entry.record.topic)] = {
                    .bytes = bytes_of(entry.record), .until = Clock::now() + refused_size_lifetime};
            }
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
        log_.count(error);
        failure_ =
            "producing to topic " + std::string(topic) + " failed: " + rd_kafka_err2str(error) + hint(error);
        // Before anything worked it will not by itself; later the permission may come back.
        if (is_refusal(error) && !has_delivered_ && Clock::now() - opened_at_ < first_success_limit) {
            throw runtime::Failure(runtime::FailureKind::not_permitted, failure_);
        }
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

    [[nodiscard]] bool is_as_large_as_refused(const ProducerRecord& record) const {
        if (refused_sizes_.empty()) {
            return false;
        }
        const auto found =
            refused_sizes_.find(record.topic.empty() ? std::string_view(config_.kafka.topic) : record.topic);
        return found != refused_sizes_.end() && bytes_of(record) >= found->second.bytes &&
               Clock::now() < found->second.until;
    }

    [[nodiscard]] bool may_hand_over() const {
        return held_back_by_.empty() && older_ == 0 && handed_over_ < entries_.size();
    }

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
            if (is_as_large_as_refused(record)) {
                settle(entry, DeliveryStatus::too_large,
                       std::to_string(record.value.size()) +
                           " bytes are not less than what the topic refused as too large within the last " +
                           std::to_string(refused_size_lifetime.count()) + " s: raise its max.message.bytes");
                ++handed_over_;
                continue;
            }
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
    const Clock::time_point opened_at_ = Clock::now();
    bool has_delivered_ = false;
    std::string held_back_by_;
    Clock::time_point look_at_;
    ProducerStatistics statistics_;
    /// What has no outcome, in order; the first `handed_over_` are librdkafka's, which refers to them.
    std::deque<Entry> entries_;
    std::size_t handed_over_ = 0;
    std::size_t older_ = 0;  ///< How many of them are not of the last group.
    /// Keys whose first record with this client is under way, and keys with a delivery by it.
    KeySet probed_keys_;
    KeySet proven_keys_;
    std::map<std::string, RefusedSize, std::less<>> refused_sizes_;  ///< By topic.
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
