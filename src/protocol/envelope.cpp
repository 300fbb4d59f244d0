#include "framebridge/protocol/envelope.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "protocol/decode_error.h"
#include "protocol/native_codec.h"
#include "protocol/savant_codec.h"

namespace framebridge::protocol {

namespace {

// By ascending id; the bytes' order is the format's, or its writer's, own business.
void sort_frames(std::vector<Frame>& frames) {
    if (frames.size() < 2) {
        return;
    }
    std::stable_sort(frames.begin(), frames.end(),
                     [](const Frame& left, const Frame& right) { return left.batch_id < right.batch_id; });
    const auto twice = std::adjacent_find(
        frames.begin(), frames.end(),
        [](const Frame& left, const Frame& right) { return left.batch_id == right.batch_id; });
    if (twice != frames.end()) {
        throw DecodeError{"a batch has more than one frame with the id " + std::to_string(twice->batch_id),
                          std::next(twice)->place.begin};
    }
}

// Of all frames, or empty.
std::string_view common_source(const std::vector<Frame>& frames) {
    if (frames.empty()) {
        return {};
    }
    const std::string_view first = frames.front().source_id;
    const bool same = std::all_of(frames.begin(), frames.end(),
                                  [first](const Frame& frame) { return frame.source_id == first; });
    return same ? first : std::string_view{};
}

}  // namespace

std::string_view to_string(Format format) {
    return format == Format::native ? "native" : "savant";
}

std::string_view to_string(MessageKind kind) {
    switch (kind) {
        case MessageKind::video_frame:
            return "video_frame";
        case MessageKind::video_frame_batch:
            return "video_frame_batch";
        case MessageKind::video_frame_update:
            return "video_frame_update";
        case MessageKind::user_data:
            return "user_data";
        case MessageKind::end_of_stream:
            return "end_of_stream";
        case MessageKind::shutdown:
            return "shutdown";
        case MessageKind::unknown:
            break;
    }
    return "unknown";
}

Result<void> decode(FormatChoice choice, std::string_view message, Envelope& envelope) {
    if (message.empty()) {
        return problem("the message is empty");
    }
    const bool native =
        choice == FormatChoice::native || (choice == FormatChoice::automatic && native::recognizes(message));
    envelope.format = native ? Format::native : Format::savant;
    envelope.kind = MessageKind::unknown;
    envelope.message = message;
    envelope.source_id = {};
    envelope.shutdown_auth = {};
    envelope.trace_parent = {};
    envelope.sequence_number.reset();
    envelope.answers = false;
    envelope.skipped_keys = 0;
    envelope.frames.clear();
    envelope.splicing.lengths.clear();
    envelope.splicing.superseded.clear();
    try {
        if (native) {
            native::decode(message, envelope);
        } else {
            savant::decode(message, envelope);
        }
        sort_frames(envelope.frames);
        if (envelope.kind == MessageKind::video_frame_batch && envelope.source_id.empty()) {
            envelope.source_id = common_source(envelope.frames);
        }
    } catch (const DecodeError& error) {
        if (choice == FormatChoice::automatic && !native && native::begins_as_map(message)) {
            // Nobody's: msgpack's reason helps its writer most.
            return decode(FormatChoice::native, message, envelope);
        }
        auto found = error.to_problem();
        if (choice == FormatChoice::automatic && !native) {
            found.reason =
                "neither a native message, a msgpack map that begins with the key `framebridge`, nor "
                "savant's: " +
                found.reason;
        }
        return tl::unexpected(std::move(found));
    }
    return {};
}

bool is_end_of_stream(FormatChoice choice, std::string_view message) {
    Envelope envelope;
    return decode(choice, message, envelope) && envelope.kind == MessageKind::end_of_stream;
}

void rewrite(const Envelope& envelope, std::span<const std::optional<Content>> contents, std::string& out) {
    assert(contents.size() == envelope.frames.size());
    if (envelope.format == Format::native) {
        native::rewrite(envelope, contents, out);
    } else {
        savant::rewrite(envelope, contents, out);
    }
}

}  // namespace framebridge::protocol
