#include "kafka_redis_source/frame_stores.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace framebridge::source {

namespace {

/// A message can name any store, so what is remembered of those given up is bounded.
constexpr std::size_t max_remembered = 10'000;

}  // namespace

FrameStores::FrameStores(StorePolicy policy, Open open, std::function<Clock::time_point()> now)
    : policy_(std::move(policy)), open_(std::move(open)), now_(std::move(now)) {
    if (policy_.follows_none()) {
        spdlog::warn(
            "no frame is fetched from a store: --redis-password (REDIS_PASSWORD) is set, and only stores "
            "that are "
            "named get it. Name those of the messages by --store-allow host:port:db, or by --store-alias");
    } else if (policy_.names_none()) {
        spdlog::info("frames are fetched from any store that a message names; --store-allow limits them");
    }
}

FrameStores::Asked FrameStores::get(const protocol::ContentReference& reference, store::ContentSize size,
                                    store::Token token) {
    const auto resolved = policy_.resolve(reference.store, reference.key);
    const auto* target = std::get_if<StorePolicy::Target>(&resolved);
    if (target == nullptr) {
        return Asked::refused;
    }
    const auto known = entries_.find(target->address);
    const bool is_open = known != entries_.end() && known->second.store != nullptr;
    if (!is_open && known != entries_.end() && now_() < known->second.given_up_until) {
        return Asked::unreachable;
    }
    auto* entry = is_open ? &known->second : open(*target);
    if (entry == nullptr) {
        return Asked::not_now;
    }
    entry->last_used = now_();
    if (!owes_answer(*entry)) {
        entry->last_answer = now_();
    }
    if (!entry->store->problem().empty()) {
        entry->is_wanted = true;
        return Asked::not_now;
    }
    if (entry->on_probation() && entry->asked.size() >= max_requests_on_probation) {
        return Asked::not_now;
    }
    entry->asked.insert(token);
    entry->store->get(token, reference.key, size);
    return Asked::yes;
}

void FrameStores::ask_ttl(const protocol::ContentReference& reference, store::Token token) {
    const auto resolved = policy_.resolve(reference.store, reference.key);
    const auto* target = std::get_if<StorePolicy::Target>(&resolved);
    const auto entry = target == nullptr ? entries_.end() : entries_.find(target->address);
    if (entry != entries_.end() && entry->second.store != nullptr) {
        entry->second.asked.insert(token);
        entry->second.store->ask_ttl(token, reference.key);
    }
}

FrameStores::Entry* FrameStores::open(const StorePolicy::Target& target) {
    if (target.trust == Trust::stranger) {
        const auto strangers = std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
            return entry.second.trust == Trust::stranger && entry.second.store != nullptr;
        });
        if (static_cast<std::size_t>(strangers) >= max_open_strangers && !close_idle_stranger()) {
            return nullptr;
        }
    }
    auto& entry = entries_[target.address];
    entry.store = open_(target.address, target.trust);
    entry.trust = target.trust;
    entry.last_answer = now_();
    spdlog::info("fetching frames from the store {}", target.address.to_string());
    return &entry;
}

bool FrameStores::close_idle_stranger() {
    auto oldest = entries_.end();
    for (auto place = entries_.begin(); place != entries_.end(); ++place) {
        const auto& entry = place->second;
        const bool may_close =
            entry.store != nullptr && entry.trust == Trust::stranger && !owes_answer(entry);
        if (may_close && (oldest == entries_.end() || entry.last_used < oldest->second.last_used)) {
            oldest = place;
        }
    }
    if (oldest == entries_.end()) {
        return false;
    }
    spdlog::debug("closed the connection to the store {}, the least recently used",
                  oldest->first.to_string());
    close(oldest->second);
    entries_.erase(oldest);
    return true;
}

void FrameStores::close(Entry& entry) {
    closed_ += entry.store->statistics();
    entry.store.reset();
}

store::StoreStatistics FrameStores::statistics() const {
    auto total = closed_;
    for (const auto& [address, entry] : entries_) {
        if (entry.store != nullptr) {
            total += entry.store->statistics();
        }
    }
    return total;
}

bool FrameStores::owes_answer(const Entry& entry) {
    return !entry.asked.empty() || entry.is_wanted;
}

bool FrameStores::on_probation(const protocol::ContentReference& reference) const {
    const auto resolved = policy_.resolve(reference.store, reference.key);
    const auto* target = std::get_if<StorePolicy::Target>(&resolved);
    if (target == nullptr) {
        return false;
    }
    const auto entry = entries_.find(target->address);
    if (entry == entries_.end()) {
        return target->trust == Trust::stranger;
    }
    const auto& store = entry->second.store;
    return entry->second.on_probation() && (store == nullptr || !store->lacks_resources());
}

void FrameStores::advance(std::vector<store::Outcome>& outcomes) {
    for (auto& [address, entry] : entries_) {
        if (entry.store == nullptr) {
            continue;
        }
        take_outcomes(entry, outcomes);
        if (entry.on_probation() && owes_answer(entry) &&
            now_() - entry.last_answer >= policy_.unreachable_limit()) {
            give_up(address, entry, outcomes);
        }
    }
    if (entries_.size() > max_remembered) {
        std::erase_if(entries_, [](const auto& entry) { return entry.second.store == nullptr; });
    }
}

void FrameStores::take_outcomes(Entry& entry, std::vector<store::Outcome>& outcomes) {
    const auto before = outcomes.size();
    entry.store->advance(outcomes);
    if (entry.is_wanted && entry.store->problem().empty()) {
        entry.is_wanted = false;
        entry.last_answer = now_();
    }
    if (entry.store->lacks_resources()) {
        entry.last_answer = now_();
    }
    for (auto index = before; index < outcomes.size(); ++index) {
        entry.asked.erase(outcomes[index].token);
        entry.last_answer = now_();
        entry.has_given = entry.has_given || outcomes[index].status == store::Status::found;
    }
}

void FrameStores::give_up(const protocol::StoreAddress& address, Entry& entry,
                          std::vector<store::Outcome>& outcomes) {
    log_.error(
        "the store {} was given up after {} s without an answer (--store-unreachable-limit): its frames "
        "count "
        "as missing for as long. If it is one of yours, name it with --store-allow, and it will be waited "
        "for. "
        "The last that is known of it: {}",
        address.to_string(), std::chrono::duration<double>(policy_.unreachable_limit()).count(),
        entry.store->problem().empty() ? "connected" : entry.store->problem());
    for (const auto token : entry.asked) {
        outcomes.push_back({.token = token,
                            .status = store::Status::missing,
                            .content = {},
                            .reason = std::string(unreachable_reason)});
    }
    entry.asked.clear();
    entry.is_wanted = false;
    close(entry);
    entry.given_up_until = now_() + policy_.unreachable_limit();
}

void FrameStores::add_to(runtime::PollSet& poll_set) {
    for (auto& [address, entry] : entries_) {
        if (entry.store == nullptr) {
            continue;
        }
        entry.store->add_to(poll_set);
        if (entry.on_probation() && owes_answer(entry)) {
            poll_set.wake_at(entry.last_answer + policy_.unreachable_limit());
        }
    }
}

void FrameStores::report(runtime::Health& health) {
    std::set<std::string> reported;
    for (const auto& [address, entry] : entries_) {
        if (entry.store == nullptr || (entry.on_probation() && !owes_answer(entry))) {
            continue;
        }
        const auto part = "store " + address.to_string();
        health.report(part, problem(entry));
        reported.insert(part);
    }
    for (const auto& part : reported_) {
        if (!reported.contains(part)) {
            health.forget(part);
        }
    }
    reported_ = std::move(reported);
}

std::string FrameStores::problem(const Entry& entry) const {
    constexpr auto slow = std::chrono::seconds(5);
    auto problem = entry.store->problem();
    if (problem.empty() && !entry.asked.empty() && now_() - entry.last_answer >= slow) {
        problem = "it is connected, and has answered nothing for " +
                  std::to_string(
                      std::chrono::duration_cast<std::chrono::seconds>(now_() - entry.last_answer).count()) +
                  " s";
    }
    return problem;
}

}  // namespace framebridge::source
