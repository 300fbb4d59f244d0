#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "kafka_redis_source/config.h"

namespace framebridge::source {

/// For how long a frame that its store does not have is asked for again: --missing-frame-wait, and
/// --missing-frame-grace, which is for stores whose replicas lag behind and so only for young records.
/// When a whole grace brought no frame, a store gets no more of it until it gives a frame again.
class MissingGrace {
  public:
    using Clock = std::chrono::steady_clock;
    struct Config {
        MissingFrame policy = MissingFrame::skip;
        std::chrono::milliseconds wait{5'000};
        std::chrono::milliseconds grace{2'000};
    };

    explicit MissingGrace(Config config) : config_(config) {}

    /// Whether to ask again for a frame that `store` has not had since `missing_since`.
    [[nodiscard]] bool ask_again(std::string_view store, Clock::time_point missing_since,
                                 std::chrono::milliseconds record_age, Clock::time_point now);
    /// A frame came from `store`; `late` if it was asked for again.
    enum class Arrival { at_once, late };
    void found(std::string_view store, Arrival arrival, Clock::time_point now);

  private:
    struct Store {
        bool used_up = false;
        Clock::time_point last_late_frame;
    };
    Config config_;
    std::map<std::string, Store, std::less<>> stores_;  ///< Those that had something missing.
};

}  // namespace framebridge::source
