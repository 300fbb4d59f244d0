#pragma once

#include <cstdint>
#include <string_view>

/// The words of the native format, as proto/README.md specifies them.
namespace framebridge::protocol::native {

constexpr std::uint64_t version = 1;

namespace key {
constexpr std::string_view framebridge = "framebridge";
constexpr std::string_view kind = "kind";
constexpr std::string_view source_id = "source_id";
constexpr std::string_view sequence_number = "sequence_number";
constexpr std::string_view answers = "answers";
constexpr std::string_view trace_context = "trace_context";
constexpr std::string_view trace_parent = "traceparent";  // Within it.
constexpr std::string_view attributes = "attributes";
constexpr std::string_view auth = "auth";
constexpr std::string_view frames = "frames";
constexpr std::string_view batch_id = "batch_id";
constexpr std::string_view uuid = "uuid";
constexpr std::string_view creation_time = "creation_time_ns";
constexpr std::string_view framerate = "framerate";
constexpr std::string_view width = "width";
constexpr std::string_view height = "height";
constexpr std::string_view codec = "codec";
constexpr std::string_view codec_extradata = "codec_extradata";
constexpr std::string_view keyframe = "keyframe";
constexpr std::string_view hidden = "hidden";
constexpr std::string_view time_base = "time_base";
constexpr std::string_view pts = "pts";
constexpr std::string_view dts = "dts";
constexpr std::string_view duration = "duration";
constexpr std::string_view content = "content";
}  // namespace key

namespace content_key {
constexpr std::string_view kind = "kind";
constexpr std::string_view bytes = "bytes";
constexpr std::string_view store = "store";
constexpr std::string_view key = "key";
constexpr std::string_view size = "size";
constexpr std::string_view hash = "hash";
constexpr std::string_view method = "method";
constexpr std::string_view location = "location";
}  // namespace content_key

namespace answer_key {
constexpr std::string_view reason = "reason";
constexpr std::string_view messages = "messages";
constexpr std::string_view kept = "kept";
constexpr std::string_view refused = "refused";
}  // namespace answer_key

namespace content_kind {
constexpr std::string_view none = "none";
constexpr std::string_view inlined = "inline";
constexpr std::string_view attached = "attached";
constexpr std::string_view reference = "reference";
constexpr std::string_view foreign = "foreign";
}  // namespace content_kind

}  // namespace framebridge::protocol::native
