#include "zmq/receiver.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "framebridge/protocol/messages.h"
#include "runtime/failure.h"
#include "support.h"
#include "zmq/socket_receiver.h"

namespace framebridge::zmq {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class Receiver : public testing::Test {
  protected:
    ReceiverConfig config(SocketType type, const std::string& address = "tcp://127.0.0.1:*",
                          bool bind = true) {
        ReceiverConfig config;
        config.endpoint = {type, bind, address};
        return config;
    }
    unsigned mode_of(const std::filesystem::path& file) {
        struct stat status{};
        EXPECT_EQ(::stat(file.c_str(), &status), 0);
        return status.st_mode & 0777U;
    }

    TemporaryDirectory directory_;
    ::zmq::context_t context_;
    ::zmq::context_t peer_context_;
};

TEST_F(Receiver, RouterTakesAllPartsAndAnswersAnEndOfStreamOnly) {
    SocketReceiver receiver(context_, config(SocketType::router));
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    peer.connect(receiver.address());
    peer.send({"cam", "frame", "bytes", "more bytes"});
    peer.send({"cam", "end"});

    const auto frame = receive(receiver);
    EXPECT_EQ(strings(frame), (Strings{"cam", "frame", "bytes", "more bytes"}));
    EXPECT_GT(frame.routing_id.size(), 0U);
    receiver.acknowledge(frame, {});
    const auto end = receive(receiver);
    receiver.acknowledge(end, end_of_stream());

    EXPECT_EQ(peer.receive(), Strings{"OK"});
    EXPECT_FALSE(peer.has_message());
}

TEST_F(Receiver, RouterConnectsToABoundWriter) {
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    const auto address = peer.bind(directory_.ipc("out.ipc"));
    SocketReceiver receiver(context_, config(SocketType::router, address, false));
    peer.send({"cam", "end"});
    receiver.acknowledge(receive(receiver), end_of_stream());
    EXPECT_EQ(peer.receive(), Strings{"OK"});
}

TEST_F(Receiver, RouterAnswersEachOfSeveralPeers) {
    SocketReceiver receiver(context_, config(SocketType::router, directory_.ipc("in.ipc")));
    constexpr int peer_count = 3;
    std::vector<Peer> peers;
    for (int i = 0; i < peer_count; ++i) {
        peers.emplace_back(peer_context_, ::zmq::socket_type::dealer).connect(receiver.address());
        peers.back().send({"cam-" + std::to_string(i), "end"});
    }
    std::vector<ReceivedMessage> ends;
    ends.reserve(peer_count);
    for (int i = 0; i < peer_count; ++i) {
        ends.push_back(receive(receiver));
    }
    for (const auto& end : ends) {
        receiver.acknowledge(end, end_of_stream());
        auto& peer = peers.at(static_cast<std::size_t>(end.topic.to_string().back() - '0'));
        EXPECT_EQ(peer.receive(), Strings{"OK"});
    }
    for (auto& peer : peers) {
        EXPECT_FALSE(peer.has_message());
    }
}

TEST_F(Receiver, RouterHandsAnIdentityOverToAPeerThatCameBack) {
    SocketReceiver receiver(context_, config(SocketType::router));
    Peer first(peer_context_, ::zmq::socket_type::dealer);
    first.socket().set(::zmq::sockopt::routing_id, "writer");
    first.connect(receiver.address());
    first.send({"cam", "one"});
    EXPECT_EQ(receive(receiver).body.to_string(), "one");

    Peer second(peer_context_, ::zmq::socket_type::dealer);
    second.socket().set(::zmq::sockopt::routing_id, "writer");
    second.connect(receiver.address());
    second.send({"cam", "two"});
    const auto message = receive(receiver);
    EXPECT_EQ(message.body.to_string(), "two");
    receiver.acknowledge(message, end_of_stream());
    EXPECT_EQ(second.receive(), Strings{"OK"});
}

TEST_F(Receiver, RouterDropsTheAnswerToAPeerThatIsGone) {
    SocketReceiver receiver(context_, config(SocketType::router));
    std::optional<ReceivedMessage> end;
    {
        Peer peer(peer_context_, ::zmq::socket_type::dealer);
        peer.connect(receiver.address());
        peer.send({"cam", "end"});
        end = receive(receiver);
    }
    receiver.acknowledge(*end, end_of_stream());
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    peer.connect(receiver.address());
    peer.send({"cam", "next"});
    EXPECT_EQ(receive(receiver).body.to_string(), "next");
    receiver.acknowledge(*end, end_of_stream());
}

TEST_F(Receiver, RouterAnswersEveryMessageOfAReqPeer) {
    SocketReceiver receiver(context_, config(SocketType::router));
    for (const int correlate : {0, 1}) {
        Peer peer(peer_context_, ::zmq::socket_type::req);
        peer.socket().set(::zmq::sockopt::req_correlate, correlate);
        peer.connect(receiver.address());
        peer.send({"cam", "frame", "bytes"});
        const auto message = receive(receiver);
        EXPECT_EQ(strings(message), (Strings{"cam", "frame", "bytes"}));
        receiver.acknowledge(message, {});
        EXPECT_EQ(peer.receive(), Strings{"OK"});
    }
}

TEST_F(Receiver, RepAnswersEachMessageAndWaitsWithTheNextUntilThen) {
    SocketReceiver receiver(context_, config(SocketType::rep));
    Peer first(peer_context_, ::zmq::socket_type::req);
    Peer second(peer_context_, ::zmq::socket_type::req);
    first.connect(receiver.address());
    first.send({"cam", "one", "bytes"});
    const auto one = receive(receiver);
    EXPECT_EQ(strings(one), (Strings{"cam", "one", "bytes"}));
    second.connect(receiver.address());
    second.send({"cam", "two"});
    EXPECT_FALSE(receives(receiver));
    EXPECT_FALSE(first.has_message());

    receiver.acknowledge(one, {});
    EXPECT_EQ(first.receive(), Strings{"OK"});
    EXPECT_EQ(receive(receiver).body.to_string(), "two");
}

TEST_F(Receiver, RepConnectsToABoundWriter) {
    Peer peer(peer_context_, ::zmq::socket_type::req);
    const auto address = peer.bind("tcp://127.0.0.1:*");
    SocketReceiver receiver(context_, config(SocketType::rep, address, false));
    peer.send({"cam", "frame"});
    receiver.acknowledge(receive(receiver), {});
    EXPECT_EQ(peer.receive(), Strings{"OK"});
}

TEST_F(Receiver, RepGoesOnAfterAPeerThatDiedUnanswered) {
    SocketReceiver receiver(context_, config(SocketType::rep));
    std::optional<ReceivedMessage> message;
    {
        Peer peer(peer_context_, ::zmq::socket_type::req);
        peer.connect(receiver.address());
        peer.send({"cam", "lost"});
        message = receive(receiver);
    }
    receiver.acknowledge(*message, {});
    Peer peer(peer_context_, ::zmq::socket_type::req);
    peer.connect(receiver.address());
    peer.send({"cam", "next"});
    EXPECT_EQ(receive(receiver).body.to_string(), "next");
}

class SubReceiver : public Receiver, public testing::WithParamInterface<bool> {};

TEST_P(SubReceiver, TakesWhatAPublisherSends) {
    const bool bind = GetParam();
    Peer peer(peer_context_, ::zmq::socket_type::xpub);
    const auto address = bind ? std::string{"tcp://127.0.0.1:*"} : peer.bind("tcp://127.0.0.1:*");
    SocketReceiver receiver(context_, config(SocketType::sub, address, bind));
    if (bind) {
        peer.connect(receiver.address());
    }
    ASSERT_TRUE(run_until([&] { return receives(receiver) || peer.has_message(); }, receiver));
    ASSERT_EQ(peer.receive(), Strings{std::string{'\1'}});
    peer.send({"cam", "frame", "bytes"});
    const auto message = receive(receiver);
    EXPECT_EQ(strings(message), (Strings{"cam", "frame", "bytes"}));
    receiver.acknowledge(message, end_of_stream());
}

INSTANTIATE_TEST_SUITE_P(BindAndConnect, SubReceiver, testing::Bool());

TEST_F(Receiver, SubFiltersExactlyBySourceId) {
    Peer peer(peer_context_, ::zmq::socket_type::xpub);
    auto filtered = config(SocketType::sub, peer.bind("tcp://127.0.0.1:*"), false);
    filtered.source_id = "cam-1";
    SocketReceiver receiver(context_, filtered);
    ASSERT_EQ(peer.receive(), Strings{"\1cam-1"});
    peer.send({"cam-10", "other"});
    peer.send({"cam-1", "mine"});
    EXPECT_EQ(strings(receive(receiver)), (Strings{"cam-1", "mine"}));
}

TEST_F(Receiver, RouterFiltersByTopicPrefix) {
    auto filtered = config(SocketType::router);
    filtered.topic_prefix = "cam-";
    SocketReceiver receiver(context_, filtered);
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    peer.connect(receiver.address());
    for (const auto* topic : {"door-1", "cam", "cam-1", "xcam-1", "cam-2"}) {
        peer.send({topic, "frame"});
    }
    EXPECT_EQ(receive(receiver).topic.to_string(), "cam-1");
    EXPECT_EQ(receive(receiver).topic.to_string(), "cam-2");
}

TEST_F(Receiver, RouterAnswersAnEndOfStreamThatTheFilterExcludes) {
    auto filtered = config(SocketType::router);
    filtered.source_id = "cam-1";
    SocketReceiver receiver(context_, filtered);
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    peer.connect(receiver.address());
    peer.send({"cam-2", "frame"});
    peer.send({"cam-2", encode(protocol::Format::native,
                               protocol::EndOfStream{.source_id = "cam-2", .sequence_number = 1})});
    peer.send({"cam-1", "mine"});
    EXPECT_EQ(receive(receiver).topic.to_string(), "cam-1");
    EXPECT_EQ(peer.receive(), Strings{"OK"});
    EXPECT_FALSE(peer.has_message());
}

TEST_F(Receiver, RepAnswersAtOnceWhatTheFilterExcludes) {
    auto filtered = config(SocketType::rep);
    filtered.source_id = "cam-1";
    SocketReceiver receiver(context_, filtered);
    Peer peer(peer_context_, ::zmq::socket_type::req);
    peer.connect(receiver.address());
    peer.send({"cam-2", "frame"});
    ASSERT_TRUE(run_until([&] { return receives(receiver) || peer.has_message(); }, receiver));
    EXPECT_EQ(peer.receive(), Strings{"OK"});
    peer.send({"cam-1", "frame"});
    EXPECT_EQ(receive(receiver).topic.to_string(), "cam-1");
}

TEST_F(Receiver, SaysWhatIsWrongWithMalformedMessagesAndGoesOn) {
    SocketReceiver receiver(context_, config(SocketType::router));
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    peer.connect(receiver.address());
    peer.send({"only a topic"});
    peer.send({""});
    peer.send({"", "a body"});
    peer.send({"cam", "", "bytes"});
    peer.send({"cam", "good"});
    const auto topic_only = receive(receiver);
    EXPECT_EQ(strings(topic_only), (Strings{"only a topic", ""}));
    EXPECT_THAT(topic_only.problem, testing::HasSubstr("single part"));
    EXPECT_THAT(receive(receiver).problem, testing::HasSubstr("is empty"));
    const auto no_topic = receive(receiver);
    EXPECT_EQ(strings(no_topic), (Strings{"", "a body"}));
    EXPECT_THAT(no_topic.problem, testing::HasSubstr("topic"));
    const auto no_body = receive(receiver);
    EXPECT_EQ(strings(no_body), (Strings{"cam", "", "bytes"}));
    EXPECT_THAT(no_body.problem, testing::IsEmpty());
    EXPECT_EQ(strings(receive(receiver)), (Strings{"cam", "good"}));
}

TEST_F(Receiver, RepAnswersMalformedMessagesToo) {
    SocketReceiver receiver(context_, config(SocketType::rep));
    Peer peer(peer_context_, ::zmq::socket_type::req);
    peer.connect(receiver.address());
    peer.send({"only a topic"});
    const auto message = receive(receiver);
    EXPECT_EQ(message.body.size(), 0U);
    receiver.acknowledge(message, {});
    EXPECT_EQ(peer.receive(), Strings{"OK"});
}

TEST_F(Receiver, MakesTheIpcDirectoryAndOpensTheSocketFileToAll) {
    const auto file = directory_.file("some/where/in.ipc");
    const SocketReceiver receiver(context_, config(SocketType::router, "ipc://" + file.string()));
    EXPECT_EQ(mode_of(file), 0777U);
}

TEST_F(Receiver, GivesTheSocketFileTheConfiguredMode) {
    auto configured = config(SocketType::router, directory_.ipc("in.ipc"));
    configured.ipc_permissions = 0640;
    const SocketReceiver receiver(context_, configured);
    EXPECT_EQ(mode_of(directory_.file("in.ipc")), 0640U);
}

TEST_F(Receiver, OpensTheFolderToWhomTheSocketIsOpen) {
    auto configured = config(SocketType::router, "ipc://" + directory_.file("a/b/in.ipc").string());
    configured.ipc_permissions = 0660;
    const SocketReceiver receiver(context_, configured);
    EXPECT_EQ(mode_of(directory_.file("a")), 0770U);
    EXPECT_EQ(mode_of(directory_.file("a/b")), 0770U);
}

// As another user, in a process of its own: what open_receiver() says.
std::string error_as_nobody(const ReceiverConfig& config) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        throw std::runtime_error("no pipe");
    }
    if (::fork() == 0) {
        std::string error = "opened";
        try {
            if (::setuid(65'534) != 0) {
                ::_exit(1);
            }
            ::zmq::context_t context;
            (void)open_receiver(context, config);
        } catch (const std::exception& failure) {
            error = failure.what();
        }
        ::_exit(::write(ends[1], error.data(), error.size()) < 0 ? 1 : 0);
    }
    ::close(ends[1]);
    std::string error(4096, ' ');
    error.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], error.data(), error.size()))));
    ::close(ends[0]);
    return error;
}

TEST_F(Receiver, NamesWhatAnotherUserMayNotOpen) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root: it becomes another user";
    }
    std::filesystem::permissions(directory_.file(""), std::filesystem::perms{0755});
    const auto folder = directory_.file("closed");
    std::filesystem::create_directory(folder);
    std::filesystem::permissions(folder, std::filesystem::perms{0700});
    EXPECT_THAT(error_as_nobody(config(SocketType::router, "ipc://" + (folder / "in.ipc").string())),
                HasSubstr("may not enter its folder"));
    EXPECT_THAT(error_as_nobody(config(SocketType::router, "ipc://" + (folder / "deeper/in.ipc").string())),
                HasSubstr("cannot get to its folder"));

    auto mine = config(SocketType::router, directory_.ipc("in.ipc"));
    mine.ipc_permissions = 0600;
    const SocketReceiver receiver(context_, mine);
    EXPECT_THAT(error_as_nobody(mine), HasSubstr("belongs to user 0"));
    EXPECT_THAT(error_as_nobody(config(SocketType::router, directory_.ipc("new.ipc"))),
                HasSubstr("may not write to its folder"));
}

TEST_F(Receiver, AStarIsBothIpv4AndIpv6) {
    SocketReceiver receiver(context_, config(SocketType::router, "tcp://*:*"));
    const auto port = receiver.address().substr(receiver.address().rfind(':'));
    Peer four(peer_context_, ::zmq::socket_type::dealer);
    four.connect("tcp://127.0.0.1" + port);
    four.send({"cam", "four"});
    EXPECT_EQ(receive(receiver).body.to_string(), "four");
    if (receiver.address().find('[') == std::string::npos) {
        GTEST_SKIP() << "this machine has no IPv6";
    }
    Peer six(peer_context_, ::zmq::socket_type::dealer);
    six.socket().set(::zmq::sockopt::ipv6, true);
    six.connect("tcp://[::1]" + port);
    six.send({"cam", "six"});
    EXPECT_EQ(receive(receiver).body.to_string(), "six");
}

TEST_F(Receiver, APeerThatSendsATooLargePartIsCutOff) {
    auto limited = config(SocketType::router);
    limited.max_part_bytes = 1000;
    SocketReceiver receiver(context_, limited);
    Peer greedy(peer_context_, ::zmq::socket_type::dealer);
    greedy.connect(receiver.address());
    greedy.send({"cam", "frame", std::string(1001, 'x')});
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    peer.connect(receiver.address());
    peer.send({"cam", "good", std::string(1000, 'x')});
    EXPECT_EQ(receive(receiver).body.to_string(), "good");
    EXPECT_FALSE(receives(receiver));
}

TEST_F(Receiver, NamesAnIdentityThatTwoLivingPeersHave) {
    SocketReceiver receiver(context_, config(SocketType::router));
    Peer older(peer_context_, ::zmq::socket_type::dealer);
    Peer newer(peer_context_, ::zmq::socket_type::dealer);
    for (auto* peer : {&older, &newer}) {
        peer->socket().set(::zmq::sockopt::routing_id, "cam-1");
        peer->connect(receiver.address());
        peer->send({"cam", "frame"});
        EXPECT_EQ(receive(receiver).body.to_string(), "frame");
    }
    EXPECT_THAT(receiver.statistics().identities_taken_over, testing::ElementsAre(testing::Pair("cam-1", 1)));
    newer.send({"cam", "served"});
    EXPECT_EQ(receive(receiver).body.to_string(), "served");
    EXPECT_THAT(receiver.statistics().identities_taken_over, testing::ElementsAre(testing::Pair("cam-1", 1)));
}

TEST_F(Receiver, APeerThatCameBackIsNotTwo) {
    SocketReceiver receiver(context_, config(SocketType::router));
    for (int round = 0; round < 3; ++round) {
        ::zmq::context_t context;
        Peer peer(context, ::zmq::socket_type::dealer);
        peer.socket().set(::zmq::sockopt::routing_id, "cam-1");
        peer.connect(receiver.address());
        peer.send({"cam", "frame"});
        EXPECT_EQ(receive(receiver).body.to_string(), "frame");
        peer.socket().close();
        context.close();
        // libzmq's thread has to see the end of the connection.
        ASSERT_TRUE(run_until([&] { return !receives(receiver) && receiver.statistics().connections == 0; },
                              receiver));
    }
    EXPECT_THAT(receiver.statistics().identities_taken_over, testing::IsEmpty());
}

TEST_F(Receiver, TakesOverTheSocketFileOfAKilledProcess) {
    const auto file = directory_.file("in.ipc");
    const pid_t child = ::fork();
    if (child == 0) {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, file.c_str(), sizeof(address.sun_path) - 1);
        ::_exit(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 ? 0 : 1);
    }
    int status = 1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    ASSERT_TRUE(std::filesystem::is_socket(file));

    SocketReceiver receiver(context_, config(SocketType::router, "ipc://" + file.string()));
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    peer.connect(receiver.address());
    peer.send({"cam", "frame"});
    EXPECT_EQ(receive(receiver).body.to_string(), "frame");
}

std::string open_error(::zmq::context_t& context, const ReceiverConfig& config) {
    try {
        (void)open_receiver(context, config);
    } catch (const runtime::Failure& error) {
        return error.what();
    }
    return "opened";
}

TEST_F(Receiver, NamesTheEndpointThatIsInUse) {
    const SocketReceiver first(context_, config(SocketType::router));
    EXPECT_THAT(
        open_error(context_, config(SocketType::rep, first.address())),
        testing::AllOf(HasSubstr("rep+bind:" + first.address()), HasSubstr("Address already in use")));
    const SocketReceiver second(context_, config(SocketType::router, directory_.ipc("in.ipc")));
    EXPECT_THAT(
        open_error(context_, config(SocketType::sub, directory_.ipc("in.ipc"))),
        testing::AllOf(HasSubstr("sub+bind:" + directory_.ipc("in.ipc")), HasSubstr("another process")));
}

TEST_F(Receiver, DoesNotDeleteAFileThatIsNoSocket) {
    const auto file = directory_.file("important.txt");
    std::ofstream{file} << "text";
    EXPECT_THAT(open_error(context_, config(SocketType::router, "ipc://" + file.string())),
                HasSubstr("not a socket"));
    EXPECT_THAT(open_error(context_, config(SocketType::router, "ipc://" + file.string() + "/in.ipc")),
                HasSubstr("not a folder"));
    EXPECT_EQ(std::filesystem::file_size(file), 4U);
}

TEST_F(Receiver, StoppedRouterStillDrainsAndAcknowledges) {
    SocketReceiver receiver(context_, config(SocketType::router));
    Peer peer(peer_context_, ::zmq::socket_type::dealer);
    peer.connect(receiver.address());
    for (const auto* body : {"first", "second", "end"}) {
        peer.send({"cam", body});
    }
    EXPECT_EQ(receive(receiver).body.to_string(), "first");
    receiver.stop_receiving();
    EXPECT_EQ(receive(receiver).body.to_string(), "second");
    receiver.acknowledge(receive(receiver), end_of_stream());
    EXPECT_EQ(peer.receive(), Strings{"OK"});
}

TEST_F(Receiver, CanBeStoppedWhilePeersAreLeaving) {
    for (int round = 0; round < 50; ++round) {
        SocketReceiver receiver(context_, config(SocketType::router));
        {
            std::vector<std::unique_ptr<Peer>> peers;
            for (int i = 0; i < 8; ++i) {
                peers.push_back(std::make_unique<Peer>(peer_context_, ::zmq::socket_type::dealer));
                peers.back()->connect(receiver.address());
                peers.back()->send({"cam", "frame"});
                EXPECT_EQ(receive(receiver).body.to_string(), "frame");
            }
        }
        (void)receives(receiver);
        receiver.stop_receiving();
        EXPECT_FALSE(receives(receiver));
    }
}

TEST_F(Receiver, StoppedRepAcknowledgesWhatItHasAndTakesNothingMore) {
    SocketReceiver receiver(context_, config(SocketType::rep));
    Peer peer(peer_context_, ::zmq::socket_type::req);
    peer.connect(receiver.address());
    peer.send({"cam", "last"});
    const auto last = receive(receiver);
    receiver.stop_receiving();
    receiver.acknowledge(last, {});
    EXPECT_EQ(peer.receive(), Strings{"OK"});
    peer.send({"cam", "too late"});
    EXPECT_FALSE(receives(receiver));
}

}  // namespace
}  // namespace framebridge::zmq
