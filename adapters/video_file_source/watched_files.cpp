#include "video_file_source/watched_files.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <system_error>
#include <utility>

#include "video_file_source/file_list.h"

namespace framebridge::video_source {

namespace {

/// Each has a file open.
constexpr std::size_t max_playing = 16;

constexpr const char* default_ledger = ".framebridge-sent";

const char* to_string(WatchedOutcome outcome) {
    switch (outcome) {
        case WatchedOutcome::sent:
            return "sent";
        case WatchedOutcome::refused:
            return "refused by the peer";
        case WatchedOutcome::unreadable:
            return "not video that can be read";
    }
    return "";
}

}  // namespace

WatchedFiles::WatchedFiles(const WatchConfig& config) : config_(config) {
    for (const auto& [source_id, path] : config_.locations) {
        FolderWatch watch(path, config_.settling);
        auto* ledger = ledger_at(config_.ledger.empty() ? watch.folder() / default_ledger : config_.ledger);
        locations_.push_back({source_id, std::move(watch), ledger});
    }
}

Ledger* WatchedFiles::ledger_at(const std::filesystem::path& path) {
    const auto name = std::filesystem::absolute(path).lexically_normal();
    const auto found = ledgers_.find(name);
    return found != ledgers_.end() ? &found->second : &ledgers_.emplace(name, Ledger(name)).first->second;
}

void WatchedFiles::add_to(runtime::PollSet& poll_set) const {
    for (const auto& location : locations_) {
        location.watch.add_to(poll_set);
    }
}

std::vector<SourceFiles> WatchedFiles::take() {
    for (auto& [source_id, watch, ledger] : locations_) {
        for (auto& file : watch.take_complete()) {
            if (!ledger->has(file)) {
                waiting_[expand_source_id(source_id, file.path)].push_back({std::move(file), ledger});
            }
        }
    }
    std::vector<SourceFiles> files;
    for (auto entry = waiting_.begin(); entry != waiting_.end() && playing_.size() < max_playing;) {
        auto& [source_id, queue] = *entry;
        if (playing_.contains(source_id)) {
            ++entry;
            continue;
        }
        files.push_back({source_id, {{queue.front().state.path, false}}});
        playing_.emplace(source_id, std::move(queue.front()));
        queue.pop_front();
        entry = queue.empty() ? waiting_.erase(entry) : std::next(entry);
    }
    return files;
}

WatchedFiles::File WatchedFiles::played(const std::string& source_id) {
    return std::move(playing_.extract(source_id).mapped());
}

void WatchedFiles::finish(const File& file, WatchedOutcome outcome) {
    file.ledger->add(file.state, to_string(outcome));
    if (outcome == WatchedOutcome::sent && !config_.move_to.empty()) {
        move(file.state.path);
    }
}

// Replaces nothing: a file of that name gets a number.
void WatchedFiles::move(const std::filesystem::path& file) const {
    std::error_code error;
    auto target = config_.move_to / file.filename();
    for (int number = 2; std::filesystem::exists(target, error); ++number) {
        target.replace_filename(
            fmt::format("{}-{}{}", file.stem().string(), number, file.extension().string()));
    }
    std::filesystem::rename(file, target, error);
    if (error == std::errc::cross_device_link) {
        std::filesystem::copy_file(file, target, error);
        if (!error) {
            std::filesystem::remove(file, error);
        }
    }
    if (error) {
        spdlog::error("{}: was sent, and cannot be moved to {}: {}", file.string(), target.string(),
                      error.message());
    } else {
        spdlog::info("{}: sent, and moved to {}", file.string(), target.string());
    }
}

}  // namespace framebridge::video_source
