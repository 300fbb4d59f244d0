// One short case for each kind of server that is not Debian's Redis; all cases are in tests/long/store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "store/check_store.h"
#include "store/redis_frame_store.h"
#include "support/redis_server.h"
#include "support/store_driver.h"

namespace framebridge::store {
namespace {

using namespace std::chrono_literals;

// What every server, and every proxy before one, must do.
void carries_frames(const RedisConfig& config) {
    const auto store = RedisFrameStore::open(config);
    test::StoreDriver driver(*store);
    const std::string content(300'000, 'x');
    const std::string_view part = content;
    const auto put = [&](Token token, const std::string& key, std::chrono::milliseconds ttl, PutMode mode) {
        store->put(token, key, {&part, 1}, ttl, mode);
        EXPECT_TRUE(driver.run_until([&] { return driver.outcomes.contains(token); })) << store->problem();
        return driver.outcomes[token].status;
    };
    ASSERT_EQ(put(1, "plain", 60s, PutMode::overwrite), Status::stored);
    ASSERT_EQ(put(2, "hash", 10s, PutMode::deduplicate), Status::stored);
    EXPECT_EQ(put(3, "hash", 100s, PutMode::deduplicate), Status::already_there);
    EXPECT_EQ(put(4, "hash", 5s, PutMode::renew), Status::already_there);
    store->get(5, "plain", {});
    store->get(6, "hash", {.expected = content.size()});
    store->get(7, "absent", {});
    store->look_up(8, "hash");
    store->look_up(9, "absent");
    ASSERT_TRUE(driver.wait_for(9)) << store->problem();
    EXPECT_EQ(driver.outcomes[5].content->view(), content);
    EXPECT_EQ(driver.outcomes[6].content->view(), content);
    EXPECT_EQ(driver.outcomes[7].status, Status::missing);
    EXPECT_EQ(driver.outcomes[8].status, Status::found);
    EXPECT_EQ(driver.outcomes[9].status, Status::missing);
    EXPECT_EQ(store->problem(), "");
}

class OtherServer : public testing::TestWithParam<std::string> {};

TEST_P(OtherServer, CarriesFramesAndSaysWhatItIs) {
    const auto executable = test::find_store_server(GetParam());
    if (!executable) {
        GTEST_SKIP() << test::absent_server(GetParam());
    }
    test::RedisServer server(*executable);
    ASSERT_TRUE(server.start());
    carries_frames(server.config());
    EXPECT_GT(std::stoll(server.ask({"PTTL", "hash"})), 60'000) << "a hit extends and never shortens";
    const std::map<std::string, const char*> names{
        {"redis62", "Redis 6.2"}, {"valkey", "Valkey 9"}, {"keydb", "KeyDB "}, {"kvrocks", "KVRocks "}};
    if (const auto name = names.find(GetParam()); name != names.end()) {
        EXPECT_THAT(check_store(server.config(), runtime::StopSignal()).server,
                    testing::StartsWith(name->second));
    }
}

INSTANTIATE_TEST_SUITE_P(, OtherServer, testing::ValuesIn(test::other_store_servers()),
                         [](const auto& info) { return info.param; });

// twemproxy, in Debian as nutcracker: closes the connection at what it does not know (CLIENT, INFO).
TEST(Twemproxy, CarriesFrames) {
    const auto nutcracker = test::find_on_path("nutcracker");
    const auto redis = test::find_store_server("redis");
    if (!nutcracker || !redis) {
        GTEST_SKIP() << "no nutcracker or no redis-server: apt-get install nutcracker redis-server";
    }
    test::RedisServer server(*redis);
    ASSERT_TRUE(server.start());
    const std::uint16_t port = test::free_port();
    RedisConfig config = server.config();
    config.address.port = port;
    config.retry_backoff = 10ms;
    test::ServerProcess proxy(
        {*nutcracker, "-c", "proxy.yml", "-s", std::to_string(test::free_port()), "-m", "1048576"},
        [&] { return check_store(config, runtime::StopSignal()).reachable; });
    std::ofstream(proxy.directory() / "proxy.yml")
        << "frames:\n  listen: 127.0.0.1:" << port
        << "\n  hash: fnv1a_64\n  distribution: ketama\n  redis: true\n  servers:\n   - 127.0.0.1:"
        << server.port() << ":1\n";
    ASSERT_TRUE(proxy.start());
    carries_frames(config);
    EXPECT_GT(std::stoll(server.ask({"PTTL", "hash"})), 60'000);
}

}  // namespace
}  // namespace framebridge::store
