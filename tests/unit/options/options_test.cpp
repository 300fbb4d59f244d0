#include "options/options.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace framebridge::options {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using testing::UnorderedElementsAre;

enum class Reset { earliest, latest };

Result<std::string> parse_even(std::string_view text) {
    if (text.size() % 2 != 0) {
        return problem("'" + std::string(text) + "' is odd");
    }
    return std::string(text);
}

/// One option of each kind.
struct Settings {
    std::string brokers;
    std::string host = "localhost";
    std::uint16_t port = 6379;
    int level = -1;
    std::uint32_t count = 50;
    std::optional<std::uint64_t> frames;
    bool deduplicate = false;
    bool verify = true;
    milliseconds ttl{60'000};
    milliseconds poll{250};
    std::size_t queue = 64UL << 20U;
    std::map<std::string, std::string> kafka;
    std::vector<std::string> sources;
    std::vector<std::string> files;
    Reset reset = Reset::latest;
    std::string custom;
    std::string password;
};

struct Parsed {
    Outcome outcome = Outcome::run;
    std::string out;
    std::string err;
};

class OptionsTest : public testing::Test {
  protected:
    void SetUp() override {
        clearenv();  // whoever runs the tests may have set variables that adapters look at
        options_.group("Kafka");
        options_.add(
            {.flag = "--brokers", .environment = "KAFKA_BROKERS", .help = "Brokers.", .required = true},
            settings_.brokers);
        options_.add({"--kafka-config", "FRAMEBRIDGE_KAFKA_CONFIG", "Anything for librdkafka."},
                     settings_.kafka);
        options_.add({"--reset", "RESET", "Where to start."}, settings_.reset,
                     Choice<Reset>{{"earliest", Reset::earliest}, {"latest", Reset::latest}});
        options_.group("Store");
        options_.add({"--redis-host", "REDIS_HOST", "Host of the store."}, settings_.host);
        options_.add({"--redis-port", "REDIS_PORT", "Port of the store."}, settings_.port);
        options_.add({.flag = "--redis-password",
                      .environment = "REDIS_PASSWORD",
                      .help = "Password.",
                      .secret = true},
                     settings_.password);
        options_.add({"--ttl", "TTL", "How long a frame is kept, in seconds."}, settings_.ttl,
                     Seconds{milliseconds(1000)});
        options_.add({"--deduplicate", "DEDUPLICATE", "Store equal frames once."}, settings_.deduplicate);
        options_.add({"--verify", "VERIFY", "Compare the hash."}, settings_.verify);
        options_.group("Queues");
        options_.add({"--level", "LEVEL", "A level."}, settings_.level, Number{-1, 9});
        options_.add({"--count", "COUNT", "Messages in flight."}, settings_.count, Number{1, 1000});
        options_.add({"--frames", "FRAMES", "Frames in a period."}, settings_.frames, Number{1});
        options_.add({"--poll", "POLL", "Pause between two polls, in milliseconds."}, settings_.poll,
                     Milliseconds{});
        options_.add({"--queue-bytes", "QUEUE_BYTES",
                      "Bytes in flight, in all of the stages together and at any "
                      "time, whatever happens to the peers."},
                     settings_.queue, Bytes{1});
        options_.add({"--source-id", "SOURCE_IDS", "Sources to take."}, settings_.sources);
        options_.add({.flag = "--file", .environment = "FILES", .help = "Files to play.", .positional = true},
                     settings_.files);
        options_.add({"--custom", "CUSTOM", "Even words."}, settings_.custom, parse_even);
        directory_ =
            std::filesystem::temp_directory_path() / ("framebridge-options-" + std::to_string(getpid()));
        std::filesystem::create_directories(directory_);
    }
    void TearDown() override {
        for (const std::string& name : variables_) {
            unsetenv(name.c_str());
        }
        std::filesystem::remove_all(directory_);
    }

    void set_variable(const std::string& name, const std::string& value) {
        setenv(name.c_str(), value.c_str(), 1);
        variables_.push_back(name);
    }

    std::string write_file(const std::string& text) {
        const auto path = directory_ / "config.toml";
        std::ofstream(path) << text;
        return path.string();
    }

    static Parsed parse_with(OptionSet& options, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "adapter");
        std::vector<const char*> argv;
        for (const std::string& argument : arguments) {
            argv.push_back(argument.c_str());
        }
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        Parsed run;
        run.outcome = options.parse(static_cast<int>(argv.size()), argv.data());
        run.out = testing::internal::GetCapturedStdout();
        run.err = testing::internal::GetCapturedStderr();
        return run;
    }
    Parsed parse(const std::vector<std::string>& arguments) { return parse_with(options_, arguments); }
    /// With what is required given.
    Parsed parse_complete(std::vector<std::string> arguments) {
        arguments.emplace_back("--brokers=b:9092");
        return parse(arguments);
    }

    Settings settings_;
    OptionSet options_{"adapter", "An adapter for tests."};
    std::vector<std::string> variables_;
    std::filesystem::path directory_;
};

TEST_F(OptionsTest, DefaultsStay) {
    const auto outcome = parse_complete({});
    EXPECT_EQ(outcome.outcome, Outcome::run);
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(settings_.host, "localhost");
    EXPECT_EQ(settings_.port, 6379);
    EXPECT_EQ(settings_.frames, std::nullopt);
    EXPECT_TRUE(settings_.verify);
}

TEST_F(OptionsTest, TakesEveryKindFromFlags) {
    const auto outcome = parse({"--brokers",
                                "b:9092",
                                "--redis-host=h",
                                "--redis-port",
                                "1",
                                "--redis-password",
                                "p",
                                "--level",
                                "-1",
                                "--count",
                                "7",
                                "--frames",
                                "9",
                                "--deduplicate",
                                "--verify=no",
                                "--ttl",
                                "1.5",
                                "--poll",
                                "5",
                                "--queue-bytes",
                                "2MiB",
                                "--kafka-config",
                                "a.b=c=d",
                                "--kafka-config",
                                "e=f",
                                "--source-id",
                                "x",
                                "--source-id",
                                "y,z",
                                "one.mp4",
                                "--file",
                                "two.mp4",
                                "--reset",
                                "earliest",
                                "--custom",
                                "even",
                                "three.mp4"});
    ASSERT_EQ(outcome.outcome, Outcome::run) << outcome.err;
    EXPECT_EQ(settings_.brokers, "b:9092");
    EXPECT_EQ(settings_.host, "h");
    EXPECT_EQ(settings_.port, 1);
    EXPECT_EQ(settings_.password, "p");
    EXPECT_EQ(settings_.level, -1);
    EXPECT_EQ(settings_.count, 7U);
    EXPECT_EQ(settings_.frames, 9U);
    EXPECT_TRUE(settings_.deduplicate);
    EXPECT_FALSE(settings_.verify);
    EXPECT_EQ(settings_.ttl, milliseconds(1500));
    EXPECT_EQ(settings_.poll, milliseconds(5));
    EXPECT_EQ(settings_.queue, 2UL << 20U);
    EXPECT_THAT(settings_.kafka, UnorderedElementsAre(Pair("a.b", "c=d"), Pair("e", "f")));
    EXPECT_THAT(settings_.sources, ElementsAre("x", "y,z"));
    EXPECT_THAT(settings_.files, UnorderedElementsAre("one.mp4", "two.mp4", "three.mp4"));
    EXPECT_EQ(settings_.reset, Reset::earliest);
    EXPECT_EQ(settings_.custom, "even");
}

TEST_F(OptionsTest, TakesEveryKindFromTheEnvironment) {
    set_variable("KAFKA_BROKERS", "b:9092,c:9092");
    set_variable("REDIS_PORT", " 1_000 ");
    set_variable("DEDUPLICATE", "True");
    set_variable("VERIFY", "off");
    set_variable("TTL", "60");
    set_variable("FRAMES", "12");
    set_variable("FRAMEBRIDGE_KAFKA_CONFIG", "debug=broker,topic,linger.ms=5");
    set_variable("SOURCE_IDS", "a, b");
    set_variable("FILES", "one.mp4,two.mp4");
    set_variable("RESET", "earliest");
    set_variable("REDIS_HOST", "");
    const auto outcome = parse({});
    ASSERT_EQ(outcome.outcome, Outcome::run) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(settings_.brokers, "b:9092,c:9092");
    EXPECT_EQ(settings_.port, 1000);
    EXPECT_TRUE(settings_.deduplicate);
    EXPECT_FALSE(settings_.verify);
    EXPECT_EQ(settings_.frames, 12U);
    EXPECT_THAT(settings_.kafka, UnorderedElementsAre(Pair("debug", "broker,topic"), Pair("linger.ms", "5")));
    EXPECT_THAT(settings_.sources, ElementsAre("a", "b"));
    EXPECT_THAT(settings_.files, ElementsAre("one.mp4", "two.mp4"));
    EXPECT_EQ(settings_.reset, Reset::earliest);
    EXPECT_EQ(settings_.host, "localhost") << "an empty variable is not set";
}

TEST_F(OptionsTest, TakesEveryKindFromAFile) {
    const auto path = write_file(R"(# a comment
brokers = "b:9092,c:9092"
redis-port = 1_000
redis-password = "with # and \" and , and = signs"
deduplicate = true
verify = "off"
ttl = 1.5
queue-bytes = "1MiB"
source-id = ["a", "b,c"]
file = "one.mp4"
custom = '{"a": "b"}'

[kafka-config]
linger.ms = 5
"compression.type" = "zstd"
enable.thing = true
)");
    const auto outcome = parse({"--config", path});
    ASSERT_EQ(outcome.outcome, Outcome::run) << outcome.err;
    EXPECT_EQ(settings_.brokers, "b:9092,c:9092");
    EXPECT_EQ(settings_.port, 1000);
    EXPECT_EQ(settings_.password, "with # and \" and , and = signs");
    EXPECT_TRUE(settings_.deduplicate);
    EXPECT_FALSE(settings_.verify);
    EXPECT_EQ(settings_.ttl, milliseconds(1500));
    EXPECT_EQ(settings_.queue, 1UL << 20U);
    EXPECT_THAT(settings_.sources, ElementsAre("a", "b,c"));
    EXPECT_THAT(settings_.files, ElementsAre("one.mp4"));
    EXPECT_EQ(settings_.custom, "{\"a\": \"b\"}");
    EXPECT_THAT(settings_.kafka,
                UnorderedElementsAre(Pair("linger.ms", "5"), Pair("compression.type", "zstd"),
                                     Pair("enable.thing", "true")));
}

TEST_F(OptionsTest, FlagBeforeEnvironmentBeforeFileBeforeDefault) {
    const auto path = write_file("redis-port = 1\nlevel = 1\ncount = 1\nkafka-config = [\"file=1\"]\n");
    set_variable("FRAMEBRIDGE_CONFIG", path);
    set_variable("REDIS_PORT", "2");
    set_variable("LEVEL", "2");
    set_variable("FRAMEBRIDGE_KAFKA_CONFIG", "environment=1");
    const auto outcome = parse_complete({"--redis-port=3"});
    ASSERT_EQ(outcome.outcome, Outcome::run) << outcome.err;
    EXPECT_EQ(settings_.port, 3);
    EXPECT_EQ(settings_.level, 2);
    EXPECT_EQ(settings_.count, 1U);
    EXPECT_EQ(settings_.host, "localhost");
    EXPECT_THAT(settings_.kafka, ElementsAre(Pair("environment", "1"))) << "sources are not merged";
}

TEST_F(OptionsTest, TheLastOfARepeatedFlagCounts) {
    ASSERT_EQ(parse_complete({"--redis-port=1", "--redis-port=2"}).outcome, Outcome::run);
    EXPECT_EQ(settings_.port, 2);
}

TEST_F(OptionsTest, SaysAllThatIsWrongAtOnce) {
    const auto path = write_file("count = 0\nredis-prot = 1\n\nsource-id = 5\nredis-host = [1]\n");
    set_variable("REDIS_PORT", "abc");
    set_variable("TTL", "0.5");
    options_.check([] { return std::vector<std::string>{"--poll must be below --ttl"}; });
    const auto outcome = parse({"--config", path, "--deduplicate=perhaps", "--reset", "never", "--custom=odd",
                                "--kafka-config", "linger", "--kafka-topik", "t", "--redis-dost=x",
                                "--level=10", "--frames", "0", "--queue-bytes=much", "--poll=-1"});
    EXPECT_EQ(outcome.outcome, Outcome::invalid);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(
        outcome.err,
        "adapter: --kafka-topik: there is no such option; --help lists them\n"
        "adapter: --redis-dost: there is no such option; did you mean --redis-host?\n"
        "adapter: " +
            path +
            ":5: 'redis-host' takes a single value\n"
            "adapter: " +
            path +
            ":2: 'redis-prot': there is no such option; did you mean 'redis-port'?\n"
            "adapter: --brokers: is required; set it, or KAFKA_BROKERS in the environment\n"
            "adapter: --kafka-config: 'linger' is not key=value\n"
            "adapter: --reset: 'never' is not one of earliest, latest\n"
            "adapter: --redis-port (from REDIS_PORT): 'abc' is not a whole number from 1 to 65535\n"
            "adapter: --ttl (from TTL): '0.5' is not a number of seconds of at least 1\n"
            "adapter: --deduplicate: 'perhaps' is neither true nor false (also: yes, on, 1, no, off, 0)\n"
            "adapter: --level: '10' is not a whole number from -1 to 9\n"
            "adapter: --count (from " +
            path +
            ":1): '0' is not a whole number from 1 to 1000\n"
            "adapter: --frames: '0' is not a whole number of at least 1\n"
            "adapter: --poll: '-1' is not a whole number of at least 0\n"
            "adapter: --queue-bytes: 'much' is not a size in bytes of at least 1 (with B, kB, KiB, MB, MiB, "
            "GB or "
            "GiB after it if needed)\n"
            "adapter: --custom: 'odd' is odd\n"
            "adapter: --poll must be below --ttl\n");
}

TEST_F(OptionsTest, AFlagWithoutItsValueIsSaidWithTheRest) {
    const auto outcome = parse({"--ttl", "x", "--redis-port"});
    EXPECT_EQ(outcome.outcome, Outcome::invalid);
    EXPECT_THAT(outcome.err,
                AllOf(HasSubstr("--redis-port"), HasSubstr("--ttl: 'x'"), HasSubstr("--brokers")));
}

TEST_F(OptionsTest, AFlagIsNotTakenForAValue) {
    const auto outcome = parse_complete({"--redis-host", "--deduplicate"});
    EXPECT_EQ(outcome.outcome, Outcome::invalid);
    EXPECT_THAT(outcome.err, StartsWith("adapter: --redis-host: needs a value, but --deduplicate follows"));
}

TEST_F(OptionsTest, ArgumentsThatNoOptionTakesAreErrors) {
    OptionSet options("adapter", "Takes no files.");
    bool loop = false;
    options.add({"--loop", "", "Again and again."}, loop);
    const auto outcome = parse_with(options, {"one.mp4", "--loop", "false"});
    EXPECT_EQ(outcome.outcome, Outcome::invalid);
    EXPECT_EQ(
        outcome.err,
        "adapter: 'one.mp4': an argument without an option\n"
        "adapter: 'false': an argument without an option; a switch takes its value as --switch=false\n");
}

TEST_F(OptionsTest, ASecretIsNotInErrors) {
    std::string key;
    options_.add({.flag = "--key", .environment = "KEY", .help = "A key.", .secret = true}, key, parse_even);
    const auto outcome = parse_complete({"--key", "hunter2"});
    EXPECT_EQ(outcome.outcome, Outcome::invalid);
    EXPECT_EQ(outcome.err, "adapter: --key: '***' is odd\n");
}

TEST_F(OptionsTest, SecretsInEntriesAndAddressesAreNotInErrors) {
    const auto run = parse({"--kafka-config", "sasl.password:hunter2", "--kafka-config",
                            "sasl.pasword hunter2", "--reset", "http://me:hunter2@host"});
    EXPECT_EQ(run.outcome, Outcome::invalid);
    EXPECT_THAT(run.err, Not(HasSubstr("hunter2")));
    EXPECT_THAT(run.err, AllOf(HasSubstr("--kafka-config: 'sasl.password***' is not key=value"),
                               HasSubstr("--kafka-config: 'sasl.pasword***' is not key=value"),
                               HasSubstr("'http://***@host' is not one of")));
}

TEST_F(OptionsTest, ASecretsCommasInAVariableAreItsOwn) {
    set_variable("FRAMEBRIDGE_KAFKA_CONFIG", "a.b=1,sasl.password=x,y=1,,z,linger.ms=5,debug=all,topic");
    const auto run = parse_complete({});
    EXPECT_THAT(settings_.kafka, UnorderedElementsAre(Pair("a.b", "1"), Pair("sasl.password", "x,y=1,,z"),
                                                      Pair("linger.ms", "5"), Pair("debug", "all,topic")));
}

TEST_F(OptionsTest, UnreadableFileIsSaidWithTheRest) {
    const auto outcome = parse({"--config", "/nowhere/x.toml", "--redis-port=0"});
    EXPECT_EQ(outcome.outcome, Outcome::invalid);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("--config: '/nowhere/x.toml' cannot be read"),
                                   HasSubstr("--redis-port: '0'"), Not(HasSubstr("--brokers"))))
        << "what the file may have held is not missing";
}

TEST_F(OptionsTest, ADirectoryIsNoConfigFile) {
    EXPECT_THAT(parse_complete({"--config", directory_.string()}).err, HasSubstr("cannot be read"));
}

TEST_F(OptionsTest, SyntaxErrorsNameTheLine) {
    const auto path = write_file("brokers = \"b\"\nredis-host = \n");
    const auto outcome = parse({"--config=" + path});
    EXPECT_EQ(outcome.outcome, Outcome::invalid);
    EXPECT_THAT(outcome.err, StartsWith("adapter: " + path + ":2: not TOML: "));
}

TEST_F(OptionsTest, OptionsOfTheCommandLineAreNotInFiles) {
    const auto outcome = parse_complete({"--config", write_file("print-config = true\nconfig = 'x'\n")});
    EXPECT_EQ(outcome.outcome, Outcome::invalid);
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("'print-config': there is no such option"),
                                   HasSubstr("'config': there is no such option")));
}

TEST_F(OptionsTest, UnknownVariablesAreOneWarning) {
    set_variable("FRAMEBRIDGE_KAFKA_CONFIGS", "a=b");
    set_variable("FRAMEBRIDGE_SOMETHING_ELSE", "1");
    const auto outcome = parse_complete({});
    EXPECT_EQ(outcome.outcome, Outcome::run);
    EXPECT_EQ(outcome.err,
              "adapter: warning: no option has these environment variables, they are not used: "
              "FRAMEBRIDGE_KAFKA_CONFIGS "
              "(did you mean FRAMEBRIDGE_KAFKA_CONFIG?), FRAMEBRIDGE_SOMETHING_ELSE\n");
}

TEST_F(OptionsTest, HelpHasGroupsUnitsDefaultsAndVariables) {
    const auto outcome = parse({"--help", "--redis-port=abc"});
    EXPECT_EQ(outcome.outcome, Outcome::done);
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(outcome.out, R"(An adapter for tests.

Usage: adapter [OPTIONS] [FILE...]

Kafka:
  --brokers TEXT                    Brokers. [required; $KAFKA_BROKERS]
  --kafka-config KEY=VALUE          Anything for librdkafka. [repeatable; $FRAMEBRIDGE_KAFKA_CONFIG]
  --reset earliest|latest           Where to start. [default: latest; $RESET]

Store:
  --redis-host TEXT                 Host of the store. [default: localhost; $REDIS_HOST]
  --redis-port NUMBER               Port of the store. [default: 6379; $REDIS_PORT]
  --redis-password TEXT             Password. [$REDIS_PASSWORD]
  --redis-password-file TEXT        File that holds --redis-password's value [$REDIS_PASSWORD_FILE]
  --ttl SECONDS                     How long a frame is kept, in seconds. [default: 60; $TTL]
  --deduplicate                     Store equal frames once. [$DEDUPLICATE]
  --verify                          Compare the hash. [on by default, off with --verify=false;
                                    $VERIFY]

Queues:
  --level NUMBER                    A level. [default: -1; $LEVEL]
  --count NUMBER                    Messages in flight. [default: 50; $COUNT]
  --frames NUMBER                   Frames in a period. [$FRAMES]
  --poll MILLISECONDS               Pause between two polls, in milliseconds. [default: 250; $POLL]
  --queue-bytes SIZE                Bytes in flight, in all of the stages together and at any time,
                                    whatever happens to the peers. [default: 64MiB; $QUEUE_BYTES]
  --source-id TEXT                  Sources to take. [repeatable; $SOURCE_IDS]
  --file FILE                       Files to play. [repeatable; $FILES]
  --custom TEXT                     Even words. [$CUSTOM]

General:
  --config TEXT                     A TOML file with options; the keys are the flags without dashes.
                                    With --instance: of several adapters [$FRAMEBRIDGE_CONFIG]
  --instance TEXT                   This adapter's table in a --config file of several adapters
                                    [$FRAMEBRIDGE_INSTANCE]
  --print-config                    Print the settings in effect as a config file, and exit
  --check-config                    Check the settings, open nothing, and exit
  --version                         Show the version.
  -h,--help                         Show this help.
)");
}

TEST_F(OptionsTest, VersionNamesTheProgramAndItsRevision) {
    options_.version_note("librdkafka 2.0.2");
    const auto outcome = parse({"--version"});
    EXPECT_EQ(outcome.outcome, Outcome::done);
    EXPECT_THAT(outcome.out,
                AllOf(StartsWith("adapter 0."), HasSubstr("(revision "), EndsWith("\nlibrdkafka 2.0.2\n")));
}

TEST_F(OptionsTest, PrintedConfigIsReadBackEqual) {
    const auto path = write_file("count = 3\n");
    set_variable("TTL", "1.5");
    set_variable("FRAMEBRIDGE_KAFKA_CONFIG",
                 "linger.ms=5,sasl.oauthbearer.config=token=abc,sasl.password=hunter2,b=2");
    set_variable("REDIS_PASSWORD", "hunter2");
    const std::string awkward = "quotes \" ' and \\ # , = [x]";
    const auto printed =
        parse({"--print-config", "--brokers", "b:9092", "--redis-host", awkward, "--source-id", awkward,
               "--config", path, "--deduplicate", "--queue-bytes", "2MiB", "--reset", "earliest"});
    ASSERT_EQ(printed.outcome, Outcome::done) << printed.err;
    EXPECT_THAT(printed.out, Not(HasSubstr("hunter2")));
    EXPECT_THAT(printed.out, Not(HasSubstr("abc")));
    EXPECT_THAT(printed.out, Not(HasSubstr("b=2"))) << "it may be a part of the password";
    EXPECT_THAT(printed.out, HasSubstr("\n# redis-password = ***  # REDIS_PASSWORD\n"));
    EXPECT_THAT(printed.out, HasSubstr("\n# kafka-config: sasl.password=***  # FRAMEBRIDGE_KAFKA_CONFIG\n"));
    EXPECT_THAT(printed.out, HasSubstr("\n# redis-port = 6379  # default\n"));
    EXPECT_THAT(printed.out, HasSubstr("\n# frames is not set\n"));
    EXPECT_THAT(printed.out, HasSubstr("\ncount = 3  # " + path + ":1\n"));
    EXPECT_THAT(printed.out, HasSubstr("\nttl = 1.5  # TTL\n"));
    EXPECT_THAT(printed.out, HasSubstr("\ndeduplicate = true  # command line\n"));
    TearDown();
    variables_.clear();
    std::filesystem::create_directories(directory_);

    OptionsTest_PrintedConfigIsReadBackEqual_Test again;
    again.SetUp();
    const auto copy = again.parse({"--config", again.write_file(printed.out)});
    ASSERT_EQ(copy.outcome, Outcome::run) << copy.err << printed.out;
    EXPECT_EQ(again.settings_.brokers, "b:9092");
    EXPECT_EQ(again.settings_.host, awkward);
    EXPECT_THAT(again.settings_.sources, ElementsAre(awkward));
    EXPECT_EQ(again.settings_.count, 3U);
    EXPECT_TRUE(again.settings_.deduplicate);
    EXPECT_EQ(again.settings_.ttl, milliseconds(1500));
    EXPECT_EQ(again.settings_.queue, 2UL << 20U);
    EXPECT_EQ(again.settings_.reset, Reset::earliest);
    EXPECT_THAT(again.settings_.kafka, ElementsAre(Pair("linger.ms", "5")));
    EXPECT_THAT(again.settings_.password, IsEmpty());
}

TEST_F(OptionsTest, APrintedDefaultOfSecretsIsHidden) {
    OptionSet options("adapter", "Has a default secret.");
    std::string token = "hunter2";
    std::map<std::string, std::string> config{{"sasl.password", "hunter2"}};
    options.add({.flag = "--token", .environment = "TOKEN", .help = "A token.", .secret = true}, token);
    options.add({"--config-map", "", "A map."}, config);
    EXPECT_THAT(parse_with(options, {"--print-config"}).out, Not(HasSubstr("hunter2")));
    OptionSet helped("adapter", "Has a default secret.");
    helped.add({.flag = "--token", .environment = "TOKEN", .help = "A token.", .secret = true}, token);
    helped.add({"--config-map", "", "A map."}, config);
    EXPECT_THAT(parse_with(helped, {"--help"}).out, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace framebridge::options
