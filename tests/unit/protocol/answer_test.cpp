#include "framebridge/protocol/answer.h"

#include <gmock/gmock.h>

namespace framebridge::protocol {
namespace {

TEST(Answer, DetailsComeBack) {
    for (const AnswerDetails& details :
         {AnswerDetails{}, AnswerDetails{"the topic is empty", "cam", "u", 7, std::nullopt},
          AnswerDetails{"", "cam", "", std::nullopt, StreamCounts{3, 2, 1}}}) {
        EXPECT_EQ(decode_answer(encode(details)), details);
    }
}

TEST(Answer, APeersAnswerIsReadAsFarAsItGoes) {
    const std::string whole = encode(AnswerDetails{"why", "cam", "u", 7, StreamCounts{3, 2, 1}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        (void)decode_answer(std::string_view(whole).substr(0, size));
    }
    EXPECT_EQ(decode_answer("OK"), AnswerDetails{});
    // Wrong types, and keys that nobody knows: {"reason": 1, 5: 6, "later": [], "uuid": "u"}
    EXPECT_EQ(decode_answer("\x84\xa6reason\x01\x05\x06\xa5later\x90\xa4uuid\xa1u").uuid, "u");
}

}  // namespace
}  // namespace framebridge::protocol
