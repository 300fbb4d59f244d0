#include "framebridge/protocol/parts.h"

#include <gmock/gmock.h>

namespace framebridge::protocol {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Envelope message_of(MessageKind kind, const std::vector<Content>& contents, Format format = Format::native) {
    Envelope envelope;
    envelope.format = format;
    envelope.kind = kind;
    for (const Content& content : contents) {
        envelope.frames.emplace_back().content = content;
    }
    return envelope;
}

const Content attached = AttachedContent{};
const Content none = NoContent{};
const Content foreign = ForeignContent{"acme", {}};

TEST(Parts, ASingleAttachedFrameHasThemAll) {
    const Envelope frame = message_of(MessageKind::video_frame, {attached});
    const std::size_t sizes[] = {2, 0, 3};
    const auto assigned = assign_parts(frame, sizes).value();
    EXPECT_THAT(assigned.frames, ElementsAre(PartRange{0, 3}));
    EXPECT_THAT(assigned.unclaimed, IsEmpty());
    const std::size_t empty[] = {0};
    EXPECT_THAT(assign_parts(frame, empty).value().frames, ElementsAre(PartRange{0, 1}));
}

TEST(Parts, ABatchHasOneForEachAttachedFrame) {
    const Envelope batch = message_of(MessageKind::video_frame_batch, {attached, none, attached});
    const std::size_t sizes[] = {1, 2};
    EXPECT_THAT(assign_parts(batch, sizes).value().frames,
                ElementsAre(PartRange{0, 1}, PartRange{}, PartRange{1, 2}));
}

TEST(Parts, AnAttachedFrameWithoutItsPartIsRefused) {
    for (const Format format : {Format::native, Format::savant}) {
        const auto single = assign_parts(message_of(MessageKind::video_frame, {attached}, format), {});
        ASSERT_FALSE(single);
        EXPECT_THAT(single.error().reason, HasSubstr("1 `attached` frame, but 0 parts"));
        const std::size_t one[] = {5};
        EXPECT_FALSE(
            assign_parts(message_of(MessageKind::video_frame_batch, {attached, attached}, format), one));
    }
}

TEST(Parts, APartTooManyInABatchIsRefused) {
    const std::size_t sizes[] = {1, 2};
    for (const Format format : {Format::native, Format::savant}) {
        EXPECT_FALSE(
            assign_parts(message_of(MessageKind::video_frame_batch, {attached, none}, format), sizes));
    }
}

TEST(Parts, AnUnclaimedEmptyPartIsIgnored) {
    const std::size_t sizes[] = {0};
    for (const MessageKind kind :
         {MessageKind::video_frame, MessageKind::user_data, MessageKind::end_of_stream}) {
        const Envelope message =
            message_of(kind, kind == MessageKind::video_frame ? std::vector{none} : std::vector<Content>{});
        EXPECT_THAT(assign_parts(message, sizes).value().unclaimed, IsEmpty());
    }
}

TEST(Parts, UnclaimedBytesOfAKnownNativeKindAreRefused) {
    const std::size_t sizes[] = {4};
    EXPECT_FALSE(assign_parts(message_of(MessageKind::video_frame, {none}), sizes));
    EXPECT_FALSE(assign_parts(message_of(MessageKind::user_data, {}), sizes));
    EXPECT_FALSE(assign_parts(message_of(MessageKind::video_frame_batch, {}), sizes));
}

TEST(Parts, UnclaimedBytesOfWhatIsNotKnownAreListed) {
    const std::size_t sizes[] = {4, 0, 5};
    for (const Envelope& message :
         {message_of(MessageKind::unknown, {}), message_of(MessageKind::video_frame, {foreign}),
          message_of(MessageKind::user_data, {}, Format::savant)}) {
        EXPECT_THAT(assign_parts(message, sizes).value().unclaimed, ElementsAre(0, 2));
    }
}

}  // namespace
}  // namespace framebridge::protocol
