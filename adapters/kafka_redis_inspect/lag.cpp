#include "kafka_redis_inspect/lag.h"

#include <algorithm>
#include <map>
#include <thread>
#include <variant>

#include "kafka/cluster_view.h"
#include "runtime/failure.h"
#include "runtime/poll_set.h"

namespace framebridge::inspect {

namespace {

using std::chrono::milliseconds;
using Offsets = std::map<std::int32_t, std::int64_t>;

constexpr auto limit = std::chrono::seconds(10);
/// Of a source's backlog in a partition, every so many records one reference is looked up at most.
constexpr std::int64_t records_between_looks = 500;

/// One source's records in one partition that a group has not read.
struct Backlog {
    std::int64_t records = 0;
    milliseconds oldest{0};
    std::optional<double> ttl_left;  ///< In seconds, of its first frame in a store.
    bool missing = false;            ///< That frame is gone already.
    /// The least of: the TTL that a frame has left minus the time until the group gets to it, in seconds.
    std::optional<double> margin;
};

const char* to_text(TtlRisk risk) {
    switch (risk) {
        case TtlRisk::none:
            return "no";
        case TtlRisk::at_risk:
            return "yes";
        case TtlRisk::unknown:
            break;
    }
    return "unknown";
}

void wait(milliseconds time, const runtime::StopSignal& stop) {
    const auto end = runtime::PollSet::Clock::now() + time;
    runtime::PollSet poll_set;
    while (!stop.requested() && runtime::PollSet::Clock::now() < end) {
        stop.add_to(poll_set);
        poll_set.wake_at(end);
        poll_set.wait();
    }
}

milliseconds now() {
    return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

std::vector<std::int32_t> partitions_of(const kafka::ClientConfig& kafka) {
    kafka::TopicReader reader(kafka);
    std::vector<std::int32_t> partitions;
    for (const auto& range : reader.find({}, std::nullopt, limit)) {
        partitions.push_back(range.partition);
    }
    return partitions;
}

/// Reads what one group has not read yet and looks at some of its references.
class GroupLag {
  public:
    GroupLag(const Offsets& committed, const Offsets& speed_begin, double seconds, StoreLookup& lookup)
        : committed_(committed), lookup_(lookup) {
        for (const auto& [partition, offset] : committed) {
            const auto before = speed_begin.find(partition);
            speeds_[partition] = before == speed_begin.end() || seconds <= 0
                                     ? 0
                                     : static_cast<double>(offset - before->second) / seconds;
        }
    }

    void take(const ScannedRecord& scanned) {
        auto& backlog = backlogs_[{scanned.record.partition, std::string(scanned.source_id())}];
        const bool first = backlog.records == 0;
        if (first) {
            backlog.oldest = scanned.record.timestamp;
        }
        if (backlog.records++ % records_between_looks == 0 && scanned.envelope != nullptr) {
            look(scanned, backlog);
        }
    }

    TtlRisk print(const std::string& group, const std::string& state, Output& output) const {
        auto worst = TtlRisk::none;
        for (const auto& [place, backlog] : backlogs_) {
            const auto risk = risk_of(backlog);
            worst = risk == TtlRisk::none ? worst : worst == TtlRisk::at_risk ? worst : risk;
            const auto speed = speeds_.find(place.first);
            Row row{{"group", printable(group)},
                    {"state", state},
                    {"partition", place.first},
                    {"source_id", printable(place.second)}};
            row["lag_records"] = backlog.records;
            row["lag_seconds"] = std::chrono::duration<double>(now() - backlog.oldest).count();
            row["records_per_second"] = speed == speeds_.end() ? Row(nullptr) : Row(speed->second);
            row["ttl_left_seconds"] = backlog.ttl_left ? Row(*backlog.ttl_left) : Row(nullptr);
            row["ttl_margin_seconds"] = backlog.margin ? Row(*backlog.margin) : Row(nullptr);
            row["frames_expire_first"] = to_text(risk);
            output.add(row);
        }
        return worst;
    }

  private:
    void look(const ScannedRecord& scanned, Backlog& backlog) {
        for (const auto& frame : scanned.envelope->frames) {
            const auto* reference = std::get_if<protocol::ContentReference>(&frame.content);
            if (reference == nullptr || !lookup_.follows(reference->store)) {
                continue;
            }
            const auto stored = lookup_.ask(reference->store, {reference->key}, Look::size_and_ttl).front();
            const bool first = !backlog.ttl_left && !backlog.missing;
            if (!stored.exists) {
                backlog.missing = true;
                return;
            }
            if (!stored.ttl) {
                return;
            }
            const auto ttl = std::chrono::duration<double>(*stored.ttl).count();
            if (first) {
                backlog.ttl_left = ttl;
            }
            const auto partition = scanned.record.partition;
            const auto begin = committed_.find(partition);
            const auto ahead =
                static_cast<double>(scanned.record.offset - (begin == committed_.end() ? 0 : begin->second));
            const auto speed = speeds_.find(partition);
            if (speed != speeds_.end() && speed->second > 0) {
                backlog.margin = std::min(backlog.margin.value_or(ttl), ttl - ahead / speed->second);
            } else {
                stands_still_ = true;
            }
            return;
        }
    }

    [[nodiscard]] TtlRisk risk_of(const Backlog& backlog) const {
        if (backlog.missing || (backlog.margin && *backlog.margin < 0)) {
            return TtlRisk::at_risk;
        }
        // A group that stands still gets to nothing before it expires.
        if (backlog.ttl_left && !backlog.margin) {
            return stands_still_ ? TtlRisk::at_risk : TtlRisk::unknown;
        }
        return TtlRisk::none;
    }

    const Offsets& committed_;
    StoreLookup& lookup_;
    std::map<std::int32_t, double> speeds_;
    std::map<std::pair<std::int32_t, std::string>, Backlog> backlogs_;
    bool stands_still_ = false;
};

}  // namespace

TtlRisk show_lag(const ScanRange& range, const LagConfig& config, runtime::StopSignal& stop, Output& output) {
    kafka::ClusterView cluster(range.kafka);
    const auto all = cluster.groups(limit);
    const auto partitions = partitions_of(range.kafka);
    std::vector<kafka::GroupInfo> groups;
    std::map<std::string, Offsets> before;
    for (const auto& group : all) {
        const bool named =
            std::find(config.groups.begin(), config.groups.end(), group.id) != config.groups.end();
        if (!config.groups.empty() && !named) {
            continue;
        }
        auto committed = cluster.committed(group.id, range.kafka.topic, partitions, limit);
        if (!committed.empty()) {
            groups.push_back(group);
            before[group.id] = std::move(committed);
        }
    }
    for (const auto& name : config.groups) {
        if (!before.contains(name)) {
            throw runtime::Failure(runtime::FailureKind::misconfigured,
                                   "group '" + name + "' has no committed offset in topic '" +
                                       range.kafka.topic + "'; leave --group out to see those that have");
        }
    }
    const auto start = std::chrono::steady_clock::now();
    wait(config.sample, stop);
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    StoreLookup lookup(config.stores);
    auto worst = TtlRisk::none;
    output.begin("", {"group", "state", "partition", "source_id", "lag_records", "lag_seconds",
                      "records_per_second", "ttl_left_seconds", "frames_expire_first"});
    for (const auto& group : groups) {
        const auto committed = cluster.committed(group.id, range.kafka.topic, partitions, limit);
        GroupLag lag(committed, before[group.id], seconds, lookup);
        auto backlog = range;
        kafka::Position::PartitionOffsets from;
        from.offsets = committed;
        backlog.from = kafka::Position{from};
        backlog.to.reset();
        scan(backlog, stop, [&lag](const ScannedRecord& scanned) { lag.take(scanned); });
        const auto risk = lag.print(group.id, group.state, output);
        worst = risk == TtlRisk::none || worst == TtlRisk::at_risk ? worst : risk;
    }
    output.finish();
    output.note(groups.empty() ? "No group has committed offsets in this topic."
                : worst == TtlRisk::at_risk
                    ? "Frames expire before a group gets to them: add sources to it, or raise the sink's TTL."
                    : "No frame that was looked at expires before its group gets to it.");
    return worst;
}

}  // namespace framebridge::inspect
