#include "framebridge/protocol/store_address.h"

#include <gmock/gmock.h>

namespace framebridge::protocol {
namespace {

TEST(StoreAddress, ReadsWhatItWrites) {
    for (const auto& [text, address] : std::initializer_list<std::pair<const char*, StoreAddress>>{
             {"localhost:6379:0", {"localhost", 6379, 0}},
             {"redis-1.example.com:1:15", {"redis-1.example.com", 1, 15}},
             {"10.0.0.1:65535:4294967295", {"10.0.0.1", 65535, 4294967295U}},
             {"[::1]:6379:2", {"::1", 6379, 2}},
             {"[fe80::1%eth0]:6379:0", {"fe80::1%eth0", 6379, 0}},
             {"my_store:6379:0", {"my_store", 6379, 0}},
         }) {
        const auto parsed = StoreAddress::parse(text);
        ASSERT_TRUE(parsed) << parsed.error().to_string();
        EXPECT_EQ(*parsed, address);
        EXPECT_EQ(address.to_string(), text);
    }
}

TEST(StoreAddress, OneHostHasOneSpelling) {
    for (const auto& [text, host] : std::initializer_list<std::pair<const char*, const char*>>{
             {"Redis.Example.:6379:0", "redis.example"},
             {"127.1:6379:0", "127.0.0.1"},
             {"127.1.:6379:0", "127.0.0.1"},
             {"localhost..:6379:0", "localhost"},
             {"0x7f.0.0.01:6379:0", "127.0.0.1"},
             {"2130706433:6379:0", "127.0.0.1"},
             {"[::FFFF:127.0.0.1]:6379:0", "127.0.0.1"},
             {"[0:0:0:0:0:0:0:1]:06379:00", "::1"},
             {"[2001:DB8::0:1]:6379:0", "2001:db8::1"},
         }) {
        const auto parsed = StoreAddress::parse(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(*parsed, (StoreAddress{host, 6379, 0})) << text;
    }
}

TEST(StoreAddress, SaysWhatIsWrong) {
    for (const auto& [text, reason] : std::initializer_list<std::pair<std::string, const char*>>{
             {"", "host:port:db"},
             {"localhost", "host:port:db"},
             {"localhost:6379", "host:port:db"},
             {":", "host:port:db"},
             {"::", "the host is not one"},
             {":6379:0", "the host is not one"},
             {"::1:6379:0", "in brackets"},
             {"[localhost]:6379:0", "only an IPv6 address"},
             {"[]:6379:0", "the host is not one"},
             {"local host:6379:0", "the host is not one"},
             {"user@host:6379:0", "the host is not one"},
             {"a/b:6379:0", "the host is not one"},
             {std::string("a\0b:6379:0", 10), "the host is not one"},
             {std::string(254, 'a') + ":6379:0", "the host is not one"},
             {"localhost:0:0", "the port is not a number"},
             {"localhost:65536:0", "the port is not a number"},
             {"localhost::0", "the port is not a number"},
             {"localhost:+1:0", "the port is not a number"},
             {"localhost: 1:0", "the port is not a number"},
             {"localhost:6379:", "the database is not a number"},
             {"localhost:6379:-1", "the database is not a number"},
             {"localhost:6379:4294967296", "the database is not a number"},
             {"localhost:6379:0x", "the database is not a number"},
         }) {
        const auto parsed = StoreAddress::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_THAT(parsed.error().reason, testing::HasSubstr(reason)) << text;
    }
}

}  // namespace
}  // namespace framebridge::protocol
