#pragma once

#include <prometheus/family.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/metrics.h"
#include "runtime/rate_limit.h"

namespace framebridge::runtime {

/// What works and what does not, in one place: for the log, /health, /status and the gauge `framebridge_up`.
/// An adapter reports its parts: `Kafka`, `store keydb:6379:0`, `pipeline`. Callable from any thread.
class Health {
  public:
    using Clock = std::chrono::steady_clock;

    struct Part {
        std::string name;
        std::string problem;  ///< One sentence; empty: it works.
        std::chrono::system_clock::time_point since;
        std::string last_problem;  ///< The last one there was, also when it is over.
    };

    /// Begins with a part `adapter` that is starting. A loop that does not turn for `max_turn` is stuck.
    Health(std::string program, Metrics& metrics, Clock::duration max_turn = std::chrono::seconds(5));

    /// The start is over.
    void started() { report(adapter_part, {}); }
    /// `problem` says in one sentence what is wrong with the part, or is empty if it works. A change is
    /// logged. A part that has not worked yet is starting for its first 5 s. Beyond 256 parts new ones are
    /// not kept.
    void report(const std::string& part, std::string problem);
    /// The part is gone, and was not expected to stay.
    void forget(const std::string& part);
    /// To be called by the adapter's loop at least once a second; from the first call on it is watched.
    void turned() noexcept;

    [[nodiscard]] const std::string& program() const { return program_; }
    [[nodiscard]] std::vector<Part> parts() const;
    /// All problems, a line each; empty: ready.
    [[nodiscard]] std::string problems() const;
    /// How long the loop has not turned, if that is too long; else empty.
    [[nodiscard]] std::string stuck() const;
    [[nodiscard]] std::chrono::seconds uptime() const;

  private:
    struct Entry {
        Part part;
        prometheus::Gauge* up;
        Clock::time_point first_report;
        bool has_worked = false;
        bool told = false;  ///< The log has the present problem.
        RateLimit notice = RateLimit();
    };
    static void log_change(Entry& entry, const std::string& problem);
    static bool starting(const Entry& entry);

    static constexpr auto adapter_part = "adapter";

    std::string program_;
    prometheus::Family<prometheus::Gauge>& up_;
    Clock::duration max_turn_;
    Clock::time_point start_ = Clock::now();
    mutable std::mutex mutex_;
    std::map<std::string, Entry> parts_;
    std::atomic<Clock::rep> last_turn_ = 0;  ///< 0: it has not turned yet.
};

}  // namespace framebridge::runtime
