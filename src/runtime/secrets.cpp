#include "runtime/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace framebridge::runtime {

namespace {

constexpr std::array<std::string_view, 11> secret_words{
    "password", "passphrase",         "passwd",    "secret",       "token", "credential", "key.pem",
    "jaas",     "oauthbearer.config", "kinit.cmd", "authorization"};

std::size_t end_of_secret_word(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    for (const auto word : secret_words) {
        if (const auto at = lower.find(word); at != std::string::npos) {
            return at + word.size();
        }
    }
    return std::string_view::npos;
}

bool can_be_in_name(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '.' || letter == '_' ||
           letter == '-';
}

}  // namespace

bool is_secret(std::string_view name) {
    return end_of_secret_word(name) != std::string_view::npos;
}

std::string shown_entry(std::string_view entry) {
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos) {
        const auto name = entry.substr(0, equals);
        return std::string(name) + "=" +
               (is_secret(name) ? std::string(hidden) : without_userinfo(entry.substr(equals + 1)));
    }
    const auto* end = std::find_if_not(entry.begin(), entry.end(), can_be_in_name);
    const auto name = entry.substr(0, static_cast<std::size_t>(end - entry.begin()));
    const auto shown = name.substr(0, std::min(end_of_secret_word(name), name.size()));
    return std::string(shown) + (shown.size() == entry.size() ? "" : std::string(hidden));
}

std::string without_userinfo(std::string_view text) {
    constexpr std::string_view separators = " \t\n";
    std::string result;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(separators), text.size());
        auto word = text.substr(0, end);
        if (const auto at = word.rfind('@'); at != std::string_view::npos && word.find(':') < at) {
            const auto scheme = word.find("://");
            const std::size_t quote = word.front() == '\'' ? 1 : 0;
            result += word.substr(0, scheme < at ? scheme + 3 : quote);
            result += hidden;
            word.remove_prefix(at);
        }
        result += word;
        result += text.substr(end, 1);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

}  // namespace framebridge::runtime
