#include "runtime/secrets.h"

#include <gtest/gtest.h>

namespace framebridge::runtime {
namespace {

TEST(Secrets, AreKnownByTheirNames) {
    for (const auto* name :
         {"sasl.password", "ssl.key.password", "ssl.key.pem", "sasl.jaas.config", "sasl.oauthbearer.config",
          "sasl.oauthbearer.client.secret", "sasl.kerberos.kinit.cmd", "SSL.Keystore.PASSWORD", "token"}) {
        EXPECT_TRUE(is_secret(name)) << name;
    }
    for (const auto* name : {"sasl.username", "ssl.ca.location", "sasl.mechanism", "linger.ms", "ssl.ca.pem",
                             "sasl.kerberos.principal"}) {
        EXPECT_FALSE(is_secret(name)) << name;
    }
}

TEST(Secrets, AreNotInShownEntries) {
    EXPECT_EQ(shown_entry("linger.ms=5"), "linger.ms=5");
    EXPECT_EQ(shown_entry("sasl.password=a=b"), "sasl.password=***");
    EXPECT_EQ(shown_entry("sasl.username=me@example.com"), "sasl.username=me@example.com");
    EXPECT_EQ(shown_entry("proxy=http://me:hunter2@host/x"), "proxy=http://***@host/x");
}

TEST(Secrets, AreNotInWhatIsNoEntry) {
    EXPECT_EQ(shown_entry("linger"), "linger");
    EXPECT_EQ(shown_entry("sasl.password:hunter2"), "sasl.password***");
    EXPECT_EQ(shown_entry("sasl.password-hunter2"), "sasl.password***");
    EXPECT_EQ(shown_entry("sasl.pasword:hunter2"), "sasl.pasword***");
    EXPECT_EQ(shown_entry("sasl.password hunter2"), "sasl.password***");
    EXPECT_EQ(shown_entry(""), "");
}

TEST(Secrets, AreNotInAddresses) {
    EXPECT_EQ(without_userinfo("'me:hunter2@kafka:9092' is not"), "'***@kafka:9092' is not");
    EXPECT_EQ(without_userinfo("redis://me:hunt@er'2,x@store:6379/0 is away"),
              "redis://***@store:6379/0 is away");
    EXPECT_EQ(without_userinfo("redis://token@store"), "redis://***@store");
    EXPECT_EQ(without_userinfo("kafka/host@REALM, cam@site and a:9092"),
              "kafka/host@REALM, cam@site and a:9092");
}

}  // namespace
}  // namespace framebridge::runtime
