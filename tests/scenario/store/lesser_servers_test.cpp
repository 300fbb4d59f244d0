// Servers, users and proxies that do not know all commands:  store ──TCP── FakeRedis

#include <algorithm>
#include <map>
#include <set>

#include "scenario/store/scripted_store.h"

namespace framebridge::store {
namespace {

// A store of keys and TTLs (milliseconds, -1: for ever) that knows the commands it is told, and no others.
class SmallServer {
  public:
    explicit SmallServer(std::set<std::string> commands) : commands_(std::move(commands)) {}

    Answer operator()(const Command& command) {
        const std::string& name = command[0];
        if (!commands_.contains(name)) {
            return {"-ERR unknown command '" + name + "'\r\n"};
        }
        if (name == "SET") {
            return set(command);
        }
        const auto key = keys.find(command[1]);
        if (name == "GET") {
            return {key == keys.end() ? "$-1\r\n" : FakeRedis::bulk(key->second.first)};
        }
        if (name == "PTTL") {
            return {":" + std::to_string(key == keys.end() ? -2 : key->second.second) + "\r\n"};
        }
        if (name == "PEXPIRE") {
            return expire(command, key);
        }
        if (name == "PERSIST") {
            key->second.second = -1;
            return {":1\r\n"};
        }
        return {"-ERR not scripted\r\n"};
    }

    std::map<std::string, std::pair<std::string, long>> keys;

  private:
    using Key = std::map<std::string, std::pair<std::string, long>>::iterator;

    Answer set(const Command& command) {
        if (std::ranges::count(command, "NX") > 0 && !commands_.contains("NX")) {
            return {"-ERR syntax error\r\n"};
        }
        if (std::ranges::count(command, "NX") > 0 && keys.contains(command[1])) {
            return {"$-1\r\n"};
        }
        const bool expires = command.size() > 3 && command[command.size() - 2] == "PX";
        keys[command[1]] = {command[2], expires ? std::stol(command.back()) : -1};
        return ok;
    }
    Answer expire(const Command& command, Key key) {
        const bool only_longer = command.size() == 4;
        if (only_longer && !commands_.contains("GT")) {
            return {"-ERR wrong number of arguments for 'pexpire' command\r\n"};
        }
        const long wanted = std::stol(command[2]);
        if (key == keys.end() || (only_longer && (key->second.second < 0 || key->second.second > wanted))) {
            return {":0\r\n"};
        }
        key->second.second = wanted;
        return {":1\r\n"};
    }

    std::set<std::string> commands_;
};

class LesserServer : public ScriptedStore, public testing::WithParamInterface<std::set<std::string>> {
  protected:
    void put_for(Token token, const std::string& key, std::chrono::milliseconds ttl) {
        static const std::string content = "content";
        const std::string_view part = content;
        store_->put(token, key, {&part, 1}, ttl, PutMode::deduplicate);
        ASSERT_TRUE(driver_->run_until([&] { return driver_->outcomes.contains(token); }));
    }
};

// The same as of a script: stored once, a hit extends the TTL and never shortens it.
TEST_P(LesserServer, Deduplicates) {
    SmallServer small(GetParam());
    serve_raw([&](const Command& command, int) { return small(command); });
    put_for(1, "hash", 10s);
    EXPECT_EQ(status(1), Status::stored);
    put_for(2, "hash", 60s);
    EXPECT_EQ(status(2), Status::already_there);
    EXPECT_EQ(small.keys["hash"].second, 60'000);
    put_for(3, "hash", 5s);
    EXPECT_EQ(status(3), Status::already_there);
    EXPECT_EQ(small.keys["hash"].second, 60'000) << "a hit must not shorten the TTL";
    put_for(4, "hash", 0s);
    EXPECT_EQ(small.keys["hash"].second, -1) << "for ever";
    put_for(5, "hash", 60s);
    EXPECT_EQ(small.keys["hash"].second, -1) << "and so it stays";
    EXPECT_EQ(small.keys["hash"].first, "content");
    EXPECT_EQ(server_->connections(), 1);
    EXPECT_EQ(store_->problem(), "");
    EXPECT_EQ(log_.count("takes no scripts"), 1U) << log_.text();
}

TEST_P(LesserServer, GetsAndLooksUp) {
    SmallServer small(GetParam());
    small.keys["there"] = {"bytes", 1000};
    serve_raw([&](const Command& command, int) { return small(command); });
    store_->get(1, "there", {});
    store_->get(2, "absent", {});
    store_->get(3, "there", {.expected = 5});
    store_->look_up(4, "there");
    store_->look_up(5, "absent");
    ASSERT_TRUE(driver_->wait_for(5));
    EXPECT_EQ(driver_->outcomes[1].content->view(), "bytes");
    EXPECT_EQ(status(2), Status::missing);
    EXPECT_EQ(driver_->outcomes[3].content->view(), "bytes");
    EXPECT_EQ(status(4), Status::found);
    EXPECT_EQ(status(5), Status::missing);
}

TEST_P(LesserServer, TellsHowLongAFrameLives) {
    SmallServer small(GetParam());
    small.keys["there"] = {"bytes", 1000};
    small.keys["for ever"] = {"bytes", -1};
    serve_raw([&](const Command& command, int) { return small(command); });
    store_->ask_ttl(1, "there");
    store_->ask_ttl(2, "for ever");
    store_->ask_ttl(3, "absent");
    ASSERT_TRUE(driver_->wait_for(3));
    EXPECT_EQ(driver_->outcomes[1].time_to_live, 1s);
    EXPECT_EQ(status(2), Status::found);
    EXPECT_EQ(driver_->outcomes[2].time_to_live, std::nullopt);
    EXPECT_EQ(status(3), Status::missing);
}

using Commands = std::set<std::string>;
INSTANTIATE_TEST_SUITE_P(, LesserServer,
                         testing::Values(Commands{"GET", "SET", "PTTL", "PEXPIRE"},
                                         Commands{"GET", "SET", "PTTL", "PEXPIRE", "PERSIST", "NX"},
                                         Commands{"GET", "SET", "PTTL", "PEXPIRE", "PERSIST", "NX", "GT"}),
                         [](const auto& info) { return "Knows" + std::to_string(info.param.size()); });

TEST_F(ScriptedStore, AUserWhoMayNotRunScriptsStillDeduplicates) {
    serve_raw([](const Command& command, int) -> Answer {
        if (command[0] == "EVAL" || command[0] == "EVALSHA" || command[0] == "CLIENT") {
            return {"-NOPERM this user has no permissions to run the command\r\n"};
        }
        return {FakeRedis::is_probe(command) ? "$-1\r\n" : command[0] == "PTTL" ? ":-2\r\n" : "+OK\r\n"};
    });
    put(1, "a", "x", PutMode::deduplicate);
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::stored);
    EXPECT_EQ(server_->count("SET"), 1U);
}

// twemproxy closes the connection at what it does not know.
TEST_F(ScriptedStore, AProxyThatCutsForUnknownCommands) {
    serve_raw([](const Command& command, int) -> Answer {
        const std::string& name = command[0];
        if (name != "GET" && name != "SET" && name != "PTTL" && name != "PEXPIRE") {
            return {"", true};
        }
        return {name == "PTTL" ? ":-2\r\n" : name == "GET" ? "$-1\r\n" : "+OK\r\n"};
    });
    put(1, "a", "x", PutMode::deduplicate);
    put(2, "b", "x");
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(driver_->count(Status::stored), 2U);
    EXPECT_EQ(server_->count("CLIENT"), 1U) << "once is enough to know";
}

TEST_F(ScriptedStore, AUserWhoMayNotAskForTtlsIsNoProblem) {
    serve_raw([](const Command& command, int) -> Answer {
        return {command[0] == "PTTL" ? "-NOPERM this user has no permissions\r\n" : "$-1\r\n"};
    });
    store_->ask_ttl(1, "a");
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::refused);
    EXPECT_EQ(store_->problem(), "");
}

TEST_F(ScriptedStore, AProxyThatCutsForAQuestionIsNotAskedItAgain) {
    serve_raw([](const Command& command, int) -> Answer {
        return command[0] == "PTTL" ? Answer{"", true} : Answer{"$-1\r\n"};
    });
    store_->ask_ttl(1, "a");
    store_->get(2, "b", {.expected = 1});
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_EQ(status(1), Status::refused);
    EXPECT_EQ(status(2), Status::missing) << "what went with it is sent again";
    EXPECT_EQ(server_->count("PTTL"), 1U);
}

TEST_F(ScriptedStore, AProxyWithoutItsServerIsWaitedFor) {
    std::atomic<bool> away = true;
    serve([&](const Command&, int) { return away ? Answer{"-no upstream host\r\n"} : ok; });
    put(1, "a", "x");
    ASSERT_TRUE(driver_->run_until([&] { return server_->count("SET") > 10; }));
    EXPECT_TRUE(driver_->outcomes.empty());
    EXPECT_THAT(store_->problem(), HasSubstr("no upstream host"));
    away = false;
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(status(1), Status::stored);
}

}  // namespace
}  // namespace framebridge::store
