#include "kafka_redis_inspect/dead_letters.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "kafka/transaction.h"
#include "kafka_redis_inspect/message_json.h"
#include "runtime/failure.h"
#include "runtime/text.h"

namespace framebridge::inspect {

namespace {

constexpr auto reason_header = "framebridge-reason";
/// Of a marker: the dead letters that were put back, `partition:offset`, separated by commas.
constexpr auto marker_header = "framebridge-put-back";
constexpr auto own_header_prefix = "framebridge-";
constexpr auto format_header = "framebridge-format";
constexpr auto transaction_limit = std::chrono::seconds(30);
constexpr std::size_t transaction_records = 500;
constexpr std::size_t transaction_bytes = std::size_t{16} << 20;

using Place = std::pair<std::int32_t, std::int64_t>;

std::string text_of(const Place& place) {
    return fmt::format("{}:{}", place.first, place.second);
}

/// The dead letters that markers anywhere in the topic name.
std::set<std::string> find_put_back(const ScanRange& range, runtime::StopSignal& stop) {
    std::set<std::string> places;
    auto whole = range;
    whole.from = {};
    whole.to.reset();
    whole.source_ids.clear();
    whole.source_id_prefixes.clear();
    scan(whole, stop, [&places](const ScannedRecord& scanned) {
        if (const auto marker = scanned.record.header(marker_header)) {
            for (auto& place : runtime::split_at_commas(*marker)) {
                places.insert(std::move(place));
            }
        }
    });
    return places;
}

bool is_wanted(const DeadLetterFilter& filter, const std::string& reason) {
    return filter.reasons.empty() ||
           std::any_of(filter.reasons.begin(), filter.reasons.end(),
                       [&](const auto& text) { return reason.find(text) != std::string::npos; });
}

/// The dead letter that a record is; none for markers, for records of another kind, and for what the filter
/// leaves out.
std::optional<DeadLetter> dead_letter_of(const ScannedRecord& scanned, const DeadLetterFilter& filter,
                                         const std::set<std::string>& put_back) {
    const auto& record = scanned.record;
    const auto reason = record.header(reason_header);
    if (!reason || record.header(marker_header) || !is_wanted(filter, *reason)) {
        return std::nullopt;
    }
    const auto header = [&record](const char* name) { return record.header(name).value_or(""); };
    const auto partition = header("framebridge-origin-partition");
    return DeadLetter{.partition = record.partition,
                      .offset = record.offset,
                      .reason = *reason,
                      .origin_topic = header("framebridge-origin-topic"),
                      .origin_place = partition.empty() || partition.starts_with('-')
                                          ? ""
                                          : partition + ":" + header("framebridge-origin-offset"),
                      .adapter = header("framebridge-adapter"),
                      .time = header("framebridge-time"),
                      .key = std::string(record.key),
                      .size = record.value.size(),
                      .put_back = put_back.contains(text_of({record.partition, record.offset}))};
}

Row row_of(const DeadLetter& letter) {
    return {{"partition", letter.partition},
            {"offset", letter.offset},
            {"time", printable(letter.time)},
            {"source_id", printable(letter.key)},
            {"size", letter.size},
            {"reason", printable(letter.reason)},
            {"origin_topic", printable(letter.origin_topic)},
            {"origin", printable(letter.origin_place)},
            {"adapter", printable(letter.adapter)},
            {"put_back", letter.put_back}};
}

/// What is put back of one dead letter: the message as it came, with those of its headers that are not a dead
/// letter's.
kafka::TransactionalProducer::Record original_of(const ScannedRecord& scanned, const std::string& topic) {
    kafka::TransactionalProducer::Record record{.topic = topic,
                                                .key = std::string(scanned.record.key),
                                                .value = std::string(scanned.record.value),
                                                .headers = {}};
    for (auto& header : scanned.record.headers()) {
        if (!header.name.starts_with(own_header_prefix) || header.name == "framebridge-part") {
            record.headers.push_back(std::move(header));
        }
    }
    if (scanned.envelope != nullptr) {
        record.headers.push_back({format_header, std::string(to_string(scanned.envelope->format))});
    }
    return record;
}

/// Collects messages and sends them, with their marker, a transaction at a time.
class PutBack {
  public:
    PutBack(const kafka::ClientConfig& kafka)
        : topic_(kafka.topic), producer_(kafka, "framebridge-put-back-" + kafka.topic, transaction_limit) {}

    void add(kafka::TransactionalProducer::Record record, const Place& place) {
        bytes_ += record.value.size();
        records_.push_back(std::move(record));
        places_ += (places_.empty() ? "" : ",") + text_of(place);
        if (records_.size() >= transaction_records || bytes_ >= transaction_bytes) {
            commit();
        }
    }

    void commit() {
        if (records_.empty()) {
            return;
        }
        const auto count = records_.size();
        records_.push_back({.topic = topic_, .key = {}, .value = {}, .headers = {{marker_header, places_}}});
        producer_.produce_all(records_, transaction_limit);
        done_ += count;
        records_.clear();
        places_.clear();
        bytes_ = 0;
    }

    [[nodiscard]] std::uint64_t done() const { return done_; }

  private:
    std::string topic_;
    kafka::TransactionalProducer producer_;
    std::vector<kafka::TransactionalProducer::Record> records_;
    std::string places_;
    std::size_t bytes_ = 0;
    std::uint64_t done_ = 0;
};

}  // namespace

ScanResult list_dead_letters(const ScanRange& range, const DeadLetterFilter& filter,
                             runtime::StopSignal& stop, Output& output) {
    const auto put_back = find_put_back(range, stop);
    std::map<std::string, std::uint64_t> reasons;
    output.begin(
        "", {"partition", "offset", "time", "source_id", "size", "reason", "origin", "adapter", "put_back"});
    const auto result = scan(range, stop, [&](const ScannedRecord& scanned) {
        if (const auto letter = dead_letter_of(scanned, filter, put_back)) {
            output.add(row_of(*letter));
            ++reasons[letter->reason];
        }
    });
    output.finish();
    for (const auto& [reason, count] : reasons) {
        output.note(fmt::format("{:8} x {}", count, printable(reason)));
    }
    return result;
}

ScanResult show_dead_letters(const ScanRange& range, const DeadLetterFilter& filter,
                             runtime::StopSignal& stop) {
    const auto put_back = find_put_back(range, stop);
    return scan(range, stop, [&](const ScannedRecord& scanned) {
        if (const auto letter = dead_letter_of(scanned, filter, put_back)) {
            auto row = row_of(*letter);
            row["message"] = to_json(scanned);
            print_json(row);
        }
    });
}

PutBackResult put_back_dead_letters(const ScanRange& range, const DeadLetterFilter& filter,
                                    const std::string& topic, runtime::StopSignal& stop, Output& output) {
    PutBackResult result;
    // First of all: it ends a transaction that another run left open, so that what is found below is
    // complete.
    PutBack put_back(range.kafka);
    const auto done_before = find_put_back(range, stop);
    const auto scanned = scan(range, stop, [&](const ScannedRecord& record) {
        const auto letter = dead_letter_of(record, filter, done_before);
        // One that stands for records which could not be read has nothing to put back.
        if (!letter || record.record.header("framebridge-origin-count")) {
            return;
        }
        if (letter->put_back) {
            ++result.already_put_back;
            return;
        }
        const auto& target = topic.empty() ? letter->origin_topic : topic;
        if (target.empty() || (topic.empty() && letter->origin_place.empty())) {
            throw runtime::Failure(
                runtime::FailureKind::misconfigured,
                fmt::format("the dead letter at partition {}, offset {} came from ZeroMQ, from no "
                            "Kafka topic: say where to with --to-topic",
                            letter->partition, letter->offset));
        }
        put_back.add(original_of(record, target), {letter->partition, letter->offset});
    });
    if (!scanned.interrupted) {
        put_back.commit();
    }
    result.put_back = put_back.done();
    result.interrupted = scanned.interrupted;
    if (output.format() == OutputFormat::json) {
        print_json({{"put_back", result.put_back},
                    {"already_put_back", result.already_put_back},
                    {"interrupted", result.interrupted}});
    } else {
        output.note(fmt::format("{} dead letters put back, {} were put back before", result.put_back,
                                result.already_put_back));
    }
    return result;
}

}  // namespace framebridge::inspect
