#pragma once

#include <string>

namespace framebridge::runtime {

/// Sets up spdlog's default logger: stderr, one line a message (line breaks within become `\n`),
/// `2026-11-25 07:00:00.000 INFO kafka-redis-sink: ...`. May be called again.
/// `level` is Savant's LOGLEVEL spelling in any case: trace, debug, info, warning (warn), error, critical,
/// off, fatal (critical) and notset (trace), or a list as of its newer versions:
/// `info,savant.adapters=debug`; anything else counts as info.
void init_logging(const std::string& program, const std::string& level);

/// Whether `level` is one of these.
bool is_log_level(const std::string& level);

}  // namespace framebridge::runtime
