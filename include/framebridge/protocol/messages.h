#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "framebridge/protocol/envelope.h"

namespace framebridge::protocol {

/// Seconds as a fraction, as libavformat's AVRational.
struct TimeBase {
    std::int32_t numerator = 1;
    std::int32_t denominator = 1'000'000'000;
    bool operator==(const TimeBase&) const = default;
};

/// A whole video frame but for its content, for those who make and use frames (clients, the file adapters).
/// The adapters between ZeroMQ and Kafka never build one: they read an Envelope.
struct VideoFrame {
    std::string source_id;
    std::string uuid;                   ///< RFC 4122 text form.
    std::uint64_t sequence_number = 0;  ///< Per source; savant's seq_id. Restarts after end of stream.
    std::int64_t creation_time_ns = 0;  ///< Since the Unix epoch.
    std::string framerate;              ///< `numerator/denominator`, e.g. `30000/1001`.
    std::int64_t width = 0;             ///< Pixels.
    std::int64_t height = 0;
    std::optional<std::string> codec;  ///< As GStreamer/Savant name it: h264, hevc, jpeg, av1, vp9, ...
    std::optional<bool> keyframe;
    bool hidden = false;  ///< To be decoded, but not to be shown: it stands before a cut.
    TimeBase time_base;
    std::int64_t pts = 0;  ///< In time_base.
    std::optional<std::int64_t> dts;
    std::optional<std::int64_t> duration;
    /// Out-of-band codec data (libavcodec's extradata) of codecs that have no place for it in their packets.
    std::optional<std::string> codec_extradata;
    /// Free-form text metadata.
    std::map<std::string, std::string> attributes;
    /// The trace's propagation fields (`traceparent`, ...), as W3C Trace Context names them.
    std::map<std::string, std::string> trace_context;
    Content content;
    /// What decode_video_frame() skipped: optional native keys of a wrong type.
    std::uint32_t skipped_keys = 0;
};

struct EndOfStream {
    std::string source_id;
    std::uint64_t sequence_number = 0;
    /// Native only: asks for the reason of a refusal and for the stream's counts (`answers: 1`).
    bool answers = false;
};

struct UserData {
    std::string source_id;
    std::uint64_t sequence_number = 0;
    std::map<std::string, std::string> attributes;
};

/// What savant_rs 0.3.0 writes as its protocol version. Its readers refuse every version but their own, so
/// who writes for another one must name that.
inline constexpr std::string_view default_savant_version = "0.2.0";

/// Serializes a whole message; an attached content's bytes are the caller's to send. `savant_version` is the
/// protocol_version that a message in savant's format carries.
std::string encode(Format format, const VideoFrame& frame,
                   std::string_view savant_version = default_savant_version);
std::string encode(Format format, const EndOfStream& end_of_stream,
                   std::string_view savant_version = default_savant_version);
std::string encode(Format format, const UserData& user_data,
                   std::string_view savant_version = default_savant_version);

/// Reads the whole frame of a message whose envelope says `video_frame`. The views of its `content` point
/// into the message. Attributes that are not text, savant's of other namespaces than `framebridge`, objects,
/// unknown fields, and optional keys of a wrong type are skipped.
[[nodiscard]] Result<VideoFrame> decode_video_frame(const Envelope& envelope);

/// Whether `text` has the form 8-4-4-4-12 of hexadecimal digits.
[[nodiscard]] bool is_uuid(std::string_view text);

/// A new random (version 4) UUID's text form.
std::string make_uuid();

}  // namespace framebridge::protocol
