#include "common/exit_code.h"

namespace framebridge {

ExitCode exit_code_of(runtime::FailureKind kind) {
    switch (kind) {
        case runtime::FailureKind::misconfigured:
            return ExitCode::config;
        case runtime::FailureKind::not_permitted:
            return ExitCode::no_permission;
        case runtime::FailureKind::unavailable:
            return ExitCode::unavailable;
        case runtime::FailureKind::bad_data:
            return ExitCode::data_error;
        case runtime::FailureKind::system:
            return ExitCode::os_error;
    }
    return ExitCode::software;
}

}  // namespace framebridge
