#include "options/option_values.h"

#include <gmock/gmock.h>

#include <limits>

#include "runtime/text.h"

namespace framebridge::options {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();

TEST(ParseInteger, TakesWhatPythonTakes) {
    for (const auto* text : {"60", " 60 ", "+60", "6_0", "060"}) {
        EXPECT_EQ(parse_integer<std::int64_t>(text, 0, 100).value, 60) << text;
    }
    EXPECT_EQ(parse_integer<std::int64_t>("1_000", 0, no_limit).value, 1000);
    EXPECT_EQ(parse_integer<std::int64_t>("-7", -10, 10).value, -7);
}

TEST(ParseInteger, RefusesOtherTexts) {
    for (const auto* text : {"", " ", "abc", "6x", "6.0", "0x10", "_6", "6_", "6__0", "+-6", "--6", "101",
                             "-1", "99999999999999999999"}) {
        const auto parsed = parse_integer<std::int64_t>(text, 0, 100);
        EXPECT_FALSE(parsed.value) << text;
        EXPECT_EQ(parsed.problem, "'" + std::string(text) + "' is not a whole number from 0 to 100");
    }
    EXPECT_FALSE(parse_integer<std::uint64_t>("-1", 0, std::numeric_limits<std::uint64_t>::max()).value);
}

TEST(ParseInteger, NamesOnlyLimitsThatMatter) {
    EXPECT_EQ(parse_integer<std::int64_t>("x", 1, no_limit).problem,
              "'x' is not a whole number of at least 1");
    EXPECT_EQ(parse_integer<std::int64_t>("x", std::numeric_limits<std::int64_t>::min(), no_limit).problem,
              "'x' is not a whole number");
}

TEST(ParseInteger, ExplainsKubernetesServiceVariables) {
    EXPECT_THAT(parse_integer<std::int64_t>("tcp://10.0.0.1:6379", 1, 65535).problem,
                HasSubstr("enableServiceLinks"));
}

TEST(ParseBool, TakesStrtoboolSpellings) {
    for (const auto* text : {"y", "yes", "t", "true", "on", "1", "True", "YES", "On", "T", "Y", " true "}) {
        EXPECT_EQ(parse_bool(text).value, true) << text;
    }
    for (const auto* text : {"n", "no", "f", "false", "off", "0", "False", "NO", "Off", "F", "N", "0 "}) {
        EXPECT_EQ(parse_bool(text).value, false) << text;
    }
    for (const auto* text : {"", "2", "maybe", "truee", "-1"}) {
        EXPECT_FALSE(parse_bool(text).value) << text;
    }
}

TEST(ParseSeconds, TakesWholeAndFractions) {
    EXPECT_EQ(parse_seconds("60", {0}).value, milliseconds(60'000));
    EXPECT_EQ(parse_seconds(" 0.5 ", {0}).value, milliseconds(500));
    EXPECT_EQ(parse_seconds(".25", {0}).value, milliseconds(250));
    EXPECT_EQ(parse_seconds("1e3", {0}).value, milliseconds(1'000'000));
    EXPECT_EQ(parse_seconds("0", {0}).value, milliseconds(0));
    EXPECT_EQ(parse_seconds("0.0001", {0}).value, milliseconds(1)) << "what is positive stays so";
}

TEST(ParseSeconds, RefusesOtherTexts) {
    for (const auto* text : {"", "abc", "5s", "-1", "nan", "inf", "1e300", "61"}) {
        EXPECT_EQ(parse_seconds(text, {500, 60'000}).problem,
                  "'" + std::string(text) + "' is not a number of seconds from 0.5 to 60");
    }
    EXPECT_EQ(parse_seconds("x", {0}).problem, "'x' is not a number of seconds of at least 0");
}

TEST(ParseBytes, TakesSuffixes) {
    EXPECT_EQ(parse_bytes("17", {0}).value, 17U);
    EXPECT_EQ(parse_bytes("17B", {0}).value, 17U);
    EXPECT_EQ(parse_bytes("2kB", {0}).value, 2'000U);
    EXPECT_EQ(parse_bytes("2KiB", {0}).value, 2'048U);
    EXPECT_EQ(parse_bytes("3 MB", {0}).value, 3'000'000U);
    EXPECT_EQ(parse_bytes("1.5MiB", {0}).value, 1'572'864U);
    EXPECT_EQ(parse_bytes("4gib", {0}).value, 4'294'967'296U);
    EXPECT_EQ(parse_bytes("1_000", {0}).value, 1'000U);
}

TEST(ParseBytes, RefusesOtherTexts) {
    for (const auto* text : {"", "MB", "-1", "5 apples", "1e9", "1000000GiB", "5KiB", "1.2.3"}) {
        const auto parsed = parse_bytes(text, {0, 4096});
        EXPECT_FALSE(parsed.value) << text;
        EXPECT_THAT(parsed.problem, HasSubstr("is not a size in bytes from 0 to 4KiB"));
    }
    EXPECT_FALSE(parse_bytes("99999999999GiB", {0}).value);
}

TEST(FormatValues, AreReadBackEqual) {
    for (const std::size_t bytes : {0UL, 1UL, 1000UL, 1024UL, 1536UL, 64UL << 20U, 3UL << 30U}) {
        EXPECT_EQ(parse_bytes(format_bytes(bytes), {0}).value, bytes);
    }
    for (const auto duration : {milliseconds(0), milliseconds(1), milliseconds(500), milliseconds(60'000)}) {
        EXPECT_EQ(parse_seconds(format_seconds(duration), {0}).value, duration);
    }
    EXPECT_EQ(format_bytes(64UL << 20U), "64MiB");
    EXPECT_EQ(format_seconds(milliseconds(500)), "0.5");
    EXPECT_EQ(format_seconds(milliseconds(10'000)), "10");
}

TEST(SplitAtCommas, DropsBlanksAndEmptyParts) {
    EXPECT_THAT(runtime::split_at_commas("a, b ,,c"), ElementsAre("a", "b", "c"));
    EXPECT_THAT(runtime::split_at_commas(" , "), IsEmpty());
    EXPECT_THAT(runtime::split_at_commas(""), IsEmpty());
}

TEST(ClosestName, FindsTypos) {
    const std::vector<std::string> names{"--redis-port", "--redis-host", "--kafka-topic"};
    EXPECT_EQ(closest_name("--redis-prot", names), "--redis-port");
    EXPECT_EQ(closest_name("--redis_host", names), "--redis-host");
    EXPECT_EQ(closest_name("--colour", names), "");
}

}  // namespace
}  // namespace framebridge::options
