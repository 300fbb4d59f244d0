#include "video_file_source/ledger.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "runtime/failure.h"

namespace framebridge::video_source {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
    throw runtime::Failure(runtime::FailureKind::system,
                           fmt::format("--watch-ledger: {} {}", path.string(), why));
}

}  // namespace

Ledger::Ledger(const std::filesystem::path& path)
    : path_(std::filesystem::absolute(path).lexically_normal()),
      fd_(open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666)) {
    if (!fd_) {
        fail(path_, "cannot be written: " + std::generic_category().message(errno) +
                        "; name a file in a folder that can be");
    }
    if (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
        fail(path_, "is in use: another video-file-source watches that folder");
    }
    read();
}

void Ledger::read() {
    std::ifstream file(path_);
    std::string line;
    while (std::getline(file, line)) {
        const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
        // A line that a crash broke off: its file is sent again.
        if (json.is_object() && json.contains("file") && json["file"].is_string() &&
            json.value("size", nlohmann::json()).is_number_unsigned() &&
            json.value("modified_ns", nlohmann::json()).is_number_integer()) {
            entries_.insert({json["file"].get<std::string>(), json["size"].get<std::uintmax_t>(),
                             json["modified_ns"].get<std::int64_t>()});
        }
    }
}

FileState Ledger::relative(const FileState& file) const {
    auto result = file;
    result.path =
        std::filesystem::absolute(file.path).lexically_normal().lexically_relative(path_.parent_path());
    return result;
}

void Ledger::add(const FileState& file, const std::string& outcome) {
    const auto entry = relative(file);
    // A name may be of any bytes; one that is no UTF-8 is sent again after a restart.
    const nlohmann::ordered_json json{{"file", entry.path.string()},
                                      {"size", entry.size},
                                      {"modified_ns", entry.modified_ns},
                                      {"outcome", outcome}};
    // Begins with an end of line if the last one was broken off.
    std::string line;
    char last = '\n';
    const auto end = lseek(fd_.get(), 0, SEEK_END);
    if (end > 0 && pread(fd_.get(), &last, 1, end - 1) == 1 && last != '\n') {
        line = "\n";
    }
    line += json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    if (write(fd_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        fsync(fd_.get()) != 0) {
        spdlog::error("{}: cannot be written: {}; {} is sent again after a restart", path_.string(),
                      std::generic_category().message(errno), file.path.string());
    }
    entries_.insert(entry);
}

}  // namespace framebridge::video_source
