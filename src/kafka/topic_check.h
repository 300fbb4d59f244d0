#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "kafka/client_config.h"
#include "kafka/event_fd.h"
#include "kafka/record_mark.h"

namespace framebridge::kafka {

/// By partition, the marks of the records that are at the offsets of `marks` now. What is not there, or does
/// not come within about two seconds, is left out.
std::map<std::int32_t, RecordMark> find_records(const ClientConfig& config,
                                                const std::map<std::int32_t, RecordMark>& marks);

/// Looks, in a thread of its own, whether the topic is still the one of which records were read: librdkafka
/// reads on at an offset that a topic made anew has as well.
class TopicCheck {
  public:
    /// `anchors` are looked for. `last_read`, of the same time, is kept for the user.
    TopicCheck(ClientConfig config, std::map<std::int32_t, RecordMark> anchors,
               std::map<std::int32_t, RecordMark> last_read);
    /// Waits for the thread, which takes a few seconds at most.
    ~TopicCheck();
    TopicCheck(const TopicCheck&) = delete;
    TopicCheck& operator=(const TopicCheck&) = delete;

    /// Readable when the outcome is there.
    [[nodiscard]] int fd() const { return event_fd_.fd(); }
    /// What is at the anchors' places; nullopt: not known yet.
    [[nodiscard]] std::optional<std::map<std::int32_t, RecordMark>> outcome() const;
    [[nodiscard]] const std::map<std::int32_t, RecordMark>& anchors() const { return anchors_; }
    [[nodiscard]] const std::map<std::int32_t, RecordMark>& last_read() const { return last_read_; }

  private:
    ClientConfig config_;
    std::map<std::int32_t, RecordMark> anchors_;
    std::map<std::int32_t, RecordMark> last_read_;
    EventFd event_fd_;
    mutable std::mutex mutex_;
    std::optional<std::map<std::int32_t, RecordMark>> outcome_;
    std::thread thread_;
};

}  // namespace framebridge::kafka
