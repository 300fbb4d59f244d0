#include "kafka_redis_source/fetch_content.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/frame_token.h"

namespace framebridge::source {

namespace {

constexpr auto retry_pause = std::chrono::milliseconds(100);
constexpr std::size_t sha256_digits = 64;
constexpr std::size_t xxh3_digits = 32;

// The hash of a deduplicated frame is also its key's end, so that formats without a place for it can be
// verified.
std::string_view expected_hash(const protocol::ContentReference& reference) {
    if (!reference.hash.empty()) {
        return reference.hash;
    }
    const auto colon = reference.key.rfind(':');
    const auto tail = colon == std::string_view::npos ? reference.key : reference.key.substr(colon + 1);
    const bool is_hex = tail.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    return is_hex && (tail.size() == sha256_digits || tail.size() == xxh3_digits) ? tail : std::string_view{};
}

}  // namespace

FetchContent::FetchContent(const SourceConfig& config, FrameStores& stores, SourceMetrics& metrics)
    : config_(config), stores_(stores), metrics_(metrics) {}

void FetchContent::begin(PendingDelivery& delivery) {
    const auto& frames = delivery.envelope.frames;
    if (frames.size() > max_frames) {
        delivery.dead_letter_reason = "the batch has more than " + std::to_string(max_frames) + " frames";
    }
    if (!delivery.dead_letter_reason.empty()) {
        return;
    }
    delivery.frames.resize(frames.size());
    for (std::size_t index = 0; index < frames.size() && delivery.dead_letter_reason.empty(); ++index) {
        if (std::holds_alternative<protocol::ContentReference>(frames[index].content)) {
            ask(delivery, index);
        }
    }
}

void FetchContent::ask(PendingDelivery& delivery, std::size_t index) {
    const auto& reference = std::get<protocol::ContentReference>(delivery.envelope.frames[index].content);
    auto& frame = delivery.frames[index];
    const auto location = [&reference] {
        return std::string(reference.store) + '/' + std::string(reference.key);
    };
    const auto store = stores_.find(reference.store);
    if (const auto* refusal = std::get_if<FrameStores::Refusal>(&store)) {
        switch (*refusal) {
            case FrameStores::Refusal::malformed:
                delivery.dead_letter_reason =
                    "the frame's location '" + location() + "' is not host:port:db/key";
                return;
            case FrameStores::Refusal::not_allowed:
                metrics_.stores_refused.Increment();
                return mark_missing(delivery, index, "the store is not on the list of --store-allow");
            case FrameStores::Refusal::unreachable:
                return mark_missing(delivery, index, "the store cannot be reached");
        }
    }
    if (reference.key.empty()) {
        delivery.dead_letter_reason = "the frame's location '" + location() + "' has no key";
        return;
    }
    if (frame.asked_at == Clock::time_point{}) {
        frame.asked_at = Clock::now();
    }
    frame.pending = true;
    ++delivery.unfetched;
    ++pending_;
    auto* found = std::get<store::FrameStore*>(store);
    stores_.note_request(found, token_of(delivery.number, index));
    found->get(token_of(delivery.number, index), reference.key, {.expected = reference.size});
}

void FetchContent::advance(DeliveryWindow& window) {
    const auto now = Clock::now();
    while (!retries_.empty() && retries_.front().due <= now) {
        const auto token = retries_.front().token;
        retries_.pop_front();
        --pending_;
        auto* delivery = window.find(number_of(token));
        if (delivery == nullptr) {
            continue;
        }
        --delivery->unfetched;
        ask(*delivery, index_of(token));
    }
    outcomes_.clear();
    stores_.advance(outcomes_);
    for (const auto& outcome : outcomes_) {
        take(window, outcome);
    }
}

void FetchContent::take(DeliveryWindow& window, const store::Outcome& outcome) {
    auto* delivery = window.find(number_of(outcome.token));
    if (delivery == nullptr) {
        --pending_;
        return;
    }
    const auto index = index_of(outcome.token);
    auto& frame = delivery->frames[index];
    if (outcome.status == store::Status::missing && config_.missing_frame == MissingFrame::wait &&
        Clock::now() - frame.asked_at < config_.missing_frame_wait) {
        retries_.push_back({Clock::now() + retry_pause, outcome.token});
        return;
    }
    finish(*delivery, frame);
    if (outcome.status == store::Status::refused) {
        delivery->dead_letter_reason = "the store refused to give the frame: " + outcome.reason;
        return;
    }
    if (outcome.status != store::Status::found) {
        return mark_missing(*delivery, index,
                            "it is not in the store; is the store's TTL "
                            "(REDIS_TTL_SECONDS) shorter than the topic's retention, or than the lag?");
    }
    const auto& reference = std::get<protocol::ContentReference>(delivery->envelope.frames[index].content);
    if (config_.verify_content && !matches_hash(reference, outcome.content->view())) {
        metrics_.frames_corrupt.Increment();
        return mark_missing(*delivery, index, "its bytes do not match their hash");
    }
    largest_ = std::max(outcome.content->size(), largest_ - largest_ / 64);
    window.hold(*delivery, delivery->bytes + outcome.content->size());
    frame.content = outcome.content;
}

void FetchContent::finish(PendingDelivery& delivery, FetchedFrame& frame) {
    frame.pending = false;
    --delivery.unfetched;
    --pending_;
}

void FetchContent::mark_missing(PendingDelivery& delivery, std::size_t index, const std::string& why) {
    const auto& reference = std::get<protocol::ContentReference>(delivery.envelope.frames[index].content);
    delivery.frames[index].missing = true;
    metrics_.frames_missing.Increment();
    if (const auto held_back = log_limit_.pass()) {
        spdlog::warn(
            "no frame for the message at partition {}, offset {} ('{}/{}'): {} ({} more since the last such "
            "line)",
            delivery.record.partition, delivery.record.offset, reference.store, reference.key, why,
            *held_back);
    }
}

bool FetchContent::matches_hash(const protocol::ContentReference& reference, std::string_view content) {
    const auto expected = expected_hash(reference);
    const std::string_view parts[] = {content};
    if (expected.size() == sha256_digits) {
        return sha256_(parts) == expected;
    }
    if (expected.size() == xxh3_digits) {
        return xxh3_(parts) == expected;
    }
    return true;
}

void FetchContent::add_to(runtime::PollSet& poll_set) {
    stores_.add_to(poll_set);
    if (!retries_.empty()) {
        poll_set.wake_at(retries_.front().due);
    }
}

}  // namespace framebridge::source
