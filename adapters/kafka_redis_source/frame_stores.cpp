#include "kafka_redis_source/frame_stores.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace framebridge::source {

namespace {

// A message can name any store, so what is remembered of their names is bounded.
constexpr std::size_t most_remembered = 10'000;

}  // namespace

FrameStores::FrameStores(const StorePolicy& policy, Open open, std::function<Clock::time_point()> now)
    : policy_(policy), open_(std::move(open)), now_(std::move(now)) {
    if (policy_.follows_any()) {
        spdlog::info("frames are fetched from any store that a message names; --store-allow limits them");
    }
}

std::variant<store::FrameStore*, FrameStores::Refusal> FrameStores::find(std::string_view text) {
    auto known = addresses_.find(text);
    if (known == addresses_.end()) {
        auto parsed = protocol::StoreAddress::parse(text);
        if (!parsed) {
            return Refusal::malformed;
        }
        auto address = *std::move(parsed);
        const auto alias = policy_.aliases.find(address);
        if (alias == policy_.aliases.end() && !policy_.follows_any() && !policy_.allowed.contains(address)) {
            return Refusal::not_allowed;
        }
        if (alias != policy_.aliases.end()) {
            address = alias->second;
        }
        if (addresses_.size() >= most_remembered) {
            addresses_.clear();
        }
        known = addresses_.emplace(text, std::move(address)).first;
    }
    const auto& address = known->second;
    auto [place, is_new] = entries_.try_emplace(address);
    auto& entry = place->second;
    if (is_new) {
        entry.configured = !policy_.follows_any();
    }
    if (entry.store == nullptr) {
        if (!is_new && now_() < entry.given_up_until) {
            return Refusal::unreachable;
        }
        entry.store = open_(address);
        entry.tried_since = now_();
        spdlog::info("fetching frames from the store {}", address.to_string());
    }
    return entry.store.get();
}

void FrameStores::note_request(store::FrameStore* store, store::Token token) {
    for (auto& [address, entry] : entries_) {
        if (entry.store.get() == store && !entry.reached && !entry.configured) {
            entry.requests.push_back(token);
        }
    }
}

void FrameStores::advance(std::vector<store::Outcome>& outcomes) {
    for (auto& [address, entry] : entries_) {
        if (entry.store == nullptr) {
            continue;
        }
        entry.store->advance(outcomes);
        if (!entry.reached && entry.store->problem().empty()) {
            entry.reached = true;
            entry.requests = {};
        }
        if (!entry.reached && !entry.configured && now_() - entry.tried_since >= policy_.unreachable_limit) {
            give_up(address, entry, outcomes);
        }
    }
    if (entries_.size() > most_remembered) {
        std::erase_if(entries_, [](const auto& entry) { return entry.second.store == nullptr; });
    }
}

void FrameStores::give_up(const protocol::StoreAddress& address, Entry& entry,
                          std::vector<store::Outcome>& outcomes) {
    const auto limit = std::chrono::duration_cast<std::chrono::seconds>(policy_.unreachable_limit);
    spdlog::error(
        "the store {} could not be reached for {} s: its frames count as missing for as long. If it is one "
        "of yours, "
        "name it with --store-allow, and it will be waited for",
        address.to_string(), limit.count());
    for (const auto token : entry.requests) {
        outcomes.push_back({.token = token, .status = store::Status::missing, .content = {}, .reason = {}});
    }
    entry.requests.clear();
    entry.store.reset();
    entry.given_up_until = now_() + policy_.unreachable_limit;
}

void FrameStores::add_to(runtime::PollSet& poll_set) {
    for (auto& [address, entry] : entries_) {
        if (entry.store == nullptr) {
            continue;
        }
        entry.store->add_to(poll_set);
        if (!entry.reached && !entry.configured) {
            poll_set.wake_at(entry.tried_since + policy_.unreachable_limit);
        }
    }
}

void FrameStores::report(runtime::Health& health) const {
    for (const auto& [address, entry] : entries_) {
        if (entry.store != nullptr) {
            health.report("store " + address.to_string(), entry.store->problem());
        }
    }
}

}  // namespace framebridge::source
