#include "framebridge/runtime/run.h"

#include <spdlog/spdlog.h>

#include <csignal>

#include "framebridge/runtime/errors.h"
#include "framebridge/runtime/logging.h"

namespace framebridge {

int run_adapter(const std::string& program, const std::function<int()>& body) {
    try {
        init_logging(program, "info");
        std::signal(SIGPIPE, SIG_IGN);
        return body();
    } catch (const FatalError& error) {
        spdlog::critical("{}", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        spdlog::critical("unexpected error, please report it: {}", error.what());
    } catch (...) {
        spdlog::critical("unexpected error of an unknown type, please report it");
    }
    return static_cast<int>(ExitCode::software);
}

}  // namespace framebridge
