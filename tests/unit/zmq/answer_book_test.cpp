#include "zmq/answer_book.h"

#include <gmock/gmock.h>

#include "framebridge/protocol/messages.h"

namespace framebridge::zmq {
namespace {

using protocol::AnswerDetails;
using protocol::Format;
using protocol::StreamCounts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Messages of a peer, and what it is answered.
class AnswerBookTest : public testing::Test {
  protected:
    static std::string frame(Format format, const std::string& source = "cam") {
        protocol::VideoFrame frame;
        frame.source_id = source;
        frame.uuid = protocol::make_uuid();
        frame.sequence_number = 7;
        return encode(format, frame);
    }
    static std::string end(Format format, const std::string& source = "cam") {
        return encode(format, protocol::EndOfStream{.source_id = source, .sequence_number = 8});
    }
    /// The native message with the key `answers: 1`.
    static std::string asking(const std::string& message) {
        const auto first = static_cast<unsigned char>(message.front());
        if (first == 0xde) {
            auto out = message +
                       "\xa7"
                       "answers\x01";
            ++out[2];
            return out;
        }
        return std::string(1, static_cast<char>(first + 1)) + message.substr(1) +
               "\xa7"
               "answers\x01";
    }
    std::vector<std::string> answer(Answering answering, const std::string& body,
                                    const std::string& refusal = {}, const std::string& peer = "peer") {
        ReceivedMessage message;
        message.topic.rebuild("cam", 3);
        message.body.rebuild(body.data(), body.size());
        protocol::Envelope envelope;
        const bool readable = decode(protocol::FormatChoice::automatic, body, envelope).has_value();
        return book_.answer(peer, answering, message,
                            {refusal.empty() ? Answer::Outcome::kept : Answer::Outcome::refused, refusal,
                             readable ? &envelope : nullptr});
    }

    AnswerBook book_;
};

TEST_F(AnswerBookTest, ARequestIsAnsweredAtOnce) {
    EXPECT_THAT(answer(Answering::every_message, frame(Format::native)), ElementsAre("OK"));
    EXPECT_THAT(answer(Answering::every_message, frame(Format::native), "why"), ElementsAre("REFUSED"));
    EXPECT_THAT(answer(Answering::every_message, end(Format::native)), ElementsAre("OK"));
}

TEST_F(AnswerBookTest, AStreamIsRefusedIfAnythingOfItWas) {
    EXPECT_THAT(answer(Answering::ends_of_stream, frame(Format::native), "why"), IsEmpty());
    EXPECT_THAT(answer(Answering::ends_of_stream, frame(Format::native, "other")), IsEmpty());
    EXPECT_THAT(answer(Answering::ends_of_stream, end(Format::native, "other")), ElementsAre("OK"));
    EXPECT_THAT(answer(Answering::ends_of_stream, end(Format::native), {}, "another peer"),
                ElementsAre("OK"));
    EXPECT_THAT(answer(Answering::ends_of_stream, end(Format::native)), ElementsAre("REFUSED"));
    EXPECT_THAT(answer(Answering::ends_of_stream, end(Format::native)), ElementsAre("OK"));
    EXPECT_THAT(answer(Answering::ends_of_stream, end(Format::native), "the end itself"),
                ElementsAre("REFUSED"));
}

TEST_F(AnswerBookTest, WhoAsksLearnsWhichAndWhy) {
    const auto refused = answer(Answering::ends_of_stream, asking(frame(Format::native)), "why");
    ASSERT_EQ(refused.size(), 2U);
    EXPECT_EQ(refused[0], "REFUSED");
    const auto details = protocol::decode_answer(refused[1]);
    EXPECT_EQ(details.reason, "why");
    EXPECT_EQ(details.source_id, "cam");
    EXPECT_EQ(details.uuid.size(), 36U);
    EXPECT_EQ(details.sequence_number, 7U);
    EXPECT_FALSE(details.stream);
    EXPECT_EQ(answer(Answering::every_message, asking(frame(Format::native))).at(0), "OK");

    const auto ended = answer(Answering::ends_of_stream, asking(end(Format::native)));
    ASSERT_EQ(ended.size(), 2U);
    EXPECT_EQ(ended[0], "REFUSED");
    EXPECT_EQ(protocol::decode_answer(ended[1]).stream, (StreamCounts{2, 1, 1}));
    EXPECT_EQ(protocol::decode_answer(ended[1]).reason, "why");
}

TEST_F(AnswerBookTest, AMessageThatCannotBeReadIsNamedAsFarAsItCan) {
    // A frame without content.
    const std::string bad =
        "\x85\xab"
        "framebridge\x01\xa4kind\xabvideo_frame\xa9source_id\xa3"
        "cam\xa4uuid\xa1u\xa7"
        "answers\x01";
    const auto refused = answer(Answering::ends_of_stream, bad, "the required key `content` is missing");
    ASSERT_EQ(refused.size(), 2U);
    EXPECT_EQ(protocol::decode_answer(refused[1]).uuid, "u");
    EXPECT_THAT(protocol::decode_answer(refused[1]).reason, HasSubstr("`content`"));
    EXPECT_THAT(answer(Answering::ends_of_stream, end(Format::native)), ElementsAre("REFUSED"));
}

TEST_F(AnswerBookTest, SavantsWritersAreAlwaysToldOk) {
    EXPECT_THAT(answer(Answering::every_message, "garbage", "why"), ElementsAre("OK"));
    EXPECT_THAT(answer(Answering::every_message, frame(Format::savant), "why"), ElementsAre("OK"));
    EXPECT_THAT(answer(Answering::ends_of_stream, frame(Format::savant), "why"), IsEmpty());
    EXPECT_THAT(answer(Answering::ends_of_stream, end(Format::savant), "why"), ElementsAre("OK"));
    EXPECT_EQ(book_.refused_but_answered_ok(), 4U);
}

TEST_F(AnswerBookTest, GarbageOfANativePeerIsRefused) {
    EXPECT_THAT(answer(Answering::every_message, frame(Format::native)), ElementsAre("OK"));
    EXPECT_THAT(answer(Answering::every_message, "garbage", "why"), ElementsAre("REFUSED"));
    EXPECT_EQ(book_.refused_but_answered_ok(), 0U);
}

TEST_F(AnswerBookTest, ManyPeersAndSourcesAreForgottenInTime) {
    for (int number = 0; number < 10'000; ++number) {
        (void)answer(Answering::ends_of_stream, frame(Format::native), {}, "peer " + std::to_string(number));
        (void)answer(Answering::ends_of_stream, frame(Format::native, "cam " + std::to_string(number)));
    }
    // One that something was refused of is kept rather than one that nothing was.
    (void)answer(Answering::ends_of_stream, frame(Format::native), "why");
    for (int number = 0; number < 2'000; ++number) {
        (void)answer(Answering::ends_of_stream, frame(Format::native, "dog " + std::to_string(number)));
    }
    EXPECT_THAT(answer(Answering::ends_of_stream, end(Format::native)), ElementsAre("REFUSED"));
}

}  // namespace
}  // namespace framebridge::zmq
