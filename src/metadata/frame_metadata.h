#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "framebridge/protocol/messages.h"
#include "framebridge/result.h"
#include "metadata/message_json.h"

namespace framebridge::metadata {

/// What a line of a metadata file says of a frame: attributes, objects, and whatever else its video file does
/// not say itself.
class FrameMetadata {
  public:
    /// Takes a line as to_line(message_json(..., BytesAs::base64)) writes it, for a message of either format,
    /// or as Savant's file adapters do (`"metadata": {"objects": [...]}`). The problem: it is no such line.
    static Result<FrameMetadata> parse(std::string_view line);
    /// The reason of a problem: the line is well-formed, and of something else (missing frames, an end of
    /// stream).
    static constexpr std::string_view other_line = "it is not about a frame";

    /// Whether the frame was a keyframe; nothing: the line does not say.
    [[nodiscard]] std::optional<bool> keyframe() const;

    /// The message of `frame` with what the line says added to it: attributes, objects, transformations,
    /// labels, and the time of creation; of a line of a native message, all keys that a frame does not have.
    /// What the frame says itself takes precedence. Whatever the other format has no place for is left out.
    [[nodiscard]] std::string encode(protocol::Format format, protocol::VideoFrame frame,
                                     std::string_view savant_version) const;

  private:
    explicit FrameMetadata(Json line) : line_(std::move(line)) {}
    Json line_;
};

/// `message` with what `line` says added to it.
std::string add_to_native(const std::string& message, const Json& line);
std::string add_to_savant(const std::string& message, const Json& line);

}  // namespace framebridge::metadata
