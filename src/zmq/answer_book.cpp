#include "zmq/answer_book.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "protocol/message_head.h"
#include "runtime/text.h"

namespace framebridge::zmq {

namespace {

using protocol::Format;
using protocol::MessageKind;

constexpr std::size_t max_peers = 4096;
constexpr std::size_t max_streams_per_peer = 1024;

}  // namespace

/// What the answer to a message depends on, of one that can be read or not.
struct AnswerBook::Facts {
    std::optional<Format> format;  // None: it cannot be told.
    MessageKind kind = MessageKind::unknown;
    bool answers = false;
    std::string_view uuid;
    std::optional<std::uint64_t> sequence_number;
    std::string_view source_id;
    std::set<std::string_view> sources;  // Of a batch: each of its frames'.

    Facts(const ReceivedMessage& message, const Answer& answer) {
        if (answer.envelope != nullptr) {
            read(*answer.envelope);
        } else if (const auto head = protocol::read_head(message.body.to_string_view()); head.native) {
            format = Format::native;
            kind = head.kind;
            answers = head.answers;
            uuid = head.uuid;
            sequence_number = head.sequence_number;
            source_id = head.source_id;
        }
        if (source_id.empty()) {
            source_id = message.topic.to_string_view();
        }
        if (sources.empty()) {
            sources.insert(source_id);
        }
    }

  private:
    void read(const protocol::Envelope& envelope) {
        format = envelope.format;
        kind = envelope.kind;
        answers = envelope.answers;
        sequence_number = envelope.sequence_number;
        source_id = envelope.source_id;
        if (kind == MessageKind::video_frame) {
            uuid = envelope.frames.front().uuid;
            return;
        }
        for (const auto& frame : envelope.frames) {
            sources.insert(frame.source_id);
        }
    }
};

std::vector<std::string> AnswerBook::answer(const std::string& peer_id, Answering answering,
                                            const ReceivedMessage& message, const Answer& answer) {
    const Facts facts(message, answer);
    auto& peer = find(peer_id);
    peer.format = facts.format.value_or(peer.format);
    const bool refused = answer.outcome == Answer::Outcome::refused;
    const bool ends_stream = facts.kind == MessageKind::end_of_stream;
    if (peer.format == Format::savant) {
        if (refused) {
            note_savant_refusal(facts, answer);
        }
        const bool due = answering == Answering::every_message || ends_stream;
        return due ? std::vector<std::string>{std::string(protocol::answer_kept)}
                   : std::vector<std::string>{};
    }

    protocol::AnswerDetails details{std::string(answer.reason), std::string(facts.source_id),
                                    std::string(facts.uuid), facts.sequence_number, std::nullopt};
    bool all_kept = !refused;
    if (ends_stream) {
        const auto stream = end_stream(peer, facts.source_id);
        details.stream = stream.counts;
        if (answering == Answering::ends_of_stream && stream.counts.refused > 0) {
            all_kept = false;
            details.reason = details.reason.empty() ? stream.refusal : details.reason;
        }
    } else {
        for (const auto source : facts.sources) {
            count(peer, source, answer);
        }
    }
    const std::string word{all_kept ? protocol::answer_kept : protocol::answer_refused};
    if (facts.answers) {
        return {word, encode(details)};
    }
    if (answering == Answering::every_message || ends_stream) {
        return {word};
    }
    return {};
}

AnswerBook::Peer& AnswerBook::find(const std::string& id) {
    if (const auto known = by_id_.find(id); known != by_id_.end()) {
        peers_.splice(peers_.begin(), peers_, known->second);
        return peers_.front();
    }
    if (peers_.size() == max_peers) {
        by_id_.erase(peers_.back().id);
        peers_.pop_back();
    }
    peers_.push_front({.id = id, .format = Format::savant, .streams = {}});
    by_id_.emplace(id, peers_.begin());
    return peers_.front();
}

void AnswerBook::count(Peer& peer, std::string_view source_id, const Answer& answer) {
    auto found = peer.streams.find(source_id);
    if (found == peer.streams.end()) {
        if (peer.streams.size() == max_streams_per_peer) {
            // Rather one that nothing was refused of.
            const auto whole = std::find_if(peer.streams.begin(), peer.streams.end(),
                                            [](const auto& each) { return each.second.refusal.empty(); });
            peer.streams.erase(whole == peer.streams.end() ? peer.streams.begin() : whole);
        }
        found = peer.streams.emplace(source_id, Stream{}).first;
    }
    auto& [counts, refusal] = found->second;
    ++counts.messages;
    if (answer.outcome != Answer::Outcome::refused) {
        ++counts.kept;
        return;
    }
    ++counts.refused;
    if (refusal.empty()) {
        refusal = answer.reason;
    }
}

AnswerBook::Stream AnswerBook::end_stream(Peer& peer, std::string_view source_id) {
    const auto found = peer.streams.find(source_id);
    if (found == peer.streams.end()) {
        return {};
    }
    auto stream = std::move(found->second);
    peer.streams.erase(found);
    return stream;
}

void AnswerBook::note_savant_refusal(const Facts& facts, const Answer& answer) {
    ++refused_but_answered_ok_;
    log_limit_.error(
        "a message of '{}' was not kept, and its writer is told OK, as Savant's writers fail on any other "
        "answer: {}",
        runtime::printable(facts.source_id), runtime::printable(answer.reason));
}

}  // namespace framebridge::zmq
