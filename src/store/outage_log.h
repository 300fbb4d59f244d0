#pragma once

#include <cstddef>
#include <string>

#include "runtime/rate_limit.h"
#include "store/store_request.h"

namespace framebridge::store {

/// Says in the log what is wrong with a store, and when it is well again; not more often than anybody reads.
class OutageLog {
  public:
    enum class Was { connected, away };

    explicit OutageLog(std::string name) : name_(std::move(name)) {}

    void connected_first() const;
    /// The connection, or the attempt at one, ended.
    void lost(const std::string& reason, Was was, std::size_t waiting);
    /// A request failed, and waits.
    void failed(const std::string& error);
    /// The server does without a command; said once for each.
    void lacks(Step step, const std::string& error);
    void recovered();
    /// What is wrong now; empty if nothing.
    [[nodiscard]] const std::string& problem() const { return problem_; }

  private:
    void warn(const std::string& what);

    std::string name_;
    std::string problem_;
    runtime::RateLimit limit_;
    bool warned_ = false;   // Since it was well.
    unsigned lacking_ = 0;  // By step.
};

}  // namespace framebridge::store
