#pragma once

#include <string>
#include <string_view>

namespace framebridge::inspect {

std::string base64(std::string_view bytes);

}  // namespace framebridge::inspect
