#include "store/redis_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framebridge::store {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct ErrorCase {
    const char* name;
    const char* error;
    ErrorAction action;
    bool misconfigured;
    const char* advice;
};

class RedisErrors : public testing::TestWithParam<ErrorCase> {};

TEST_P(RedisErrors, AreUnderstood) {
    const ErrorClass meaning = classify_error(GetParam().error);
    EXPECT_EQ(meaning.action, GetParam().action);
    EXPECT_EQ(meaning.misconfigured, GetParam().misconfigured);
    EXPECT_THAT(std::string(meaning.advice), HasSubstr(GetParam().advice));
    EXPECT_THAT(describe_error(GetParam().error), StartsWith(GetParam().error));
}

// The texts as Redis 7.0 and KeyDB 6.3 send them.
const ErrorCase cases[] = {
    {"full", "OOM command not allowed when used memory > 'maxmemory'.", ErrorAction::retry, false,
     "raise its maxmemory"},
    {"full_in_old_script",
     "ERR Error running script (call to f_2b4c): @user_script:1: -OOM command not allowed when used memory > "
     "'maxmemory'.",
     ErrorAction::retry, false, "shorten the TTL"},
    {"loading", "LOADING Redis is loading the dataset in memory", ErrorAction::retry, false, "loading"},
    {"busy", "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
     ErrorAction::retry, false, "SCRIPT KILL"},
    {"disk",
     "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
     ErrorAction::retry, false, "free its disk"},
    {"try_again", "TRYAGAIN Multiple keys request during rehashing of slot", ErrorAction::retry, false,
     "keys"},
    {"replicas", "NOREPLICAS Not enough good replicas to write.", ErrorAction::retry, false, "min-replicas"},
    {"cluster_down", "CLUSTERDOWN Hash slot not served", ErrorAction::retry, true, "single server"},
    {"moved", "MOVED 3999 127.0.0.1:6381", ErrorAction::retry, true, "single server"},
    {"ask", "ASK 3999 127.0.0.1:6381", ErrorAction::retry, true, "single server"},
    {"cluster_select", "ERR SELECT is not allowed in cluster mode", ErrorAction::reconnect, true,
     "single server"},
    {"no_master", "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
     ErrorAction::reconnect, false, "--redis-host"},
    {"replica", "READONLY You can't write against a read only replica.", ErrorAction::reconnect, false,
     "promoted"},
    {"replica_in_old_script",
     "ERR Error running script (call to f_2b4c): @user_script:1: @user_script: 1: -READONLY You can't write "
     "against a read "
     "only replica.",
     ErrorAction::reconnect, false, "promoted"},
    {"replica_in_script",
     "READONLY You can't write against a read only replica. script: 2b4c, on @user_script:1.",
     ErrorAction::reconnect, false, "promoted"},
    {"no_password", "NOAUTH Authentication required.", ErrorAction::reconnect, true, "--redis-password"},
    {"wrong_password", "WRONGPASS invalid username-password pair or user is disabled.",
     ErrorAction::reconnect, true, "--redis-username"},
    {"needless_password",
     "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
     "configuration "
     "is correct?",
     ErrorAction::reconnect, true, "leave out --redis-password"},
    {"forbidden", "NOPERM this user has no permissions to run the 'set' command", ErrorAction::wait, true,
     "allow it"},
    {"protected", "DENIED Redis is running in protected mode", ErrorAction::reconnect, true,
     "set a password"},
    {"too_many_clients", "ERR max number of clients reached", ErrorAction::reconnect, false, "maxclients"},
    {"no_such_db", "ERR DB index is out of range", ErrorAction::reconnect, true, "--redis-db"},
    {"no_script", "NOSCRIPT No matching script. Please use EVAL.", ErrorAction::load_script, false, ""},
    {"wrong_type", "WRONGTYPE Operation against a key holding the wrong kind of value", ErrorAction::refuse,
     false, "under this key"},
    {"too_large", "ERR Protocol error: invalid bulk length", ErrorAction::isolate, false,
     "proto-max-bulk-len"},
    {"unknown", "ERR something new", ErrorAction::wait, false, ""},
    {"unknown_in_script",
     "ERR Error running script (call to f_2b4c): @user_script:1: user_script:1: attempt to index nil",
     ErrorAction::wait, false, ""},
    {"code_only_begins_alike", "OOMPH", ErrorAction::wait, false, ""},
    {"empty", "", ErrorAction::wait, false, ""},
};

TEST(ErrorKind, IsOneOfAFewThatAreKnown) {
    EXPECT_EQ(error_kind("OOM command not allowed when used memory > 'maxmemory'."), "OOM");
    EXPECT_EQ(error_kind("ERR something new"), "ERR");
    EXPECT_EQ(
        error_kind("ERR Error running script (call to f_2b4c): @user_script:1: @user_script: 1: -OOM full"),
        "OOM");
    EXPECT_EQ(error_kind("OOMPH"), "other");
    EXPECT_EQ(error_kind("made up by a stranger"), "other");
    EXPECT_EQ(error_kind(""), "other");
}

INSTANTIATE_TEST_SUITE_P(, RedisErrors, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace framebridge::store
