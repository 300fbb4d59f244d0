#include "runtime/health.h"

#include <spdlog/spdlog.h>

#include <new>
#include <utility>

#include "runtime/service_manager.h"
#include "runtime/version.h"

namespace framebridge::runtime {

namespace {

constexpr std::size_t max_parts = 256;
constexpr auto start_time = std::chrono::seconds(5);

}  // namespace

Health::Health(std::string program, Metrics& metrics, Clock::duration max_turn)
    : program_(std::move(program)),
      up_(prometheus::BuildGauge()
              .Name("framebridge_up")
              .Help("1: this part of the adapter works; 0: it does not, and /health says why")
              .Register(*metrics.registry())),
      max_turn_(max_turn) {
    metrics
        .gauge("framebridge_build_info", "Always 1; the labels say what runs",
               {{"adapter", program_},
                {"version", std::string(version())},
                {"revision", std::string(revision())}})
        .Set(1);
    report(adapter_part, "starting");
}

bool Health::starting(const Entry& entry) {
    return !entry.has_worked &&
           (entry.part.name == adapter_part || Clock::now() - entry.first_report < start_time);
}

void Health::report(const std::string& part, std::string problem) {
    const std::lock_guard lock(mutex_);
    auto found = parts_.find(part);
    if (found == parts_.end()) {
        if (parts_.size() >= max_parts) {
            return;
        }
        Entry entry{
            {part, {}, std::chrono::system_clock::now(), {}}, &up_.Add({{"part", part}}), Clock::now()};
        found = parts_.emplace(part, std::move(entry)).first;
    }
    auto& entry = found->second;
    entry.up->Set(problem.empty() ? 1 : 0);
    entry.has_worked |= problem.empty();
    if (starting(entry)) {
        entry.part.problem = part == adapter_part ? "starting" : "starting: " + part;
        return;
    }
    if (problem == entry.part.problem) {
        return;
    }
    log_change(entry, problem);
    if (problem.empty() != entry.part.problem.empty()) {
        entry.part.since = std::chrono::system_clock::now();
    }
    if (!problem.empty()) {
        entry.part.last_problem = problem;
    }
    entry.part.problem = std::move(problem);
}

void Health::log_change(Entry& entry, const std::string& problem) {
    if (!problem.empty()) {
        if (entry.notice.pass()) {
            spdlog::warn("{}", problem);
            entry.told = true;
        }
    } else if (entry.told) {
        const std::chrono::duration<double> away = std::chrono::system_clock::now() - entry.part.since;
        spdlog::info("{}: works again, after {:.1f} s", entry.part.name, away.count());
        entry.told = false;
    }
}

void Health::forget(const std::string& part) {
    const std::lock_guard lock(mutex_);
    if (const auto found = parts_.find(part); found != parts_.end()) {
        up_.Remove(found->second.up);
        parts_.erase(found);
    }
}

void Health::turned() noexcept {
    const bool first = last_turn_.exchange(Clock::now().time_since_epoch().count()) == 0;
    try {
        const auto wrong = problems();
        tell_service_manager(first ? ServiceState::ready : ServiceState::alive, wrong.empty() ? "ok" : wrong);
    } catch (const std::bad_alloc&) {
        tell_service_manager(first ? ServiceState::ready : ServiceState::alive, "out of memory");
    }
    // What a full pipe did not take may go now.
    spdlog::default_logger_raw()->flush();
}

std::vector<Health::Part> Health::parts() const {
    const std::lock_guard lock(mutex_);
    std::vector<Part> parts;
    for (const auto& [name, entry] : parts_) {
        parts.push_back(entry.part);
    }
    return parts;
}

std::string Health::problems() const {
    std::string lines;
    for (const auto& part : parts()) {
        if (!part.problem.empty()) {
            lines += part.problem + '\n';
        }
    }
    return lines;
}

std::string Health::stuck() const {
    const Clock::rep last = last_turn_;
    if (last == 0) {
        return {};
    }
    const auto ago = Clock::now() - Clock::time_point(Clock::duration(last));
    if (ago <= max_turn_) {
        return {};
    }
    return fmt::format("the adapter's loop has not turned for {:.1f} s",
                       std::chrono::duration<double>(ago).count());
}

std::chrono::seconds Health::uptime() const {
    return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start_);
}

}  // namespace framebridge::runtime
