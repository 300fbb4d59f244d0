#include "video_file_sink/recordings.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "video_file_sink/leftovers.h"

namespace framebridge::video_sink {

namespace {

/// What is remembered of a source that has no open file: its last uuids, and the number of its files.
constexpr std::size_t max_sources = 4096;

/// For sockets, the log, and files that are being rewritten.
constexpr rlim_t other_descriptors = 64;

}  // namespace

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return std::size_t{256};
    }
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur - std::min(other_descriptors, limit.rlim_cur / 2));
}

Recordings::Recordings(const RecordingConfig& config, std::size_t max_open_files, Failure on_failure)
    : config_(config), max_open_files_(max_open_files), on_failure_(std::move(on_failure)) {
    finish_leftovers(config.folder, [this](const std::filesystem::path& file) { rewriter_.add(file); });
}

FrameOutcome Recordings::write(const protocol::VideoFrame& frame, std::string_view bytes,
                               std::string_view metadata) {
    auto& recording = recording_of(frame.source_id);
    const bool was_open = recording.has_open_file();
    while (!was_open && open_files_ >= max_open_files_ && close_longest_idle(recording)) {
    }
    for (;;) {
        try {
            const auto outcome = recording.write(frame, bytes, metadata);
            note(recording, was_open);
            return outcome;
        } catch (const OutOfDescriptors&) {
            if (!close_longest_idle(recording)) {
                throw;
            }
        } catch (const media::MediaError&) {
            note(recording, was_open);
            throw;
        }
    }
}

void Recordings::pass(std::string_view source_id, std::uint64_t sequence_number) {
    // Whoever has sent no frame yet has no recording.
    if (const auto found = recordings_.find(source_id); found != recordings_.end()) {
        found->second.pass(sequence_number);
    }
}

void Recordings::note(const Recording& recording, bool was_open) {
    open_files_ += recording.has_open_file() ? 1 : 0;
    open_files_ -= was_open ? 1 : 0;
    due_ = std::min(due_, due_of(recording));
}

std::optional<StreamFailure> Recordings::end_stream(std::string_view source_id) {
    auto& recording = recording_of(source_id);
    open_files_ -= recording.has_open_file() ? 1 : 0;
    return recording.end_stream();
}

Recording& Recordings::recording_of(std::string_view source_id) {
    const auto found = recordings_.find(source_id);
    if (found != recordings_.end()) {
        return found->second;
    }
    forget_idle_sources();
    return recordings_
        .emplace(std::piecewise_construct, std::forward_as_tuple(source_id),
                 std::forward_as_tuple(std::string(source_id), config_, rewriter_))
        .first->second;
}

bool Recordings::close_longest_idle(const Recording& except) {
    Recording* longest = nullptr;
    for (auto& [source_id, recording] : recordings_) {
        if (recording.has_open_file() && &recording != &except &&
            (longest == nullptr || recording.last_write() < longest->last_write())) {
            longest = &recording;
        }
    }
    if (longest == nullptr) {
        return false;
    }
    end(*longest, FileEnd::descriptors_short);
    return true;
}

void Recordings::end(Recording& recording, FileEnd reason) {
    open_files_ -= recording.has_open_file() ? 1 : 0;
    try {
        recording.end(reason);
    } catch (const media::MediaError& error) {
        on_failure_(error.what());
    }
}

void Recordings::tend() {
    const auto now = Clock::now();
    if (now < due_) {
        return;
    }
    due_ = Clock::time_point::max();
    for (auto& [source_id, recording] : recordings_) {
        if (!recording.has_open_file()) {
            continue;
        }
        if (config_.close_idle_after.count() > 0 &&
            now >= recording.last_write() + config_.close_idle_after) {
            end(recording, FileEnd::idle);
        } else if (now >= recording.flush_due()) {
            try {
                recording.flush();
            } catch (const media::MediaError& error) {
                --open_files_;
                on_failure_(error.what());
            }
        }
        due_ = std::min(due_, due_of(recording));
    }
}

Recordings::Clock::time_point Recordings::due_of(const Recording& recording) const {
    if (!recording.has_open_file() || config_.close_idle_after.count() == 0) {
        return recording.flush_due();
    }
    return std::min(recording.flush_due(), recording.last_write() + config_.close_idle_after);
}

// Source ids come from outside: their number has no other bound.
void Recordings::forget_idle_sources() {
    while (recordings_.size() >= max_sources) {
        auto longest = recordings_.end();
        for (auto entry = recordings_.begin(); entry != recordings_.end(); ++entry) {
            if (!entry->second.has_open_file() &&
                (longest == recordings_.end() || entry->second.last_write() < longest->second.last_write())) {
                longest = entry;
            }
        }
        if (longest == recordings_.end()) {
            return;
        }
        forgotten_ += longest->second.counts();
        recordings_.erase(longest);
    }
}

void Recordings::end_all(Clock::time_point deadline) {
    for (auto& [source_id, recording] : recordings_) {
        end(recording, FileEnd::stopped);
    }
    rewriter_.finish(deadline);
}

RecordingCounts Recordings::counts() const {
    auto counts = forgotten_;
    for (const auto& [source_id, recording] : recordings_) {
        counts += recording.counts();
    }
    return counts;
}

}  // namespace framebridge::video_sink
