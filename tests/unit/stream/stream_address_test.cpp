#include "video_stream_source/stream_address.h"

#include <gtest/gtest.h>

namespace framebridge::stream_source {
namespace {

using Protocol = StreamAddress::Protocol;

TEST(StreamAddress, ShowsNeitherUserNorQuery) {
    const auto address = StreamAddress::parse(" rtsp://viewer:s3cret@10.0.0.7:8554/live/1?token=abc#part ");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->protocol(), Protocol::rtsp);
    EXPECT_EQ(address->userinfo(), "viewer:s3cret");
    EXPECT_EQ(address->query(), "token=abc");
    EXPECT_EQ(address->to_string(), "rtsp://10.0.0.7:8554/live/1");
    EXPECT_EQ(address->url(address->userinfo()), "rtsp://viewer:s3cret@10.0.0.7:8554/live/1?token=abc");
    EXPECT_EQ(address->url("a:b"), "rtsp://a:b@10.0.0.7:8554/live/1?token=abc");
}

TEST(StreamAddress, APasswordMayHaveAnAtSign) {
    const auto address = StreamAddress::parse("http://viewer:p@ss@camera/a@b");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->userinfo(), "viewer:p@ss");
    EXPECT_EQ(address->to_string(), "http://camera/a@b");
}

TEST(StreamAddress, KnowsTheOtherKinds) {
    EXPECT_EQ(StreamAddress::parse("rtsps://camera/live")->protocol(), Protocol::rtsps);
    EXPECT_EQ(StreamAddress::parse("https://camera")->protocol(), Protocol::https);
    EXPECT_EQ(StreamAddress::parse("srt://[::1]:9000?passphrase=0123456789")->to_string(),
              "srt://[::1]:9000");
    EXPECT_EQ(StreamAddress::parse("/dev/video0")->url({}), "/dev/video0");
    EXPECT_EQ(StreamAddress::parse("v4l2:///dev/video0")->url({}), "/dev/video0");
}

TEST(StreamAddress, RefusesAllElseWithoutRepeatingIt) {
    for (const auto* text :
         {"", "camera", "file:///etc/passwd", "/etc/passwd", "concat:a|b", "ftp://u:s3cret@camera/x",
          "v4l2:///etc/passwd", "rtsp://", "rtsp://u:s3cret@/live", "http://:80/", "http://camera/a b",
          "rtsp://camera/\nx", "RTSP://s3cret@camera"}) {
        const auto address = StreamAddress::parse(text);
        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().to_string().find("s3cret"), std::string::npos) << text;
    }
}

TEST(PercentEncoded, LeavesOnlyWhatNeedsNoEscape) {
    EXPECT_EQ(percent_encoded("a-B_9.~"), "a-B_9.~");
    EXPECT_EQ(percent_encoded("s3:/@%ä"), "s3%3A%2F%40%25%C3%A4");
}

}  // namespace
}  // namespace framebridge::stream_source
