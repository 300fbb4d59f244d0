#include "store/outage_log.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <string_view>
#include <utility>

namespace framebridge::store {

namespace {

std::string_view consequence_of(Step missing) {
    switch (missing) {
        case Step::touch:
            return "takes no scripts: TTLs are extended by PTTL and PEXPIRE";
        case Step::extend:
            return "does not know PEXPIRE with GT: between two sinks of different TTLs the shorter one may "
                   "win";
        case Step::persist:
            return "does not know PERSIST: what is to be kept for ever is sent again";
        case Step::measure:
            return "does not know STRLEN: frames of unknown size are fetched one by one";
        case Step::set_if_absent:
            return "does not know SET with NX: between two sinks of different TTLs the shorter one may win";
        default:
            return "lacks a command";
    }
}

}  // namespace

void OutageLog::connected_first() const {
    if (!warned_) {
        spdlog::info("store {}: connected", name_);
    }
}

void OutageLog::lost(const std::string& reason, Was was, std::size_t waiting) {
    problem_ = (was == Was::connected ? "disconnected: " : "cannot connect: ") + reason;
    const std::optional<std::uint64_t> held_back = limit_.pass();
    // A loss after which all was well is always said.
    if (held_back || (was == Was::connected && !warned_)) {
        std::string text = fmt::format("{}; {} requests wait for the next connection", problem_, waiting);
        if (held_back.value_or(0) > 0) {
            text += fmt::format(" ({} messages like this were held back)", *held_back);
        }
        warn(text);
    }
}

void OutageLog::failed(const std::string& error) {
    problem_ = error;
    if (const std::optional<std::uint64_t> held_back = limit_.pass()) {
        warn(*held_back > 0 ? fmt::format("{} ({} messages like this were held back)", error, *held_back)
                            : error);
    }
}

void OutageLog::warn(const std::string& what) {
    warned_ = true;
    spdlog::warn("store {}: {}", name_, what);
}

void OutageLog::lacks(Step step, const std::string& error) {
    const unsigned bit = 1U << static_cast<unsigned>(step);
    if ((lacking_ & bit) == 0) {
        lacking_ |= bit;
        spdlog::info("store {}: it {} (it says: {})", name_, consequence_of(step), error);
    }
}

void OutageLog::recovered() {
    problem_.clear();
    if (std::exchange(warned_, false)) {
        spdlog::info("store {}: connected and taking requests again", name_);
    }
}

}  // namespace framebridge::store
