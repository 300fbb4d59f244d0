#include "kafka/client_config.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "kafka/client_conf.h"
#include "runtime/failure.h"
#include "runtime/text.h"

namespace framebridge::kafka {
namespace {}  // namespace

std::map<std::string, std::string> read_properties_file(const std::string& path,
                                                        std::vector<std::string>& errors) {
    std::map<std::string, std::string> properties;
    std::ifstream file(path);
    if (!file) {
        errors.push_back(path + ": cannot be read: " + std::strerror(errno));
        return properties;
    }
    std::string text;
    for (int number = 1; std::getline(file, text); ++number) {
        const auto line = runtime::trimmed(text);
        if (line.empty() || line.front() == '#' || line.front() == '!') {
            continue;
        }
        const auto place = path + ":" + std::to_string(number) + ": ";
        const auto equals = line.find('=');
        const auto name = runtime::trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || name.empty()) {
            errors.push_back(place + "is not of the form key=value");
            continue;
        }
        const auto value = runtime::trimmed(line.substr(equals + 1));
        if (!properties.emplace(name, value).second) {
            errors.push_back(place + "gives " + std::string(name) + " a second time");
        }
    }
    if (file.bad()) {
        errors.push_back(path + ": cannot be read: " + std::strerror(errno));
    }
    return properties;
}

std::vector<std::string> check_properties(const ClientConfig& config, Role role) {
    auto offline = config;
    offline.brokers.clear();
    std::vector<std::string> errors;
    auto conf = make_conf(offline, role, {}, {}, errors);
    if (!errors.empty()) {
        return errors;
    }
    // Only making a client tells what librdkafka has against a combination, a file or a mechanism.
    try {
        ClientLog log;
        make_client(std::move(conf), role, log);
    } catch (const runtime::Failure& error) {
        errors.emplace_back(error.what());
    }
    return errors;
}

}  // namespace framebridge::kafka
