#include <gmock/gmock.h>

#include "framebridge/protocol/envelope.h"
#include "support/golden.h"
#include "wire.h"

namespace framebridge::protocol {
namespace {

using testing::HasSubstr;
using Contents = std::vector<std::optional<Content>>;

constexpr int video_frame = 5;
constexpr int batch = 6;
constexpr int internal = 17;
constexpr int external = 18;
constexpr int none = 19;

Envelope decoded(const std::string& message) {
    Envelope envelope;
    const auto decoded = decode(FormatChoice::savant, message, envelope);
    EXPECT_TRUE(decoded) << decoded.error().to_string();
    return envelope;
}

Problem refused(const std::string& message) {
    Envelope envelope;
    const auto decoded = decode(FormatChoice::savant, message, envelope);
    EXPECT_FALSE(decoded);
    return decoded ? Problem{} : decoded.error();
}

Fields frame_fields(const std::string& source_id = "cam") {
    Fields fields;
    fields.AddLengthDelimited(2, source_id);
    fields.AddLengthDelimited(3, "uuid");
    return fields;
}

std::string message_of(int number, const std::string& value) {
    Fields fields;
    fields.AddLengthDelimited(1, "0.2.0");
    fields.AddLengthDelimited(number, value);
    return serialize(fields);
}

std::string message_of(const Fields& frame) {
    return message_of(video_frame, serialize(frame));
}

Fields batch_entry(std::int64_t id, const Fields& frame) {
    Fields entry;
    entry.AddVarint(1, static_cast<std::uint64_t>(id));
    entry.AddLengthDelimited(2, serialize(frame));
    return entry;
}

// Fields that no version has, of every wire type.
void add_unknown(Fields& fields) {
    fields.AddVarint(1001, 1U << 30U);
    fields.AddFixed32(1002, 2);
    fields.AddFixed64(1003, 3);
    fields.AddLengthDelimited(1004, "unknown");
    fields.AddGroup(1005)->AddGroup(1006)->AddVarint(1, 4);
}

TEST(SavantCodec, KeepsUnknownFieldsAtEveryLevel) {
    const auto build = [](int content_number, const std::string& content) {
        Fields frame;
        add_unknown(frame);
        frame.MergeFrom(frame_fields());
        frame.AddLengthDelimited(content_number, content);
        add_unknown(frame);
        Fields entry;
        add_unknown(entry);
        entry.MergeFrom(batch_entry(3, frame));
        add_unknown(entry);
        Fields frames;
        add_unknown(frames);
        frames.AddLengthDelimited(1, serialize(entry));
        add_unknown(frames);
        Fields message;
        add_unknown(message);
        message.AddLengthDelimited(batch, serialize(frames));
        add_unknown(message);
        return serialize(message);
    };
    const std::string message = build(external, external_frame("zeromq"));
    const std::string location = "store:1:2/key";
    std::string out;
    rewrite(decoded(message), Contents{ContentReference{"store:1:2", "key", {}, {}}}, out);
    EXPECT_EQ(out, build(external, external_frame("redis", &location)));
}

TEST(SavantCodec, AppendsAContentWhereThereIsNone) {
    Fields frame = frame_fields();
    frame.AddVarint(14, 5);
    const std::string message = message_of(frame);
    const Envelope envelope = decoded(message);
    EXPECT_TRUE(std::holds_alternative<NoContent>(envelope.frames.at(0).content));
    std::string out;
    rewrite(envelope, Contents{AttachedContent{}}, out);
    frame.AddLengthDelimited(external, external_frame("zeromq"));
    EXPECT_EQ(out, message_of(frame));
}

TEST(SavantCodec, LastOfSeveralContentsCountsAndIsTheOnlyOneLeft) {
    Fields frame;
    frame.AddLengthDelimited(internal, "first");
    frame.MergeFrom(frame_fields());
    frame.AddLengthDelimited(none, "");
    frame.AddVarint(14, 5);
    frame.AddLengthDelimited(internal, "last");
    frame.AddVarint(15, 6);
    const std::string message = message_of(frame);
    const Envelope envelope = decoded(message);
    EXPECT_EQ(std::get<InlineContent>(envelope.frames.at(0).content).bytes, "last");

    std::string out;
    rewrite(envelope, Contents{std::nullopt}, out);
    EXPECT_EQ(out, message);

    rewrite(envelope, Contents{AttachedContent{}}, out);
    Fields expected = frame_fields();
    expected.AddVarint(14, 5);
    expected.AddLengthDelimited(external, external_frame("zeromq"));
    expected.AddVarint(15, 6);
    EXPECT_EQ(out, message_of(expected));
}

TEST(SavantCodec, ExternalContentsThatFollowOneAnotherMerge) {
    Fields frame = frame_fields();
    const std::string location = "store:1:2/key/with/slashes";
    frame.AddLengthDelimited(external, external_frame("s3", &location));
    frame.AddLengthDelimited(external, external_frame("redis"));
    const std::string message = message_of(frame);
    const Envelope envelope = decoded(message);
    const auto& reference = std::get<ContentReference>(envelope.frames.at(0).content);
    EXPECT_EQ(reference.store, "store:1:2");
    EXPECT_EQ(reference.key, "key/with/slashes");
}

TEST(SavantCodec, ReadsExternalContentsByTheirMethod) {
    const auto content_of = [](const std::string& method, const std::string& location) {
        Fields frame = frame_fields();
        frame.AddLengthDelimited(external, external_frame(method, &location));
        return message_of(frame);
    };
    const std::string attached = content_of("zeromq", "anything/at/all");
    EXPECT_TRUE(std::holds_alternative<AttachedContent>(decoded(attached).frames.at(0).content));
    const std::string keyless = content_of("redis", "store:1:2");
    const Envelope keyless_envelope = decoded(keyless);
    const auto& reference = std::get<ContentReference>(keyless_envelope.frames.at(0).content);
    EXPECT_EQ(reference.store, "store:1:2");
    EXPECT_EQ(reference.key, "");
    const std::string foreign = content_of("Redis", "store:1:2/key");
    EXPECT_TRUE(std::holds_alternative<ForeignContent>(decoded(foreign).frames.at(0).content));
}

TEST(SavantCodec, ForeignContentIsWrittenAsGiven) {
    const std::string message = golden_message("savant_rs-0.3.0/frame_external_s3.bin");
    const Envelope envelope = decoded(message);
    std::string out;
    rewrite(envelope, Contents{envelope.frames.at(0).content}, out);
    EXPECT_EQ(out, message);
}

TEST(SavantCodec, BatchFramesComeByTheirIdAndAreReplacedOneByOne) {
    const auto build = [](const std::string& content_of_2) {
        Fields frames;
        for (const auto& [id, content] : std::initializer_list<std::pair<std::int64_t, std::string>>{
                 {5, "five"}, {-1, "minus one"}, {2, content_of_2}}) {
            Fields frame = frame_fields("cam-" + std::to_string(id));
            frame.AddLengthDelimited(internal, content);
            frames.AddLengthDelimited(1, serialize(batch_entry(id, frame)));
        }
        return message_of(batch, serialize(frames));
    };
    const std::string message = build("two");
    const Envelope envelope = decoded(message);
    ASSERT_EQ(envelope.frames.size(), 3U);
    EXPECT_EQ(envelope.frames[0].source_id, "cam--1");
    EXPECT_EQ(envelope.frames[1].source_id, "cam-2");
    EXPECT_EQ(envelope.frames[2].source_id, "cam-5");
    EXPECT_TRUE(envelope.source_id.empty());

    const std::string bytes(20'000, 'x');  // every length around it needs more bytes than before
    std::string out;
    rewrite(envelope, Contents{std::nullopt, InlineContent{bytes}, std::nullopt}, out);
    EXPECT_EQ(out, build(bytes));
}

TEST(SavantCodec, AnUnusualWriterIsUnderstood) {
    // Tags and lengths with needless bytes, as protobuf allows them.
    const std::string frame(
        "\x92\x00\x03"
        "cam"
        "\x8a\x01\x82\x00"
        "ab",
        12);
    const std::string message = std::string("\xaa\x00\x8c\x80\x00", 5) + frame;
    const Envelope envelope = decoded(message);
    EXPECT_EQ(envelope.source_id, "cam");
    EXPECT_EQ(std::get<InlineContent>(envelope.frames.at(0).content).bytes, "ab");
    std::string out;
    rewrite(envelope, Contents{NoContent{}}, out);
    EXPECT_EQ(out, std::string("\xaa\x00\x09", 3) + frame.substr(0, 6) + std::string("\x9a\x01\x00", 3));
}

TEST(SavantCodec, AMessageOfNoKnownKindIsUnknownAndKept) {
    Fields fields;
    fields.AddLengthDelimited(1, "9.0.0");
    fields.AddLengthDelimited(12, "a kind of a later version");
    const std::string message = serialize(fields);
    EXPECT_EQ(decoded(message).kind, MessageKind::unknown);
}

TEST(SavantCodec, RefusesWhatHasMoreThanOneMeaning) {
    const std::string frame = serialize(frame_fields());
    const std::string once = message_of(video_frame, frame);
    Fields twice = parse_fields(once);
    twice.AddLengthDelimited(video_frame, frame);
    EXPECT_THAT(refused(serialize(twice)).reason, HasSubstr("more than one content"));
    EXPECT_EQ(offset_of(refused(serialize(twice))), once.size());

    Fields frames;
    frames.AddLengthDelimited(1, serialize(batch_entry(4, frame_fields())));
    frames.AddLengthDelimited(1, serialize(batch_entry(4, frame_fields())));
    EXPECT_THAT(refused(message_of(batch, serialize(frames))).reason,
                HasSubstr("more than one frame with the id 4"));

    Fields entry = batch_entry(1, frame_fields());
    entry.AddLengthDelimited(2, frame);
    Fields doubled;
    doubled.AddLengthDelimited(1, serialize(entry));
    EXPECT_THAT(refused(message_of(batch, serialize(doubled))).reason, HasSubstr("more than one frame"));

    Fields empty_entry;
    empty_entry.AddLengthDelimited(1, "");
    EXPECT_THAT(refused(message_of(batch, serialize(empty_entry))).reason, HasSubstr("has no frame"));
}

TEST(SavantCodec, SaysWhatIsWrongAndWhere) {
    struct Case {
        std::string message;
        const char* reason;
        std::size_t offset;
    };
    const std::string endless(12, '\xff');
    for (const auto& [message, reason, offset] : {
             Case{"", "empty", 0},
             Case{std::string("\x00", 1), "number is out of range", 0},
             Case{"\x0a\x01"
                  "1\x2a\x05"
                  "ab",
                  "field 5 is longer", 3},
             Case{"\x0a\x01"
                  "1\x28\x05",
                  "field 5 has the wire type 0", 3},
             Case{"\x0a" + endless, "length is cut off or too long", 1},
             Case{endless, "tag is cut off or too long", 0},
             Case{"\x20" + endless, "number is cut off or too long", 0},
             Case{"\x2f", "wire type 7", 0},
             Case{"\x0c", "has not begun", 0},
             Case{"\x0b", "no end", 0},
             Case{"\x0b\x14", "another group", 1},
             Case{"\x0d"
                  "abc",
                  "cut off", 0},
             Case{"\x09"
                  "abcdefg",
                  "cut off", 0},
             Case{"\x2a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "longer", 0},
             Case{"\x2a\xff\xff\xff\xff\x7f"
                  "abc",
                  "longer", 0},
             Case{"\x2a\x03\x12\x05"
                  "a",
                  "longer", 2},
             Case{std::string(101, '\x0b'), "nested too deep", 100},
         }) {
        const Problem found = refused(message);
        EXPECT_THAT(found.reason, HasSubstr(reason));
        EXPECT_EQ(offset_of(found), offset) << found.reason;
    }
}

TEST(SavantCodec, AnEnvelopeIsReused) {
    const std::string first = golden_message("savant_rs-0.3.0/batch.bin");
    const std::string second = golden_message("savant_rs-0.3.0/eos.bin");
    Envelope envelope;
    ASSERT_TRUE(decode(FormatChoice::automatic, first, envelope));
    ASSERT_TRUE(decode(FormatChoice::automatic, second, envelope));
    EXPECT_TRUE(envelope.frames.empty());
    EXPECT_TRUE(envelope.splicing.lengths.empty());
    std::string out = "what was there";
    rewrite(envelope, {}, out);
    EXPECT_EQ(out, second);
}

}  // namespace
}  // namespace framebridge::protocol
