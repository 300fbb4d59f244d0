#include "common/run_adapter.h"

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "common/exit_code.h"
#include "runtime/logging.h"

namespace framebridge {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

std::string logged_by(const std::function<void()>& body) {
    testing::internal::CaptureStderr();
    body();
    spdlog::default_logger()->flush();
    return testing::internal::GetCapturedStderr();
}

TEST(Logging, WritesTimeLevelProgramAndText) {
    const auto text = logged_by([] {
        runtime::init_logging("kafka-redis-sink", "INFO");
        spdlog::warn("store {} is away", "a:1");
    });
    EXPECT_THAT(text,
                MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z WARNING "
                             "kafka-redis-sink: store a:1 is away\n"));
}

TEST(Logging, AMessageIsOneLine) {
    const auto text = logged_by([] {
        runtime::init_logging("sink", "info");
        spdlog::info("source '{}'", "a\n2026-11-25 ERROR forged\r");
    });
    EXPECT_THAT(text, HasSubstr("INFO sink: source 'a\\n2026-11-25 ERROR forged\\r'\n"));
}

TEST(Logging, ControlCharactersAreEscapedAndLongTextIsCut) {
    const auto text = logged_by([] {
        runtime::init_logging("sink", "info");
        spdlog::info("a\x1b[2Jb");
        spdlog::info("{}", std::string(100'000, 'x'));
    });
    EXPECT_THAT(text, HasSubstr("INFO sink: a\\x1b[2Jb\n"));
    EXPECT_THAT(text, HasSubstr("xxx... (100000 bytes in all)\n"));
    EXPECT_LT(text.size(), 5000);
}

TEST(Logging, JsonHasTheSameInFields) {
    const auto text = logged_by([] {
        runtime::init_logging("sink", "info", runtime::LogFormat::json);
        spdlog::warn("source \"{}\"", "a\n\xff");
    });
    EXPECT_THAT(text, MatchesRegex("\\{\"time\":\"[0-9T:.-]+Z\",\"level\":\"warning\",\"adapter\":\"sink\","
                                   "\"message\":\"source .+\"\\}\n"));
    EXPECT_THAT(text, HasSubstr("\"message\":\"source \\\"a\\n\xEF\xBF\xBD\\\"\"")) << text;
}

TEST(Logging, SignalsChangeTheLevel) {
    const auto text = logged_by([] {
        runtime::init_logging("sink", "info");
        runtime::install_log_level_signals();
        spdlog::debug("held back");
        (void)raise(SIGUSR1);
        spdlog::debug("shown");
        (void)raise(SIGUSR2);
        (void)raise(SIGUSR2);
        spdlog::info("held back");
    });
    EXPECT_THAT(text, MatchesRegex(".* DEBUG sink: shown\n"));
}

TEST(Logging, HoldsBackWhatIsBelowTheLevel) {
    const auto text = logged_by([] {
        runtime::init_logging("sink", "Error");
        spdlog::warn("held back");
        spdlog::error("shown");
        runtime::init_logging("sink", "off");
        spdlog::critical("held back");
    });
    EXPECT_THAT(text, MatchesRegex(".* ERROR sink: shown\n"));
}

TEST(Logging, KnowsSavantsLevels) {
    for (const auto* level :
         {"trace", "debug", "info", "warning", "warn", "error", "critical", "off", "INFO", "Warning", "FATAL",
          "NOTSET", "info,savant_rs=debug", "savant::adapters=trace", "savant_rs", ",info,", "etcd=off"}) {
        EXPECT_TRUE(runtime::is_log_level(level)) << level;
    }
    for (const auto* level :
         {"", ",", "verbose", "in", "err", "infos", "savant=loud", "info,else", "savant=info=1"}) {
        EXPECT_FALSE(runtime::is_log_level(level)) << level;
    }
}

TEST(Logging, TheClosestTargetOfSavantsListsCounts) {
    const auto shows_debug = [](const char* levels) {
        return !logged_by([levels] {
                    runtime::init_logging("sink", levels);
                    spdlog::debug("text");
                }).empty();
    };
    for (const auto* levels :
         {"debug", "savant=debug", "debug,savant_rs=error", "savant::adapters=debug,error",
          "error,savant.adapters.kafka_redis=debug", "info,debug",
          "savant.adapters=info,savant.adapters.kafka_redis.KafkaRedisSink=debug"}) {
        EXPECT_TRUE(shows_debug(levels)) << levels;
    }
    for (const auto* levels : {"savant_rs=debug", "debug,savant.adapters", "savant.adapters.gst=debug",
                               "savant.adapters.kafka=debug", "debug,savant=info"}) {
        EXPECT_FALSE(shows_debug(levels)) << levels;
    }
}

TEST(RunAdapter, ReturnsTheBodysExitCode) {
    EXPECT_EQ(run_adapter("sink", [] { return 0; }), 0);
    EXPECT_EQ(run_adapter("sink", [] { return 75; }), 75);
}

TEST(RunAdapter, AFatalErrorIsLoggedAndGivesTheExitCode) {
    int exit_code = 0;
    const auto text = logged_by([&exit_code] {
        exit_code = run_adapter(
            "sink", []() -> int { throw runtime::Failure(runtime::FailureKind::not_permitted, "no way"); });
    });
    EXPECT_EQ(exit_code, 77);
    EXPECT_THAT(text, HasSubstr(" CRITICAL sink: no way\n"));
}

TEST(RunAdapter, AnyOtherErrorIsOurs) {
    int exit_code = 0;
    const auto text = logged_by([&exit_code] {
        exit_code = run_adapter("sink", []() -> int { throw std::runtime_error("odd {}"); });
    });
    EXPECT_EQ(exit_code, 70);
    EXPECT_THAT(text, HasSubstr("odd {}"));
    EXPECT_EQ(run_adapter("sink", []() -> int { throw 1; }), 70);
}

TEST(RunAdapter, AClosedPipeIsAnErrorNotTheEnd) {
    const auto written = run_adapter("sink", [] {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0) {
            return -1;
        }
        close(ends[0]);
        const auto result = write(ends[1], "x", 1);
        const int error = errno;
        close(ends[1]);
        return result < 0 ? error : 0;
    });
    EXPECT_EQ(written, EPIPE);
}

}  // namespace
}  // namespace framebridge
