#pragma once

#include "runtime/failure.h"

namespace framebridge {

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

ExitCode exit_code_of(runtime::FailureKind kind);

}  // namespace framebridge
