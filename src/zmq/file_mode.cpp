#include "zmq/file_mode.h"

#include <fmt/format.h>

#include <charconv>

namespace framebridge::zmq {

Result<FileMode> FileMode::parse(std::string_view text) {
    if (text == "none") {
        return FileMode{};
    }
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (error != std::errc{} || end != text.data() + text.size() || mode > 0777) {
        return problem("'" + std::string(text) + "' is neither an octal mode such as 0770 nor 'none'");
    }
    return FileMode{mode};
}

std::string FileMode::to_string() const {
    return has_value() ? fmt::format("{:04o}", **this) : "none";
}

}  // namespace framebridge::zmq
