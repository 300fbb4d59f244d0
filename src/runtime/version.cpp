#include "runtime/version.h"

namespace framebridge::runtime {

std::string_view version() {
    return FRAMEBRIDGE_VERSION;
}

std::string_view revision() {
    return FRAMEBRIDGE_REVISION;
}

}  // namespace framebridge::runtime
