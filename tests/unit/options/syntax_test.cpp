#include "options/syntax.h"

#include <gmock/gmock.h>

#include "runtime/text.h"

namespace framebridge::options {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename Value>
std::string reason(const Result<Value>& result) {
    return result ? "" : result.error().reason;
}

TEST(Number, TakesWhatPythonTakes) {
    for (const auto* text : {"60", " 60 ", "+60", "6_0", "060"}) {
        EXPECT_EQ((Number{0, 100}.parse(text)), 60) << text;
    }
    EXPECT_EQ(Number{0}.parse("1_000"), 1000);
    EXPECT_EQ((Number{-10, 10}.parse("-7")), -7);
}

TEST(Number, RefusesOtherTexts) {
    for (const auto* text : {"", " ", "abc", "6x", "6.0", "0x10", "_6", "6_", "6__0", "+-6", "--6", "101",
                             "-1", "99999999999999999999"}) {
        EXPECT_EQ(reason(Number{0, 100}.parse(text)),
                  "'" + std::string(text) + "' is not a whole number from 0 to 100");
    }
}

TEST(Number, NamesOnlyLimitsThatMatter) {
    EXPECT_EQ(reason(Number{1}.parse("x")), "'x' is not a whole number of at least 1");
    EXPECT_EQ(reason(Number{}.parse("x")), "'x' is not a whole number");
}

TEST(Number, ZeroCanStandForNoLimit) {
    const Number number{1, 100, 100};
    EXPECT_EQ(number.parse("0"), 100);
    EXPECT_EQ(number.parse("7"), 7);
    EXPECT_EQ(reason(number.parse("-1")), "'-1' is not a whole number from 0 to 100");
}

TEST(Number, StaysWithinItsTarget) {
    EXPECT_EQ(within_limits_of<std::uint16_t>({}).min, 1) << "a port";
    EXPECT_EQ(within_limits_of<std::uint16_t>({}).max, 65535);
    EXPECT_EQ(within_limits_of<std::uint32_t>({}).max, 4294967295);
    EXPECT_EQ((within_limits_of<int>({-1, 9}).max), 9);
    EXPECT_EQ(within_limits_of<std::uint64_t>({}).min, 0);
}

TEST(Number, ExplainsKubernetesServiceVariables) {
    EXPECT_THAT(reason(Number{1, 65535}.parse("tcp://10.0.0.1:6379")), HasSubstr("enableServiceLinks"));
}

TEST(Switch, TakesStrtoboolSpellings) {
    for (const auto* text : {"y", "yes", "t", "true", "on", "1", "True", "YES", "On", "T", "Y", " true "}) {
        EXPECT_EQ(Switch::parse(text), true) << text;
    }
    for (const auto* text : {"n", "no", "f", "false", "off", "0", "False", "NO", "Off", "F", "N", "0 "}) {
        EXPECT_EQ(Switch::parse(text), false) << text;
    }
    for (const auto* text : {"", "2", "maybe", "truee", "-1"}) {
        EXPECT_FALSE(Switch::parse(text)) << text;
    }
}

TEST(Seconds, TakeWholeAndFractions) {
    EXPECT_EQ(Seconds{}.parse("60"), milliseconds(60'000));
    EXPECT_EQ(Seconds{}.parse(" 0.5 "), milliseconds(500));
    EXPECT_EQ(Seconds{}.parse(".25"), milliseconds(250));
    EXPECT_EQ(Seconds{}.parse("1e3"), milliseconds(1'000'000));
    EXPECT_EQ(Seconds{}.parse("0"), milliseconds(0));
    EXPECT_EQ(Seconds{}.parse("0.0001"), milliseconds(1)) << "what is positive stays so";
}

TEST(Seconds, RefuseOtherTexts) {
    for (const auto* text : {"", "abc", "5s", "-1", "nan", "inf", "1e300", "61"}) {
        EXPECT_EQ(reason(Seconds{milliseconds(500), milliseconds(60'000)}.parse(text)),
                  "'" + std::string(text) + "' is not a number of seconds from 0.5 to 60");
    }
    EXPECT_EQ(reason(Seconds{}.parse("x")), "'x' is not a number of seconds of at least 0");
}

TEST(Milliseconds, AreWhole) {
    EXPECT_EQ(Milliseconds{}.parse("5"), milliseconds(5));
    EXPECT_EQ(reason(Milliseconds{milliseconds(1), milliseconds(9)}.parse("0.5")),
              "'0.5' is not a whole number from 1 to 9");
}

TEST(Bytes, TakeSuffixes) {
    EXPECT_EQ(Bytes{}.parse("17"), 17U);
    EXPECT_EQ(Bytes{}.parse("17B"), 17U);
    EXPECT_EQ(Bytes{}.parse("2kB"), 2'000U);
    EXPECT_EQ(Bytes{}.parse("2KiB"), 2'048U);
    EXPECT_EQ(Bytes{}.parse("3 MB"), 3'000'000U);
    EXPECT_EQ(Bytes{}.parse("1.5MiB"), 1'572'864U);
    EXPECT_EQ(Bytes{}.parse("4gib"), 4'294'967'296U);
    EXPECT_EQ(Bytes{}.parse("1_000"), 1'000U);
}

TEST(Bytes, RefuseOtherTexts) {
    for (const auto* text : {"", "MB", "-1", "5 apples", "1e9", "1000000GiB", "5KiB", "1.2.3"}) {
        EXPECT_THAT(reason(Bytes{0, 4096}.parse(text)), HasSubstr("is not a size in bytes from 0 to 4KiB"));
    }
    EXPECT_FALSE(Bytes{}.parse("99999999999GiB"));
}

TEST(Values, AreReadBackEqual) {
    for (const std::size_t bytes : {0UL, 1UL, 1000UL, 1024UL, 1536UL, 64UL << 20U, 3UL << 30U}) {
        EXPECT_EQ(Bytes{}.parse(Bytes::text(bytes)), bytes);
    }
    for (const auto duration : {milliseconds(0), milliseconds(1), milliseconds(500), milliseconds(60'000)}) {
        EXPECT_EQ(Seconds{}.parse(Seconds::text(duration)), duration);
    }
    EXPECT_EQ(Bytes::text(64UL << 20U), "64MiB");
    EXPECT_EQ(Seconds::text(milliseconds(500)), "0.5");
    EXPECT_EQ(Seconds::text(milliseconds(10'000)), "10");
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
