#include <cctype>
#include <cstdlib>

#include "options/setting.h"

namespace framebridge::options {

namespace {

bool is_name(std::string_view text) {
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
        return false;
    }
    return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
           std::string_view::npos;
}

/// The value of what stands between `${` and `}`.
Result<std::string> value_of(std::string_view reference) {
    const auto separator = reference.find(":-");
    const std::string name(reference.substr(0, separator));
    if (!is_name(name)) {
        return problem("'${' must be followed by a variable's name and '}', or by NAME:-default}");
    }
    const char* value = std::getenv(name.c_str());
    if (separator != std::string_view::npos && (value == nullptr || *value == '\0')) {
        return std::string(reference.substr(separator + 2));
    }
    if (value == nullptr) {
        return problem("the variable " + name + " is not set; ${" + name + ":-default} gives it a default");
    }
    return std::string(value);
}

}  // namespace

Result<std::string> expand_variables(std::string_view text) {
    std::string expanded;
    while (!text.empty()) {
        const auto dollar = text.find('$');
        expanded += text.substr(0, dollar);
        if (dollar == std::string_view::npos) {
            break;
        }
        text.remove_prefix(dollar + 1);
        if (text.starts_with('{')) {
            const auto end = text.find('}');
            if (end == std::string_view::npos) {
                return problem("'${' without '}'; a '$' itself is written '$$'");
            }
            auto value = value_of(text.substr(1, end - 1));
            if (!value) {
                return value;
            }
            expanded += *value;
            text.remove_prefix(end + 1);
        } else {
            expanded += '$';
            text.remove_prefix(text.starts_with('$') ? 1 : 0);
        }
    }
    return expanded;
}

}  // namespace framebridge::options
