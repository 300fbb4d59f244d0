#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "framebridge/protocol/envelope.h"
#include "runtime/poll_set.h"
#include "zmq/endpoint.h"
#include "zmq/file_mode.h"

namespace framebridge::zmq {

/// One multipart message as it came from a ZeroMQ reader socket.
struct ReceivedMessage {
    ::zmq::message_t routing_id;  ///< Who sent it (ROUTER only).
    /// The parts up to and with the empty delimiter that a REQ peer puts before the topic (ROUTER only; REP
    /// sockets take them off themselves). Not empty: the peer waits for an answer to every message.
    std::vector<::zmq::message_t> request;
    ::zmq::message_t topic;    ///< The source_id, as the writer gave it.
    ::zmq::message_t body;     ///< The serialized message; may be empty.
    std::string_view problem;  ///< Not empty: why it is not `[topic, message, ...]`, and cannot be used.
    std::vector<::zmq::message_t> attachments;  ///< The extra parts: a frame's bytes.
};

/// What a writer is to learn of its message. How it is told depends on the writer: proto/README.md,
/// "Answers".
struct Answer {
    enum class Outcome {
        kept,           ///< Kafka (or the file) has it, or there was nothing to be kept of it.
        dead_lettered,  ///< The dead-letter topic has it: answered like a kept one, with the reason.
        refused,  ///< By the message's own fault. Never for a fault of the world: then the writer waits.
    };
    Outcome outcome = Outcome::kept;
    std::string_view reason = {};  ///< Why it was dead-lettered or refused, for the writer's author.
    const protocol::Envelope* envelope = nullptr;  ///< The message's; null if it cannot be read.
};

struct ReceiverStatistics {
    /// Refused messages of Savant's writers, whose answer is OK all the same: they fail on any other.
    std::uint64_t refused_but_answered_ok = 0;
    /// ROUTER: how often a connection came under the identity of one that was still open; by identity.
    std::map<std::string, std::uint64_t> identities_taken_over;
    std::size_t connections = 0;  ///< That are open, as of the last receive().
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
    /// Tells the peer what became of `message`; once for each message, in the order received. REP answers
    /// every message; ROUTER an end of stream, a message with `answers: 1`, and every message of a REQ peer;
    /// SUB has nothing to answer. Never blocks; the answer to a peer that is gone is dropped.
    virtual void acknowledge(const ReceivedMessage& message, const Answer& answer) = 0;
    virtual void add_to(runtime::PollSet& poll_set) = 0;
    /// Peers stay connected, for their acknowledgements. ROUTER and SUB have messages in their queue that no
    /// writer would send again: go on with receive() until it returns nothing (or the time for stopping is
    /// over: a peer may send on), and finish what it returned. REP returns nothing more: its writers send
    /// again later what is not acknowledged.
    virtual void stop_receiving() = 0;
    [[nodiscard]] virtual const ReceiverStatistics& statistics() const = 0;
};

struct ReceiverConfig {
    Endpoint endpoint;
    int receive_high_water_mark = 50;  ///< Messages, for each peer (ZMQ_RCVHWM).
    FileMode ipc_permissions = 0777;   ///< Mode of a bound ipc socket's file.
    std::string source_id;             ///< If not empty: only this source's messages.
    std::string topic_prefix;          ///< If not empty: only topics that begin so.
    /// How messages that the filters exclude are read: their writers wait for answers, too.
    protocol::FormatChoice format = protocol::FormatChoice::automatic;
    /// A peer that sends a larger part is cut off (ZMQ_MAXMSGSIZE); 0: no limit.
    std::uint64_t max_part_bytes = 0;
    std::chrono::milliseconds linger{100};  ///< How long close waits for acknowledgements to leave.
};

/// A bound or connected SUB, REP or ROUTER socket. Makes the directory of a bound ipc endpoint, and takes
/// over a socket file that nobody listens at. Throws runtime::Failure with the endpoint in its
/// message if it cannot be opened.
std::unique_ptr<Receiver> open_receiver(::zmq::context_t& context, const ReceiverConfig& config);

}  // namespace framebridge::zmq
