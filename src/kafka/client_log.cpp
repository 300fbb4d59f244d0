#include "kafka/client_log.h"

#include <spdlog/spdlog.h>
#include <syslog.h>

#include <string_view>

namespace framebridge::kafka {
namespace {

spdlog::level::level_enum spdlog_level(int level) {
    switch (level) {
        // What librdkafka calls an error or worse, a connection lost or a client at its end, is ridden out
        // here.
        case LOG_EMERG:
        case LOG_ALERT:
        case LOG_CRIT:
        case LOG_ERR:
        case LOG_WARNING:
            return spdlog::level::warn;
        case LOG_NOTICE:
        case LOG_INFO:
            return spdlog::level::info;
        default:
            return spdlog::level::debug;
    }
}

}  // namespace

void ClientLog::attach(rd_kafka_conf_t* conf) {
    // spdlog is set up by this thread, not by whichever of librdkafka's speaks first.
    spdlog::default_logger_raw();
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_log_cb(conf, &ClientLog::on_log);
}

void ClientLog::error(rd_kafka_resp_err_t code, const char* text) {
    count(code);
    line(LOG_WARNING, rd_kafka_err2name(code), text);
}

void ClientLog::count(rd_kafka_resp_err_t code) {
    const std::lock_guard lock(mutex_);
    ++errors_[rd_kafka_err2name(code)];
}

ErrorCounts ClientLog::errors() const {
    const std::lock_guard lock(mutex_);
    return errors_;
}

void ClientLog::on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    // librdkafka passes no client for what it says before one exists.
    auto* self = client ? static_cast<ClientLog*>(rd_kafka_opaque(client)) : nullptr;
    if (self) {
        self->line(level, facility, text);
    } else {
        spdlog::log(spdlog_level(level), "kafka: {}: {}", facility, text);
    }
}

void ClientLog::line(int level, const char* facility, const char* text) {
    if (muted_) {
        return;
    }
    // Remarks on properties, most of them set by ourselves: what is wrong with one is an error of its own.
    if (std::string_view(facility) == "CONFWARN") {
        level = LOG_DEBUG;
    }
    std::uint64_t held_back = 0;
    if (level <= LOG_WARNING) {
        const std::lock_guard lock(mutex_);
        const auto pass = limit_.pass();
        if (!pass) {
            return;
        }
        held_back = *pass;
    }
    if (held_back > 0) {
        spdlog::log(spdlog_level(level), "kafka: {}: {} ({} more messages held back)", facility, text,
                    held_back);
    } else {
        spdlog::log(spdlog_level(level), "kafka: {}: {}", facility, text);
    }
}

}  // namespace framebridge::kafka
