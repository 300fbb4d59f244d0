// Messages as lines of a metadata file, and back.

#include "metadata/frame_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.h"
#include "support/messages.h"

namespace framebridge::metadata {
namespace {

using protocol::Format;

std::string line_of(const std::string& message) {
    protocol::Envelope envelope;
    EXPECT_TRUE(decode(protocol::FormatChoice::automatic, message, envelope));
    return to_line(message_json(envelope, BytesAs::base64));
}

Json fields_of(const std::string& message) {
    return Json::parse(line_of(message));
}

/// A frame that was read from a file, and knows no more than that.
protocol::VideoFrame file_frame() {
    protocol::VideoFrame frame;
    frame.source_id = "replayed";
    frame.uuid = testing::uuid_of(1);
    frame.sequence_number = 7;
    frame.framerate = "25/1";
    frame.width = 1280;
    frame.height = 720;
    frame.codec = "h264";
    frame.keyframe = true;
    frame.time_base = {1, 25};
    frame.pts = 3;
    frame.content = protocol::AttachedContent{};
    return frame;
}

Json played_again(const std::string& message, Format format) {
    const auto metadata = FrameMetadata::parse(line_of(message));
    EXPECT_TRUE(metadata);
    return fields_of(metadata->encode(format, file_frame(), protocol::default_savant_version));
}

class RichSavantFrame : public ::testing::TestWithParam<const char*> {};

TEST_P(RichSavantFrame, KeepsItsAttributesObjectsLabelsAndTimeOfCreation) {
    const auto message = protocol::golden_message(GetParam());
    const auto before = fields_of(message);
    ASSERT_FALSE(before["objects"].empty());
    ASSERT_FALSE(before["attributes"].empty());
    const auto after = played_again(message, Format::savant);
    for (const auto* key : {"attributes", "objects", "routing_labels", "creation_time_ns"}) {
        EXPECT_EQ(before[key], after[key]) << key;
    }
    EXPECT_EQ(after["source_id"], "replayed");
    EXPECT_EQ(after["sequence_number"], 7);
    EXPECT_EQ(after["pts"], 3);
    EXPECT_EQ(after["content"]["kind"], "attached");
}

TEST_P(RichSavantFrame, ComesAsANativeOneWithItsObjects) {
    const auto message = protocol::golden_message(GetParam());
    const auto before = fields_of(message);
    const auto after = played_again(message, Format::native);
    ASSERT_EQ(after["objects"].size(), before["objects"].size());
    for (std::size_t index = 0; index < after["objects"].size(); ++index) {
        for (const auto* key : {"id", "label", "box"}) {
            EXPECT_EQ(after["objects"][index][key], before["objects"][index][key]);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Versions, RichSavantFrame,
                         ::testing::Values("savant_rs-0.3.0/frame_rich_zeromq.bin",
                                           "savant_rs-1.15.1/frame_rich_zeromq.bin"),
                         [](const auto& info) { return info.index == 0 ? "Oldest" : "Newest"; });

std::string native_frame() {
    return testing::native_message(
        "video_frame", {{"source_id", "cam"},
                        {"uuid", testing::uuid_of(9)},
                        {"pts", 1},
                        {"time_base", {1, 30}},
                        {"content", {{"kind", "none"}}},
                        {"attributes", {{"place", "gate"}, {"count", 3}, {"ratio", 0.5}}},
                        {"objects",
                         {{{"id", 1},
                           {"label", "person"},
                           {"box", {1.0, 2.0, 3.0, 4.0}},
                           {"confidence", 0.75},
                           {"parent", 2},
                           {"acme_color", "red"}}}},
                        {"acme_sensor", {{"temperature", 21.5}, {"raw", Json::binary({0, 255, 7})}}}});
}

TEST(NativeFrame, KeepsItsAttributesObjectsAndForeignKeys) {
    const auto before = fields_of(native_frame());
    const auto after = played_again(native_frame(), Format::native);
    for (const auto* key : {"attributes", "objects", "acme_sensor"}) {
        EXPECT_EQ(before[key], after[key]) << key;
    }
    EXPECT_EQ(after["time_base"], Json::array({1, 25})) << "the file's own";
}

TEST(NativeFrame, ComesAsASavantOneWithItsAttributesAndObjects) {
    const auto after = played_again(native_frame(), Format::savant);
    ASSERT_EQ(after["attributes"].size(), 3U);
    EXPECT_EQ(after["attributes"][0]["namespace"], "framebridge");
    EXPECT_EQ(after["attributes"][1]["values"][0]["value"], 3);
    ASSERT_EQ(after["objects"].size(), 1U);
    const auto& object = after["objects"][0];
    EXPECT_EQ(object["label"], "person");
    EXPECT_EQ(object["box"], Json::array({1.0, 2.0, 3.0, 4.0}));
    EXPECT_EQ(object["parent_id"], 2);
}

TEST(FrameMetadata, ReadsWhatSavantsAdaptersWrite) {
    const auto metadata = FrameMetadata::parse(
        R"({"schema": "VideoFrame", "pts": 0, "metadata": {"objects": [{"model_name": "yolo", "label": "car",
            "object_id": 5, "confidence": 0.5, "bbox": {"xc": 20, "yc": 30, "width": 10, "height": 20, "angle": 0},
            "attributes": [{"element_name": "color", "name": "main", "value": "red", "confidence": 0.25}]}]}})");
    ASSERT_TRUE(metadata);
    const auto after =
        fields_of(metadata->encode(Format::savant, file_frame(), protocol::default_savant_version));
    ASSERT_EQ(after["objects"].size(), 1U);
    const auto& object = after["objects"][0];
    EXPECT_EQ(object["namespace"], "yolo");
    EXPECT_EQ(object["box"], Json::array({15.0, 20.0, 10.0, 20.0}));
    EXPECT_EQ(object["track_id"], 5);
    EXPECT_EQ(object["attributes"][0]["values"][0], Json::parse(R"({"value": "red", "confidence": 0.25})"));
}

/// A metadata file comes from outside.
TEST(FrameMetadata, SkipsWhatIsOfAWrongType) {
    const auto metadata = FrameMetadata::parse(
        R"({"kind": "video_frame", "creation_time_ns": "now", "attributes": [7, {"name": 3}, {"name": "a"},
            {"namespace": [], "name": "b", "values": [{"value": {"base64": "%%"}}, 8]}],
            "objects": [null, {"id": "x", "label": 4, "box": ["a", 1, 2, 3], "confidence": {}, "track_id": 1.5}],
            "transformations": [5], "routing_labels": {"a": 1}})");
    ASSERT_TRUE(metadata);
    for (const auto format : {Format::native, Format::savant}) {
        const auto after = fields_of(metadata->encode(format, file_frame(), "0.2.0"));
        EXPECT_EQ(after["source_id"], "replayed");
    }
}

TEST(FrameMetadata, SaysWhatIsNoLineOfIt) {
    EXPECT_EQ(FrameMetadata::parse(R"({"kind": "missing"})").error().reason, FrameMetadata::other_line);
    EXPECT_EQ(FrameMetadata::parse(R"({"metadata": {}, "schema": "EndOfStream"})").error().reason,
              FrameMetadata::other_line);
    for (const std::string text : {"", "[]", "{", "7", "{\"kind\": \"video_frame\""}) {
        const auto parsed = FrameMetadata::parse(text);
        ASSERT_FALSE(parsed);
        EXPECT_NE(parsed.error().reason, FrameMetadata::other_line);
    }
}

/// What is nested without end is left out, and takes no stack.
TEST(FrameMetadata, ALineThatIsNestedTooDeepDoesNoHarm) {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    const auto metadata = FrameMetadata::parse(R"({"kind": "video_frame", "acme": )" + deep + "}");
    ASSERT_TRUE(metadata);
    const auto after = fields_of(metadata->encode(Format::native, file_frame(), "0.2.0"));
    EXPECT_LT(after.dump().size(), 2'000U);
}

}  // namespace
}  // namespace framebridge::metadata
