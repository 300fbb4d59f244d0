#pragma once

#include <string>
#include <string_view>

namespace framebridge::runtime {

/// What stands in a text where a secret was.
inline constexpr std::string_view hidden = "***";

/// Whether the value of a setting of this name must not be shown: passwords, keys, tokens, and commands and
/// settings that hold them. The one list of secret words.
bool is_secret(std::string_view name);

/// `key=value` fit to be shown. Of a text that is not `key=value`, only what can be a key's beginning.
std::string shown_entry(std::string_view entry);

/// `text` without the `user:password` that stands before an `@` in the addresses in it. A name with an `@`
/// but without a `:`, as a Kerberos principal, stays.
std::string without_userinfo(std::string_view text);

}  // namespace framebridge::runtime
