#pragma once

#include <string_view>

namespace framebridge::runtime {

/// The project's version, such as `0.1.0`.
std::string_view version();
/// The git revision that was built, or `unknown`.
std::string_view revision();

}  // namespace framebridge::runtime
