#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "framebridge/protocol/answer.h"
#include "runtime/log_limit.h"
#include "zmq/receiver.h"

namespace framebridge::zmq {

/// Which messages of a peer are answered.
enum class Answering {
    every_message,   ///< The peer waits for it: REP's peers, and REQ peers of a ROUTER.
    ends_of_stream,  ///< And messages with `answers: 1`.
};

/// Knows what each peer is to be told: proto/README.md, "Answers". For that it keeps, for each peer, the
/// format it speaks and what became of its streams' messages. What it keeps is bounded: of too many peers,
/// and of too many streams of one, those that were silent for the longest time are forgotten.
class AnswerBook {
  public:
    /// The parts of the answer to `message`, whose peer is `peer`; empty: no answer. To be called once for
    /// each message.
    std::vector<std::string> answer(const std::string& peer, Answering answering,
                                    const ReceivedMessage& message, const Answer& answer);
    [[nodiscard]] std::uint64_t refused_but_answered_ok() const { return refused_but_answered_ok_; }

  private:
    struct Stream {
        protocol::StreamCounts counts;
        std::string refusal;  // The first one's reason.
    };
    struct Peer {
        std::string id;
        protocol::Format format = protocol::Format::savant;
        std::map<std::string, Stream, std::less<>> streams;
    };
    struct Facts;

    Peer& find(const std::string& id);
    static void count(Peer& peer, std::string_view source_id, const Answer& answer);
    static Stream end_stream(Peer& peer, std::string_view source_id);
    void note_savant_refusal(const Facts& facts, const Answer& answer);

    std::list<Peer> peers_;  // The last one heard of first.
    std::unordered_map<std::string, std::list<Peer>::iterator> by_id_;
    std::uint64_t refused_but_answered_ok_ = 0;
    runtime::LogLimit log_limit_;
};

}  // namespace framebridge::zmq
