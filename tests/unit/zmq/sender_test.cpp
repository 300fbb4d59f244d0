#include "zmq/sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <future>
#include <thread>

#include "runtime/failure.h"
#include "support.h"
#include "zmq/request_sender.h"
#include "zmq/stream_sender.h"

namespace framebridge::zmq {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class SenderTest : public testing::Test {
  protected:
    static SenderConfig config(SocketType type, const std::string& address = "tcp://127.0.0.1:*",
                               bool bind = true) {
        SenderConfig config;
        config.endpoint = {type, bind, address};
        config.ack_timeout = 100ms;
        return config;
    }
    /// Sends as long as it does not block; returns how many went.
    static std::uint64_t fill(Sender& sender, std::size_t frame_bytes) {
        const auto owner = std::make_shared<const std::string>(frame_bytes, 'x');
        std::uint64_t sent = 0;
        for (;; ++sent) {
            OutgoingMessage message{"cam", {owner, *owner}, {}, false};
            if (!sender.try_send(message)) {
                return sent;
            }
        }
    }
    static bool wait_for_safe(Sender& sender, std::uint64_t count) {
        return run_until(
            [&] {
                sender.advance();
                return sender.safe_count() >= count;
            },
            sender);
    }

    TemporaryDirectory directory_;
    ::zmq::context_t peer_context_;
};

/// A reader on a new address that a sender can connect to.
struct BoundPeer : Peer {
    BoundPeer(::zmq::context_t& context, ::zmq::socket_type type, const std::string& at = "tcp://127.0.0.1:*")
        : Peer(context, type), address(bind(at)) {}
    std::string address;
};

TEST_F(SenderTest, DealerConnectsAndSendsAllParts) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::router);
    StreamSender sender(config(SocketType::dealer, peer.address, false));
    const std::string frame(100'000, 'f');
    send(sender, make_message("cam", "frame", {frame, "tail"}));
    EXPECT_THAT(peer.receive(), testing::ElementsAre(testing::_, "cam", "frame", frame, "tail"));
}

TEST_F(SenderTest, DealerBindsAndWaitsForAPeer) {
    StreamSender sender(config(SocketType::dealer, directory_.ipc("out.ipc")));
    auto message = make_message("cam", "frame", {"bytes"});
    EXPECT_FALSE(sender.try_send(message));
    EXPECT_EQ(message.topic, "cam");
    EXPECT_EQ(message.attachments.at(0).bytes, "bytes");
    Peer peer(peer_context_, ::zmq::socket_type::router);
    peer.connect(sender.address());
    send(sender, std::move(message));
    EXPECT_THAT(peer.receive(), testing::ElementsAre(testing::_, "cam", "frame", "bytes"));
}

class PubSender : public SenderTest, public testing::WithParamInterface<bool> {};

TEST_P(PubSender, SendsToItsSubscribers) {
    const bool bind = GetParam();
    Peer peer(peer_context_, ::zmq::socket_type::sub);
    peer.socket().set(::zmq::sockopt::subscribe, "cam");
    const auto address = bind ? std::string{"tcp://127.0.0.1:*"} : peer.bind("tcp://127.0.0.1:*");
    StreamSender sender(config(SocketType::pub, address, bind));
    if (bind) {
        peer.connect(sender.address());
    }
    // A publisher drops until the subscription has reached it.
    ASSERT_TRUE(run_until(
        [&] {
            auto message = make_message("cam", "frame", {"bytes"});
            EXPECT_TRUE(sender.try_send(message));
            return peer.has_message();
        },
        sender));
    EXPECT_EQ(peer.receive(), (Strings{"cam", "frame", "bytes"}));
}

INSTANTIATE_TEST_SUITE_P(BindAndConnect, PubSender, testing::Bool());

TEST_F(SenderTest, PubNeverBlocks) {
    StreamSender sender(config(SocketType::pub));
    for (int i = 0; i < 1000; ++i) {
        send(sender, make_message("cam", "frame"));
    }
    EXPECT_TRUE(sender.flush_and_close(10s));
    EXPECT_EQ(sender.safe_count(), 1000U);
}

TEST_F(SenderTest, ReleasesTheBytesWhenTheyHaveLeft) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::router);
    StreamSender sender(config(SocketType::dealer, peer.address, false));
    auto owner = std::make_shared<const std::string>(10'000, 'f');
    const std::weak_ptr<const std::string> alive = owner;
    OutgoingMessage message{"cam", {owner, *owner}, {{owner, *owner}}, false};
    owner.reset();
    send(sender, std::move(message));
    peer.receive();
    EXPECT_TRUE(run_until([&] { return alive.expired(); }));
}

TEST_F(SenderTest, DealerBlocksAtTheHighWaterMarkUntilThePeerReads) {
    StreamSender sender(config(SocketType::dealer, directory_.ipc("out.ipc"), false));
    EXPECT_EQ(fill(sender, 100'000), 50U);
    EXPECT_EQ(sender.safe_count(), 0U);

    BoundPeer peer(peer_context_, ::zmq::socket_type::router, directory_.ipc("out.ipc"));
    send(sender, make_message("cam", "the one that had to wait"));
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(peer.receive().at(2).size(), 100'000U);
    }
    EXPECT_EQ(peer.receive().at(2), "the one that had to wait");
}

TEST_F(SenderTest, NothingIsSafeWhileNoPeerReads) {
    StreamSender sender(config(SocketType::dealer, directory_.ipc("out.ipc"), false));
    ASSERT_EQ(fill(sender, 1'000), 50U);
    sender.advance();
    EXPECT_EQ(sender.safe_count(), 0U);
    EXPECT_FALSE(sender.flush_and_close(50ms));
    EXPECT_EQ(sender.safe_count(), 0U);
}

TEST_F(SenderTest, WhatAPeerReadIsSafeButForTheLast8Kilobytes) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::router);
    StreamSender sender(config(SocketType::dealer, peer.address, false));
    for (int i = 0; i < 30; ++i) {
        send(sender, make_message("cam", std::string(1'000, 'f')));
    }
    for (int i = 0; i < 30; ++i) {
        peer.receive();
    }
    // A message is 1014 bytes on the wire: the last nine of them are what libzmq's buffer could hold.
    EXPECT_TRUE(wait_for_safe(sender, 21));
    EXPECT_EQ(sender.safe_count(), 21U);
    EXPECT_TRUE(sender.flush_and_close(10s));
    EXPECT_EQ(sender.safe_count(), 30U);
}

TEST_F(SenderTest, DealerCountsAsSafeWhatAnAcknowledgedEndOfStreamCloses) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::router);
    StreamSender sender(config(SocketType::dealer, peer.address, false));
    send(sender, make_message("cam", "frame"));
    send(sender, make_end_of_stream("cam"));
    send(sender, make_message("cam", "frame"));
    send(sender, make_end_of_stream("cam"));
    send(sender, make_message("cam", "frame"));
    std::string id;
    for (int i = 0; i < 5; ++i) {
        id = peer.receive().at(0);
    }
    EXPECT_EQ(sender.safe_count(), 0U);
    peer.send({id, "OK"});
    EXPECT_TRUE(wait_for_safe(sender, 2));
    EXPECT_EQ(sender.safe_count(), 2U);
    peer.send({id, "", "OK"});
    EXPECT_TRUE(wait_for_safe(sender, 4));
    EXPECT_EQ(sender.safe_count(), 4U);
    peer.send({id, "OK"});
    EXPECT_TRUE(sender.flush_and_close(10s));
    EXPECT_EQ(sender.safe_count(), 5U);
}

TEST_F(SenderTest, BoundDealerWaitsForTheAcknowledgementsOfAllEndsOfStream) {
    StreamSender sender(config(SocketType::dealer));
    Peer peer(peer_context_, ::zmq::socket_type::router);
    peer.connect(sender.address());
    send(sender, make_end_of_stream("cam-1"));
    send(sender, make_end_of_stream("cam-2"));
    const auto id = peer.receive().at(0);
    peer.receive();
    peer.send({id, "OK"});
    std::size_t turns = 0;
    ASSERT_TRUE(run_until(
        [&] {
            sender.advance();
            return ++turns > 5;
        },
        sender));
    EXPECT_EQ(sender.safe_count(), 0U);
    peer.send({id, "OK"});
    EXPECT_TRUE(wait_for_safe(sender, 2));
}

TEST_F(SenderTest, DealersQueueSurvivesTheRestartOfItsPeer) {
    StreamSender sender(config(SocketType::dealer, directory_.ipc("out.ipc"), false));
    {
        ::zmq::context_t context;
        BoundPeer peer(context, ::zmq::socket_type::router, directory_.ipc("out.ipc"));
        send(sender, make_message("cam", "before"));
        EXPECT_EQ(peer.receive().at(2), "before");
    }
    constexpr int count = 20;
    for (int i = 0; i < count; ++i) {
        send(sender, make_message("cam", std::to_string(i), {std::string(100'000, 'x')}));
    }
    BoundPeer peer(peer_context_, ::zmq::socket_type::router, directory_.ipc("out.ipc"));
    // What libzmq had begun to write to the old connection is lost; nothing else is, and the order stays.
    int number = std::stoi(peer.receive().at(2));
    EXPECT_LE(number, 1);
    while (++number < count) {
        EXPECT_EQ(peer.receive().at(2), std::to_string(number));
    }
}

TEST_F(SenderTest, FlushWaitsUntilASlowPeerHasReadEverything) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::router);
    StreamSender sender(config(SocketType::dealer, peer.address, false));
    const auto sent = fill(sender, 1'000'000);
    ASSERT_GE(sent, 50U);
    std::uint64_t received = 0;
    std::thread reader([&] {
        while (received < sent && peer.receive().at(2).size() == 1'000'000) {
            ++received;
        }
    });
    EXPECT_TRUE(sender.flush_and_close(patience));
    reader.join();
    EXPECT_EQ(received, sent);
    EXPECT_EQ(sender.safe_count(), sent);
}

TEST_F(SenderTest, FlushGivesUpOnAPeerThatDoesNotRead) {
    Peer peer(peer_context_, ::zmq::socket_type::router);
    peer.socket().set(::zmq::sockopt::rcvhwm, 1);
    const auto address = peer.bind("tcp://127.0.0.1:*");
    StreamSender sender(config(SocketType::dealer, address, false));
    const auto sent = fill(sender, 1'000'000);
    const auto safe = sender.safe_count();
    EXPECT_LT(safe, sent);
    EXPECT_FALSE(sender.flush_and_close(100ms));
    EXPECT_FALSE(sender.flush_and_close(100ms));
    EXPECT_LT(sender.safe_count(), sent);
    auto message = make_message("cam", "too late");
    EXPECT_FALSE(sender.try_send(message));
}

class IpcSender : public SenderTest {
  protected:
    // libzmq reads a little, the kernel holds the rest.
    static constexpr std::uint64_t count = 40;

    std::string bind_with_short_queue(Peer& peer) {
        peer.socket().set(::zmq::sockopt::rcvhwm, 1);
        return peer.bind(directory_.ipc("out.ipc"));
    }
    static void send_frames(StreamSender& sender, std::uint64_t frames) {
        for (std::uint64_t i = 0; i < frames; ++i) {
            send(sender, make_message("cam", std::string(3'000, 'f')));
        }
    }
    static void receive_frames(Peer& peer, std::uint64_t frames) {
        for (std::uint64_t i = 0; i < frames; ++i) {
            EXPECT_EQ(peer.receive().at(2).size(), 3'000U);
        }
    }
};

// The kernel would take all of it, but this reader drops what it has not read when the writer goes.
TEST_F(IpcSender, WhatAStalledReaderHasNotReadAtTheEndIsNotSafe) {
    Peer peer(peer_context_, ::zmq::socket_type::router);
    StreamSender sender(config(SocketType::dealer, bind_with_short_queue(peer), false));
    send_frames(sender, count);
    EXPECT_FALSE(sender.flush_and_close(100ms));
    EXPECT_LT(sender.safe_count(), count);
    receive_frames(peer, sender.safe_count());
}

TEST_F(IpcSender, FlushWaitsUntilASlowReaderHasReadWhatTheKernelHolds) {
    Peer peer(peer_context_, ::zmq::socket_type::router);
    StreamSender sender(config(SocketType::dealer, bind_with_short_queue(peer), false));
    send_frames(sender, count);
    auto flushed = std::async(std::launch::async, [&] { return sender.flush_and_close(patience); });
    receive_frames(peer, count);
    EXPECT_TRUE(flushed.get());
    EXPECT_EQ(sender.safe_count(), count);
}

TEST_F(IpcSender, OneReaderOfSeveralThatHasReadEverythingIsNotAll) {
    StreamSender sender(config(SocketType::dealer, directory_.ipc("out.ipc"), true));
    Peer reads(peer_context_, ::zmq::socket_type::router);
    Peer stalls(peer_context_, ::zmq::socket_type::router);
    for (auto* peer : {&reads, &stalls}) {
        peer->socket().set(::zmq::sockopt::rcvhwm, 1);
    }
    reads.connect(sender.address());
    std::atomic<bool> done{false};
    auto reader = std::async(std::launch::async, [&] {
        reads.socket().set(::zmq::sockopt::rcvtimeo, 50);
        while (!done) {
            ::zmq::message_t part;
            (void)reads.socket().recv(part);
        }
    });
    send_frames(sender, 1);
    stalls.connect(sender.address());
    while (!stalls.has_message()) {
        send_frames(sender, 1);
    }
    send_frames(sender, 10);
    EXPECT_FALSE(sender.flush_and_close(500ms));
    done = true;
    reader.get();
}

TEST_F(SenderTest, ReqTellsWhichMessageWasRefusedAndGivesItBack) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::rep);
    RequestSender sender(config(SocketType::req, peer.address, false));
    send(sender, make_message("cam", "good"));
    EXPECT_EQ(peer.receive().at(1), "good");
    peer.send({"OK"});
    send(sender, make_message("cam", "bad", {"bytes"}));
    EXPECT_EQ(peer.receive().at(1), "bad");
    peer.send({"REFUSED", encode(protocol::AnswerDetails{"why", "cam", "u", 7, std::nullopt})});
    ASSERT_TRUE(wait_for_safe(sender, 2));
    const auto refusals = sender.take_refusals();
    ASSERT_EQ(refusals.size(), 1U);
    EXPECT_EQ(refusals[0].number, 1U);
    EXPECT_EQ(refusals[0].details.reason, "why");
    ASSERT_TRUE(refusals[0].message);
    EXPECT_EQ(refusals[0].message->body.bytes, "bad");
    EXPECT_EQ(refusals[0].message->attachments.at(0).bytes, "bytes");
    EXPECT_TRUE(sender.take_refusals().empty());
    send(sender, make_message("cam", "next"));
    EXPECT_EQ(peer.receive().at(1), "next");
}

TEST_F(SenderTest, DealerTellsWhichEndOfStreamWasRefused) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::router);
    StreamSender sender(config(SocketType::dealer, peer.address, false));
    send(sender, make_message("cam", "frame"));
    send(sender, make_end_of_stream("cam"));
    send(sender, make_end_of_stream("cam"));
    std::string id;
    for (int i = 0; i < 3; ++i) {
        id = peer.receive().at(0);
    }
    // An answer to a frame that asked for one, and to two ends of stream.
    peer.send({id, "REFUSED", encode(protocol::AnswerDetails{"why", "cam", "u", 7, std::nullopt})});
    peer.send({id, "OK", encode(protocol::AnswerDetails{"", "cam", "", 8, protocol::StreamCounts{1, 1, 0}})});
    peer.send({id, "REFUSED"});
    ASSERT_TRUE(wait_for_safe(sender, 3));
    const auto refusals = sender.take_refusals();
    ASSERT_EQ(refusals.size(), 2U);
    EXPECT_EQ(refusals[0].number, std::nullopt);
    EXPECT_EQ(refusals[0].details.uuid, "u");
    EXPECT_EQ(refusals[1].number, 2U);
}

TEST_F(SenderTest, ReqSendsTheNextOnlyAfterTheAnswer) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::rep);
    RequestSender sender(config(SocketType::req, peer.address, false));
    send(sender, make_message("cam", "one", {"bytes"}));
    auto two = make_message("cam", "two");
    EXPECT_FALSE(sender.try_send(two));
    EXPECT_EQ(peer.receive(), (Strings{"cam", "one", "bytes"}));
    EXPECT_EQ(sender.safe_count(), 0U);
    peer.send({"OK"});
    EXPECT_TRUE(wait_for_safe(sender, 1));
    send(sender, std::move(two));
    // The first may have been repeated before its answer came.
    auto parts = peer.receive();
    while (parts.at(1) == "one") {
        peer.send({"OK"});
        parts = peer.receive();
    }
    EXPECT_EQ(parts, (Strings{"cam", "two"}));
    EXPECT_EQ(sender.safe_count(), 1U);
    peer.send({"OK"});
    EXPECT_TRUE(sender.flush_and_close(patience));
    EXPECT_EQ(sender.safe_count(), 2U);
}

TEST_F(SenderTest, ReqKeepsBytesThatHaveNoOwner) {
    RequestSender sender(config(SocketType::req));
    Peer first(peer_context_, ::zmq::socket_type::rep);
    first.connect(sender.address());
    {
        const std::string body = "body", bytes(5'000, 'b');
        OutgoingMessage message;
        message.topic = "cam";
        message.body.bytes = body;
        message.attachments.emplace_back().bytes = bytes;
        send(sender, std::move(message));
    }
    EXPECT_EQ(first.receive().at(2), std::string(5'000, 'b'));
    first.socket().close();
    Peer second(peer_context_, ::zmq::socket_type::rep);
    second.connect(sender.address());
    ASSERT_TRUE(run_until(
        [&] {
            sender.advance();
            return second.has_message();
        },
        sender));
    EXPECT_EQ(second.receive(), (Strings{"cam", "body", std::string(5'000, 'b')}));
}

class ReqSender : public SenderTest, public testing::WithParamInterface<bool> {};

TEST_P(ReqSender, SendsAgainToAPeerThatCameBack) {
    const bool bind = GetParam();
    auto configured = config(SocketType::req, directory_.ipc("out.ipc"), bind);
    configured.ack_timeout = 10s;  // The lost connection is reason enough, long before that.
    RequestSender sender(configured);
    const auto start_peer = [&] {
        auto peer = std::make_unique<Peer>(peer_context_, ::zmq::socket_type::rep);
        bind ? peer->connect(configured.endpoint.address) : (void)peer->bind(configured.endpoint.address);
        return peer;
    };
    const auto start = runtime::PollSet::Clock::now();
    auto peer = start_peer();
    for (int i = 0; i < 5; ++i) {
        const auto body = std::to_string(i);
        send(sender, make_message("cam", body));
        EXPECT_EQ(peer->receive(), (Strings{"cam", body}));
        peer.reset();
        peer = start_peer();
        ASSERT_TRUE(run_until(
            [&] {
                sender.advance();
                return peer->has_message();
            },
            sender));
        EXPECT_EQ(peer->receive(), (Strings{"cam", body}));
        peer->send({"OK"});
        EXPECT_TRUE(wait_for_safe(sender, static_cast<std::uint64_t>(i) + 1));
    }
    EXPECT_LT(runtime::PollSet::Clock::now() - start, 5 * configured.ack_timeout);
}

INSTANTIATE_TEST_SUITE_P(BindAndConnect, ReqSender, testing::Bool());

TEST_F(SenderTest, ReqRepeatsWhatAConnectedPeerDoesNotAnswerAndTakesAnyCopysAnswer) {
    BoundPeer peer(peer_context_, ::zmq::socket_type::router);
    RequestSender sender(config(SocketType::req, peer.address, false));
    send(sender, make_message("cam", "one"));
    const auto first = peer.receive();
    ASSERT_TRUE(run_until(
        [&] {
            sender.advance();
            return peer.has_message();
        },
        sender));
    EXPECT_EQ(peer.receive(), first);
    EXPECT_EQ(sender.safe_count(), 0U);
    const Strings answer{first.at(0), first.at(1), "", "OK"};
    peer.send(answer);
    EXPECT_TRUE(wait_for_safe(sender, 1));

    send(sender, make_message("cam", "two"));
    peer.send(answer);  // The second copy's answer is not one to the second message.
    std::size_t turns = 0;
    ASSERT_TRUE(run_until(
        [&] {
            sender.advance();
            return ++turns > 5;
        },
        sender));
    EXPECT_EQ(sender.safe_count(), 1U);
    EXPECT_FALSE(sender.flush_and_close(50ms));
    EXPECT_EQ(sender.safe_count(), 1U);
}

TEST_F(SenderTest, ReqWithoutAPeerRefusesTheMessage) {
    RequestSender sender(config(SocketType::req, directory_.ipc("out.ipc"), false));
    auto message = make_message("cam", "frame");
    EXPECT_FALSE(sender.try_send(message));
    EXPECT_EQ(message.body.bytes, "frame");
    EXPECT_TRUE(sender.flush_and_close(10s));
}

TEST_F(SenderTest, OpensABoundIpcSocketsFileAsConfigured) {
    auto configured = config(SocketType::dealer, directory_.ipc("deep/out.ipc"));
    configured.ipc_permissions = 0666;
    const auto sender = open_sender(configured);
    struct stat status{};
    ASSERT_EQ(::stat(directory_.file("deep/out.ipc").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0666U);
}

TEST_F(SenderTest, NamesTheEndpointThatIsInUse) {
    const StreamSender first(config(SocketType::pub));
    for (const auto type : {SocketType::pub, SocketType::req, SocketType::dealer}) {
        const auto second = config(type, first.address());
        try {
            (void)open_sender(second);
            ADD_FAILURE() << "opened";
        } catch (const runtime::Failure& error) {
            EXPECT_THAT(error.what(), HasSubstr(second.endpoint.to_string()));
            EXPECT_THAT(error.what(), HasSubstr("Address already in use"));
        }
    }
}

/// Our own sender and receiver, as two adapters that are joined.
struct Pair {
    SocketType writer;
    SocketType reader;
    bool writer_binds;
};
class SocketPair : public SenderTest, public testing::WithParamInterface<Pair> {};

TEST_P(SocketPair, CarriesMessagesInOrderAndAcknowledgesTheEnd) {
    const auto [writer, reader, writer_binds] = GetParam();
    const auto address = directory_.ipc("pair.ipc");
    ReceiverConfig reader_config;
    reader_config.endpoint = {reader, !writer_binds, address};
    const auto receiver = open_receiver(peer_context_, reader_config);
    const auto sender = open_sender(config(writer, address, writer_binds));
    ReceivedMessage received;
    if (writer == SocketType::pub) {
        ASSERT_TRUE(run_until(
            [&] {
                auto message = make_message("hello", "are you there?");
                EXPECT_TRUE(sender->try_send(message));
                return receiver->receive(received);
            },
            *sender, *receiver));
    }

    constexpr int count = 200;
    int next_out = 0;
    int next_in = 0;
    std::optional<OutgoingMessage> waiting;
    ASSERT_TRUE(run_until(
        [&] {
            while (receiver->receive(received)) {
                const auto body = received.body.to_string();
                receiver->acknowledge(received, body == "end of stream" ? end_of_stream() : Answer{});
                if (received.topic.to_string() == "cam" && body != "end of stream") {
                    EXPECT_EQ(body, std::to_string(next_in++));
                }
            }
            sender->advance();
            // PUB drops what a subscriber has no room for: never more than a few on their way.
            while (next_out < count && next_out - next_in < 20) {
                if (!waiting) {
                    waiting = make_message("cam", std::to_string(next_out), {std::string(2'000, 'x')});
                }
                if (!sender->try_send(*waiting)) {
                    break;
                }
                waiting.reset();
                ++next_out;
            }
            return next_in == count;
        },
        *sender, *receiver));
    send(*sender, make_end_of_stream("cam"));
    const auto end = receive(*receiver);
    EXPECT_EQ(end.body.to_string(), "end of stream");
    receiver->acknowledge(end, end_of_stream());
    if (writer != SocketType::pub) {
        EXPECT_TRUE(wait_for_safe(*sender, count + 1));
    }
    EXPECT_TRUE(sender->flush_and_close(patience));
}

INSTANTIATE_TEST_SUITE_P(All, SocketPair,
                         testing::Values(Pair{SocketType::pub, SocketType::sub, true},
                                         Pair{SocketType::pub, SocketType::sub, false},
                                         Pair{SocketType::dealer, SocketType::router, true},
                                         Pair{SocketType::dealer, SocketType::router, false},
                                         Pair{SocketType::req, SocketType::rep, true},
                                         Pair{SocketType::req, SocketType::rep, false},
                                         Pair{SocketType::req, SocketType::router, true},
                                         Pair{SocketType::req, SocketType::router, false}));

}  // namespace
}  // namespace framebridge::zmq
