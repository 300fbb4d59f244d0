#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "framebridge/result.h"

namespace framebridge::protocol {

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path << " cannot be read";
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A message that the real savant_rs serialized, and what its manifest says of it.
struct Golden {
    std::string name;  ///< `<version's folder>/<file>`
    nlohmann::json manifest;
    std::string message;

    friend std::ostream& operator<<(std::ostream& out, const Golden& golden) { return out << golden.name; }
};

inline std::vector<Golden> golden_messages() {
    const std::filesystem::path root = FRAMEBRIDGE_GOLDEN_DIR;
    std::vector<Golden> messages;
    for (const char* version : {"savant_rs-0.3.0", "savant_rs-1.15.1"}) {
        const auto manifest = nlohmann::json::parse(read_file(root / version / "manifest.json"));
        for (const auto& entry : manifest.at("messages")) {
            const std::string file = entry.at("file");
            messages.push_back({std::string(version) + '/' + file, entry, read_file(root / version / file)});
        }
    }
    return messages;
}

inline std::string golden_message(const std::string& name) {
    return read_file(std::filesystem::path(FRAMEBRIDGE_GOLDEN_DIR) / name);
}

/// Of "at byte 12"; of the whole message, 0.
inline std::size_t offset_of(const Problem& problem) {
    return problem.place.empty() ? 0 : std::stoul(problem.place.substr(problem.place.rfind(' ') + 1));
}

}  // namespace framebridge::protocol
