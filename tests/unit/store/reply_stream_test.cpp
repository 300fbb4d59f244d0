#include "store/reply_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace framebridge::store {
namespace {

using Status = ReplyStream::Status;

std::string describe(const Reply& reply) {
    switch (reply.kind) {
        case Reply::Kind::status:
            return "+" + reply.text;
        case Reply::Kind::error:
            return "-" + reply.text;
        case Reply::Kind::integer:
            return ":" + std::to_string(reply.integer);
        case Reply::Kind::content:
            return "$" + std::string(reply.content->view());
        case Reply::Kind::nil:
            return "nil";
        case Reply::Kind::array:
            return "*" + std::to_string(reply.integer);
    }
    return {};
}

struct Fed {
    std::vector<std::string> replies;
    Status last = Status::incomplete;
};

// Feeds `bytes` in pieces of at most `step`, as a socket would.
Fed feed(ReplyStream& stream, std::string_view bytes, std::size_t step) {
    Fed fed;
    Reply reply;
    while (!bytes.empty()) {
        std::size_t left = std::min(step, bytes.size());
        std::size_t written = 0;
        for (const iovec& piece : stream.space()) {
            const std::size_t now = std::min(left - written, piece.iov_len);
            std::memcpy(piece.iov_base, bytes.data() + written, now);
            written += now;
        }
        stream.received(written);
        bytes.remove_prefix(written);
        while ((fed.last = stream.next(reply, content_limit)) == Status::complete) {
            fed.replies.push_back(describe(reply));
        }
        if (fed.last != Status::incomplete) {
            return fed;
        }
    }
    return fed;
}

Status verdict(std::string_view bytes) {
    ReplyStream stream;
    return feed(stream, bytes, bytes.size()).last;
}

TEST(ReplyStream, EverySplitGivesTheSameReplies) {
    const std::string content = "line\r\nbreaks\r\nand $5\r\n inside";
    const std::string bytes = "+OK\r\n:1\r\n:-2\r\n$" + std::to_string(content.size()) + "\r\n" + content +
                              "\r\n$0\r\n\r\n$-1\r\n-OOM no room\r\n$3\r\nabc\r\n+\r\n:0\r\n";
    const std::vector<std::string> expected{"+OK", ":1",           ":-2",  "$" + content, "$",
                                            "nil", "-OOM no room", "$abc", "+",           ":0"};
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
        ReplyStream stream;
        const Fed fed = feed(stream, bytes, step);
        ASSERT_EQ(fed.replies, expected) << step << " bytes at a time";
        ASSERT_EQ(fed.last, Status::incomplete);
    }
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        ReplyStream stream;
        Fed fed = feed(stream, std::string_view(bytes).substr(0, cut), bytes.size());
        const Fed rest = feed(stream, std::string_view(bytes).substr(cut), bytes.size());
        fed.replies.insert(fed.replies.end(), rest.replies.begin(), rest.replies.end());
        ASSERT_EQ(fed.replies, expected) << "cut at " << cut;
    }
}

TEST(ReplyStream, LargeContentsGoStraightIntoTheirBuffer) {
    std::string content(3000000, '\0');
    for (std::size_t i = 0; i < content.size(); ++i) {
        content[i] = static_cast<char>(i * 7919 >> 5);
    }
    const std::string header = "$" + std::to_string(content.size()) + "\r\n";
    ReplyStream stream;
    ASSERT_EQ(feed(stream, header, header.size()).last, Status::incomplete);
    const std::span<iovec> space = stream.space();
    ASSERT_EQ(space.size(), 2U);
    EXPECT_EQ(space[0].iov_len, content.size());

    const std::string following = content + "\r\n$2\r\nhi\r\n" + header + content + "\r\n";
    for (const std::size_t step : {std::size_t{1000}, std::size_t{65536}, following.size()}) {
        ReplyStream fresh;
        EXPECT_EQ(feed(fresh, header + following, step).replies,
                  (std::vector<std::string>{"$" + content, "$hi", "$" + content}));
    }
}

TEST(ReplyStream, HostileLengthsEndTheStream) {
    EXPECT_EQ(verdict("$536870913\r\n"), Status::too_long);
    EXPECT_EQ(verdict("$9223372036854775807\r\n"), Status::too_long);
    EXPECT_EQ(verdict("$536870912\r\n"), Status::incomplete);
    for (const char* bytes : {"$-2\r\n", "$\r\n", "$9223372036854775808\r\n", "$1x\r\n", "$ 1\r\n", "$+1\r\n",
                              ":\r\n", ":1.5\r\n", ":9223372036854775808\r\n", "*1025\r\n", "*x\r\n", "\r\n",
                              "HTTP/1.1 400\r\n", "$1\r\nabc", "$0\r\nxy"}) {
        EXPECT_EQ(verdict(bytes), Status::malformed) << bytes;
    }
}

TEST(ReplyStream, ALineWithoutEndIsNotKeptForEver) {
    EXPECT_EQ(verdict("+" + std::string(20000, 'x')), Status::malformed);
    EXPECT_EQ(verdict("+" + std::string(10000, 'x')), Status::incomplete);
}

TEST(ReplyStream, ClearForgetsAHalfReceivedContent) {
    ReplyStream stream;
    const std::string half = "+OK\r\n$100\r\nhalf of it";
    ASSERT_EQ(feed(stream, half, half.size()).last, Status::incomplete);
    stream.clear();
    const std::string fresh = "$2\r\nhi\r\n";
    EXPECT_EQ(feed(stream, fresh, fresh.size()).replies, std::vector<std::string>{"$hi"});
}

}  // namespace
}  // namespace framebridge::store
