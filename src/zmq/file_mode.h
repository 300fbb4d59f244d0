#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "framebridge/result.h"

namespace framebridge::zmq {

/// The permissions of a file, as chmod(2) takes them; nullopt leaves them to the umask.
struct FileMode : std::optional<unsigned> {
    using std::optional<unsigned>::optional;

    /// Octal text such as `0770`, or `none`.
    static Result<FileMode> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
};

}  // namespace framebridge::zmq
