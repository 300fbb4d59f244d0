#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "options/setting.h"

namespace framebridge::options {

Result<std::string> read_secret_file(const std::string& path) {
    std::error_code ignored;
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path, ignored)) {
        return problem("'" + path + "' cannot be read: it must be a file that this user may read");
    }
    std::string text{std::istreambuf_iterator<char>(file), {}};
    for (const char end : {'\n', '\r'}) {
        if (text.ends_with(end)) {
            text.pop_back();
        }
    }
    return text;
}

}  // namespace framebridge::options
