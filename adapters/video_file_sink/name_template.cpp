#include "video_file_sink/name_template.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <optional>

namespace framebridge::video_sink {

namespace {

/// `chunk` and `again` are for SavantLocation.
constexpr std::array<std::string_view, 6> placeholders{"source_id",    "number", "extension",
                                                       "src_filename", "chunk",  "again"};

/// A file's name has at most 255 bytes, and there is more in it than the source id.
constexpr std::size_t max_part = 160;
constexpr std::size_t hash_part = 17;  // `~` and the hash.

bool is_plain(char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '-' || byte == '_' || byte == '.' || byte >= 0x80;
}

/// Calls `text` and `placeholder` for the template's parts, in order. Returns what is wrong, or nothing.
template <typename Text, typename Placeholder>
std::optional<std::string> for_each_part(std::string_view rest, Text text, Placeholder placeholder) {
    while (!rest.empty()) {
        const auto brace = rest.find_first_of("{}");
        text(rest.substr(0, brace));
        if (brace == std::string_view::npos) {
            return std::nullopt;
        }
        const auto close = rest.find('}', brace);
        const auto name =
            close == std::string_view::npos ? std::string_view{} : rest.substr(brace + 1, close - brace - 1);
        if (std::find(placeholders.begin(), placeholders.end(), name) == placeholders.end()) {
            return fmt::format(
                "'{}' is not {{source_id}}, {{number}}, {{extension}} or {{src_filename}}",
                rest.substr(brace, close == std::string_view::npos ? close : close - brace + 1));
        }
        placeholder(name);
        rest.remove_prefix(close + 1);
    }
    return std::nullopt;
}

}  // namespace

std::string file_name_part(std::string_view source_id) {
    std::string part;
    std::size_t kept = 0;  // Up to the last whole letter that leaves room for a hash.
    for (const char letter : source_id) {
        const bool inside_letter = (static_cast<unsigned char>(letter) & 0xc0U) == 0x80;
        if (part.size() <= max_part - hash_part && !inside_letter) {
            kept = part.size();
        }
        if (is_plain(letter) && !(letter == '.' && part.empty())) {
            part += letter;
        } else {
            part += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
        }
    }
    if (part.size() > max_part) {
        part.resize(kept);
        part += fmt::format("~{:016x}", XXH3_64bits(source_id.data(), source_id.size()));
    }
    return part;
}

Result<NameTemplate> NameTemplate::parse(std::string_view text) {
    if (text.find("{chunk}") != std::string_view::npos || text.find("{again}") != std::string_view::npos) {
        return problem("'{chunk}' and '{again}' are not for names");
    }
    bool has_source_id = false;
    bool has_number = false;
    const auto wrong = for_each_part(
        text, [](std::string_view) {},
        [&](std::string_view name) {
            has_source_id |= name == "source_id";
            has_number |= name == "number";
        });
    if (wrong) {
        return problem(*wrong);
    }
    if (!has_source_id || !has_number) {
        return problem("'" + std::string(text) +
                       "' needs {source_id} and {number}, else files would have the same name");
    }
    if (text.front() == '/' || text.find("..") != std::string_view::npos || text.back() == '/') {
        return problem("'" + std::string(text) + "' must be a file's name within the output folder");
    }
    return NameTemplate(text);
}

std::filesystem::path NameTemplate::expand(std::string_view source_id, std::uint64_t number,
                                           std::string_view extension, std::string_view src_filename) const {
    std::string name;
    (void)for_each_part(
        text_, [&](std::string_view text) { name += text; },
        [&](std::string_view placeholder) {
            if (placeholder == "source_id") {
                name += file_name_part(source_id);
            } else if (placeholder == "number") {
                name += fmt::format("{:04}", number);
            } else if (placeholder == "chunk") {
                name += fmt::format("{:08}", number - 1);
            } else if (placeholder == "again") {
                name += number > 1 ? fmt::format("_{:04}", number) : "";
            } else if (placeholder == "src_filename") {
                name += file_name_part(src_filename);
            } else {
                name += extension;
            }
        });
    return name;
}

namespace {

struct SavantWord {
    std::string_view word;
    std::string_view placeholder;
};
constexpr std::array<SavantWord, 3> savant_words{
    {{"%source_id", "{source_id}"}, {"%src_filename", "{src_filename}"}, {"%chunk_idx", "{chunk}"}}};

}  // namespace

bool SavantLocation::recognizes(std::string_view location) {
    return std::any_of(savant_words.begin(), savant_words.end(), [&](const SavantWord& each) {
        return location.find(each.word) != std::string_view::npos;
    });
}

SavantLocation SavantLocation::parse(std::string_view location, Chunks chunks) {
    std::filesystem::path folder;
    std::filesystem::path rest;
    for (const auto& part : std::filesystem::path(location)) {
        (rest.empty() && !recognizes(part.string()) ? folder : rest) /= part;
    }
    auto text = (rest / "").string();
    const bool has_chunk = text.find("%chunk_idx") != std::string::npos;
    if (!has_chunk && chunks == Chunks::by_size) {
        text += "%chunk_idx/";
    }
    for (const auto& [word, placeholder] : savant_words) {
        for (auto place = text.find(word); place != std::string::npos; place = text.find(word, place)) {
            text.replace(place, word.size(), placeholder);
        }
    }
    // A chunk's folder is its own already.
    text += text.find("{chunk}") != std::string::npos ? "video.{extension}" : "video{again}.{extension}";
    NameTemplate name(text);
    name.savants_ = true;
    return {folder.empty() ? "." : folder, std::move(name)};
}

}  // namespace framebridge::video_sink
