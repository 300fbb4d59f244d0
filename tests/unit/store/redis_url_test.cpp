#include "store/redis_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framebridge::store {
namespace {

TEST(RedisUrl, IsRead) {
    const auto all = RedisUrl::parse("rediss://us%40er:pass%3aword@store.example:7000/3");
    ASSERT_TRUE(all);
    EXPECT_EQ(all->address, (protocol::StoreAddress{"store.example", 7000, 3}));
    EXPECT_EQ(all->username, "us@er");
    EXPECT_EQ(all->password, "pass:word");
    EXPECT_TRUE(all->tls);

    EXPECT_EQ(all->to_string(), "rediss://store.example:7000/3") << "nothing of the login";

    const auto least = RedisUrl::parse("redis://store");
    ASSERT_TRUE(least);
    EXPECT_EQ(least->address, (protocol::StoreAddress{"store", 6379, 0}));
    EXPECT_FALSE(least->tls);

    const auto ipv6 = RedisUrl::parse("redis://:secret@[::1]/2");
    ASSERT_TRUE(ipv6);
    EXPECT_EQ(ipv6->address, (protocol::StoreAddress{"::1", 6379, 2}));
    EXPECT_EQ(ipv6->username, "");
    EXPECT_EQ(ipv6->password, "secret");
}

TEST(RedisUrl, WhatItIsNotIsSaidWithoutThePassword) {
    for (const char* text : {"", "store:6379", "http://store", "redis://", "redis://:hush@store:0",
                             "redis://:hush@store/x", "redis://:hush%4@store", "redis://:hush%zz@store"}) {
        const auto parsed = RedisUrl::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_THAT(parsed.error().reason, testing::HasSubstr("redis://[[USER]:PASSWORD@]HOST"));
        EXPECT_THAT(parsed.error().reason, testing::Not(testing::HasSubstr("hush")));
    }
}

}  // namespace
}  // namespace framebridge::store
