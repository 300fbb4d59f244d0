#pragma once

#include <string>
#include <string_view>

namespace framebridge::media {

/// Sends libav's messages to spdlog. Done once, the first time.
void route_av_log();

/// While it lives, libav's messages of this thread come here and not to the log: the last error is for who
/// reports the failure.
///
/// A server's answer that sends to another address ends the connection: libavformat would follow it to any
/// host, and asks nobody. It tells of the answer before it connects, which is the place to take its protocols
/// away.
class AvLogCapture {
  public:
    AvLogCapture();
    ~AvLogCapture();
    AvLogCapture(const AvLogCapture&) = delete;
    AvLogCapture& operator=(const AvLogCapture&) = delete;

    /// Empty: there was none.
    [[nodiscard]] const std::string& last_error() const { return last_error_; }
    /// Whether a server sent to another address.
    [[nodiscard]] bool redirected() const { return redirected_; }

    /// Called by libav's log: `context` is libav's object, `line` what it says.
    void take(void* context, int level, std::string_view line);

  private:
    AvLogCapture* outer_;
    std::string last_error_;
    bool redirected_ = false;
};

}  // namespace framebridge::media
