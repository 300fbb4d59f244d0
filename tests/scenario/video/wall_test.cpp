#include "video_file_sink/wall.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace framebridge::video_sink {
namespace {

protocol::VideoFrame keyframe(const std::string& source_id, const std::string& codec = "jpeg") {
    protocol::VideoFrame frame;
    frame.source_id = source_id;
    frame.codec = codec;
    frame.keyframe = true;
    return frame;
}

/// The sources of the newest event, by their ids.
std::map<std::string, nlohmann::json> sources(Wall& wall) {
    const auto body = wall.page("/wall/events").value().body;
    const auto begin = body.find("data: ") + 6;
    std::map<std::string, nlohmann::json> found;
    const auto event = nlohmann::json::parse(body.substr(begin, body.find('\n', begin) - begin));
    for (const auto& source : event["sources"]) {
        found[source["id"]] = source;
    }
    return found;
}

TEST(Wall, HasNoPageButItsOwn) {
    Wall wall;
    EXPECT_THAT(wall.page("/wall").value().body, HasSubstr("<title>FrameBridge: live wall"));
    EXPECT_EQ(wall.page("/wall/events").value().type, "text/event-stream");
    EXPECT_FALSE(wall.page("/metrics"));
    EXPECT_FALSE(wall.page("/wall/picture/1/1"));
    EXPECT_FALSE(wall.page("/wall/picture/x"));
    EXPECT_FALSE(wall.page("/wall/picture/99999999999999999999999"));
}

TEST(Wall, AFurtherSourceTakesThePlaceOfTheOneThatIsSilentForLongest) {
    Wall wall({.max_sources = 2});
    wall.on_frame(keyframe("first"), "1");
    wall.on_frame(keyframe("second"), "2");
    wall.on_frame(keyframe("first"), "3");
    wall.on_frame(keyframe("third"), "4");
    const auto found = sources(wall);
    EXPECT_EQ(found.size(), 2);
    EXPECT_TRUE(found.contains("first"));
    EXPECT_TRUE(found.contains("third"));
}

TEST(Wall, KeyframesBeyondTheBoundAreNotKeptAndSaidSo) {
    Wall wall({.max_keyframe_bytes = 100});
    wall.on_frame(keyframe("small"), std::string(60, 'x'));
    wall.on_frame(keyframe("large"), std::string(60, 'x'));
    EXPECT_EQ(sources(wall)["large"]["problem"], "its keyframes are too large for the wall");
    EXPECT_NE(sources(wall)["small"]["problem"], "its keyframes are too large for the wall");
}

TEST(Wall, AKeyframeThatIsNoPictureIsSaidToBeNone) {
    Wall wall;
    wall.on_frame(keyframe("broken"), "no picture");
    wall.on_frame(keyframe("strange", "no-such-codec"), "no picture");
    for (const auto* id : {"broken", "strange"}) {
        const auto until = std::chrono::steady_clock::now() + 10s;
        while (sources(wall)[id]["problem"] == "" && std::chrono::steady_clock::now() < until) {
            std::this_thread::yield();
        }
        EXPECT_THAT(sources(wall)[id]["problem"].get<std::string>(), HasSubstr("no picture can be made"));
        EXPECT_EQ(sources(wall)[id]["picture"], 0);
    }
}

TEST(Wall, IdsThatAreNoTextLeaveTheEventWellFormed) {
    Wall wall;
    wall.on_frame(keyframe("a\xff\n\"</script>"), "1");
    EXPECT_EQ(sources(wall).begin()->first, "a\xef\xbf\xbd\n\"</script>");
}

}  // namespace
}  // namespace framebridge::video_sink
