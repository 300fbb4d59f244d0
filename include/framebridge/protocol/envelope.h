#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/protocol/content.h"
#include "framebridge/protocol/detail/splicing.h"
#include "framebridge/result.h"

namespace framebridge::protocol {

enum class Format { native, savant };

/// Which format a message is expected in; `automatic` recognizes it per message.
enum class FormatChoice { automatic, native, savant };

enum class MessageKind {
    video_frame,
    video_frame_batch,
    video_frame_update,
    user_data,
    end_of_stream,
    shutdown,
    unknown,
};

std::string_view to_string(Format format);
std::string_view to_string(MessageKind kind);

/// A larger batch cannot be read.
inline constexpr std::size_t max_batch_frames = 65'536;

/// One frame of a message, as far as an adapter needs to know it. The views point into the message.
struct Frame {
    std::int64_t batch_id = 0;  ///< The frame's id in its batch; 0 in a single frame's message.
    std::string_view source_id;
    std::string_view uuid;
    std::optional<bool> keyframe;
    std::int64_t creation_time_ns = 0;  ///< Since the Unix epoch, by its maker's clock; 0: not given.
    Content content;
    detail::ContentPlace place;
};

/// A message's header: the same for both formats, so that no stage of an adapter knows which one it has.
/// It does not own the message: `message` and all views in it are valid as long as the decoded bytes are.
struct Envelope {
    Format format = Format::native;
    MessageKind kind = MessageKind::unknown;
    std::string_view message;  ///< The whole message as it was decoded.
    /// Empty where the message has none. A batch's: its own, else that of its frames if they all have the
    /// same.
    std::string_view source_id;
    std::string_view shutdown_auth;
    std::string_view trace_parent;  ///< Its trace context's `traceparent`; empty if it has none.
    std::optional<std::uint64_t> sequence_number;  ///< Savant's seq_id; none if the message has none.
    bool answers = false;  ///< The writer asks for an answer to this message: native `answers: 1`.
    std::uint32_t skipped_keys =
        0;                      ///< Optional native keys of a wrong type: read as if they were not there.
    std::vector<Frame> frames;  ///< One for a video frame; a batch's, by ascending batch_id; else none.
    detail::Splicing splicing;
};

/// Reads a message's header into `envelope` (whose capacity is reused), or says why it cannot be read and at
/// which byte; then `envelope` is unspecified. Never throws for what `message` holds, never reads outside of
/// it, allocates no more than the input justifies. Unknown fields, and optional keys of a wrong type, are
/// skipped.
[[nodiscard]] Result<void> decode(FormatChoice choice, std::string_view message, Envelope& envelope);

/// Whether `message` can be read and is an end of stream.
[[nodiscard]] bool is_end_of_stream(FormatChoice choice, std::string_view message);

/// Writes into `out` (replacing what it held) the message with its frames' contents replaced, and every other
/// byte as it came. `contents` has one entry per `envelope.frames`, in their order; an entry that is nullopt
/// leaves that frame's content as it is. `out` must not be what `envelope` points into.
void rewrite(const Envelope& envelope, std::span<const std::optional<Content>> contents, std::string& out);

}  // namespace framebridge::protocol
