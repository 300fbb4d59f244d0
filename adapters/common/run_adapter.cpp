#include "common/run_adapter.h"

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <csignal>

#include "common/exit_code.h"
#include "runtime/failure.h"
#include "runtime/logging.h"

namespace framebridge {

namespace {

// Frames are as large as what glibc takes from the kernel, and gives back, one by one: then every frame costs
// the page faults of memory that is new each time. What is in flight is bounded, so the heap may keep as
// much.
void keep_memory_of_frames() {
#ifdef __GLIBC__
    constexpr int kept_bytes = 32 << 20;
    mallopt(M_MMAP_THRESHOLD, kept_bytes);
    mallopt(M_TRIM_THRESHOLD, kept_bytes);
#endif
}

}  // namespace

int run_adapter(const std::string& program, const std::function<int()>& body) {
    try {
        keep_memory_of_frames();
        runtime::init_logging(program, "info");
        runtime::install_log_level_signals();
        std::signal(SIGPIPE, SIG_IGN);
        return body();
    } catch (const runtime::Failure& error) {
        spdlog::critical("{}", error.what());
        return static_cast<int>(exit_code_of(error.kind()));
    } catch (const std::exception& error) {
        spdlog::critical("unexpected error, please report it: {}", error.what());
    } catch (...) {
        spdlog::critical("unexpected error of an unknown type, please report it");
    }
    return static_cast<int>(ExitCode::software);
}

}  // namespace framebridge
