#include <gmock/gmock.h>

#include <functional>
#include <msgpack.hpp>

#include "framebridge/protocol/envelope.h"
#include "framebridge/protocol/messages.h"
#include "support/golden.h"

namespace framebridge::protocol {
namespace {

using testing::HasSubstr;
using Contents = std::vector<std::optional<Content>>;
using Packer = msgpack::packer<std::stringstream>;
using Pack = std::function<void(Packer&)>;

std::string packed(const Pack& pack) {
    std::stringstream out;
    Packer packer(out);
    pack(packer);
    return out.str();
}

// The begin of a message of so many entries in all.
void begin(Packer& packer, std::uint32_t entries, const char* kind) {
    packer.pack_map(entries);
    packer.pack("framebridge").pack(1).pack("kind").pack(kind);
}

void pack_content(Packer& packer, const char* kind) {
    packer.pack_map(1).pack("kind").pack(kind);
}

// Five entries.
void pack_frame(Packer& packer, const char* source_id, const Pack& content) {
    packer.pack("objects").pack_array(2).pack_map(1).pack("box").pack_array(2).pack(1.5).pack(-7).pack_nil();
    packer.pack("source_id").pack(source_id).pack("uuid").pack("u");
    packer.pack("content");
    content(packer);
    packer.pack("later version's").pack_ext(3, 5).pack_ext_body("abc", 3);
}

std::string frame_message(const Pack& content) {
    return packed([&](Packer& packer) {
        begin(packer, 7, "video_frame");
        pack_frame(packer, "cam", content);
    });
}

Envelope decoded(const std::string& message) {
    Envelope envelope;
    const auto decoded = decode(FormatChoice::automatic, message, envelope);
    EXPECT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_EQ(envelope.format, Format::native);
    return envelope;
}

Problem refused(const std::string& message) {
    Envelope envelope;
    const auto decoded = decode(FormatChoice::native, message, envelope);
    EXPECT_FALSE(decoded);
    return decoded ? Problem{} : decoded.error();
}

TEST(NativeCodec, ReadsEveryKindOfContent) {
    const std::string none = frame_message([](Packer& p) { pack_content(p, "none"); });
    EXPECT_TRUE(std::holds_alternative<NoContent>(decoded(none).frames.at(0).content));
    const std::string attached = frame_message([](Packer& p) { pack_content(p, "attached"); });
    EXPECT_TRUE(std::holds_alternative<AttachedContent>(decoded(attached).frames.at(0).content));

    const std::string inlined = frame_message([](Packer& p) {
        p.pack_map(2).pack("bytes").pack_bin(3).pack_bin_body("\0\1\2", 3).pack("kind").pack("inline");
    });
    const Envelope inline_envelope = decoded(inlined);
    EXPECT_EQ(std::get<InlineContent>(inline_envelope.frames.at(0).content).bytes,
              std::string_view("\0\1\2", 3));

    const std::string stored = frame_message([](Packer& p) {
        p.pack_map(6).pack("kind").pack("reference").pack("store").pack("h:1:0").pack("key").pack("a/b");
        p.pack("size").pack(5'000'000'000U).pack("hash").pack("0a").pack("new").pack(1);
    });
    const Envelope stored_envelope = decoded(stored);
    const auto& reference = std::get<ContentReference>(stored_envelope.frames.at(0).content);
    EXPECT_EQ(reference.store, "h:1:0");
    EXPECT_EQ(reference.key, "a/b");
    EXPECT_EQ(reference.size, 5'000'000'000U);
    EXPECT_EQ(reference.hash, "0a");

    const std::string later = frame_message([](Packer& p) { pack_content(p, "shared_memory"); });
    const Envelope later_envelope = decoded(later);
    EXPECT_EQ(std::get<ForeignContent>(later_envelope.frames.at(0).content).method, "shared_memory");
}

TEST(NativeCodec, CreationTimeAndTraceOfOtherTypesAreIgnored) {
    const std::string message = packed([](Packer& p) {
        begin(p, 9, "video_frame");
        p.pack("creation_time_ns").pack("yesterday").pack("trace_context").pack_map(2).pack(1).pack(2);
        p.pack("traceparent").pack(3);
        pack_frame(p, "cam", [](Packer& content) { pack_content(content, "none"); });
    });
    const Envelope envelope = decoded(message);
    EXPECT_EQ(envelope.frames.at(0).creation_time_ns, 0);
    EXPECT_EQ(envelope.trace_parent, "");
}

TEST(NativeCodec, ReplacesTheContentAndNothingElse) {
    const Pack reference = [](Packer& p) {
        p.pack_map(5).pack("kind").pack("reference").pack("store").pack("h:1:0").pack("key").pack("k");
        p.pack("size").pack(3).pack("hash").pack("0a");
    };
    const std::string bytes(70'000, 'b');
    const Pack inlined = [&](Packer& p) {
        p.pack_map(2).pack("kind").pack("inline").pack("bytes").pack_bin(70'000).pack_bin_body(bytes.data(),
                                                                                               70'000);
    };
    const Pack foreign = [](Packer& p) {
        p.pack_map(3)
            .pack("kind")
            .pack("foreign")
            .pack("method")
            .pack("s3")
            .pack("location")
            .pack("s3://b/k");
    };
    const std::string original = frame_message([](Packer& p) { pack_content(p, "attached"); });
    const Envelope envelope = decoded(original);
    std::string out;
    rewrite(envelope, Contents{ContentReference{"h:1:0", "k", 3, "0a"}}, out);
    EXPECT_EQ(out, frame_message(reference));
    rewrite(envelope, Contents{InlineContent{bytes}}, out);
    EXPECT_EQ(out, frame_message(inlined));
    rewrite(envelope, Contents{ForeignContent{"s3", "s3://b/k"}}, out);
    EXPECT_EQ(out, frame_message(foreign));
    rewrite(envelope, Contents{NoContent{}}, out);
    EXPECT_EQ(out, frame_message([](Packer& p) { pack_content(p, "none"); }));
    rewrite(envelope, Contents{std::nullopt}, out);
    EXPECT_EQ(out, original);

    const std::string stored = frame_message(reference);
    rewrite(decoded(stored), Contents{AttachedContent{}}, out);
    EXPECT_EQ(out, original);
}

TEST(NativeCodec, BatchFramesComeByTheirIdAndAreReplacedOneByOne) {
    const auto build = [](const char* content_of_2) {
        return packed([&](Packer& packer) {
            begin(packer, 5, "video_frame_batch");
            packer.pack("anything").pack_map(1).pack(1).pack(2);
            packer.pack("frames").pack_array(3);
            for (const auto& [id, content] : std::initializer_list<std::pair<int, const char*>>{
                     {5, "attached"}, {-1, "none"}, {2, content_of_2}}) {
                packer.pack_map(6).pack("batch_id").pack(id);
                pack_frame(packer, ("cam-" + std::to_string(id)).c_str(),
                           [&](Packer& p) { pack_content(p, content); });
            }
            packer.pack("last").pack_nil();
        });
    };
    const std::string message = build("none");
    const Envelope envelope = decoded(message);
    EXPECT_EQ(envelope.kind, MessageKind::video_frame_batch);
    ASSERT_EQ(envelope.frames.size(), 3U);
    EXPECT_EQ(envelope.frames[0].source_id, "cam--1");
    EXPECT_EQ(envelope.frames[1].source_id, "cam-2");
    EXPECT_EQ(envelope.frames[2].source_id, "cam-5");
    std::string out;
    rewrite(envelope, Contents{std::nullopt, AttachedContent{}, std::nullopt}, out);
    EXPECT_EQ(out, build("attached"));
}

TEST(NativeCodec, ReadsEveryKindOfMessage) {
    const auto message = [](const char* kind, const char* key, const char* value) {
        return packed([&](Packer& packer) {
            begin(packer, 4, kind);
            packer.pack("before").pack_array(1).pack_array(0);
            packer.pack(key).pack(value);
        });
    };
    const std::string user_data = message("user_data", "source_id", "cam");
    EXPECT_EQ(decoded(user_data).kind, MessageKind::user_data);
    EXPECT_EQ(decoded(user_data).source_id, "cam");
    const std::string end = message("end_of_stream", "source_id", "cam");
    EXPECT_EQ(decoded(end).kind, MessageKind::end_of_stream);
    EXPECT_EQ(decoded(end).source_id, "cam");
    const std::string shutdown = message("shutdown", "auth", "secret");
    EXPECT_EQ(decoded(shutdown).kind, MessageKind::shutdown);
    EXPECT_EQ(decoded(shutdown).shutdown_auth, "secret");
    EXPECT_EQ(decoded(message("video_frame_update", "a", "b")).kind, MessageKind::video_frame_update);
    EXPECT_EQ(decoded(message("unknown", "a", "b")).kind, MessageKind::unknown);
    EXPECT_EQ(decoded(message("a later version's", "a", "b")).kind, MessageKind::unknown);
}

TEST(NativeCodec, IsRecognizedByItsFirstKeyOnly) {
    Envelope envelope;
    const std::string end = encode(Format::native, EndOfStream{"cam", 1});
    EXPECT_FALSE(decode(FormatChoice::savant, end, envelope));
    const std::string savant = golden_message("savant_rs-0.3.0/eos.bin");
    EXPECT_FALSE(decode(FormatChoice::native, savant, envelope));
    ASSERT_TRUE(decode(FormatChoice::automatic, savant, envelope));
    EXPECT_EQ(envelope.format, Format::savant);

    // Any way to write the map's size and the key's length will do.
    const std::string long_form = std::string("\xdf\0\0\0\4\xdb\0\0\0\x0b", 10) + end.substr(2);
    EXPECT_EQ(decoded(long_form).source_id, "cam");
}

TEST(NativeCodec, RefusesUnknownVersions) {
    const std::string message = packed([](Packer& packer) {
        packer.pack_map(2).pack("framebridge").pack(2).pack("kind").pack("end_of_stream");
    });
    Envelope envelope;
    const auto decoded = decode(FormatChoice::automatic, message, envelope);
    ASSERT_FALSE(decoded);
    EXPECT_THAT(decoded.error().reason, HasSubstr("unknown version 2"));
    EXPECT_EQ(decoded.error().place, "at byte 13");
}

TEST(NativeCodec, SaysWhatIsMissingOrDoubled) {
    const auto frame_with = [](std::uint32_t entries, const Pack& pack) {
        return packed([&](Packer& packer) {
            begin(packer, entries + 2, "video_frame");
            pack(packer);
        });
    };
    const Pack content = [](Packer& p) { pack_content(p.pack("content"), "none"); };
    EXPECT_THAT(refused(frame_with(2, [&](Packer& p) { content(p.pack("uuid").pack("u")); })).reason,
                HasSubstr("`source_id` is missing"));
    EXPECT_THAT(refused(frame_with(2, [&](Packer& p) { content(p.pack("source_id").pack("s")); })).reason,
                HasSubstr("`uuid` is missing"));
    EXPECT_THAT(
        refused(frame_with(2, [&](Packer& p) { p.pack("source_id").pack("s").pack("uuid").pack("u"); }))
            .reason,
        HasSubstr("`content` is missing"));
    EXPECT_THAT(refused(frame_with(4,
                                   [&](Packer& p) {
                                       content(p.pack("source_id").pack("s").pack("uuid").pack("u"));
                                       content(p);
                                   }))
                    .reason,
                HasSubstr("more than one `content`"));
    EXPECT_THAT(refused(frame_message([](Packer& p) { p.pack_map(0); })).reason, HasSubstr("no `kind`"));
    EXPECT_THAT(refused(frame_message([](Packer& p) { pack_content(p, "inline"); })).reason,
                HasSubstr("no `bytes`"));
    EXPECT_THAT(refused(packed([](Packer& p) { begin(p, 2, "end_of_stream"); })).reason,
                HasSubstr("`source_id` is missing"));
    EXPECT_THAT(refused(packed([](Packer& p) { begin(p, 2, "video_frame_batch"); })).reason,
                HasSubstr("`frames` is missing"));
    EXPECT_THAT(refused(encode(Format::native, EndOfStream{"cam", 1}) + "x").reason,
                HasSubstr("behind the message's end"));
    EXPECT_THAT(refused(std::string("\x80", 1)).reason, HasSubstr("does not begin with"));
}

TEST(NativeCodec, RefusesSizesThatTheMessageCannotHold) {
    const std::string header = packed([](Packer& p) { begin(p, 3, "video_frame_batch"); });
    for (const std::string& tail : {
             std::string("\xa6"
                         "frames\xdd\xff\xff\xff\xff",
                         12),
             std::string("\xa6"
                         "frames\xdc\xff\xff",
                         10),
             std::string("\xa6"
                         "frames\x91\xdf\xff\xff\xff\xff",
                         13),
             std::string("\xdb\xff\xff\xff\xff", 5),
             std::string("\xa1"
                         "a\xc6\xff\xff\xff\xff",
                         7),
             std::string("\xa1"
                         "a\xc9\xff\xff\xff\xff",
                         7),
             std::string("\xa1"
                         "a\xdf\xff\xff\xff\xff",
                         7),
             std::string("\xa1"
                         "a\xdd\xff\xff\xff\xff",
                         7),
             std::string("\xa1"
                         "a\xdb\xff\xff\xff\xff",
                         7),
             std::string("\xa1"
                         "a\xc1",
                         3),
         }) {
        const Problem found = refused(header + tail);
        EXPECT_GE(offset_of(found), header.size()) << found.reason;
        EXPECT_LE(offset_of(found), header.size() + tail.size()) << found.reason;
    }
}

TEST(NativeCodec, NestingIsBounded) {
    const auto nested = [](std::size_t depth) {
        return packed([](Packer& p) {
                   begin(p, 4, "end_of_stream");
                   p.pack("source_id").pack("cam").pack("deep");
               }) +
               std::string(depth, '\x91') + '\xc0';
    };
    EXPECT_EQ(decoded(nested(100)).source_id, "cam");
    EXPECT_THAT(refused(nested(101)).reason, HasSubstr("nested too deep"));
    EXPECT_THAT(refused(nested(1'000'000)).reason, HasSubstr("nested too deep"));
}

}  // namespace
}  // namespace framebridge::protocol
