#include "kafka/unreadable_records.h"

#include <algorithm>

namespace framebridge::kafka {
namespace {

/// What cannot be read once may have been damaged on its way.
constexpr int min_errors = 3;
constexpr auto seek_pause = std::chrono::milliseconds(500);

}  // namespace

void UnreadableRecords::error(std::int32_t partition, std::int64_t next, std::int64_t batch,
                              const std::string& reason) {
    auto& place = places_[partition];
    if (place.next != next || place.batch != batch) {
        if (place.probe != nullptr || (place.errors > 0 && batch > place.batch)) {
            return;  // Of a later batch: it has its turn when the first one is done with.
        }
        place = {};
        place.next = next;
        place.batch = batch;
    }
    place.reason = reason;
    ++place.errors;
    if (skips(place) && place.probe == nullptr && place.end < 0 && !place.discarded) {
        place.probe = std::make_unique<UnreadableProbe>(
            config_, UnreadablePlace{partition, batch, std::max(next, batch)});
    }
}

bool UnreadableRecords::skips(const Place& place) const {
    return policy_ == UnreadablePolicy::skip && place.errors >= min_errors;
}

UnreadableRecords::Verdict UnreadableRecords::record(std::int32_t partition, std::int64_t offset) {
    const auto found = places_.find(partition);
    if (found == places_.end()) {
        return Verdict::good;
    }
    auto& place = found->second;
    if (offset <= place.next) {
        places_.erase(found);
        return Verdict::good;
    }
    if (skips(place)) {
        place.end = offset;
        return Verdict::hole;
    }
    if (!place.discarded) {
        place.discarded = true;
        place.seek_at = Clock::now() + seek_pause;
    }
    return Verdict::discard;
}

std::vector<UnreadableHole> UnreadableRecords::take() {
    std::vector<UnreadableHole> holes;
    for (auto place = places_.begin(); place != places_.end();) {
        auto& state = place->second;
        const auto probed = state.probe != nullptr ? state.probe->end() : std::nullopt;
        const auto end = state.end >= 0 ? state.end : probed.value_or(-1);
        if (end < 0) {
            ++place;
            continue;
        }
        holes.push_back({place->first, state.next, end, state.reason, state.end < 0});
        place = places_.erase(place);
    }
    return holes;
}

std::map<std::int32_t, std::int64_t> UnreadableRecords::take_seeks() {
    std::map<std::int32_t, std::int64_t> seeks;
    for (auto& [partition, place] : places_) {
        if (place.discarded && Clock::now() >= place.seek_at) {
            place.discarded = false;
            seeks.emplace(partition, place.next);
        }
    }
    return seeks;
}

void UnreadableRecords::add_to(runtime::PollSet& poll_set) const {
    for (const auto& [partition, place] : places_) {
        if (place.probe != nullptr) {
            poll_set.add_fd(place.probe->fd(), runtime::PollEvents::readable);
        }
        if (place.discarded) {
            poll_set.wake_at(place.seek_at);
        }
    }
}

std::string UnreadableRecords::problem() const {
    const auto waits = std::find_if(places_.begin(), places_.end(),
                                    [](const auto& entry) { return entry.second.errors >= min_errors; });
    if (waits == places_.end()) {
        return {};
    }
    return "partition " + std::to_string(waits->first) + " of topic '" + config_.topic +
           "' cannot be read at offset " + std::to_string(waits->second.next) + " (" + waits->second.reason +
           ")" +
           (policy_ == UnreadablePolicy::wait
                ? ": it waits, as --unreadable-record wait says; skip steps over it"
                : ": it is looked for the first record behind it");
}

}  // namespace framebridge::kafka
