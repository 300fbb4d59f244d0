#include "video_file_source/file_list.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <utility>

#include "media/input.h"

namespace framebridge::video_source {

namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        std::error_code no_file;
        if (entry->is_regular_file(no_file) && !entry->path().filename().string().starts_with('.')) {
            files.push_back(entry->path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::filesystem::path> files_matching(const std::string& pattern) {
    struct Matches : glob_t {
        Matches() : glob_t{} {}
        ~Matches() { globfree(this); }
        Matches(const Matches&) = delete;
        Matches& operator=(const Matches&) = delete;
    } matches;
    std::vector<std::filesystem::path> files;
    if (glob(pattern.c_str(), GLOB_BRACE | GLOB_TILDE, nullptr, &matches) != 0) {
        return files;
    }
    for (std::size_t index = 0; index < matches.gl_pathc; ++index) {
        std::error_code error;  // A loop of links, a folder that may not be read: not a file.
        if (std::filesystem::is_regular_file(matches.gl_pathv[index], error)) {
            files.emplace_back(matches.gl_pathv[index]);
        }
    }
    return files;
}

// Files of the same time stay in the order of their names.
void sort_by_time(std::vector<std::filesystem::path>& files) {
    using Time = std::filesystem::file_time_type;
    std::vector<std::pair<Time, std::filesystem::path>> dated;
    dated.reserve(files.size());
    for (auto& file : files) {
        std::error_code error;
        dated.emplace_back(std::filesystem::last_write_time(file, error), std::move(file));
    }
    std::stable_sort(dated.begin(), dated.end(),
                     [](const auto& left, const auto& right) { return left.first < right.first; });
    std::transform(dated.begin(), dated.end(), files.begin(),
                   [](auto& each) { return std::move(each.second); });
}

}  // namespace

std::vector<std::filesystem::path> expand_location(const std::string& location, SortBy order) {
    if (media::is_url(location)) {
        return {location};
    }
    std::error_code error;
    // A file's name may hold what a pattern is made of.
    const auto status = std::filesystem::status(location, error);
    if (std::filesystem::exists(status) && !std::filesystem::is_directory(status)) {
        return {location};
    }
    auto files = std::filesystem::is_directory(status) ? files_in(location) : files_matching(location);
    if (order == SortBy::modification_time) {
        sort_by_time(files);
    }
    return files;
}

std::string expand_source_id(std::string source_id, const std::filesystem::path& file) {
    const std::array<std::pair<std::string_view, std::string>, 3> words{
        {{"{stem}", file.stem().string()},
         {"{name}", file.filename().string()},
         {"{folder}", std::filesystem::absolute(file).parent_path().filename().string()}}};
    for (std::size_t begin = source_id.find('{'); begin != std::string::npos;
         begin = source_id.find('{', begin)) {
        const auto* word = std::find_if(words.begin(), words.end(), [&](const auto& each) {
            return source_id.compare(begin, each.first.size(), each.first) == 0;
        });
        if (word == words.end()) {
            ++begin;
            continue;
        }
        source_id.replace(begin, word->first.size(), word->second);
        begin += word->second.size();
    }
    return source_id;
}

}  // namespace framebridge::video_source
