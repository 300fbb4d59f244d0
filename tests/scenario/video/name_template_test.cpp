#include "video_file_sink/name_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framebridge::video_sink {
namespace {

using testing::HasSubstr;

std::string expanded(std::string_view text, std::string_view source_id, std::uint64_t number) {
    const auto parsed = NameTemplate::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value().expand(source_id, number, "mp4").string();
}

std::string problem(std::string_view text) {
    const auto parsed = NameTemplate::parse(text);
    return parsed ? "" : parsed.error().reason;
}

TEST(NameTemplate, Expands) {
    EXPECT_EQ(expanded("{source_id}_{number}.{extension}", "cam-1", 7), "cam-1_0007.mp4");
    EXPECT_EQ(expanded("{source_id}/{number}.video", "cam-1", 12345), "cam-1/12345.video");
}

TEST(NameTemplate, ASourceIdCannotLeaveItsPlaceNorMeetAnother) {
    EXPECT_EQ(expanded("{source_id}-{number}", "../../etc/x", 1), "%2E.%2F..%2Fetc%2Fx-0001");
    EXPECT_EQ(file_name_part("a/b"), "a%2Fb");
    EXPECT_EQ(file_name_part("a%2Fb"), "a%252Fb");
    EXPECT_EQ(file_name_part(".hidden"), "%2Ehidden");
    EXPECT_EQ(file_name_part("camera 1\n"), "camera%201%0A");
    EXPECT_EQ(file_name_part("caméra.1"), "caméra.1");
}

TEST(FileNamePart, IsLimitedAndStaysUnique) {
    const std::string long_id(250, 'x');
    const auto part = file_name_part(long_id + "1");
    EXPECT_LE(part.size(), 160U);
    EXPECT_NE(part, file_name_part(long_id + "2"));
    EXPECT_NE(file_name_part(std::string(250, '/') + "1"), file_name_part(std::string(250, '/') + "2"));
    std::string umlauts;
    for (int letter = 0; letter < 200; ++letter) {
        umlauts += "\xc3\xa4";
    }
    const auto cut = file_name_part(umlauts);
    EXPECT_LE(cut.size(), 160U);
    EXPECT_EQ(cut.substr(cut.find('~') - 2, 2), "\xc3\xa4");
}

TEST(NameTemplate, SaysWhatIsWrong) {
    EXPECT_THAT(problem("{source_id}_{number"), HasSubstr("{number"));
    EXPECT_THAT(problem("{source}_{number}"), HasSubstr("{source}"));
    EXPECT_THAT(problem("{source_id}.mp4"), HasSubstr("needs"));
    EXPECT_THAT(problem("{number}.mp4"), HasSubstr("needs"));
    EXPECT_THAT(problem("/tmp/{source_id}{number}"), HasSubstr("within the output folder"));
    EXPECT_THAT(problem("../{source_id}{number}"), HasSubstr("within the output folder"));
    EXPECT_THAT(problem(""), HasSubstr("needs"));
}

}  // namespace
}  // namespace framebridge::video_sink
