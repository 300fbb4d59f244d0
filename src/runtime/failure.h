#pragma once

#include <stdexcept>
#include <string>

namespace framebridge::runtime {

/// Whose failure it is. An adapter turns it into an exit code; the library knows none.
enum class FailureKind {
    misconfigured,  ///< A setting, or what it names, must be changed first.
    not_permitted,  ///< A peer or the system does not allow it.
    unavailable,    ///< A peer does not answer, or went away.
    bad_data,       ///< What was read cannot be used.
    system,         ///< The operating system refused something.
};

/// Whether trying again later can help, without anybody changing a setting.
enum class Retry { useless, useful };

/// Something that an operation cannot go on with: what() says what happened, to which setting or place, and
/// what to do about it.
class Failure : public std::runtime_error {
  public:
    Failure(FailureKind kind, const std::string& what)
        : Failure(kind, kind == FailureKind::unavailable ? Retry::useful : Retry::useless, what) {}
    Failure(FailureKind kind, Retry retry, const std::string& what)
        : std::runtime_error(what), kind_(kind), retry_(retry) {}

    [[nodiscard]] FailureKind kind() const { return kind_; }
    [[nodiscard]] bool retryable() const { return retry_ == Retry::useful; }

  private:
    FailureKind kind_;
    Retry retry_;
};

}  // namespace framebridge::runtime
