#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "framebridge/result.h"

namespace framebridge::video_sink {

/// How output files are named: text with `{source_id}`, `{number}` (at least four digits) and `{extension}`.
/// It may have folders. A different source or number always gives a different name.
class NameTemplate {
  public:
    static Result<NameTemplate> parse(std::string_view text);

    [[nodiscard]] std::filesystem::path expand(std::string_view source_id, std::uint64_t number,
                                               std::string_view extension) const;
    [[nodiscard]] const std::string& to_string() const { return text_; }

  private:
    explicit NameTemplate(std::string_view text) : text_(text) {}
    std::string text_;
};

/// `source_id` as a part of a file name: what is not a letter, a digit, `-`, `_`, an inner `.` or beyond
/// ASCII becomes `%` and two hex digits, so that different ids stay different. A long one is cut, and ends
/// with
/// `~` and a hash of the whole.
std::string file_name_part(std::string_view source_id);

}  // namespace framebridge::video_sink
