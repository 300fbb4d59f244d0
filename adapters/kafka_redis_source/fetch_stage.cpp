#include "kafka_redis_source/fetch_stage.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/frame_token.h"
#include "runtime/log_fields.h"

namespace framebridge::source {

namespace {

constexpr auto ask_again_pause = std::chrono::milliseconds(100);
constexpr std::size_t max_batch_frames = 65'536;
static_assert(max_batch_frames <= max_frames);
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

const protocol::ContentReference& reference_of(const MessageInFlight& message, std::size_t index) {
    return std::get<protocol::ContentReference>(message.envelope.frames[index].content);
}

/// A location comes from outside: of a long one, the beginning says enough.
std::string location_of(const protocol::ContentReference& reference) {
    constexpr std::size_t max_size = 200;
    auto location = std::string(reference.store) + '/' + std::string(reference.key);
    if (location.size() > max_size) {
        location.replace(max_size, std::string::npos, "...");
    }
    return location;
}

std::string too_large(std::size_t bytes, std::size_t limit) {
    return "the message has " + std::to_string(bytes) + " bytes with its frames, more than the " +
           std::to_string(limit) + " of --max-message-bytes";
}

std::chrono::milliseconds age_of(const kafka::ConsumedRecord& record) {
    if (record.timestamp_ms < 0) {
        return std::chrono::hours(24 * 365);
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now) -
           std::chrono::milliseconds(record.timestamp_ms);
}

}  // namespace

FetchStage::FetchStage(const SourceConfig& config, FrameStores::Open open_store, SourceMetrics& metrics)
    : config_(config),
      stores_(StorePolicy(config.stores, config.redis.password.empty() ? Login::none : Login::needed),
              std::move(open_store)),
      metrics_(metrics),
      grace_({config.missing_frame, config.missing_frame_wait, config.missing_frame_grace}),
      ttl_probe_([&metrics](std::chrono::duration<double> left) { metrics.set_ttl_margin(left); }) {}

void FetchStage::begin(MessageInFlight& message) {
    const auto& frames = message.envelope.frames;
    if (frames.size() > max_batch_frames) {
        return message.give_up(Fault::too_large,
                               "the batch has more than " + std::to_string(max_batch_frames) + " frames");
    }
    message.frames.resize(frames.size());
    auto total = message.record.value.size();
    for (std::size_t index = 0; index < frames.size(); ++index) {
        const auto* reference = std::get_if<protocol::ContentReference>(&frames[index].content);
        if (reference == nullptr) {
            continue;
        }
        const auto resolved = stores_.policy().resolve(reference->store, reference->key);
        if (const auto* refusal = std::get_if<StoreRefusal>(&resolved)) {
            if (*refusal != StoreRefusal::malformed) {
                metrics_.stores_refused.Increment();
            }
            return message.give_up(Fault::reference, "the frame's location '" + location_of(*reference) +
                                                         "': " + std::string(to_string(*refusal)));
        }
        message.frames[index].state = FrameState::wanted;
        message.frames[index].size = reference->size;
        ++message.unfetched;
        total += std::min<std::uint64_t>(reference->size.value_or(0), config_.max_message_bytes);
    }
    if (total > config_.max_message_bytes) {
        message.give_up(Fault::too_large, too_large(total, config_.max_message_bytes));
    }
}

void FetchStage::advance(Window& window) {
    ask_again(window);
    for (auto& [partition, lane] : window.lanes()) {
        ask(window, lane);
    }
    outcomes_.clear();
    stores_.advance(outcomes_);
    for (const auto& outcome : outcomes_) {
        take(window, outcome);
    }
    limit_waits(window);
}

void FetchStage::ask_again(Window& window) {
    if (to_ask_again_.empty() || Clock::now() < ask_again_at_) {
        return;
    }
    ask_again_at_ = Clock::now() + ask_again_pause;
    for (const auto token : std::exchange(to_ask_again_, {})) {
        auto* message = window.find(number_of(token));
        if (message != nullptr && index_of(token) < message->frames.size() &&
            message->frames[index_of(token)].state == FrameState::awaited &&
            ask_store(window, *message, index_of(token)) == Step::wait) {
            to_ask_again_.push_back(token);
        }
    }
}

void FetchStage::ask(Window& window, Lane& lane) {
    lane.waits_for_store = false;
    while (lane.asked < lane.messages.size()) {
        auto& message = *lane.messages[lane.asked];
        while (message.next_to_ask < message.frames.size()) {
            if (ask_next_frame(window, lane, message) == Step::wait) {
                return;
            }
        }
        ++lane.asked;
    }
}

bool FetchStage::can_ask(const Window& window, const Lane& lane) const {
    if (lane.asked == lane.messages.size() || lane.waits_for_store) {
        return false;
    }
    const auto& message = *lane.messages[lane.asked];
    const bool is_wanted = message.next_to_ask < message.frames.size() &&
                           message.frames[message.next_to_ask].state == FrameState::wanted;
    return !is_wanted || has_room(window, lane, message);
}

FetchStage::Step FetchStage::ask_next_frame(Window& window, Lane& lane, MessageInFlight& message) {
    const auto index = message.next_to_ask;
    if (message.frames[index].state == FrameState::wanted) {
        if (!has_room(window, lane, message)) {
            return Step::wait;
        }
        if (ask_store(window, message, index) == Step::wait) {
            lane.waits_for_store = true;
            return Step::wait;
        }
    }
    ++message.next_to_ask;
    return Step::done;
}

bool FetchStage::has_room(const Window& window, const Lane& lane, const MessageInFlight& message) const {
    const auto size = expected_size(window, message.frames[message.next_to_ask]);
    // With frames of unknown sizes, it may turn out to be too large: not before those asked for are there.
    if (message.bytes + size > config_.max_message_bytes && message.reserved > 0) {
        return false;
    }
    return window.may_grow(lane, message, size);
}

// A frame of unknown size counts as the largest of late. At the beginning, and when they suddenly grow, no
// more of them are asked for than this floor allows.
std::size_t FetchStage::expected_size(const Window& window, const StoredFrame& frame) const {
    constexpr std::size_t max_guesses = 16;
    return frame.size.value_or(std::max(largest_, window.share_of_bytes() / max_guesses));
}

FetchStage::Step FetchStage::ask_store(Window& window, MessageInFlight& message, std::size_t index) {
    const auto& reference = reference_of(message, index);
    auto& frame = message.frames[index];
    const auto max_size = config_.max_message_bytes - std::min(config_.max_message_bytes, message.bytes);
    switch (
        stores_.get(reference, {.expected = frame.size, .max = max_size}, token_of(message.number, index))) {
        case FrameStores::Asked::yes:
            frame.state = FrameState::asked;
            frame.reserved = expected_size(window, frame);
            message.reserved += frame.reserved;
            window.hold(message, message.bytes + frame.reserved);
            return Step::done;
        case FrameStores::Asked::not_now:
            return Step::wait;
        case FrameStores::Asked::unreachable:
            metrics_.stores_unreachable.Increment();
            mark_missing(message, index, FrameStores::unreachable_reason);
            return Step::done;
        case FrameStores::Asked::refused:
            break;
    }
    mark_missing(message, index, "the store is not allowed");
    return Step::done;
}

void FetchStage::take(Window& window, const store::Outcome& outcome) {
    if (outcome.token == TtlProbe::token) {
        return ttl_probe_.take(outcome);
    }
    auto* message = window.find(number_of(outcome.token));
    const auto index = index_of(outcome.token);
    if (message == nullptr || index >= message->frames.size() ||
        message->frames[index].state != FrameState::asked) {
        return;
    }
    auto& frame = message->frames[index];
    window.hold(*message, message->bytes - frame.reserved);
    message->reserved -= std::exchange(frame.reserved, 0);
    switch (outcome.status) {
        case store::Status::found:
            return take_content(window, *message, index, outcome.content);
        case store::Status::missing:
            return take_missing(*message, index, outcome);
        default:
            return give_up(window, *message, Fault::store,
                           "the store does not give the frame '" +
                               location_of(reference_of(*message, index)) + "': " + outcome.reason);
    }
}

void FetchStage::take_missing(MessageInFlight& message, std::size_t index, const store::Outcome& outcome) {
    if (!outcome.reason.empty()) {
        metrics_.stores_unreachable.Increment();
        return mark_missing(message, index, outcome.reason);
    }
    auto& frame = message.frames[index];
    const auto now = Clock::now();
    if (frame.missing_since == Clock::time_point{}) {
        frame.missing_since = now;
    }
    if (grace_.ask_again(reference_of(message, index).store, frame.missing_since, age_of(message.record),
                         now)) {
        frame.state = FrameState::awaited;
        if (to_ask_again_.empty()) {
            ask_again_at_ = now + ask_again_pause;
        }
        to_ask_again_.push_back(outcome.token);
        return;
    }
    mark_missing(message, index,
                 "it is not in the store; is the store's TTL (REDIS_TTL_SECONDS) shorter than the topic's "
                 "retention, or than the lag?");
}

void FetchStage::take_content(Window& window, MessageInFlight& message, std::size_t index,
                              std::shared_ptr<runtime::Buffer> content) {
    const auto& reference = reference_of(message, index);
    auto& frame = message.frames[index];
    grace_.found(reference.store,
                 frame.missing_since == Clock::time_point{} ? MissingGrace::Arrival::at_once
                                                            : MissingGrace::Arrival::late,
                 Clock::now());
    largest_ = std::max(content->size(), largest_ - largest_ / 64);
    if (reference.size && *reference.size != content->size()) {
        metrics_.frames_corrupt.Increment();
        return mark_missing(message, index,
                            "it has " + std::to_string(content->size()) +
                                " bytes in the store, and its reference says " +
                                std::to_string(*reference.size));
    }
    if (config_.verify_content && !matches_hash(reference, content->view())) {
        metrics_.frames_corrupt.Increment();
        return mark_missing(message, index, "its bytes do not match their hash");
    }
    const auto total = message.bytes - message.reserved + content->size();
    if (total > config_.max_message_bytes) {
        return give_up(window, message, Fault::too_large, too_large(total, config_.max_message_bytes));
    }
    window.hold(message, message.bytes + content->size());
    frame.content = std::move(content);
    frame.state = FrameState::found;
    if (--message.unfetched == 0) {
        message.fetched_at = Clock::now();
    }
    if (ttl_probe_.due()) {
        stores_.ask_ttl(reference, TtlProbe::token);
        ttl_probe_.asked();
    }
}

void FetchStage::give_up(Window& window, MessageInFlight& message, Fault fault, std::string reason) {
    message.give_up(fault, std::move(reason));
    window.hold(message, message.record.value.size());
}

void FetchStage::mark_missing(MessageInFlight& message, std::size_t index, std::string_view why) {
    message.frames[index].state = FrameState::missing;
    --message.unfetched;
    metrics_.frames_missing.Increment();
    const runtime::LogFields fields({{"source_id", message.envelope.source_id},
                                     {"partition", std::int64_t{message.record.partition}},
                                     {"offset", message.record.offset},
                                     {"reason", why}});
    log_.warn("no frame for the message at partition {}, offset {} ('{}'): {}", message.record.partition,
              message.record.offset, location_of(reference_of(message, index)), why);
}

bool FetchStage::matches_hash(const protocol::ContentReference& reference, std::string_view content) {
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

// What a lane's front waits for, the whole partition waits for.
void FetchStage::limit_waits(Window& window) {
    const auto now = Clock::now();
    for (auto& [partition, lane] : window.lanes()) {
        const auto known = patience_.find(partition);
        if (!waits_for_stranger(lane)) {
            if (known != patience_.end()) {
                known->second.not_waiting(now);
            }
            continue;
        }
        auto& patience =
            known != patience_.end()
                ? known->second
                : patience_.emplace(partition, Patience(config_.stores.unreachable_limit)).first->second;
        patience.waiting(now);
        while (patience.at_an_end(now) && waits_for_stranger(lane)) {
            auto& front = *lane.messages.front();
            auto& frame = front.frames[front.first_open];
            window.hold(front, front.bytes - frame.reserved);
            front.reserved -= std::exchange(frame.reserved, 0);
            metrics_.stores_unreachable.Increment();
            mark_missing(front, front.first_open,
                         "its store did not answer, and the partition has waited for such stores as long as "
                         "--store-unreachable-limit allows within an hour");
        }
    }
}

bool FetchStage::waits_for_stranger(const Lane& lane) const {
    if (lane.messages.empty() || lane.messages.front()->unfetched == 0) {
        return false;
    }
    auto& message = *lane.messages.front();
    auto& open = message.first_open;
    const auto is_open = [](FrameState state) {
        return state == FrameState::wanted || state == FrameState::asked || state == FrameState::awaited;
    };
    while (!is_open(message.frames[open].state)) {
        ++open;
    }
    const auto state = message.frames[open].state;
    const bool waits = state == FrameState::asked || (state == FrameState::wanted && lane.waits_for_store);
    return waits && stores_.on_probation(reference_of(message, open));
}

void FetchStage::add_to(runtime::PollSet& poll_set, Window& window) {
    stores_.add_to(poll_set);
    if (!to_ask_again_.empty()) {
        poll_set.wake_at(ask_again_at_);
    }
    const auto now = Clock::now();
    for (const auto& [partition, lane] : window.lanes()) {
        if (can_ask(window, lane)) {
            poll_set.wake_at(now);
        }
        const auto patience = patience_.find(partition);
        if (patience != patience_.end() && waits_for_stranger(lane)) {
            poll_set.wake_at(patience->second.ends_at(now));
        }
    }
}

}  // namespace framebridge::source
