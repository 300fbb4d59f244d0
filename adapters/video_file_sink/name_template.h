#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "framebridge/result.h"

namespace framebridge::video_sink {

/// How output files are named: text with `{source_id}`, `{number}` (at least four digits), `{extension}` and
/// `{src_filename}`. It may have folders. A different source or number always gives a different name.
class NameTemplate {
  public:
    static Result<NameTemplate> parse(std::string_view text);

    /// `src_filename`: of the file that the stream was read from, without its extension.
    [[nodiscard]] std::filesystem::path expand(std::string_view source_id, std::uint64_t number,
                                               std::string_view extension,
                                               std::string_view src_filename = "unknown") const;
    [[nodiscard]] const std::string& to_string() const { return text_; }
    [[nodiscard]] bool has_src_filename() const { return text_.find("{src_filename}") != std::string::npos; }
    /// Whether it is part of a SavantLocation.
    [[nodiscard]] bool is_savants() const { return savants_; }

  private:
    friend struct SavantLocation;
    explicit NameTemplate(std::string_view text) : text_(text) {}
    std::string text_;
    bool savants_ = false;
};

enum class Chunks { by_size, none };

/// A DIR_LOCATION of Savant's file sinks with `%source_id`, `%src_filename` or `%chunk_idx` in it. Each file
/// is `video` in a folder of its own. Where streams are cut into chunks and the location has no `%chunk_idx`,
/// there is a folder for each chunk below it.
struct SavantLocation {
    std::filesystem::path folder;  ///< As far as all files have it in common.
    NameTemplate name;

    static bool recognizes(std::string_view location);
    static SavantLocation parse(std::string_view location, Chunks chunks);
};

/// `source_id` as a part of a file name: what is not a letter, a digit, `-`, `_`, an inner `.` or beyond
/// ASCII becomes `%` and two hex digits, so that different ids stay different. A long one is cut, and ends
/// with
/// `~` and a hash of the whole.
std::string file_name_part(std::string_view source_id);

}  // namespace framebridge::video_sink
