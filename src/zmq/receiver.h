#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "runtime/poll_set.h"
#include "zmq/endpoint.h"
#include "zmq/file_mode.h"

namespace framebridge::zmq {

/// One multipart message as it came from a ZeroMQ reader socket. A message that lacks its topic or its body
/// has an empty body, and whatever other parts it had as attachments.
struct ReceivedMessage {
    ::zmq::message_t routing_id;  ///< Who sent it (ROUTER only).
    /// The parts up to and with the empty delimiter that a REQ peer puts before the topic (ROUTER only; REP
    /// sockets take them off themselves). Not empty: the peer waits for an answer to every message.
    std::vector<::zmq::message_t> request;
    ::zmq::message_t topic;  ///< The source_id, as the writer gave it.
    ::zmq::message_t body;   ///< The serialized message; empty if the message is malformed.
    std::vector<::zmq::message_t> attachments;  ///< The extra parts: a frame's bytes.
};

/// What an adapter receives from. One thread owns it. A fake stands in for it in scenario tests.
class Receiver {
  public:
    virtual ~Receiver() = default;
    /// Takes the next message into `message`, whatever it held, reusing its memory. False, and `message` is
    /// unspecified: there is none now (for REP: also while the last one is not acknowledged). Never blocks.
    /// Messages that the filters exclude are not given out, but acknowledged like others to a peer that waits
    /// for it.
    [[nodiscard]] virtual bool receive(ReceivedMessage& message) = 0;
    /// Tells the peer that `message` (its routing_id and request are what counts) and all before it are safe:
    /// REP answers every message; ROUTER answers an end of stream, and every message of a REQ peer; SUB has
    /// nothing to answer. Never blocks; the answer to a peer that is gone is dropped.
    virtual void acknowledge(const ReceivedMessage& message, bool end_of_stream) = 0;
    virtual void add_to(runtime::PollSet& poll_set) = 0;
    /// Peers stay connected, for their acknowledgements. ROUTER and SUB have messages in their queue that no
    /// writer would send again: go on with receive() until it returns nothing (or the time for stopping is
    /// over: a peer may send on), and finish what it returned. REP returns nothing more: its writers send
    /// again later what is not acknowledged.
    virtual void stop_receiving() = 0;
};

struct ReceiverConfig {
    Endpoint endpoint;
    int receive_high_water_mark = 50;  ///< Messages, for each peer (ZMQ_RCVHWM).
    FileMode ipc_permissions = 0777;   ///< Mode of a bound ipc socket's file.
    std::string source_id;             ///< If not empty: only this source's messages.
    std::string topic_prefix;          ///< If not empty: only topics that begin so.
    /// Whether a message's body is an end of stream: asked of the messages that the filters exclude, as
    /// ROUTER's peers wait for an answer to it. Without it they get none.
    std::function<bool(std::string_view body)> ends_stream;
    std::chrono::milliseconds linger{100};  ///< How long close waits for acknowledgements to leave.
};

/// A bound or connected SUB, REP or ROUTER socket. Makes the directory of a bound ipc endpoint, and takes
/// over a socket file that nobody listens at. Throws runtime::Failure with the endpoint in its
/// message if it cannot be opened.
std::unique_ptr<Receiver> open_receiver(::zmq::context_t& context, const ReceiverConfig& config);

}  // namespace framebridge::zmq
