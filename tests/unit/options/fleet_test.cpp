#include <gmock/gmock.h>

#include <fstream>

#include "options/options.h"
#include "support/options_run.h"
#include "support/temporary_directory.h"

namespace framebridge::options {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using Variables = std::vector<std::pair<std::string, std::string>>;

constexpr int go_on = static_cast<int>(Outcome::run);
constexpr int done = static_cast<int>(Outcome::done);
constexpr int invalid = static_cast<int>(Outcome::invalid);

class FleetTest : public testing::Test {
  protected:
    struct Settings {
        std::string brokers;
        std::string host = "localhost";
        std::uint16_t port = 6379;
        std::string password;
        std::vector<std::string> sources;
        std::map<std::string, std::string> kafka;
    };

    OptionsRun parse(const std::vector<std::string>& arguments, const Variables& variables = {}) {
        settings_ = {};
        return run_options(
            [this](int argc, const char* const* argv) {
                OptionSet options("sink", "Has options.");
                options.add(
                    {.flag = "--brokers", .environment = "BROKERS", .help = "Brokers.", .required = true},
                    settings_.brokers);
                options.add({"--redis-host", "REDIS_HOST", "A host."}, settings_.host);
                options.add({"--redis-port", "REDIS_PORT", "A port."}, settings_.port);
                options.add({.flag = "--redis-password",
                             .environment = "REDIS_PASSWORD",
                             .help = "A password.",
                             .secret = true},
                            settings_.password);
                options.add({"--source-id", "SOURCE_IDS", "Sources."}, settings_.sources);
                options.add({"--kafka-config", "KAFKA_CONFIG", "Anything."}, settings_.kafka);
                options.fleet({{"sink",
                                {"brokers", "redis-host", "redis-port", "redis-password",
                                 "redis-password-file", "source-id", "kafka-config"}},
                               {"source", {"brokers", "group-id"}}});
                return static_cast<int>(options.parse(argc, argv));
            },
            arguments, variables);
    }
    OptionsRun parse_file(const std::string& text, const std::string& instance,
                          const Variables& variables = {}) {
        std::ofstream(file_) << text;
        return parse({"--config", file_.string(), "--instance", instance}, variables);
    }

    Settings settings_;
    test::TemporaryDirectory directory_;
    std::filesystem::path file_ = directory_.path() / "fleet.toml";
};

constexpr auto fleet = R"([defaults]
brokers = "${KAFKA:-kafka}:9092"
redis-port = 1
group-id = "everyone"

[sink-1]
adapter = "sink"
redis-host = "one"

[sink-2]
adapter = "sink"
redis-host = "${HOST}"
redis-port = "${PORT:-2}"
redis-password = "pa$$word$"
source-id = ["a", "${SOURCE:-b}"]
[sink-2.kafka-config]
client.rack = "${RACK:-}"

[source-1]
adapter = "source"
)";

TEST_F(FleetTest, AnInstanceTakesPrecedenceOverDefaults) {
    const auto run = parse_file(fleet, "sink-1");
    ASSERT_EQ(run.exit_code, go_on) << run.err;
    EXPECT_EQ(settings_.brokers, "kafka:9092");
    EXPECT_EQ(settings_.host, "one");
    EXPECT_EQ(settings_.port, 1);
}

TEST_F(FleetTest, VariablesAreExpanded) {
    const auto run = parse_file(fleet, "sink-2", {{"HOST", "two"}, {"KAFKA", "k"}, {"SOURCE", ""}});
    ASSERT_EQ(run.exit_code, go_on) << run.err;
    EXPECT_EQ(settings_.brokers, "k:9092");
    EXPECT_EQ(settings_.host, "two");
    EXPECT_EQ(settings_.port, 2);
    EXPECT_EQ(settings_.password, "pa$word$");
    EXPECT_THAT(settings_.sources, ElementsAre("a", "b"));
    EXPECT_THAT(settings_.kafka, ElementsAre(Pair("client.rack", "")));
}

TEST_F(FleetTest, AnUnsetVariableWithoutDefaultIsAnError) {
    const auto run = parse_file(fleet, "sink-2");
    EXPECT_EQ(run.exit_code, invalid);
    EXPECT_EQ(run.err, "sink: " + file_.string() +
                           ":12: 'redis-host': the variable HOST is not set; ${HOST:-default} gives it a "
                           "default\n");
}

TEST_F(FleetTest, TheEnvironmentTakesPrecedenceOverTheFile) {
    ASSERT_EQ(
        parse_file(fleet, "sink-1", {{"REDIS_HOST", "environment"}, {"FRAMEBRIDGE_INSTANCE", "x"}}).exit_code,
        0);
    EXPECT_EQ(settings_.host, "environment");
}

TEST_F(FleetTest, UnknownKeysOfEveryTableAreErrors) {
    const auto run = parse_file(
        "top = 1\n[defaults]\ngroup-ip = 'x'\n[a]\nadapter = 'sink'\nbrokers = 'b'\nredis-prot = 1\ngroup-id "
        "= 'x'\n"
        "[b]\nadapter = 'source'\nredis-port = 1\n[c]\nadapter = 'sinks'\n[d]\nbrokers = 'b'\n",
        "a");
    EXPECT_EQ(run.exit_code, invalid);
    const auto place = "sink: " + file_.string();
    EXPECT_THAT(
        run.err,
        AllOf(HasSubstr(place + ":1: 'top' belongs under [defaults] or under an instance\n"),
              HasSubstr(place + ":3: 'group-ip': there is no such option; did you mean 'group-id'?\n"),
              HasSubstr(place + ":7: 'redis-prot': there is no such option; did you mean 'redis-port'?\n"),
              HasSubstr(place + ":8: 'group-id': there is no such option"),
              HasSubstr(place + ":11: 'redis-port': there is no such option"),
              HasSubstr(place + ":12: [c] needs adapter = one of sink, source; did you mean 'sink'?\n"),
              HasSubstr(place + ":14: [d] needs adapter = one of sink, source\n")));
}

TEST_F(FleetTest, AnUnknownInstanceIsAnError) {
    EXPECT_THAT(parse_file(fleet, "sink-3").err,
                AllOf(HasSubstr("--instance: 'sink-3' is not in"), HasSubstr("did you mean 'sink-1'?"),
                      Not(HasSubstr("--brokers"))));
    EXPECT_THAT(parse_file(fleet, "source-1").err,
                HasSubstr("--instance: 'source-1' is a source, not a sink"));
    EXPECT_THAT(parse_file(fleet, "defaults").err, HasSubstr("is not in"));
    EXPECT_THAT(parse({"--instance", "x", "--brokers=b"}).err, HasSubstr("--instance: needs --config"));
}

TEST_F(FleetTest, AFleetNeedsAnInstance) {
    std::ofstream(file_) << fleet;
    const auto run = parse({"--brokers=b", "--config", file_.string()});
    EXPECT_EQ(run.exit_code, invalid);
    EXPECT_THAT(run.err,
                HasSubstr("has several adapters: choose one with --instance: sink-1, sink-2, source-1"));
}

TEST_F(FleetTest, AFileOfOneProgramIsNotExpanded) {
    std::ofstream(file_) << "brokers = '${X}$$'\n";
    ASSERT_EQ(parse({"--config", file_.string()}).exit_code, go_on);
    EXPECT_EQ(settings_.brokers, "${X}$$");
}

TEST_F(FleetTest, CheckConfigSaysWhetherTheSettingsAreGood) {
    std::ofstream(file_) << fleet;
    const auto good = parse({"--config", file_.string(), "--instance=sink-1", "--check-config"});
    EXPECT_EQ(good.exit_code, done);
    EXPECT_EQ(good.out, "sink: the settings are good\n");
    const auto bad =
        parse({"--config", file_.string(), "--instance=sink-1", "--check-config", "--redis-port=0"});
    EXPECT_EQ(bad.exit_code, invalid);
    EXPECT_THAT(bad.out, IsEmpty());
}

TEST(ExpandVariables, SaysWhatIsWrong) {
    for (const auto* text : {"${", "${}", "${1X}", "${A B}", "a${A"}) {
        EXPECT_FALSE(expand_variables(text)) << text;
    }
    for (const auto* text : {"", "$", "a$b", "5 $ each"}) {
        EXPECT_EQ(expand_variables(text), text);
    }
    EXPECT_EQ(expand_variables("$${A}"), "${A}");
}

class SecretFileTest : public FleetTest {
  protected:
    std::string secret(const std::string& content) {
        const auto path = directory_.path() / "secret";
        std::ofstream(path) << content;
        return path.string();
    }
};

TEST_F(SecretFileTest, ASecretIsReadFromAFile) {
    for (const auto* content : {"hunter2", "hunter2\n", "hunter2\r\n"}) {
        ASSERT_EQ(parse({"--brokers=b"}, {{"REDIS_PASSWORD_FILE", secret(content)}}).exit_code, go_on);
        EXPECT_EQ(settings_.password, "hunter2");
    }
    ASSERT_EQ(parse({"--brokers=b", "--redis-password-file", secret(" two\nlines\n")}).exit_code, go_on);
    EXPECT_EQ(settings_.password, " two\nlines");
}

TEST_F(SecretFileTest, ASecretFromAFileIsNotPrinted) {
    const auto run = parse({"--brokers=b", "--print-config", "--redis-password-file", secret("hunter2")});
    EXPECT_THAT(run.out, AllOf(HasSubstr("redis-password-file = "), Not(HasSubstr("hunter2"))));
}

TEST_F(SecretFileTest, OneOfBothIsToBeGiven) {
    const auto run =
        parse({"--brokers=b", "--redis-password=hunter2"}, {{"REDIS_PASSWORD_FILE", secret("hunter2")}});
    EXPECT_EQ(run.exit_code, invalid);
    EXPECT_EQ(run.err,
              "sink: --redis-password-file (from REDIS_PASSWORD_FILE) and --redis-password: give one of "
              "them, not both\n");
}

TEST_F(SecretFileTest, AMissingFileIsAnError) {
    const auto run = parse({"--brokers=b", "--redis-password-file=/nowhere/secret"});
    EXPECT_EQ(run.exit_code, invalid);
    EXPECT_THAT(run.err, StartsWith("sink: --redis-password-file: '/nowhere/secret' cannot be read"));
}

}  // namespace
}  // namespace framebridge::options
