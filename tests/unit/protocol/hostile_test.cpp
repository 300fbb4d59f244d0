#include <gtest/gtest.h>

#include <random>

#include "fuzz/check_message.h"
#include "support/golden.h"

namespace framebridge::protocol {
namespace {

std::vector<std::string> messages_of_all_kinds() {
    std::vector<std::string> messages;
    for (const Golden& golden : golden_messages()) {
        messages.push_back(golden.message);
    }
    VideoFrame frame;
    frame.source_id = "cam";
    frame.uuid = make_uuid();
    frame.attributes = {{"a", "b"}};
    for (const Content& content : {Content(NoContent{}), Content(InlineContent{"bytes"}),
                                   Content(ContentReference{"h:1:0", "key", 5, "0a"}),
                                   Content(ForeignContent{"s3", "s3://bucket/key"})}) {
        frame.content = content;
        messages.push_back(encode(Format::native, frame));
    }
    messages.push_back(encode(Format::native, UserData{"cam", 1, {{"a", "b"}}}));
    return messages;
}

// In memory of its own and of its exact size, so that the address sanitizer sees every step outside.
void check(std::string_view bytes) {
    const std::vector<char> exact(bytes.begin(), bytes.end());
    for (const FormatChoice choice : {FormatChoice::automatic, FormatChoice::native, FormatChoice::savant}) {
        ASSERT_EQ(MessageCheck::run(choice, {exact.data(), exact.size()}), "")
            << testing::PrintToString(bytes);
    }
}

TEST(HostileMessage, CutOffAnywhere) {
    for (const std::string& message : messages_of_all_kinds()) {
        for (std::size_t size = 0; size <= message.size(); ++size) {
            ASSERT_NO_FATAL_FAILURE(check(std::string_view(message).substr(0, size)));
        }
    }
}

TEST(HostileMessage, WithBitsFlipped) {
    std::mt19937 random(20'231'101);
    for (const std::string& message : messages_of_all_kinds()) {
        // Most of a large message is content, where nothing happens: flip where the fields are.
        const std::size_t fields = std::min<std::size_t>(message.size(), 200);
        for (int round = 0; round < 500; ++round) {
            std::string flipped = message;
            for (int flips = 1 + round % 3; flips > 0; --flips) {
                flipped[random() % fields] ^= static_cast<char>(1U << random() % 8);
            }
            ASSERT_NO_FATAL_FAILURE(check(flipped));
        }
    }
}

TEST(HostileMessage, WithBytesThatClaimMuch) {
    std::mt19937 random(7);
    for (const std::string& message : messages_of_all_kinds()) {
        const std::size_t fields = std::min<std::size_t>(message.size(), 200);
        for (std::size_t at = 0; at < fields; ++at) {
            for (const char* claim :
                 {"\xff\xff\xff\xff\x0f", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\xdd\xff\xff\xff\xff",
                  "\xdf\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff", "\x7f"}) {
                std::string changed = message;
                changed.replace(at, random() % 3, claim);
                ASSERT_NO_FATAL_FAILURE(check(changed));
            }
        }
    }
}

TEST(HostileMessage, NestedWithoutEnd) {
    for (const char byte : {'\x0b', '\x2a', '\x91', '\x81', '\xde', '\xdd'}) {
        ASSERT_NO_FATAL_FAILURE(check(std::string(200'000, byte)));
    }
}

TEST(HostileMessage, OfNoiseOnly) {
    std::mt19937 random(42);
    for (int round = 0; round < 3000; ++round) {
        std::string noise(random() % 64, '\0');
        for (char& byte : noise) {
            byte = static_cast<char>(random());
        }
        ASSERT_NO_FATAL_FAILURE(check(noise));
    }
}

}  // namespace
}  // namespace framebridge::protocol
