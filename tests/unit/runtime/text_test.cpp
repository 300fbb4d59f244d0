#include "runtime/text.h"

#include <gtest/gtest.h>

namespace framebridge::runtime {
namespace {

TEST(Printable, KeepsTextAndEscapesTheRest) {
    EXPECT_EQ(printable("cam-1 ä 日本 🙂"), "cam-1 ä 日本 🙂");
    EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\\x0ab\\x1b[31m\\x7f");
    EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\xc2\\x9b31m");  // a terminal's control character
    EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");  // overlong, a surrogate
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Printable, IsBounded) {
    EXPECT_EQ(printable(std::string(1000, 'a'), 4), "aaaa... (1000 bytes)");
    EXPECT_EQ(printable("aaaa", 4), "aaaa");
    EXPECT_LT(printable(std::string(1 << 20, '\n')).size(), 1000U);
}

}  // namespace
}  // namespace framebridge::runtime
