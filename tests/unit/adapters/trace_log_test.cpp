#include "common/trace_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace framebridge {
namespace {

TEST(TraceLog, FindsTheTracesIdOrNone) {
    EXPECT_EQ(trace_id_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
              "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(trace_id_of("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later"),
              "0af7651916cd43dd8448eb211c80319c");
    for (const auto* text :
         {"", "00", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "00-0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319c--------"}) {
        EXPECT_EQ(trace_id_of(text), "") << text;
    }
}

TEST(TraceLog, SamplesThatPartOfAllIds) {
    int sampled = 0;
    for (std::uint64_t number = 0; number < 1000; ++number) {
        const auto id = fmt::format("{:016x}{:016x}", number, number * 0x9E3779B97F4A7C15U);
        EXPECT_TRUE(is_sampled(id, {1}));
        EXPECT_FALSE(is_sampled(id, {0}));
        EXPECT_EQ(is_sampled(id, {0.1}), is_sampled(id, {0.1})) << "all adapters choose the same";
        sampled += is_sampled(id, {0.1}) ? 1 : 0;
    }
    EXPECT_NEAR(sampled, 100, 20);
    EXPECT_FALSE(is_sampled("", {1})) << "a message without a trace";
}

}  // namespace
}  // namespace framebridge
