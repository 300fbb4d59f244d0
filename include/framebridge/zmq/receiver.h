#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "framebridge/runtime/poll_set.h"
#include "framebridge/zmq/endpoint.h"

namespace framebridge {

/// One multipart message as it came from a ZeroMQ reader socket.
struct ReceivedMessage {
    zmq::message_t routing_id;                ///< Who sent it (ROUTER only).
    zmq::message_t topic;                     ///< The source_id, as the writer gave it.
    zmq::message_t body;                      ///< The serialized message; empty if the part was missing.
    std::vector<zmq::message_t> attachments;  ///< The extra parts: a frame's bytes.
};

/// What an adapter receives from. One thread owns it. A fake stands in for it in scenario tests.
class MessageReceiver {
  public:
    virtual ~MessageReceiver() = default;
    /// The next message, or nullopt if there is none now (for REP: also while the last one is not
    /// acknowledged). Never blocks. Messages that the filters exclude are acknowledged and not returned.
    virtual std::optional<ReceivedMessage> receive() = 0;
    /// Tells the peer that `message` (its routing_id is what counts) and all before it are safe: REP answers
    /// every message; ROUTER answers an end of stream; SUB has nothing to answer. Never blocks.
    virtual void acknowledge(const ReceivedMessage& message, bool end_of_stream) = 0;
    virtual void add_to(PollSet& poll_set) = 0;
    /// Stops listening: no message is accepted any more from peers; acknowledgements may still be sent.
    virtual void stop_receiving() = 0;
};

struct ReceiverConfig {
    Endpoint endpoint;
    int receive_high_water_mark = 50;           ///< Messages (ZMQ_RCVHWM).
    std::optional<unsigned> ipc_permissions = 0777;  ///< Mode of a bound ipc socket's file; none: umask's.
    std::string source_id;                      ///< If not empty: only this source's messages.
    std::string topic_prefix;                   ///< If not empty: only topics that begin so.
    std::chrono::milliseconds linger{100};      ///< How long close waits for acknowledgements to leave.
};

/// A bound or connected SUB, REP or ROUTER socket. Makes the directory of a bound ipc endpoint.
/// Throws SocketError (runtime/errors.h) with the endpoint in its message if it cannot be opened.
std::unique_ptr<MessageReceiver> open_receiver(zmq::context_t& context, const ReceiverConfig& config);

}  // namespace framebridge
