#include "runtime/log_fields.h"

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "runtime/logging.h"

namespace framebridge::runtime {
namespace {

class LogFieldsTest : public testing::Test {
  protected:
    ~LogFieldsTest() override { init_logging("test", "info"); }
    static std::string logged(const std::function<void()>& log) {
        testing::internal::CaptureStderr();
        log();
        spdlog::default_logger_raw()->flush();
        return testing::internal::GetCapturedStderr();
    }
};

TEST_F(LogFieldsTest, AreKeysOfAJsonLine) {
    init_logging("test", "info", LogFormat::json);
    const auto line = logged([] {
        const LogFields fields({{"source_id", "cam \"1\""}, {"offset", std::int64_t{7}}});
        spdlog::warn("lost");
    });
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["message"], "lost");
    EXPECT_EQ(json["source_id"], "cam \"1\"");
    EXPECT_EQ(json["offset"], 7);
}

TEST_F(LogFieldsTest, AreOfLinesWithinTheirScopeOnly) {
    init_logging("test", "info", LogFormat::json);
    const auto line = logged([] {
        {
            const LogFields fields({{"reason", "gone"}});
        }
        spdlog::warn("after");
    });
    EXPECT_FALSE(nlohmann::json::parse(line).contains("reason"));
}

TEST_F(LogFieldsTest, AreNotInText) {
    init_logging("test", "info");
    const auto line = logged([] {
        const LogFields fields({{"reason", "gone"}});
        spdlog::warn("lost");
    });
    EXPECT_THAT(line, testing::EndsWith("WARNING test: lost\n"));
}

}  // namespace
}  // namespace framebridge::runtime
