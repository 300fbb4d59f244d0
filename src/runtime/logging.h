#pragma once

#include <string>

namespace framebridge::runtime {

enum class LogFormat {
    text,  ///< `2026-11-25T07:00:00.000Z INFO kafka-redis-sink: ...`
    json,  ///< `{"time":"2026-11-25T07:00:00.000Z","level":"info","adapter":"kafka-redis-sink","message":"..."}`,
           ///< and the keys of LogFields.
};

/// Sets up spdlog's default logger: stderr, one line a message, in UTC. Control characters within a message
/// are escaped (`\n`, `\x1b`), and a message of more than 4 KiB is cut. A reader of stderr that does not read
/// never makes the adapter wait: see LineWriter. May be called again. `level` is Savant's LOGLEVEL spelling
/// in any case: trace, debug, info, warning (warn), error, critical, off, fatal (critical) and notset
/// (trace), or a list as of its newer versions: `info,savant.adapters=debug`; anything else counts as info.
void init_logging(const std::string& program, const std::string& level, LogFormat format = LogFormat::text);

/// Makes SIGUSR1 log more (info, debug, trace), and SIGUSR2 less.
void install_log_level_signals();

/// Writes a line to stdout, by the same rule.
void print_line(const std::string& text);

/// Whether `level` is one of these.
bool is_log_level(const std::string& level);

}  // namespace framebridge::runtime
