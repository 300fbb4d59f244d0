// How a store is reached, and what is said while it is not:  store ──(name)── FakeRedis

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "scenario/store/scripted_store.h"
#include "store/check_store.h"

namespace framebridge::store {
namespace {

// A DNS server that answers once it may.
class SilentDns {
  public:
    ~SilentDns() { answer(); }
    [[nodiscard]] Resolve resolve() const {
        return [gate = gate_](const std::string& host, std::uint16_t port) {
            std::unique_lock lock(gate->mutex);
            ++gate->asked;
            gate->opened.wait(lock, [&] { return gate->open; });
            return resolve_name(host == "store.example" ? "127.0.0.1" : host, port);
        };
    }
    void answer() {
        const std::lock_guard lock(gate_->mutex);
        gate_->open = true;
        gate_->opened.notify_all();
    }
    [[nodiscard]] int asked() const {
        const std::lock_guard lock(gate_->mutex);
        return gate_->asked;
    }

  private:
    struct Gate {
        std::mutex mutex;
        std::condition_variable opened;
        bool open = false;
        int asked = 0;
    };
    std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

class NamedStore : public ScriptedStore {
  protected:
    void open_by_name(const Resolve& resolve) {
        config_.connect_timeout = 50ms;
        config_.address = {"store.example", server_->port(), 0};
        store_ = RedisFrameStore::open(config_, resolve);
        driver_ = std::make_unique<StoreDriver>(*store_);
    }
};

TEST_F(NamedStore, ASilentDnsHoldsUpNobody) {
    serve([](const Command&, int) { return ok; });
    SilentDns dns;
    open_by_name(dns.resolve());
    put(1, "a", "x");
    const auto before = std::chrono::steady_clock::now();
    ASSERT_TRUE(driver_->run_until(
        [&] { return store_->problem().find("not resolved within 50 ms") != std::string::npos; }));
    EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
    ASSERT_TRUE(driver_->run_until([&] { return log_.count("held back") == 0 && dns.asked() == 1; }));
    dns.answer();
    ASSERT_TRUE(driver_->wait_for(1));
    EXPECT_EQ(dns.asked(), 1) << "one look-up at a time";
}

TEST_F(NamedStore, TheCheckAtStartEndsWhenAStopIsRequested) {
    SilentDns dns;
    config_.address = {"store.example", 6379, 0};
    config_.connect_timeout = 30s;
    runtime::StopSignal stop;
    stop.request();
    const auto before = std::chrono::steady_clock::now();
    EXPECT_FALSE(check_store(config_, stop, dns.resolve()).reachable);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

// The first address is dead, the second one alive; later the second one is tried first.
TEST_F(NamedStore, AllAddressesAreTriedAndTheLastGoodOneFirst) {
    std::atomic<int> kept = 0;
    serve([&](const Command&, int) { return Answer{"+OK\r\n", ++kept == 1}; });
    const Resolve two_addresses = [this](const std::string&, std::uint16_t port) {
        ResolvedName found = resolve_name("127.0.0.1", 1);  // Nobody listens there.
        found.addresses.push_back(resolve_name("127.0.0.1", port).addresses.front());
        return found;
    };
    open_by_name(two_addresses);
    put(1, "a", "x");
    ASSERT_TRUE(driver_->wait_for(1));
    ASSERT_TRUE(driver_->run_until([&] { return store_->statistics().connects == 2; }));
    put(2, "b", "x");
    ASSERT_TRUE(driver_->wait_for(2));
}

TEST_F(NamedStore, TheLastGoodAddressIsUsedWhileDnsIsAway) {
    std::atomic<int> kept = 0;
    serve([&](const Command&, int) { return Answer{"+OK\r\n", ++kept == 1}; });
    std::atomic<int> asked = 0;
    open_by_name([&](const std::string&, std::uint16_t port) {
        return asked++ == 0 ? resolve_name("127.0.0.1", port) : ResolvedName{{}, "DNS is away"};
    });
    put(1, "a", "x");
    ASSERT_TRUE(driver_->wait_for(1));
    ASSERT_TRUE(driver_->run_until([&] { return store_->statistics().connects == 2; }));
    put(2, "b", "x");
    ASSERT_TRUE(driver_->wait_for(2));
    EXPECT_GE(asked, 2);
}

TEST_F(ScriptedStore, StartingIsNoProblemYet) {
    serve([](const Command&, int) { return ok; });
    EXPECT_THAT(store_->problem(), testing::StartsWith("starting"));
    ASSERT_TRUE(driver_->run_until([&] { return store_->problem().empty(); }));
}

struct NamedError {
    const char* name;
    std::string answer;
    const char* problem;
};
class ProblemOf : public ScriptedStore, public testing::WithParamInterface<NamedError> {};

TEST_P(ProblemOf, IsWhatTheStoreSays) {
    serve_raw([](const Command&, int) { return Answer{GetParam().answer}; });
    put(1, "a", "x");
    ASSERT_TRUE(driver_->run_until(
        [&] { return store_->problem().find(GetParam().problem) != std::string::npos; }, 10s))
        << store_->problem();
    EXPECT_THAT(store_->problem(), HasSubstr("127.0.0.1:" + std::to_string(server_->port())));
    EXPECT_TRUE(driver_->outcomes.empty());
}

INSTANTIATE_TEST_SUITE_P(
    , ProblemOf,
    testing::Values(NamedError{"Password", "-NOAUTH Authentication required.\r\n", "NOAUTH"},
                    NamedError{"Replica", "-READONLY You can't write against a read only replica.\r\n",
                               "READONLY"},
                    NamedError{"UnknownCommand", "-ERR unknown command 'SET'\r\n", "unknown command"},
                    NamedError{"Http", "HTTP/1.1 400 Bad Request\r\n", "another service's"},
                    NamedError{"Tls", std::string("\x15\x03\x01\x00\x02\x02\x46", 7), "TLS"}),
    [](const auto& info) { return info.param.name; });

TEST_F(ScriptedStore, AFrozenIdleStoreIsNoticed) {
    config_.response_timeout = 100ms;
    std::atomic<int> probes = 0;
    serve_raw([&](const Command& command, int) {
        return FakeRedis::is_probe(command) && probes++ > 0 ? Answer{}
                                                            : FakeRedis::greeting(command).value_or(ok);
    });
    ASSERT_TRUE(driver_->run_until([&] { return store_->problem().empty(); }));
    EXPECT_TRUE(driver_->run_until([&] { return !store_->problem().empty(); }, 10s));
    EXPECT_THAT(store_->problem(), HasSubstr("no answer for 100 ms"));
}

}  // namespace
}  // namespace framebridge::store
