#include "kafka_redis_source/store_policy.h"

#include <gtest/gtest.h>

namespace framebridge::source {

namespace {

using protocol::StoreAddress;

StoreRefusal refusal(const StorePolicy& policy, std::string_view store, std::string_view key) {
    const auto resolved = policy.resolve(store, key);
    EXPECT_TRUE(std::holds_alternative<StoreRefusal>(resolved)) << store << " is followed";
    const auto* refused = std::get_if<StoreRefusal>(&resolved);
    return refused != nullptr ? *refused : StoreRefusal::malformed;
}

StorePolicy::Target target(const StorePolicy& policy, std::string_view store, std::string_view key) {
    const auto resolved = policy.resolve(store, key);
    EXPECT_TRUE(std::holds_alternative<StorePolicy::Target>(resolved)) << store << '/' << key;
    const auto* found = std::get_if<StorePolicy::Target>(&resolved);
    return found != nullptr ? *found : StorePolicy::Target{};
}

}  // namespace

TEST(StorePolicy, FollowsStrangersOnlyIfNoStoreIsNamed) {
    StoreRules rules;
    EXPECT_EQ(target({rules, Login::none}, "any:6379:0", "k").trust, Trust::stranger);
    EXPECT_EQ(refusal({rules, Login::needed}, "any:6379:0", "k"), StoreRefusal::needs_login);
    rules.allowed = {{{"named", 6379, 0}, ""}};
    const StorePolicy policy(rules, Login::needed);
    EXPECT_EQ(refusal(policy, "any:6379:0", "k"), StoreRefusal::store_not_allowed);
    EXPECT_EQ(refusal(policy, "named:6379:1", "k"), StoreRefusal::store_not_allowed);
    EXPECT_EQ(target(policy, "named:6379:0", "k").trust, Trust::named);
}

TEST(StorePolicy, AKeyPrefixEndsWithTheKeyOrAtAColon) {
    StoreRules rules;
    rules.allowed = {{{"s", 6379, 0}, "savant:frames"}, {{"s", 6379, 0}, "more:"}};
    const StorePolicy policy(rules, Login::none);
    for (const auto* key : {"savant:frames", "savant:frames:1", "more:1", "more"}) {
        target(policy, "s:6379:0", key);
    }
    for (const auto* key : {"savant:frames2", "savant", "savant:frame", "moreover", "x:savant:frames:1"}) {
        EXPECT_EQ(refusal(policy, "s:6379:0", key), StoreRefusal::key_not_allowed) << key;
    }
}

TEST(StorePolicy, AnAliasInheritsTheKeysOfBothItsNames) {
    StoreRules rules;
    rules.allowed = {{{"from", 6379, 0}, "a"}, {{"to", 6379, 0}, "a:b"}};
    rules.aliases = {{{"from", 6379, 0}, {"to", 6379, 0}}};
    const StorePolicy policy(rules, Login::none);
    EXPECT_EQ(target(policy, "from:6379:0", "a:b:c").address, (StoreAddress{"to", 6379, 0}));
    EXPECT_EQ(refusal(policy, "from:6379:0", "a:c"), StoreRefusal::key_not_allowed);
    EXPECT_EQ(refusal(policy, "from:6379:0", "b"), StoreRefusal::key_not_allowed);
}

TEST(AllowedStore, IsAnAddressAndPerhapsAKeyPrefix) {
    for (const auto* text : {"host:6379:0", "host:6379:0/savant:frames", "[::1]:6379:2/a/b"}) {
        const auto store = AllowedStore::parse(text);
        ASSERT_TRUE(store) << text;
        EXPECT_EQ(store->to_string(), text);
    }
    EXPECT_FALSE(AllowedStore::parse("host/prefix"));
}

TEST(StorePolicy, RefusesWhatIsNotALocation) {
    const StorePolicy policy({}, Login::none);
    for (const auto* store : {"", "host", "host:1", ":1:1", "host:0:0", "host:65536:0", "a b:1:1"}) {
        EXPECT_EQ(refusal(policy, store, "k"), StoreRefusal::malformed) << store;
    }
    EXPECT_EQ(refusal(policy, "host:1:1", ""), StoreRefusal::malformed);
}

}  // namespace framebridge::source
