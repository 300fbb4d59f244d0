#include "store/send_queue.h"

#include <gtest/gtest.h>

#include <array>

#include "store/store_request.h"

namespace framebridge::store {
namespace {

// Takes everything out, `step` bytes at a time, from at most `most_pieces` pieces a call.
std::string drain(SendQueue& queue, std::size_t step, std::size_t most_pieces = 64) {
    std::string bytes;
    std::array<iovec, 64> pieces{};
    while (!queue.empty()) {
        const std::size_t count = queue.next(std::span(pieces).first(most_pieces));
        std::size_t left = step;
        std::size_t taken = 0;
        for (std::size_t i = 0; i < count && left > 0; ++i) {
            const std::size_t now = std::min(left, pieces[i].iov_len);
            bytes.append(static_cast<const char*>(pieces[i].iov_base), now);
            left -= now;
            taken += now;
        }
        queue.sent(taken);
    }
    return bytes;
}

StoreRequest put_request(Step step, std::chrono::milliseconds ttl) {
    StoreRequest request;
    request.key = "p:k";
    request.step = step;
    request.parts = {"he", "", "llo"};
    request.size = 5;
    request.ttl = ttl;
    return request;
}

std::string encoded(const StoreRequest& request) {
    SendQueue queue;
    encode(request, queue);
    return drain(queue, 1000);
}

TEST(StoreRequest, IsEncodedAsRedisExpectsIt) {
    using std::chrono::milliseconds;
    EXPECT_EQ(encoded(put_request(Step::set, milliseconds(60000))),
              "*5\r\n$3\r\nSET\r\n$3\r\np:k\r\n$5\r\nhello\r\n$2\r\nPX\r\n$5\r\n60000\r\n");
    EXPECT_EQ(encoded(put_request(Step::set, milliseconds(1500))),
              "*5\r\n$3\r\nSET\r\n$3\r\np:k\r\n$5\r\nhello\r\n$2\r\nPX\r\n$4\r\n1500\r\n");
    EXPECT_EQ(encoded(put_request(Step::set, milliseconds(0))),
              "*3\r\n$3\r\nSET\r\n$3\r\np:k\r\n$5\r\nhello\r\n");
    EXPECT_EQ(encoded(put_request(Step::set_if_absent, milliseconds(1000))),
              "*6\r\n$3\r\nSET\r\n$3\r\np:k\r\n$5\r\nhello\r\n$2\r\nNX\r\n$2\r\nPX\r\n$4\r\n1000\r\n");
    EXPECT_EQ(encoded(put_request(Step::get, {})), "*2\r\n$3\r\nGET\r\n$3\r\np:k\r\n");
    EXPECT_EQ(encoded(put_request(Step::touch, milliseconds(1000))),
              "*5\r\n$7\r\nEVALSHA\r\n$40\r\n3198fbb5011506ef46241dc910c86277c17ccfce\r\n$1\r\n1\r\n$3\r\np:"
              "k\r\n$4\r\n1000\r\n");
}

TEST(StoreRequest, TheScriptsTextIsSentWhereItIsNotKnown) {
    StoreRequest request = put_request(Step::touch, std::chrono::seconds(1));
    const std::string script = "$" + std::to_string(touch_script.size()) + "\r\n" + std::string(touch_script);
    const std::string expected =
        "*5\r\n$4\r\nEVAL\r\n" + script + "\r\n$1\r\n1\r\n$3\r\np:k\r\n$4\r\n1000\r\n";
    request.script_unknown = true;
    EXPECT_EQ(encoded(request), expected);
}

TEST(SendQueue, ContentIsReferencedNotCopied) {
    SendQueue queue;
    const std::string content(1000, 'x');
    const std::array<std::string_view, 1> parts{content};
    queue.content(parts, content.size());
    std::array<iovec, 8> pieces{};
    ASSERT_EQ(queue.next(pieces), 3U);
    EXPECT_EQ(pieces[1].iov_base, content.data());
}

TEST(SendQueue, TextBetweenContentsIsOnePiece) {
    SendQueue queue;
    const StoreRequest request = put_request(Step::get, {});
    encode(request, queue);
    encode(request, queue);
    std::array<iovec, 8> pieces{};
    EXPECT_EQ(queue.next(pieces), 1U);
}

TEST(SendQueue, PartialWritesOfAnySizeLoseNothing) {
    const auto fill = [](SendQueue& queue) {
        for (int i = 0; i < 3; ++i) {
            encode(put_request(Step::set, std::chrono::seconds(i)), queue);
            encode(put_request(Step::get, {}), queue);
        }
    };
    SendQueue queue;
    fill(queue);
    const std::string expected = drain(queue, 10000);
    for (std::size_t step = 1; step <= expected.size(); ++step) {
        for (const std::size_t pieces : {1U, 2U, 64U}) {
            fill(queue);
            ASSERT_EQ(drain(queue, step, pieces), expected) << step << " bytes, " << pieces << " pieces";
        }
    }
}

TEST(SendQueue, WhatIsAddedWhileItDrainsComesInOrder) {
    SendQueue queue;
    const std::string argument(1000, 'a');
    std::string expected;
    std::string drained;
    std::array<iovec, 4> pieces{};
    for (int i = 0; i < 500; ++i) {  // More than it keeps of what is already sent.
        const std::string numbered = argument + std::to_string(i);
        queue.command({numbered});
        expected += "*1\r\n$" + std::to_string(numbered.size()) + "\r\n" + numbered + "\r\n";
        ASSERT_GT(queue.next(pieces), 0U);
        const std::size_t some = std::min<std::size_t>(pieces[0].iov_len, 900);
        drained.append(static_cast<const char*>(pieces[0].iov_base), some);
        queue.sent(some);
    }
    drained += drain(queue, 777);
    EXPECT_EQ(drained, expected);
}

}  // namespace
}  // namespace framebridge::store
