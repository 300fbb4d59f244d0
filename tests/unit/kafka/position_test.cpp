#include "kafka/position.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace framebridge::kafka {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

// 2026-11-27T13:05:00Z
constexpr milliseconds five_past{1'795'784'700'000};
constexpr std::chrono::system_clock::time_point now{five_past};

std::string problem_of(std::string_view text) {
    const auto position = Position::parse(text, now);
    return position ? "" : position.error().reason;
}

TEST(Position, TheEndsOfATopic) {
    EXPECT_EQ(Position::parse("earliest"), Position{Position::Earliest{}});
    EXPECT_EQ(Position::parse(" latest "), Position{Position::Latest{}});
}

TEST(Position, AnOffsetOfAllPartitionsOrOfEach) {
    EXPECT_EQ(Position::parse("offset:12"), Position{Position::Offset{12}});
    EXPECT_EQ(Position::parse("offset:0=12,1=40"),
              (Position{Position::PartitionOffsets{{{0, 12}, {1, 40}}}}));
    EXPECT_THAT(problem_of("offset:"), HasSubstr("offset is missing"));
    EXPECT_THAT(problem_of("offset:-1"), HasSubstr("not a partition and its offset"));
    EXPECT_THAT(problem_of("offset:0=12,1"), HasSubstr("'1' is not a partition"));
    EXPECT_THAT(problem_of("offset:99999999999=1"), HasSubstr("not a partition"));
}

TEST(Position, ATimeWithAnOffsetFromUtc) {
    for (const auto* text :
         {"time:2026-11-27T14:05:00+01:00", "time:2026-11-27T13:05:00Z", "time:2026-11-27 13:05Z",
          "time:2026-11-27T13:05:00.000+00:00", "2026-11-27T14:05:00+01:00", "2026-11-27 13:05Z"}) {
        EXPECT_EQ(Position::parse(text), Position{Position::Time{five_past}}) << text;
    }
    EXPECT_EQ(Position::parse("time:2026-11-27T13:05:00.250Z"),
              Position{Position::Time{five_past + milliseconds(250)}});
}

TEST(Position, ATimeWithoutAnOffsetIsLocalAndSaysSo) {
    const char* set = std::getenv("TZ");
    const std::string before = set == nullptr ? "" : set;
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    EXPECT_EQ(Position::parse("time:2026-11-27T14:05:00"), (Position{Position::Time{five_past}, true}));
    if (set == nullptr) {
        unsetenv("TZ");
    } else {
        setenv("TZ", before.c_str(), 1);
    }
    tzset();
}

TEST(Position, ATimeBeforeNow) {
    EXPECT_EQ(Position::parse("-15m", now), Position{Position::Time{five_past - std::chrono::minutes(15)}});
    EXPECT_EQ(Position::parse("-1h30m", now), Position{Position::Time{five_past - std::chrono::minutes(90)}});
    EXPECT_EQ(Position::parse("-2d", now), Position{Position::Time{five_past - std::chrono::hours(48)}});
    for (const auto* text : {"-", "-15", "-m", "-1y", "-99999999999s", "-1h30"}) {
        EXPECT_THAT(problem_of(text), HasSubstr("is not a position")) << text;
    }
}

TEST(Position, WhatItIsNotIsSaidWithTheForms) {
    EXPECT_THAT(problem_of("yesterday"), HasSubstr("'yesterday' is not a position: it is none of earliest"));
    EXPECT_THAT(problem_of(""), HasSubstr("is not a position"));
    EXPECT_THAT(problem_of("14:05"), HasSubstr("'14:05' is not a time such as 2026-11-27T14:05:00+01:00"));
    EXPECT_THAT(problem_of("time:14:05"), HasSubstr("'14:05' is not a time such as"));
    EXPECT_THAT(problem_of("time:2026-11-27T14:05:00+01:00x"), HasSubstr("is not a time"));
}

TEST(Position, ItsTextIsReadAsTheSame) {
    for (const auto* text :
         {"earliest", "latest", "offset:12", "offset:0=12,1=40", "time:2026-11-27T13:05:00.250Z"}) {
        EXPECT_EQ(Position::parse(text)->to_string(), text);
    }
}

TEST(Position, ATimeIsShownInUtc) {
    EXPECT_EQ(format_time(five_past), "2026-11-27T13:05:00.000Z");
}

}  // namespace
}  // namespace framebridge::kafka
