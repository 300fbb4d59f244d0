// A store that takes TLS:  store ──TLS── redis-server

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "store/check_store.h"
#include "store/redis_frame_store.h"
#include "support/redis_server.h"
#include "support/store_driver.h"
#include "support/temporary_directory.h"

namespace framebridge::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class TlsStore : public testing::Test {
  protected:
    void SetUp() override {
        (void)std::signal(SIGPIPE, SIG_IGN);
        const auto redis = test::find_store_server("redis");
        const auto openssl = test::find_on_path("openssl");
        if (!redis || !openssl) {
            GTEST_SKIP() << "no redis-server or no openssl: apt-get install redis-server openssl";
        }
        for (const char* command :
             {"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca "
              "-keyout ca.key -out ca.crt",
              "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=store "
              "-keyout store.key -out store.csr",
              "x509 -req -in store.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names "
              "-out store.crt"}) {
            const std::string line = "cd '" + certificates_.path().string() +
                                     "' && echo subjectAltName=DNS:store.example > names && openssl " +
                                     command + " 2> log";
            ASSERT_EQ(std::system(line.c_str()), 0) << command;
        }
        plain_ = std::make_unique<test::RedisServer>(*redis);
        tls_port_ = test::free_port();
    }
    void start(const std::string& clients) {
        ASSERT_TRUE(plain_->start({"--tls-port", std::to_string(tls_port_), "--tls-cert-file",
                                   file("store.crt"), "--tls-key-file", file("store.key"),
                                   "--tls-ca-cert-file", file("ca.crt"), "--tls-auth-clients", clients}));
    }
    [[nodiscard]] std::string file(const std::string& name) const {
        return (certificates_.path() / name).string();
    }
    [[nodiscard]] RedisConfig config() const {
        RedisConfig config = plain_->config();
        config.address.port = tls_port_;
        config.retry_backoff = 10ms;
        config.tls.enabled = true;
        config.tls.ca_file = file("ca.crt");
        config.tls.server_name = "store.example";
        return config;
    }
    static void carries_frames(const RedisConfig& config) {
        const auto store = RedisFrameStore::open(config);
        test::StoreDriver driver(*store);
        const std::string content(5'000'000, 'x');
        const std::string_view part = content;
        store->put(1, "key", {&part, 1}, 60s, PutMode::overwrite);
        store->put(2, "hash", {&part, 1}, 60s, PutMode::deduplicate);
        ASSERT_TRUE(driver.wait_for(2)) << store->problem();
        store->get(3, "key", {.expected = content.size()});
        store->get(4, "hash", {});
        ASSERT_TRUE(driver.wait_for(4)) << store->problem();
        EXPECT_EQ(driver.outcomes[3].content->view(), content);
        EXPECT_EQ(driver.outcomes[4].content->view(), content);
    }
    [[nodiscard]] std::string error_of(const RedisConfig& config) const {
        const StoreCheck check = check_store(config, stop_);
        return check.error.empty() ? check.problem : check.error;
    }

    test::TemporaryDirectory certificates_;
    std::unique_ptr<test::RedisServer> plain_;
    std::uint16_t tls_port_ = 0;
    runtime::StopSignal stop_;
};

TEST_F(TlsStore, CarriesFramesAndVerifies) {
    start("no");
    carries_frames(config());

    RedisConfig wrong_name = config();
    wrong_name.tls.server_name = "another.example";
    EXPECT_THAT(error_of(wrong_name), HasSubstr("certificate is not accepted"));
    RedisConfig unknown_ca = config();
    unknown_ca.tls.ca_file.clear();
    EXPECT_THAT(error_of(unknown_ca), HasSubstr("--redis-tls-ca"));
    unknown_ca.tls.verify = false;
    EXPECT_EQ(error_of(unknown_ca), "") << "only if it is asked for";
}

TEST_F(TlsStore, AClientCertificateIsShown) {
    start("yes");
    EXPECT_NE(error_of(config()), "") << "the store asks for one";
    RedisConfig with_certificate = config();
    with_certificate.tls.cert_file = file("store.crt");
    with_certificate.tls.key_file = file("store.key");
    EXPECT_EQ(error_of(with_certificate), "");
    carries_frames(with_certificate);
}

TEST_F(TlsStore, TheWrongKindOfPortIsNamed) {
    start("no");
    RedisConfig plain_at_tls = config();
    plain_at_tls.tls.enabled = false;
    EXPECT_THAT(error_of(plain_at_tls), HasSubstr("--redis-tls"));
    RedisConfig tls_at_plain = config();
    tls_at_plain.address.port = plain_->port();
    tls_at_plain.response_timeout = 1s;
    EXPECT_THAT(error_of(tls_at_plain), HasSubstr("speak TLS at this port"));
}

TEST_F(TlsStore, FilesThatCannotBeReadAreNamed) {
    for (auto TlsConfig::* path : {&TlsConfig::ca_file, &TlsConfig::cert_file}) {
        TlsConfig config{.enabled = true};
        config.*path = "/nowhere.pem";
        const auto context = TlsContext::open(config);
        ASSERT_FALSE(context);
        EXPECT_THAT(context.error().reason, HasSubstr("/nowhere.pem"));
    }
}

// What the store itself can lose is said where it is asked for.
TEST_F(TlsStore, DurabilityIsAskedFor) {
    start("no");
    const auto warnings = [this] {
        std::string text;
        for (const auto& warning : check_durability(plain_->config(), stop_)) {
            text += warning + '\n';
        }
        return text;
    };
    EXPECT_THAT(warnings(), HasSubstr("appendonly no"));
    EXPECT_THAT(warnings(), HasSubstr("min-replicas-to-write"));
    ASSERT_EQ(plain_->ask({"CONFIG", "SET", "appendonly", "yes"}), "OK");
    EXPECT_THAT(warnings(), HasSubstr("appendfsync everysec"));
    ASSERT_EQ(plain_->ask({"CONFIG", "SET", "appendfsync", "always"}), "OK");
    ASSERT_EQ(plain_->ask({"CONFIG", "SET", "min-replicas-to-write", "1"}), "OK");
    EXPECT_EQ(warnings(), "");
    ASSERT_EQ(plain_->ask({"ACL", "SETUSER", "default", "-config"}), "OK");
    EXPECT_THAT(warnings(), HasSubstr("may not be asked"));
}

}  // namespace
}  // namespace framebridge::store
