#include "video_file_source/file_list.h"

#include <glob.h>

#include <algorithm>

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

}  // namespace

std::vector<std::filesystem::path> expand_location(const std::string& location) {
    if (media::is_url(location)) {
        return {location};
    }
    std::error_code error;
    // A file's name may hold what a pattern is made of.
    const auto status = std::filesystem::status(location, error);
    if (std::filesystem::is_directory(status)) {
        return files_in(location);
    }
    if (std::filesystem::exists(status)) {
        return {location};
    }
    return files_matching(location);
}

}  // namespace framebridge::video_source
