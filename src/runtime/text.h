#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace framebridge::runtime {

/// `text` without the white space around it.
std::string_view trimmed(std::string_view text);
/// The parts of a list that are not empty, without the white space around them.
std::vector<std::string> split_at_commas(const std::string& text);

}  // namespace framebridge::runtime
