#include "kafka_redis_inspect/check.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <map>
#include <unordered_set>
#include <variant>

#include "kafka/topic_admin.h"
#include "kafka/ttl_guard.h"
#include "kafka_redis_inspect/prometheus_file.h"
#include "store/content_hash.h"

namespace framebridge::inspect {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t batch_size = 1000;
constexpr std::size_t hashed_batch_size = 16;
constexpr auto describe_limit = std::chrono::seconds(10);
constexpr auto young = std::chrono::minutes(5);

/// A reference, copied out of its message.
struct Reference {
    std::string key;
    std::optional<std::uint64_t> size;
    std::string hash;
    std::string source_id;
    std::int32_t partition;
    std::int64_t offset;
    milliseconds timestamp;
};

std::uint64_t fingerprint(std::string_view store, std::string_view key) {
    return XXH3_64bits_withSeed(key.data(), key.size(), XXH3_64bits(store.data(), store.size()));
}

class Checker {
  public:
    Checker(const ScanRange& range, const CheckConfig& config, Output& output)
        : config_(config), lookup_(config.stores), output_(output) {
        std::string error;
        const auto retention = kafka::describe_retention(range.kafka, describe_limit, error);
        if (retention) {
            lifetime_ = kafka::record_lifetime(*retention);
        } else {
            output_.note(error + ": margins are not known");
        }
    }

    void take(const ScannedRecord& scanned) {
        ++result_.records;
        if (scanned.envelope == nullptr) {
            ++result_.unreadable;
            complain("unreadable", scanned.record.partition, scanned.record.offset,
                     std::string(scanned.source_id()), scanned.problem);
            return;
        }
        for (const auto& frame : scanned.envelope->frames) {
            ++result_.frames;
            if (std::holds_alternative<protocol::InlineContent>(frame.content)) {
                ++result_.inline_frames;
            } else if (const auto* reference = std::get_if<protocol::ContentReference>(&frame.content)) {
                note(scanned, *reference);
            }
        }
    }

    void remember(const ScannedRecord& scanned) {
        if (scanned.envelope == nullptr) {
            return;
        }
        for (const auto& frame : scanned.envelope->frames) {
            if (const auto* reference = std::get_if<protocol::ContentReference>(&frame.content)) {
                keys_.insert(fingerprint(reference->store, reference->key));
            }
        }
    }

    void look_up_all() {
        for (auto& [store, references] : waiting_) {
            look_up(store, references);
        }
    }

    void find_orphans() {
        lookup_.each_key(config_.orphan_store, config_.key_prefix, young,
                         [&](const std::string& key, std::uint64_t size) {
                             if (keys_.contains(fingerprint(config_.orphan_store, key))) {
                                 return;
                             }
                             ++result_.orphans;
                             result_.orphan_bytes += size;
                             output_.add({{"problem", "orphan"}, {"key", printable(key)}, {"size", size}});
                         });
    }

    [[nodiscard]] CheckResult result() const {
        auto result = result_;
        result.unique_keys = checked_.size();
        return result;
    }

  private:
    void note(const ScannedRecord& scanned, const protocol::ContentReference& reference) {
        ++result_.references;
        if (!lookup_.follows(reference.store)) {
            ++result_.not_followed;
            return;
        }
        keys_.insert(fingerprint(reference.store, reference.key));
        auto waiting = waiting_.find(reference.store);
        if (waiting == waiting_.end()) {
            waiting = waiting_.emplace(reference.store, std::vector<Reference>{}).first;
        }
        waiting->second.push_back({std::string(reference.key), reference.size, std::string(reference.hash),
                                   std::string(scanned.source_id()), scanned.record.partition,
                                   scanned.record.offset, scanned.record.timestamp});
        if (waiting->second.size() >= (config_.hashes ? hashed_batch_size : batch_size)) {
            look_up(waiting->first, waiting->second);
        }
    }

    void look_up(const std::string& store, std::vector<Reference>& references) {
        std::vector<std::string_view> keys;
        keys.reserve(references.size());
        for (const auto& reference : references) {
            keys.emplace_back(reference.key);
        }
        const auto answers = lookup_.ask(store, keys, config_.hashes ? Look::content : Look::size_and_ttl);
        for (std::size_t index = 0; index < references.size(); ++index) {
            judge(store, references[index], answers[index]);
        }
        references.clear();
    }

    void judge(const std::string& store, const Reference& reference, const StoredKey& stored) {
        const auto wrong = [&](const char* problem, std::uint64_t& counter, const std::string& detail) {
            ++counter;
            complain(problem, reference.partition, reference.offset, reference.source_id, detail,
                     store + "/" + reference.key);
        };
        if (!stored.exists) {
            wrong("missing", result_.missing, "the key is not in the store");
            return;
        }
        if (reference.size && *reference.size != stored.size) {
            wrong("wrong_size", result_.wrong_size,
                  fmt::format("{} bytes stored, {} referred to", stored.size, *reference.size));
        } else if (config_.hashes && !matches(reference, stored.content)) {
            wrong("wrong_hash", result_.wrong_hash, "the content has another hash than the reference");
        }
        if (checked_.insert(fingerprint(store, reference.key)).second) {
            result_.bytes_stored += stored.size;
        } else {
            result_.bytes_saved += stored.size;
        }
        if (stored.ttl && lifetime_) {
            const auto now =
                std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
            const auto margin = *stored.ttl - (reference.timestamp + *lifetime_ - now);
            result_.worst_margin = std::min(result_.worst_margin.value_or(margin), margin);
        }
    }

    [[nodiscard]] bool matches(const Reference& reference, std::string_view content) {
        const std::array parts{content};
        constexpr std::size_t sha256_digits = 64;
        constexpr std::size_t xxh3_digits = 32;
        if (reference.hash.size() == sha256_digits) {
            return sha256_(parts) == reference.hash;
        }
        return reference.hash.size() != xxh3_digits || xxh3_(parts) == reference.hash;
    }

    void complain(const char* problem, std::int32_t partition, std::int64_t offset,
                  const std::string& source_id, const std::string& detail, const std::string& location = {}) {
        output_.add({{"problem", problem},
                     {"partition", partition},
                     {"offset", offset},
                     {"source_id", printable(source_id)},
                     {"location", printable(location)},
                     {"detail", printable(detail)}});
    }

    CheckConfig config_;
    StoreLookup lookup_;
    Output& output_;
    std::optional<milliseconds> lifetime_;
    std::map<std::string, std::vector<Reference>, std::less<>> waiting_;
    std::unordered_set<std::uint64_t> keys_;     // That something refers to.
    std::unordered_set<std::uint64_t> checked_;  // That were found.
    store::ContentHash sha256_{store::HashAlgorithm::sha256};
    store::ContentHash xxh3_{store::HashAlgorithm::xxh3_128};
    CheckResult result_;
};

Row summary_of(const CheckResult& result) {
    Row row{{"summary", true}};
    row["records"] = result.records;
    row["frames"] = result.frames;
    row["references"] = result.references;
    row["inline_frames"] = result.inline_frames;
    row["missing"] = result.missing;
    row["wrong_size"] = result.wrong_size;
    row["wrong_hash"] = result.wrong_hash;
    row["not_followed"] = result.not_followed;
    row["unreadable"] = result.unreadable;
    row["unique_keys"] = result.unique_keys;
    row["bytes_stored"] = result.bytes_stored;
    row["bytes_saved"] = result.bytes_saved;
    const auto all = result.bytes_stored + result.bytes_saved;
    row["dedup_ratio"] = result.bytes_stored == 0
                             ? Row(nullptr)
                             : Row(static_cast<double>(all) / static_cast<double>(result.bytes_stored));
    row["worst_margin_seconds"] =
        result.worst_margin ? Row(std::chrono::duration<double>(*result.worst_margin).count()) : Row(nullptr);
    row["orphans"] = result.orphans;
    row["orphan_bytes"] = result.orphan_bytes;
    row["interrupted"] = result.interrupted;
    return row;
}

void print_summary(const CheckResult& result, Output& output) {
    if (output.format() == OutputFormat::json) {
        print_json(summary_of(result));
        return;
    }
    output.note(fmt::format(
        "{} records, {} frames: {} in stores ({} missing, {} of a wrong size, {} of a wrong hash, "
        "{} in stores that are not asked), {} inside their messages; {} records cannot be read",
        result.records, result.frames, result.references, result.missing, result.wrong_size,
        result.wrong_hash, result.not_followed, result.inline_frames, result.unreadable));
    output.note(fmt::format("{} keys with {}, {} saved by storing the same bytes once", result.unique_keys,
                            format_size(result.bytes_stored), format_size(result.bytes_saved)));
    if (result.worst_margin) {
        const auto seconds = std::chrono::duration<double>(*result.worst_margin).count();
        output.note(seconds >= 0 ? "Every frame outlives its record, by at least " + format_duration(seconds)
                                 : "A frame expires " + format_duration(-seconds) +
                                       " before its record can no longer be read: raise the sink's "
                                       "--redis-ttl-seconds, or set it to auto");
    }
    if (result.orphans > 0) {
        output.note(fmt::format("{} keys with {} that nothing refers to", result.orphans,
                                format_size(result.orphan_bytes)));
    }
}

}  // namespace

CheckResult check_references(const ScanRange& range, const CheckConfig& config, runtime::StopSignal& stop,
                             Output& output) {
    Checker checker(range, config, output);
    output.begin("", {"problem", "partition", "offset", "source_id", "location", "detail"});
    const auto scanned = scan(range, stop, [&checker](const ScannedRecord& record) { checker.take(record); });
    checker.look_up_all();
    bool interrupted = scanned.interrupted;
    if (config.orphans && !interrupted) {
        auto whole = range;
        whole.from = {};
        whole.to.reset();
        whole.source_ids.clear();
        whole.source_id_prefixes.clear();
        auto topics = config.other_topics;
        topics.push_back(range.kafka.topic);
        for (const auto& topic : topics) {
            whole.kafka.topic = topic;
            interrupted = interrupted || scan(whole, stop, [&checker](const ScannedRecord& record) {
                                             checker.remember(record);
                                         }).interrupted;
        }
        if (!interrupted) {
            checker.find_orphans();
        }
    }
    output.finish();
    auto result = checker.result();
    result.interrupted = interrupted;
    print_summary(result, output);
    if (!config.prometheus_file.empty()) {
        write_prometheus_file(config.prometheus_file, range.kafka.topic, result);
    }
    return result;
}

}  // namespace framebridge::inspect
