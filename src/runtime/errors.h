#pragma once

#include <stdexcept>

namespace framebridge::runtime {

/// What a process that cannot go on exits with: the sysexits(3) codes.
enum class ExitCode : int {
    ok = 0,
    usage = 64,
    data_error = 65,
    no_input = 66,
    unavailable = 69,
    software = 70,
    os_error = 71,
    cannot_create = 73,
    io_error = 74,
    temporary_failure = 75,  ///< Stopped before all was delivered: starting again may help.
    no_permission = 77,
    config = 78,
};

/// Something that ends the adapter: what() says what happened, to which option or place, and what to do.
class FatalError : public std::runtime_error {
  public:
    FatalError(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
    [[nodiscard]] ExitCode code() const { return code_; }

  private:
    ExitCode code_;
};

/// A ZeroMQ socket that cannot be opened.
class SocketError : public FatalError {
  public:
    explicit SocketError(const std::string& what) : FatalError(ExitCode::unavailable, what) {}
};

}  // namespace framebridge::runtime
