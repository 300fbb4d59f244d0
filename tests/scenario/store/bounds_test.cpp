// What is in flight is bounded, and so is what comes:  store ──TCP── FakeRedis

#include <algorithm>
#include <atomic>

#include "scenario/store/scripted_store.h"

namespace framebridge::store {
namespace {

// As Redis with a client-output-buffer-limit: who asks for more than it takes at once is cut off.
TEST_F(ScriptedStore, AServerThatCutsThoseWhoAskForMuchIsAskedForLess) {
    config_.window_bytes = 1'000'000;
    const std::string content(100'000, 'x');
    std::size_t asked = 0;
    int last_connection = -1;
    serve([&](const Command&, int connection) {
        asked = std::exchange(last_connection, connection) == connection ? asked + 1 : 1;
        // Three in a row without a pause are too many.
        return asked >= 3 ? Answer{"", true} : Answer{FakeRedis::bulk(content)};
    });
    for (Token token = 0; token < 12; ++token) {
        store_->get(token, std::to_string(token), {.expected = content.size()});
    }
    EXPECT_TRUE(driver_->wait_for(12));
    EXPECT_EQ(driver_->count(Status::found), 12U);
}

TEST_F(ScriptedStore, AFrameThatIsAlwaysCutOffIsNamed) {
    config_.retry_backoff_max = 5ms;
    serve([&](const Command&, int) { return Answer{"$5000000\r\n12345", true}; });
    store_->get(1, "large", {.expected = 5'000'000});
    ASSERT_TRUE(driver_->run_until(
        [&] { return store_->problem().find("client-output-buffer-limit") != std::string::npos; }));
    EXPECT_THAT(store_->problem(), HasSubstr("a frame of 5000000 bytes"));
    EXPECT_TRUE(driver_->outcomes.empty());
}

TEST_F(ScriptedStore, TheWindowIsFreeAgainAfterADisconnect) {
    config_.window_bytes = 10'000;
    serve([](const Command&, int connection) { return connection == 0 ? Answer{"", true} : ok; });
    for (Token token = 0; token < 8; ++token) {
        put(token, std::to_string(token), std::string(5000, 'x'));
    }
    ASSERT_TRUE(driver_->wait_for(8));
    EXPECT_EQ(driver_->count(Status::stored), 8U);
}

TEST_F(ScriptedStore, SizesThatNobodyKnowsAreAskedFor) {
    config_.window_bytes = 1000;
    std::atomic<int> gets = 0;
    serve_raw([&](const Command& command, int) -> Answer {
        if (command[0] == "STRLEN") {
            return {command[1] == "large" ? ":900\r\n" : ":100\r\n"};
        }
        if (FakeRedis::is_probe(command) || command[0] == "CLIENT") {
            return *FakeRedis::greeting(command);
        }
        ++gets;
        return {};
    });
    store_->get(1, "small", {});
    store_->get(2, "large", {});
    store_->get(3, "small", {});
    ASSERT_TRUE(driver_->run_until([&] { return gets == 2; }));
    driver_->turn(20ms);
    EXPECT_EQ(gets, 2) << "900 and 100 bytes fill the window";
}

TEST_F(ScriptedStore, WhatIsTooLargeIsRefusedBeforeItIsFetched) {
    serve_raw([&](const Command& command, int) -> Answer {
        return command[0] == "STRLEN" ? Answer{":5000\r\n"}
                                      : FakeRedis::greeting(command).value_or(Answer{"-ERR fetched\r\n"});
    });
    store_->get(1, "by its reference", {.expected = 5000, .max = 4000});
    store_->get(2, "by STRLEN", {.max = 4000});
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(driver_->count(Status::refused), 2U);
    EXPECT_THAT(driver_->outcomes[2].reason, HasSubstr("5000 bytes, more than the 4000"));
    EXPECT_EQ(server_->count("GET"), 0U);
}

TEST_F(ScriptedStore, AnotherSizeThanTheReferenceSays) {
    serve([&](const Command& command, int) {
        return command[1] == "huge"    ? Answer{"$50000000\r\n"}
               : command[1] == "short" ? Answer{FakeRedis::bulk("AA")}
                                       : Answer{FakeRedis::bulk("BBBB")};
    });
    store_->get(1, "short", {.expected = 4});
    store_->get(2, "right", {.expected = 4});
    store_->get(3, "long", {.expected = 3});
    store_->get(4, "huge", {.expected = 4});
    store_->get(5, "right", {.expected = 4});
    ASSERT_TRUE(driver_->run_until([&] { return driver_->outcomes.size() == 5; }));
    EXPECT_EQ(status(1), Status::wrong_size);
    EXPECT_THAT(driver_->outcomes[1].reason, HasSubstr("2 bytes where the reference says 4"));
    EXPECT_EQ(status(2), Status::found);
    EXPECT_EQ(status(3), Status::wrong_size);
    EXPECT_EQ(status(4), Status::wrong_size);
    EXPECT_EQ(status(5), Status::found);
    EXPECT_EQ(server_->connections(), 2) << "only the 50 MB are not received";
}

// Whoever answers a byte at a time is no better than who does not answer.
TEST_F(ScriptedStore, AStoreThatDripsIsCutOff) {
    config_.response_timeout = 200ms;
    serve([](const Command&, int connection) {
        return connection == 0 ? Answer{FakeRedis::bulk(std::string(1000, 'x')), false, 10ms}
                               : Answer{FakeRedis::bulk("fine")};
    });
    store_->get(1, "a", {.max = 2000});
    ASSERT_TRUE(driver_->wait_for(1, 5s));
    EXPECT_EQ(driver_->outcomes[1].content->view(), "fine");
    EXPECT_THAT(log_.text(), HasSubstr("no answer for 200 ms"));
}

// Those that waited for another's bytes are not stored when those bytes were refused.
TEST_F(ScriptedStore, FollowersOfARefusedContentAreAskedForThemselves) {
    int sets = 0;
    serve([&](const Command& command, int) {
        if (command[0] != "SET") {
            return Answer{":0\r\n"};
        }
        return sets++ == 0 ? Answer{"-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"} : ok;
    });
    for (Token token = 1; token <= 3; ++token) {
        put(token, "hash", "x", PutMode::deduplicate);
    }
    ASSERT_TRUE(driver_->wait_for(3));
    EXPECT_EQ(status(1), Status::refused);
    EXPECT_NE(status(2), Status::refused);
    EXPECT_EQ(driver_->count(Status::already_there), 0U) << "the key never was there";
    EXPECT_GE(server_->count("SET"), 3U);
}

TEST_F(ScriptedStore, RenewalExtendsOrStoresAgain) {
    serve([](const Command& command, int) {
        return command[0] == "SET" ? ok : Answer{command[3] == "alive" ? ":1\r\n" : ":0\r\n"};
    });
    put(1, "alive", "x", PutMode::renew);
    put(2, "gone", "y", PutMode::renew);
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(status(1), Status::already_there);
    EXPECT_EQ(status(2), Status::stored);
    EXPECT_EQ(server_->count("SET"), 1U);
}

}  // namespace
}  // namespace framebridge::store
