#pragma once

// Tests of RedisFrameStore against a real server:  store ──(TCP or unix socket)── redis-server | ...
// Whoever includes this instantiates RealStore and RestartedStore with the names of servers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "store/check_store.h"
#include "store/redis_frame_store.h"
#include "support/redis_server.h"
#include "support/store_driver.h"

namespace framebridge::store {

using namespace std::chrono_literals;
using test::RedisServer;
using test::StoreDriver;
using testing::HasSubstr;

// Different for each index, of any size, and with every byte value.
inline std::string content_of(std::size_t index, std::size_t size) {
    std::string content(size, '\0');
    std::uint32_t state = static_cast<std::uint32_t>(index) * 2654435761U + 1;
    for (char& byte : content) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24U);
    }
    return content;
}

class RealStore : public testing::TestWithParam<std::string> {
  protected:
    void SetUp() override {
        const auto executable = test::find_store_server(GetParam());
        if (!executable) {
            GTEST_SKIP() << test::absent_server(GetParam());
        }
        executable_ = *executable;
        server_ = std::make_unique<RedisServer>(executable_);
    }
    void start(const std::vector<std::string>& more = {}) { ASSERT_TRUE(server_->start(more)); }

    // Fast retries, so that a fault costs a test no time beyond the fault.
    [[nodiscard]] RedisConfig config() const {
        RedisConfig config = server_->config();
        config.retry_backoff = 10ms;
        config.retry_backoff_max = 100ms;
        return config;
    }
    void open(const RedisConfig& config) {
        store_ = RedisFrameStore::open(config);
        driver_ = std::make_unique<StoreDriver>(*store_);
    }
    void put(Token token, const std::string& key, const std::string& content,
             PutMode mode = PutMode::overwrite, std::chrono::milliseconds ttl = 60s) {
        const std::string_view part = contents_[token] = content;
        store_->put(token, key, {&part, 1}, ttl, mode);
    }
    [[nodiscard]] Status status(Token token) const { return driver_->outcomes.at(token).status; }
    [[nodiscard]] std::string_view found(Token token) const {
        const Outcome& outcome = driver_->outcomes.at(token);
        return outcome.status == Status::found ? outcome.content->view() : "not found";
    }
    [[nodiscard]] long long ttl_ms(const std::string& key) const {
        return std::stoll(server_->ask({"PTTL", key}));
    }

    std::string executable_;
    std::unique_ptr<RedisServer> server_;
    std::unique_ptr<RedisFrameStore> store_;
    std::unique_ptr<StoreDriver> driver_;
    std::map<Token, std::string> contents_;
    runtime::StopSignal stop_;
};

TEST_P(RealStore, ReturnsWhatWasPut) {
    start();
    open(config());
    const std::size_t sizes[] = {0, 1, 1000, 16384, 50000, 5'000'000};
    Token token = 0;
    for (const std::size_t size : sizes) {
        put(token++, "key" + std::to_string(size), content_of(size, size));
    }
    ASSERT_TRUE(driver_->wait_for(token));
    EXPECT_EQ(driver_->count(Status::stored), token);
    EXPECT_EQ(store_->problem(), "");
    driver_->outcomes.clear();
    for (const std::size_t size : sizes) {
        store_->get(size, "key" + std::to_string(size), {});
    }
    store_->get(7, "nothing here", {});
    ASSERT_TRUE(driver_->wait_for(std::size(sizes) + 1));
    for (const std::size_t size : sizes) {
        EXPECT_EQ(found(size), content_of(size, size)) << size;
    }
    EXPECT_EQ(status(7), Status::missing);
    EXPECT_GT(ttl_ms("key1000"), 50'000);
    EXPECT_LE(ttl_ms("key1000"), 60'000);
}

TEST_P(RealStore, PutsContentInSeveralParts) {
    start();
    open(config());
    const std::string whole = content_of(1, 300'000);
    const std::string_view view = whole;
    const std::vector<std::string_view> parts{
        view.substr(0, 1), view.substr(1, 199'999), {}, view.substr(200'000)};
    store_->put(1, "parts", parts, 60s, PutMode::overwrite);
    store_->put(2, "parts-deduplicated", parts, 60s, PutMode::deduplicate);
    ASSERT_TRUE(driver_->wait_for(2));
    store_->get(3, "parts", {});
    store_->get(4, "parts-deduplicated", {});
    ASSERT_TRUE(driver_->wait_for(4));
    EXPECT_EQ(found(3), whole);
    EXPECT_EQ(found(4), whole);
}

TEST_P(RealStore, WorksOverAUnixSocketAndInAnotherDatabase) {
    start();
    RedisConfig by_socket = config();
    by_socket.unix_socket = server_->unix_socket();
    by_socket.address = {"name.in.locations", 1, 3};
    open(by_socket);
    put(1, "key", content_of(1, 2'000'000));
    ASSERT_TRUE(driver_->wait_for(1));
    store_->get(2, "key", {});
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(found(2), contents_[1]);
    EXPECT_EQ(server_->ask({"EXISTS", "key"}), "0");
    EXPECT_TRUE(check_store(by_socket, stop_).reachable);
}

TEST_P(RealStore, ThousandsOfPipelinedRequests) {
    start();
    RedisConfig small_window = config();
    small_window.window_bytes = 100'000;
    open(small_window);
    constexpr std::size_t count = 5000;
    for (std::size_t i = 0; i < count; ++i) {
        put(i, std::to_string(i), content_of(i, i % 20'000));
    }
    ASSERT_TRUE(driver_->wait_for(count));
    EXPECT_EQ(driver_->count(Status::stored), count);
    driver_->outcomes.clear();
    for (std::size_t i = 0; i < count; ++i) {
        store_->get(i, std::to_string(i), {});
    }
    ASSERT_TRUE(driver_->wait_for(count));
    for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(found(i), contents_[i]) << i;
    }
}

TEST_P(RealStore, DeduplicationSendsBytesOnceAndExtendsTheTtl) {
    start();
    open(config());
    const std::string content = content_of(1, 100'000);
    put(1, "hash", content, PutMode::deduplicate, 10s);
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::stored);
    EXPECT_LE(ttl_ms("hash"), 10'000);

    put(2, "hash", content, PutMode::deduplicate, 100s);
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(status(2), Status::already_there);
    EXPECT_GT(ttl_ms("hash"), 60'000);

    put(3, "hash", content, PutMode::deduplicate, 5s);
    ASSERT_TRUE(driver_->wait_for(3));
    EXPECT_EQ(status(3), Status::already_there);
    EXPECT_GT(ttl_ms("hash"), 60'000) << "a hit must not shorten the TTL";

    EXPECT_EQ(store_->statistics().payload_bytes_sent, content.size());
    store_->get(4, "hash", {});
    ASSERT_TRUE(driver_->wait_for(4));
    EXPECT_EQ(found(4), content);
}

TEST_P(RealStore, DeduplicationKeepsWhatNeverExpires) {
    start();
    ASSERT_EQ(server_->ask({"SET", "hash", "bytes"}), "OK");
    open(config());
    put(1, "hash", "bytes", PutMode::deduplicate, 5s);
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::already_there);
    EXPECT_EQ(ttl_ms("hash"), -1);
}

TEST_P(RealStore, TheSameContentInFlightIsSentOnce) {
    start();
    open(config());
    const std::string content = content_of(1, 200'000);
    for (Token token = 0; token < 50; ++token) {
        put(token, "hash", content, PutMode::deduplicate);
        put(100 + token, "other" + std::to_string(token), content, PutMode::deduplicate);
    }
    ASSERT_TRUE(driver_->wait_for(100));
    EXPECT_EQ(driver_->count(Status::stored), 51U);
    EXPECT_EQ(driver_->count(Status::already_there), 49U);
    EXPECT_EQ(store_->statistics().payload_bytes_sent, 51 * content.size());
}

TEST_P(RealStore, AForgottenScriptIsSentAgain) {
    start();
    open(config());
    put(1, "a", "x", PutMode::deduplicate);
    ASSERT_TRUE(driver_->wait_for(1));
    ASSERT_EQ(server_->ask({"SCRIPT", "FLUSH"}), "OK");
    for (Token token = 2; token < 20; ++token) {
        put(token, "b" + std::to_string(token), "y", PutMode::deduplicate);
    }
    put(20, "a", "x", PutMode::deduplicate);
    ASSERT_TRUE(driver_->wait_for(20));
    EXPECT_EQ(status(2), Status::stored);
    EXPECT_EQ(status(20), Status::already_there);
}

// Puts go on while the server is killed and started again, `restarts` times; every put is confirmed in the
// end.
class RestartedStore : public RealStore {
  protected:
    std::size_t put_through_restarts(const std::vector<std::string>& options, int restarts, PutMode mode) {
        Token next = 0;
        const auto put_some = [&](std::size_t some) {
            for (const Token end = next + some; next < end; ++next) {
                put(next, "key" + std::to_string(next), content_of(next, 30'000), mode);
            }
        };
        for (int i = 0; i < restarts; ++i) {
            put_some(300);
            const std::size_t before = driver_->outcomes.size();
            // Somewhere in the middle of the traffic.
            EXPECT_TRUE(driver_->run_until([&] { return driver_->outcomes.size() >= before + 20; }));
            server_->process().kill();
            EXPECT_TRUE(driver_->run_until([&] { return !store_->problem().empty(); }));
            put_some(10);
            start(options);
        }
        EXPECT_TRUE(driver_->wait_for(next));
        EXPECT_EQ(driver_->count(Status::stored), next);
        EXPECT_GE(store_->statistics().connects, static_cast<std::uint64_t>(restarts));
        EXPECT_GT(store_->statistics().retries, 0U);
        return next;
    }
};

TEST_P(RestartedStore, Empty) {
    start();
    open(config());
    put_through_restarts({}, 3, PutMode::overwrite);
    store_->get(1'000'000, "key0", {});
    ASSERT_TRUE(driver_->run_until([&] { return driver_->outcomes.contains(1'000'000); }));
    EXPECT_EQ(status(1'000'000), Status::missing);
}

TEST_P(RestartedStore, WithItsData) {
    const std::vector<std::string> durable{"--appendonly", "yes", "--appendfsync", "always"};
    start(durable);
    open(config());
    const std::size_t count = put_through_restarts(durable, 3, PutMode::deduplicate);
    driver_->outcomes.clear();
    for (std::size_t i = 0; i < count; ++i) {
        store_->get(i, "key" + std::to_string(i), {});
    }
    ASSERT_TRUE(driver_->wait_for(count));
    for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(found(i), contents_[i]) << i;
    }
}

TEST_P(RealStore, WaitsForAStoreThatIsNotThereYet) {
    open(config());
    put(1, "key", "x");
    ASSERT_TRUE(
        driver_->run_until([&] { return store_->statistics().retries == 0 && !store_->problem().empty(); }));
    for (int i = 0; i < 5; ++i) {
        driver_->turn();
    }
    EXPECT_TRUE(driver_->outcomes.empty());
    start();
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::stored);
}

TEST_P(RealStore, AFrozenServerIsGivenUpAndAskedAgain) {
    start();
    RedisConfig impatient = config();
    impatient.response_timeout = 200ms;
    open(impatient);
    put(1, "before", content_of(1, 100'000));
    ASSERT_TRUE(driver_->wait_for(1));
    server_->process().freeze();
    for (Token token = 2; token < 50; ++token) {
        put(token, "key" + std::to_string(token), content_of(token, 400'000));
    }
    store_->get(50, "before", {});
    EXPECT_TRUE(driver_->run_until([&] { return store_->statistics().disconnects >= 3; }));
    EXPECT_EQ(driver_->outcomes.size(), 1U);
    server_->process().thaw();
    ASSERT_TRUE(driver_->wait_for(50));
    EXPECT_EQ(driver_->count(Status::stored), 49U);
    EXPECT_EQ(found(50), contents_[1]);
}

TEST_P(RealStore, AFullStoreIsWaitedFor) {
    start({"--maxmemory-policy", "noeviction"});
    open(config());
    put(1, "hash1", content_of(1, 100'000), PutMode::deduplicate);
    ASSERT_TRUE(driver_->wait_for(1));
    ASSERT_EQ(server_->ask({"CONFIG", "SET", "maxmemory", "1"}), "OK");
    for (Token token = 2; token < 40; ++token) {
        put(token, "key" + std::to_string(token), content_of(token, 100'000),
            token % 2 == 0 ? PutMode::overwrite : PutMode::deduplicate);
    }
    ASSERT_TRUE(driver_->run_until([&] { return store_->statistics().retries >= 60; }));
    EXPECT_EQ(driver_->outcomes.size(), 1U);
    EXPECT_NE(store_->problem(), "");
    EXPECT_EQ(store_->statistics().disconnects, 0U);
    ASSERT_EQ(server_->ask({"CONFIG", "SET", "maxmemory", "100mb"}), "OK");
    ASSERT_TRUE(driver_->wait_for(39));
    EXPECT_EQ(driver_->count(Status::stored), 39U);
    EXPECT_EQ(store_->problem(), "");
}

TEST_P(RealStore, AReplicaIsWaitedForUntilItIsPromoted) {
    start();
    RedisServer replica(executable_);
    ASSERT_TRUE(replica.start({"--replicaof", "127.0.0.1", std::to_string(server_->port())}));
    RedisConfig to_replica = replica.config();
    to_replica.retry_backoff = 10ms;
    to_replica.retry_backoff_max = 100ms;
    open(to_replica);
    put(1, "overwrite", content_of(1, 50'000));
    put(2, "deduplicate", content_of(2, 50'000), PutMode::deduplicate);
    ASSERT_TRUE(driver_->run_until([&] { return store_->statistics().disconnects >= 3; }));
    EXPECT_TRUE(driver_->outcomes.empty());
    ASSERT_EQ(replica.ask({"REPLICAOF", "NO", "ONE"}), "OK");
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(driver_->count(Status::stored), 2U);
}

// A hit in a read-only replica would have to extend the TTL: it must not count as done.
TEST_P(RealStore, AHitInAReplicaIsNoHitUntilItsTtlIsExtended) {
    start();
    ASSERT_EQ(server_->ask({"SET", "hash", "bytes", "PX", "50000"}), "OK");
    RedisServer replica(executable_);
    ASSERT_TRUE(replica.start({"--replicaof", "127.0.0.1", std::to_string(server_->port())}));
    ASSERT_TRUE(test::eventually([&] { return replica.ask({"EXISTS", "hash"}) == "1"; }));
    RedisConfig to_replica = replica.config();
    to_replica.retry_backoff = 10ms;
    open(to_replica);
    put(1, "hash", "bytes", PutMode::deduplicate, 100s);
    ASSERT_TRUE(driver_->run_until([&] { return store_->statistics().disconnects >= 2; }));
    EXPECT_TRUE(driver_->outcomes.empty());
    ASSERT_EQ(replica.ask({"REPLICAOF", "NO", "ONE"}), "OK");
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::already_there);
    EXPECT_GT(std::stoll(replica.ask({"PTTL", "hash"})), 60'000);
}

TEST_P(RealStore, ARightPasswordOpensAndAWrongOneIsTriedAgain) {
    start({"--requirepass", "secret"});
    RedisConfig wrong = config();
    wrong.password = "guess";
    open(wrong);
    put(1, "key", "x");
    ASSERT_TRUE(driver_->run_until([&] { return store_->statistics().disconnects >= 3; }));
    EXPECT_TRUE(driver_->outcomes.empty());
    EXPECT_NE(store_->problem(), "");

    RedisConfig right = config();
    right.password = "secret";
    open(right);
    put(1, "key", "x");
    ASSERT_TRUE(driver_->wait_for(1));
    right.username = "default";
    open(right);
    store_->get(1, "key", {});
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(found(1), "x");
}

TEST_P(RealStore, WhatIsNoFrameIsRefused) {
    start();
    ASSERT_EQ(server_->ask({"LPUSH", "list", "x"}), "1");
    open(config());
    store_->get(1, "list", {});
    put(2, "key", "x");
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(status(1), Status::refused);
    EXPECT_THAT(driver_->outcomes.at(1).reason, HasSubstr("WRONGTYPE"));
    EXPECT_EQ(status(2), Status::stored);
}

TEST_P(RealStore, ContentThatTheServerNeverTakesIsRefusedAndTheRestGoesOn) {
    start({"--proto-max-bulk-len", "1mb"});
    open(config());
    put(1, "small", content_of(1, 1000));
    put(2, "large", content_of(2, 8'000'000));
    put(3, "after", content_of(3, 1000));
    ASSERT_TRUE(driver_->wait_for(3));
    EXPECT_EQ(status(2), Status::refused);
    EXPECT_THAT(driver_->outcomes.at(2).reason, HasSubstr("proto-max-bulk-len"));
    EXPECT_EQ(status(1), Status::stored);
    EXPECT_EQ(status(3), Status::stored);
}

TEST_P(RealStore, CheckReportsWhatMatters) {
    start({"--maxmemory", "123456789", "--maxmemory-policy", "allkeys-lru"});
    const StoreCheck check = check_store(config(), stop_);
    EXPECT_TRUE(check.reachable);
    EXPECT_EQ(check.error, "");
    EXPECT_EQ(check.maxmemory, 123456789U);
    EXPECT_EQ(check.eviction_policy, "allkeys-lru");
    EXPECT_FALSE(check.server.empty());

    RedisConfig no_such_db = config();
    no_such_db.address.db = 99;
    EXPECT_THAT(check_store(no_such_db, stop_).error, HasSubstr("--redis-db"));
    RedisConfig needless_password = config();
    needless_password.password = "x";
    EXPECT_THAT(check_store(needless_password, stop_).error, HasSubstr("--redis-password"));
}

TEST_P(RealStore, CheckTellsWrongCredentials) {
    start({"--requirepass", "secret"});
    RedisConfig credentials = config();
    EXPECT_THAT(check_store(credentials, stop_).error, HasSubstr("--redis-password (REDIS_PASSWORD)"));
    credentials.password = "guess";
    EXPECT_THAT(check_store(credentials, stop_).error, HasSubstr("--redis-password (REDIS_PASSWORD)"));
    credentials.username = "nobody";
    credentials.password = "secret";
    EXPECT_THAT(check_store(credentials, stop_).error, HasSubstr("--redis-username (REDIS_USERNAME)"));
    credentials.username.clear();
    EXPECT_EQ(check_store(credentials, stop_).error, "");
}

TEST_P(RealStore, CheckTellsAClusterAndAnAbsentStore) {
    EXPECT_FALSE(check_store(config(), stop_).reachable);
    EXPECT_EQ(check_store(config(), stop_).error, "");
    start({"--cluster-enabled", "yes"});
    EXPECT_THAT(check_store(config(), stop_).error, HasSubstr("cluster"));
}

TEST_P(RealStore, CheckOfAFrozenStoreEnds) {
    start();
    server_->process().freeze();
    RedisConfig impatient = config();
    impatient.response_timeout = 200ms;
    EXPECT_FALSE(check_store(impatient, stop_).reachable);
    server_->process().thaw();
}

}  // namespace framebridge::store
