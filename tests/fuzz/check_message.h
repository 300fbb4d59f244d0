#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framebridge/protocol/envelope.h"
#include "framebridge/protocol/messages.h"

namespace framebridge {

/// What must hold for any bytes whatever, checked by the fuzzers and by the unit tests' hostile messages.
/// It returns what does not hold, or an empty string.
class MessageCheck {
  public:
    static std::string run(protocol::FormatChoice choice, std::string_view message) {
        return MessageCheck(choice, message).check();
    }

  private:
    MessageCheck(protocol::FormatChoice choice, std::string_view message)
        : choice_(choice), message_(message) {}

    [[nodiscard]] bool inside(std::string_view view) const {
        return view.data() == nullptr ||
               (!std::less<>()(view.data(), message_.data()) &&
                !std::less<>()(message_.data() + message_.size(), view.data() + view.size()));
    }

    [[nodiscard]] bool inside(const protocol::Content& content) const {
        if (const auto* inlined = std::get_if<protocol::InlineContent>(&content)) {
            return inside(inlined->bytes);
        }
        if (const auto* reference = std::get_if<protocol::ContentReference>(&content)) {
            return inside(reference->store) && inside(reference->key) && inside(reference->hash);
        }
        if (const auto* foreign = std::get_if<protocol::ForeignContent>(&content)) {
            return inside(foreign->method) && inside(foreign->location);
        }
        return true;
    }

    [[nodiscard]] bool inside(const protocol::Envelope& envelope) const {
        return inside(envelope.source_id) && inside(envelope.shutdown_auth) &&
               std::all_of(
                   envelope.frames.begin(), envelope.frames.end(), [this](const protocol::Frame& frame) {
                       return inside(frame.source_id) && inside(frame.uuid) && inside(frame.content) &&
                              frame.place.begin <= frame.place.end && frame.place.end <= message_.size();
                   });
    }

    static bool same(const protocol::Content& left, const protocol::Content& right, protocol::Format format) {
        if (left.index() != right.index()) {
            return false;
        }
        if (const auto* inlined = std::get_if<protocol::InlineContent>(&left)) {
            return inlined->bytes == std::get<protocol::InlineContent>(right).bytes;
        }
        if (const auto* a = std::get_if<protocol::ContentReference>(&left)) {
            const auto& b = std::get<protocol::ContentReference>(right);
            return a->store == b.store && a->key == b.key &&
                   (format == protocol::Format::savant || (a->size == b.size && a->hash == b.hash));
        }
        return true;
    }

    static bool same_but_content(const protocol::Envelope& left, const protocol::Envelope& right) {
        return left.kind == right.kind && left.source_id == right.source_id &&
               std::equal(left.frames.begin(), left.frames.end(), right.frames.begin(), right.frames.end(),
                          [](const protocol::Frame& a, const protocol::Frame& b) {
                              return a.batch_id == b.batch_id && a.source_id == b.source_id &&
                                     a.uuid == b.uuid && a.keyframe == b.keyframe;
                          });
    }

    [[nodiscard]] std::string check() const {
        protocol::Envelope envelope;
        if (const auto decoded = decode(choice_, message_, envelope); !decoded) {
            return decoded.error().reason.empty() ? "an error says nothing" : "";
        }
        if (envelope.message.data() != message_.data() || !inside(envelope)) {
            return "a view is outside of the message";
        }
        const auto frame = decode_video_frame(envelope);
        if (frame && !inside(frame->content)) {
            return "a whole frame's content is outside of the message";
        }
        std::string out;
        rewrite(envelope, std::vector<std::optional<protocol::Content>>(envelope.frames.size()), out);
        if (out != message_) {
            return "a rewrite of nothing changes the message";
        }
        return check_rewrites(envelope);
    }

    [[nodiscard]] std::string check_rewrites(const protocol::Envelope& envelope) const {
        const std::string payload(300, 'x');
        std::string source(message_);
        std::string out;
        protocol::Envelope before = envelope;
        protocol::Envelope after;
        for (const protocol::Content& content :
             {protocol::Content(protocol::ContentReference{"store:6379:0", "a/key", 7, "0a"}),
              protocol::Content(protocol::InlineContent{payload}), protocol::Content(protocol::NoContent{}),
              protocol::Content(protocol::AttachedContent{})}) {
            rewrite(before, std::vector<std::optional<protocol::Content>>(before.frames.size(), content),
                    out);
            if (!decode(choice_, out, after)) {
                return "a rewritten message does not decode";
            }
            if (!same_but_content(envelope, after)) {
                return "a rewrite changes more than the content";
            }
            for (const protocol::Frame& frame : after.frames) {
                if (!same(frame.content, content, envelope.format)) {
                    return "a rewritten content is not the new one";
                }
            }
            source.swap(out);
            if (!decode(choice_, source, before)) {
                return "a message decodes only once";
            }
        }
        return "";
    }

    protocol::FormatChoice choice_;
    std::string_view message_;
};

}  // namespace framebridge
