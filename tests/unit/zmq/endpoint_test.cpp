#include "zmq/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framebridge::zmq {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Endpoint reader(std::string_view text) {
    return Endpoint::parse_reader(text).value();
}
Endpoint writer(std::string_view text) {
    return Endpoint::parse_writer(text).value();
}
std::string reader_error(std::string_view text) {
    return Endpoint::parse_reader(text).error().reason;
}
std::string writer_error(std::string_view text) {
    return Endpoint::parse_writer(text).error().reason;
}

TEST(Endpoint, ReadsEveryReaderTypeAndMode) {
    EXPECT_EQ(reader("sub+connect:tcp://pipeline:5555"),
              (Endpoint{SocketType::sub, false, "tcp://pipeline:5555"}));
    EXPECT_EQ(reader("rep+bind:tcp://*:5555"), (Endpoint{SocketType::rep, true, "tcp://*:5555"}));
    EXPECT_EQ(reader("router+bind:ipc:///tmp/in.ipc"),
              (Endpoint{SocketType::router, true, "ipc:///tmp/in.ipc"}));
    EXPECT_EQ(reader("router+bind:tcp://127.0.0.1:*"),
              (Endpoint{SocketType::router, true, "tcp://127.0.0.1:*"}));
}

TEST(Endpoint, ReadsEveryWriterTypeAndMode) {
    EXPECT_EQ(writer("pub+bind:tcp://0.0.0.0:1"), (Endpoint{SocketType::pub, true, "tcp://0.0.0.0:1"}));
    EXPECT_EQ(writer("req+connect:tcp://[::1]:65535"),
              (Endpoint{SocketType::req, false, "tcp://[::1]:65535"}));
    EXPECT_EQ(writer("dealer+connect:ipc:///a/b"), (Endpoint{SocketType::dealer, false, "ipc:///a/b"}));
}

TEST(Endpoint, GivesABareAddressSavantsDefaults) {
    EXPECT_EQ(reader("ipc:///tmp/in.ipc"), (Endpoint{SocketType::router, true, "ipc:///tmp/in.ipc"}));
    EXPECT_EQ(writer("tcp://pipeline:5555"), (Endpoint{SocketType::dealer, false, "tcp://pipeline:5555"}));
}

TEST(Endpoint, IsWrittenAsItIsRead) {
    for (const auto* text : {"sub+connect:tcp://a:1", "rep+bind:ipc:///x", "router+connect:tcp://a:1"}) {
        EXPECT_EQ(reader(text).to_string(), text);
    }
    for (const auto* text : {"pub+bind:tcp://*:1", "req+connect:ipc:///x", "dealer+bind:tcp://a:1"}) {
        EXPECT_EQ(writer(text).to_string(), text);
    }
}

TEST(Endpoint, RefusesTheOtherSidesTypesAndNamesTheAllowedOnes) {
    EXPECT_THAT(reader_error("pub+bind:tcp://*:5555"),
                AllOf(HasSubstr("sub, rep or router"), HasSubstr("\"pub\""), HasSubstr("other side"),
                      HasSubstr("for example router+bind:")));
    EXPECT_THAT(
        writer_error("router+bind:tcp://*:5555"),
        AllOf(HasSubstr("pub, req or dealer"), HasSubstr("other side"), HasSubstr("for example dealer+")));
    EXPECT_THAT(writer_error("push+bind:tcp://*:5555"),
                AllOf(HasSubstr("pub, req or dealer"), Not(HasSubstr("other side"))));
}

struct Refused {
    const char* text;
    const char* why;
};
class RefusedEndpoint : public testing::TestWithParam<Refused> {};

TEST_P(RefusedEndpoint, SaysWhatIsWrong) {
    const auto error = reader_error(GetParam().text);
    EXPECT_THAT(error, HasSubstr(GetParam().why));
    EXPECT_THAT(error, HasSubstr('"' + std::string{GetParam().text} + '"'));
    EXPECT_THAT(error, HasSubstr("for example"));
}

const std::string long_path = "ipc:///" + std::string(107, 'a');

INSTANTIATE_TEST_SUITE_P(
    Shapes, RefusedEndpoint,
    testing::Values(
        Refused{"", "TYPE+bind:ADDRESS"}, Refused{"router", "TYPE+bind:ADDRESS"},
        Refused{"router:tcp://a:1", "TYPE+bind:ADDRESS"}, Refused{"+bind:tcp://a:1", "socket type"},
        Refused{"Router+bind:tcp://a:1", "socket type"},
        Refused{"router+listen:tcp://a:1", "bind or connect"}, Refused{"router+bind:", "ipc:// or tcp://"},
        Refused{"router+bind:udp://a:1", "ipc:// or tcp://"}, Refused{"router+bind:ipc://", "path"},
        Refused{long_path.c_str(), "107 bytes"}, Refused{"tcp://a", "port is missing"},
        Refused{"tcp://:1", "host"}, Refused{"tcp://a:", "not a port"}, Refused{"tcp://a:0", "not a port"},
        Refused{"tcp://a:65536", "not a port"}, Refused{"tcp://a:12x", "not a port"},
        Refused{"tcp://a:-1", "not a port"}, Refused{"tcp://a b:1", "not a host"},
        Refused{"tcp://::1:1", "brackets"}, Refused{"sub+connect:tcp://*:1", "bind only"},
        Refused{"sub+connect:tcp://a:*", "bind only"}));

}  // namespace
}  // namespace framebridge::zmq
