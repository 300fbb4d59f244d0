// RedisFrameStore against a scripted server:  store ──TCP── FakeRedis
// Each test is one thing that a server, or the network before it, may do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <sstream>

#include "scenario/store/scripted_store.h"

namespace framebridge::store {
namespace {

TEST_F(ScriptedStore, CutWhileContentIsSent) {
    serve([](const Command&, int) { return ok; }, 2'000'000);
    put(1, "first", std::string(500'000, 'a'));
    put(2, "cut", std::string(5'000'000, 'b'));
    put(3, "behind", std::string(1000, 'c'));
    ASSERT_TRUE(driver_->wait_for(3));
    EXPECT_EQ(driver_->count(Status::stored), 3U);
    EXPECT_EQ(server_->connections(), 2);
    const std::vector<Command> commands = server_->commands();
    ASSERT_GE(commands.size(), 2U);
    EXPECT_EQ(commands[commands.size() - 2][2], contents_[2]);
    EXPECT_EQ(commands[commands.size() - 1][2], contents_[3]);
    EXPECT_EQ(store_->statistics().disconnects, 1U);
    EXPECT_GE(store_->statistics().retries, 2U);
}

TEST_F(ScriptedStore, CutWhileContentIsReceived) {
    const std::string content(3'000'000, 'x');
    serve([&](const Command& command, int connection) {
        const std::string whole = FakeRedis::bulk(command[1] + content);
        return connection == 0 && command[1] == "b" ? Answer{whole.substr(0, 1'000'000), true}
                                                    : Answer{whole};
    });
    store_->get(1, "a", {});
    store_->get(2, "b", {});
    store_->get(3, "c", {});
    ASSERT_TRUE(driver_->wait_for(3));
    EXPECT_EQ(driver_->outcomes[1].content->view(), "a" + content);
    EXPECT_EQ(driver_->outcomes[2].content->view(), "b" + content);
    EXPECT_EQ(driver_->outcomes[3].content->view(), "c" + content);
    EXPECT_EQ(server_->count("GET"), 4U) << "what was received whole is not asked for again";
}

TEST_F(ScriptedStore, FullThenNot) {
    int refusals = 14;
    serve([&](const Command&, int) { return refusals-- > 0 ? Answer{"-OOM command not allowed\r\n"} : ok; });
    for (Token token = 0; token < 10; ++token) {
        put(token, std::to_string(token), "content");
    }
    ASSERT_TRUE(driver_->run_until([&] { return store_->statistics().retries >= 10; }));
    EXPECT_NE(store_->problem(), "");
    ASSERT_TRUE(driver_->wait_for(10));
    EXPECT_EQ(store_->problem(), "");
    EXPECT_EQ(driver_->count(Status::stored), 10U);
    EXPECT_EQ(server_->connections(), 1);
    // All ten, then one at a time until one was taken: no more than needed are sent in vain.
    EXPECT_EQ(server_->count("SET"), 24U);
    EXPECT_EQ(log_.count("raise its maxmemory"), 1U) << log_.text();
    EXPECT_EQ(log_.count("again"), 1U) << log_.text();
    EXPECT_EQ(log_.count("127.0.0.1:" + std::to_string(server_->port()) + ":0"), 3U) << log_.text();
}

TEST_F(ScriptedStore, FullButHitsAreStillHits) {
    serve([&](const Command& command, int) {
        return command[0] == "SET" ? Answer{"-OOM command not allowed\r\n"}
                                   : Answer{command[3] == "there" ? ":1\r\n" : ":0\r\n"};
    });
    put(1, "there", "x", PutMode::deduplicate);
    put(2, "absent", "y", PutMode::deduplicate);
    ASSERT_TRUE(driver_->run_until([&] { return server_->count("SET") >= 3; }));
    EXPECT_EQ(driver_->outcomes.size(), 1U);
    EXPECT_EQ(status(1), Status::already_there);
}

TEST_F(ScriptedStore, ReadOnlyMeansAnotherConnection) {
    serve([](const Command&, int connection) {
        return connection < 2 ? Answer{"-READONLY You can't write against a read only replica.\r\n"} : ok;
    });
    put(1, "a", "x");
    put(2, "b", "y");
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(driver_->count(Status::stored), 2U);
    EXPECT_EQ(server_->connections(), 3);
    EXPECT_THAT(log_.text(), HasSubstr("read-only replica"));
}

TEST_F(ScriptedStore, NoAnswerMeansAnotherConnection) {
    config_.response_timeout = 100ms;
    serve([](const Command&, int connection) { return connection == 0 ? Answer{} : ok; });
    put(1, "a", "x");
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::stored);
    EXPECT_EQ(server_->connections(), 2);
    EXPECT_THAT(log_.text(), HasSubstr("no answer for 100 ms"));
}

TEST_F(ScriptedStore, NoAnswerToTheGreetingMeansAnotherConnection) {
    config_.response_timeout = 100ms;
    serve_raw([](const Command& command, int connection) {
        return connection == 0 ? Answer{} : FakeRedis::greeting(command).value_or(ok);
    });
    put(1, "a", "x");
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(server_->connections(), 2);
}

TEST_F(ScriptedStore, NoConnectionInTimeIsTriedAgain) {
    // Nobody accepts, and the kernel's queue is full: further connections hang.
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(bind(listener, name, size), 0);
    ASSERT_EQ(listen(listener, 0), 0);
    ASSERT_EQ(getsockname(listener, name, &size), 0);
    std::vector<int> fillers;
    for (int i = 0; i < 3; ++i) {
        fillers.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        (void)connect(fillers.back(), name, size);
    }
    config_.connect_timeout = 100ms;
    config_.address = {"127.0.0.1", ntohs(address.sin_port), 0};
    store_ = RedisFrameStore::open(config_);
    driver_ = std::make_unique<StoreDriver>(*store_);
    store_->get(1, "a", {});
    EXPECT_TRUE(driver_->run_until([&] { return log_.count("within 100 ms") > 0; }));
    EXPECT_TRUE(driver_->outcomes.empty());
    EXPECT_NE(store_->problem(), "");
    for (const int filler : fillers) {
        close(filler);
    }
    close(listener);
}

TEST_F(ScriptedStore, ForgottenScript) {
    serve([](const Command& command, int) {
        return Answer{command[0] == "EVALSHA" ? "-NOSCRIPT No matching script. Please use EVAL.\r\n"
                                              : ":1\r\n"};
    });
    put(1, "a", "x", PutMode::deduplicate);
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::already_there);
    EXPECT_EQ(server_->count("EVAL"), 1U);
    EXPECT_EQ(server_->connections(), 1);
}

TEST_F(ScriptedStore, LoadingIsWaitedFor) {
    serve_raw([](const Command& command, int connection) {
        return connection < 3 ? Answer{"-LOADING Redis is loading the dataset in memory\r\n"}
                              : FakeRedis::greeting(command).value_or(ok);
    });
    put(1, "a", "x");
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(server_->connections(), 4);
    EXPECT_THAT(log_.text(), HasSubstr("loading its data"));
}

TEST_F(ScriptedStore, CredentialsAndDatabaseGoFirst) {
    config_.username = "user";
    config_.password = "pass word";
    config_.address.db = 5;
    serve([](const Command&, int) { return Answer{"$-1\r\n"}; });
    store_->get(1, "a", {.expected = 1});
    ASSERT_TRUE(driver_->wait_for(1));
    const std::vector<Command> commands = server_->commands();
    ASSERT_EQ(commands.size(), 4U);
    EXPECT_EQ(commands[0], (Command{"AUTH", "user", "pass word"}));
    EXPECT_EQ(commands[1], (Command{"SELECT", "5"}));
    EXPECT_EQ(commands[2], (Command{"CLIENT", "SETNAME", "framebridge"}));
    EXPECT_EQ(commands[3], (Command{"GET", "a"}));
    EXPECT_THAT(log_.text(), Not(HasSubstr("pass word")));
}

// Nobody knows whether the frame or the store is to blame: it waits, and the others pass.
TEST_F(ScriptedStore, AnUnknownErrorIsWaitedForAndDoesNotHoldUpTheRest) {
    std::atomic<bool> in_a_mood = true;
    serve([&](const Command& command, int) {
        return in_a_mood && command[1] == "odd" ? Answer{"-ERR this server has a mood\r\n"} : ok;
    });
    put(0, "odd", "x");
    for (Token token = 1; token <= 200; ++token) {
        put(token, "even" + std::to_string(token), "y");
    }
    ASSERT_TRUE(driver_->wait_for(200));
    ASSERT_TRUE(driver_->run_until([&] {
        return std::ranges::count(server_->commands(), "odd", [](const Command& c) { return c[1]; }) >= 7;
    }));
    EXPECT_EQ(driver_->count(Status::stored), 200U);
    EXPECT_FALSE(driver_->outcomes.contains(0)) << "five times are no proof";
    EXPECT_THAT(store_->problem(), HasSubstr("ERR this server has a mood"));
    EXPECT_THAT(log_.text(), HasSubstr("ERR this server has a mood"));
    in_a_mood = false;
    ASSERT_TRUE(driver_->wait_for(201));
    EXPECT_EQ(status(0), Status::stored);
    EXPECT_EQ(store_->problem(), "");
    EXPECT_EQ(server_->connections(), 1);
}

TEST_F(ScriptedStore, HostileLengthsAreNotBelieved) {
    serve([](const Command& command, int connection) {
        if (command[1] == "huge") {
            return Answer{"$99999999999\r\n"};
        }
        return connection < 2 ? Answer{"$-7\r\n"} : Answer{FakeRedis::bulk("fine")};
    });
    store_->get(1, "huge", {});
    store_->get(2, "a", {});
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(status(1), Status::refused);
    EXPECT_THAT(driver_->outcomes[1].reason, HasSubstr("99999999999 bytes, more than the 536870912"));
    EXPECT_EQ(driver_->outcomes[2].content->view(), "fine");
    EXPECT_EQ(server_->connections(), 3);
}

TEST_F(ScriptedStore, AnswersThatDoNotFitMeanAnotherConnection) {
    serve([](const Command& command, int connection) {
        if (connection == 0) {
            return Answer{":1\r\n"};  // An integer for a GET,
        }
        if (connection == 1) {
            return Answer{"HTTP/1.1 400 Bad Request\r\n"};
        }
        if (connection == 2) {
            return Answer{FakeRedis::bulk(command[1]) + "+OK\r\n"};  // and more answers than questions.
        }
        return Answer{FakeRedis::bulk("late " + command[1])};
    });
    store_->get(1, "a", {});
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(driver_->outcomes[1].content->view(), "a");
    ASSERT_TRUE(driver_->run_until([&] { return store_->statistics().disconnects == 3; }));
    store_->get(2, "b", {});
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(driver_->outcomes[2].content->view(), "late b");
}

TEST_F(ScriptedStore, SomebodyElseStoresTheSameMeanwhile) {
    serve([touches = 0](const Command& command, int) mutable {
        if (command[0] == "SET") {
            return Answer{"$-1\r\n"};
        }
        return Answer{touches++ == 0 ? ":0\r\n" : ":1\r\n"};
    });
    put(1, "a", "x", PutMode::deduplicate);
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::already_there);
    EXPECT_EQ(server_->count("EVALSHA"), 2U);
}

// The bytes arrived, the confirmation was lost: they are not sent a second time.
TEST_F(ScriptedStore, AConfirmationLostWithTheConnection) {
    std::set<std::string> keys;
    serve([&](const Command& command, int connection) {
        if (command[0] == "SET") {
            keys.insert(command[1]);
            return Answer{connection == 0 ? "" : "+OK\r\n", connection == 0};
        }
        return Answer{keys.contains(command[3]) ? ":1\r\n" : ":0\r\n"};
    });
    put(1, "a", "x", PutMode::deduplicate);
    put(2, "a", "x", PutMode::deduplicate);
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(status(1), Status::stored);
    EXPECT_EQ(status(2), Status::already_there);
    EXPECT_EQ(server_->count("SET"), 1U);
}

TEST_F(ScriptedStore, OnlyTheCulpritOfABrokenStreamIsRefused) {
    serve([](const Command& command, int connection) -> Answer {
        const std::string error = "-ERR Protocol error: invalid bulk length\r\n";
        if (connection == 0) {
            return {error, true};  // As KeyDB: before the answers to what came earlier.
        }
        return command[1] == "large" ? Answer{error, true} : ok;
    });
    put(1, "a", "x");
    put(2, "large", "y");
    put(3, "b", "z");
    ASSERT_TRUE(driver_->wait_for(3));
    EXPECT_EQ(status(1), Status::stored);
    EXPECT_EQ(status(2), Status::refused);
    EXPECT_EQ(status(3), Status::stored);
}

TEST_F(ScriptedStore, ContentBeyondTheLimitIsRefusedUnsent) {
    serve([](const Command&, int) { return ok; });
    // Never read: only its size counts.
    const std::string_view piece(contents_[0].data(), std::size_t{300} << 20);
    const std::vector<std::string_view> parts{piece, piece};
    store_->put(1, "a", parts, 60s, PutMode::overwrite);
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::refused);
    EXPECT_THAT(driver_->outcomes[1].reason, HasSubstr("512 MiB"));
    EXPECT_EQ(server_->count("SET"), 0U);
}

TEST_F(ScriptedStore, LossAndReturnAreLoggedOnceEach) {
    serve([](const Command& command, int connection) {
        return Answer{FakeRedis::bulk(command[1]), connection < 3};
    });
    for (Token token = 0; token < 4; ++token) {
        store_->get(token, std::to_string(token), {});
        ASSERT_TRUE(driver_->run_until([&] { return driver_->outcomes.contains(token); }));
        ASSERT_TRUE(driver_->run_until(
            [&] { return store_->statistics().connects == std::min<Token>(token + 2, 4); }));
    }
    EXPECT_EQ(log_.count("disconnected"), 3U) << log_.text();
    EXPECT_EQ(log_.count("taking requests again"), 3U) << log_.text();
}

TEST_F(ScriptedStore, TheWindowBoundsWhatIsUnconfirmed) {
    config_.window_bytes = 10'000;
    serve([](const Command&, int) { return Answer{}; });
    for (Token token = 0; token < 10; ++token) {
        put(token, std::to_string(token), std::string(4000, 'x'));
    }
    ASSERT_TRUE(driver_->run_until([&] { return server_->count("SET") == 2; }));
    for (int i = 0; i < 10; ++i) {
        driver_->turn(5ms);
    }
    EXPECT_EQ(server_->count("SET"), 2U);
    EXPECT_EQ(store_->statistics().payload_bytes_sent, 8000U);
}

}  // namespace
}  // namespace framebridge::store
