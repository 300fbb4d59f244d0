#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/periodic.h"
#include "runtime/stop_signal.h"
#include "video_file_source/config.h"
#include "video_file_source/source_player.h"
#include "video_file_source/watched_files.h"
#include "zmq/sender.h"

namespace framebridge::video_source {

/// What a run of the source has sent.
struct VideoFileSourceReport {
    PlayReport total;
    bool stopped = false;        ///< Before all was sent.
    bool delivered = false;      ///< All that was sent has left.
    std::size_t unanswered = 0;  ///< Ends of stream that the peer did not acknowledge.
    std::uint64_t refused = 0;   ///< Messages and ends of stream that the peer refused.
};

/// Video files -> messages -> ZeroMQ. One thread; the parts outlive it.
class VideoFileSource {
  public:
    /// `on_frame` is called for each frame sent.
    VideoFileSource(const VideoFileSourceConfig& config, zmq::Sender& sender, std::function<void()> on_frame);

    /// Sends all files (of watched folders, those that come as well), or until `stop` is requested: streams
    /// that were begun then get their end of stream, within the shutdown timeout. Closes the sender.
    VideoFileSourceReport run(runtime::StopSignal& stop);
    /// Called about once a second while running.
    void on_turn(std::function<void()> hook) { periodic_.set(std::move(hook)); }
    /// What was sent so far.
    [[nodiscard]] PlayReport total() const;
    /// How long the socket has taken no message, though there is one to send.
    [[nodiscard]] std::chrono::steady_clock::duration refused_for() const;

  private:
    using Clock = std::chrono::steady_clock;

    void wait_for_start(runtime::StopSignal& stop);
    bool send_due();
    void wait(const runtime::StopSignal* stop, Clock::time_point until);
    void end_streams(Clock::time_point deadline);
    void await_delivery(runtime::StopSignal& stop);
    void log_sources() const;
    void take_refusals();
    void start_watched();
    void finish(SourcePlayer player);
    void settle_watched();

    VideoFileSourceConfig config_;
    zmq::Sender& sender_;
    std::function<void()> on_frame_;
    std::vector<SourcePlayer> players_;  ///< Those that have something to send.
    std::vector<SourcePlayer> finished_;
    std::size_t turn_ = 0;  ///< The player whose turn it is to send.
    bool refused_ = false;  ///< The socket took no more.
    Clock::time_point last_taken_ = Clock::now();
    std::uint64_t sent_ = 0;
    std::uint64_t ends_sent_ = 0;
    std::uint64_t refused_streams_ = 0;

    /// How many messages and ends of stream had been sent.
    struct Sent {
        std::uint64_t messages = 0;
        std::uint64_t ends = 0;
    };
    /// A watched file whose messages have all been handed to the socket.
    struct Awaiting {
        std::string source_id;
        WatchedFiles::File file;
        Sent end;                ///< With its end of stream.
        WatchedOutcome outcome;  ///< If it is not refused.
    };
    std::optional<WatchedFiles> watched_;
    std::map<std::string, Sent> ended_;  ///< Watched files' ends of stream, by source.
    std::vector<Awaiting> awaiting_;
    PlayReport watched_total_;
    std::set<std::uint64_t> refused_messages_;
    std::set<std::string> refused_sources_;
    runtime::PollSet poll_set_;
    Periodic periodic_;
};

}  // namespace framebridge::video_source
