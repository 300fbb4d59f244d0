#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framebridge/protocol/answer.h"
#include "runtime/poll_set.h"
#include "zmq/endpoint.h"
#include "zmq/file_mode.h"

namespace framebridge::zmq {

/// Bytes to be sent that something keeps alive: a Buffer from the store, a Kafka message, a string.
/// The owner is released, on any thread, when ZeroMQ no longer needs the bytes. Bytes without an owner are
/// copied when they are sent (REQ, which may send them again: when try_send returns true).
struct OwnedBytes {
    std::shared_ptr<const void> owner;
    std::string_view bytes;
};

/// One message to be sent: `[topic, body, attachments...]`.
struct OutgoingMessage {
    std::string topic;
    OwnedBytes body;
    std::vector<OwnedBytes> attachments;
    bool end_of_stream = false;
};

/// A message that the reader has refused: it will refuse it again.
struct Refusal {
    /// Which of the messages sent, counted from 0: the one that was answered (REQ), or the end of its stream
    /// (DEALER). None for an answer to a message with `answers: 1` (DEALER): `details` name it.
    std::optional<std::uint64_t> number;
    std::optional<OutgoingMessage> message;  ///< The message itself (REQ).
    protocol::AnswerDetails details;         ///< As far as the reader says.
};

/// What an adapter sends to. One thread owns it. A fake stands in for it in scenario tests.
class Sender {
  public:
    virtual ~Sender() = default;
    /// Hands the whole message to the socket, or leaves it untouched and returns false: the high water mark
    /// is reached, no peer is there, or (REQ) the last message is not acknowledged yet. Never blocks.
    /// PUB never refuses: what a subscriber has no room for, it does not get.
    [[nodiscard]] virtual bool try_send(OutgoingMessage& message) = 0;
    /// Takes acknowledgements and repeats what was not answered in time (REQ). To be called in every turn.
    virtual void advance() = 0;
    /// How many of the messages sent so far, counted in their order from the first, can no longer be lost if
    /// this process is killed: acknowledged (REQ; all before an acknowledged end of stream, DEALER), or all
    /// of their bytes handed to the kernel (DEALER, PUB). Never decreases. The last 8 KiB of a stream that
    /// pauses are not counted before more is sent: libzmq may hold them. What libzmq drops counts as handed
    /// over: PUB without a subscriber, and what was queued for a peer of a bound DEALER that went away.
    [[nodiscard]] virtual std::uint64_t safe_count() = 0;
    /// The refusals that came since the last call. A refused message counts in safe_count(): it was answered.
    [[nodiscard]] virtual std::vector<Refusal> take_refusals() = 0;
    /// How many ends of stream (REQ: messages) were sent that the peer has not answered yet. PUB: none.
    [[nodiscard]] virtual std::size_t unanswered() const = 0;
    virtual void add_to(runtime::PollSet& poll_set) = 0;
    /// Closes the socket after all that was sent has left (REQ: is acknowledged), or after `limit`. Returns
    /// whether all has left; then safe_count() is the number of messages sent, else it stays as it was.
    /// Blocks. Nothing can be sent afterwards.
    virtual bool flush_and_close(std::chrono::milliseconds limit) = 0;
};

struct SenderConfig {
    Endpoint endpoint;
    int send_high_water_mark = 50;                ///< Messages, for each peer (ZMQ_SNDHWM).
    FileMode ipc_permissions = 0777;              ///< Mode of a bound ipc socket's file.
    std::chrono::milliseconds ack_timeout{5000};  ///< REQ: an unanswered message is sent again after it.
};

/// A bound or connected PUB, REQ or DEALER socket, with a ZeroMQ context of its own: only the end of a
/// context tells that all has left. Destroyed without flush_and_close, it lingers for 100 ms. Throws
/// runtime::Failure with the endpoint in its message.
std::unique_ptr<Sender> open_sender(const SenderConfig& config);

}  // namespace framebridge::zmq
