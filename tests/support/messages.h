#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framebridge/protocol/messages.h"

namespace framebridge::testing {

/// A message's uuid in frame_message().
inline std::string uuid_of(std::int64_t pts) {
    const auto digits = std::to_string(pts);
    return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

/// A video frame's message in a format, with its content attached unless said otherwise.
inline std::string frame_message(const std::string& source_id, std::int64_t pts,
                                 protocol::Content content = protocol::AttachedContent{},
                                 bool keyframe = true, protocol::Format format = protocol::Format::savant) {
    protocol::VideoFrame frame;
    frame.source_id = source_id;
    frame.uuid = uuid_of(pts);
    frame.pts = pts;
    frame.framerate = "25/1";
    frame.width = 64;
    frame.height = 48;
    frame.codec = "h264";
    frame.keyframe = keyframe;
    frame.content = std::move(content);
    return encode(format, frame);
}

inline std::string end_of_stream_message(const std::string& source_id,
                                         protocol::Format format = protocol::Format::savant) {
    return encode(format, protocol::EndOfStream{.source_id = source_id, .sequence_number = 0});
}

inline std::string user_data_message(const std::string& source_id,
                                     protocol::Format format = protocol::Format::native) {
    return encode(
        format, protocol::UserData{.source_id = source_id, .sequence_number = 4, .attributes = {{"a", "b"}}});
}

using Json = nlohmann::ordered_json;

/// A native message of any keys, as a client in another language may write it.
inline std::string native_message(const std::string& kind, const Json& keys) {
    Json json = {{"framebridge", 1}, {"kind", kind}};
    json.update(keys);
    std::string message;
    Json::to_msgpack(json, message);
    return message;
}

/// A native batch of one source: a frame per content (`{{"kind", "attached"}}`), with uuid_of() its place.
inline std::string batch_message(const std::vector<Json>& contents) {
    auto frames = Json::array();
    for (std::size_t place = 0; place < contents.size(); ++place) {
        frames.push_back({{"batch_id", place},
                          {"source_id", "cam"},
                          {"uuid", uuid_of(static_cast<std::int64_t>(place))},
                          {"content", contents[place]}});
    }
    return native_message("video_frame_batch", {{"frames", frames}});
}
inline const Json attached_content = {{"kind", "attached"}};

/// A message that the real savant_rs serialized (`savant_rs-0.3.0/batch.bin`).
inline std::string golden_message(std::string_view name) {
    std::ifstream file(std::filesystem::path(FRAMEBRIDGE_GOLDEN_DIR) / name, std::ios::binary);
    EXPECT_TRUE(file) << name << " cannot be read";
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace framebridge::testing
