#pragma once

#include <string>
#include <string_view>

#include "framebridge/result.h"

namespace framebridge::stream_source {

/// Where a camera is: rtsp://, rtsps://, http://, https:// or srt://, or the path of a V4L2 device.
class StreamAddress {
  public:
    enum class Protocol { rtsp, rtsps, http, https, srt, v4l2 };

    /// What is wrong is said without the address, which may hold a password.
    static Result<StreamAddress> parse(std::string_view text);

    [[nodiscard]] Protocol protocol() const { return protocol_; }
    /// `user:password` as it stands before the host; empty if there is none.
    [[nodiscard]] const std::string& userinfo() const { return userinfo_; }
    /// What stands behind the `?`: cameras and SRT take passwords there.
    [[nodiscard]] const std::string& query() const { return query_; }
    /// As libavformat takes it, with that userinfo (percent-encoded; empty: none).
    [[nodiscard]] std::string url(std::string_view userinfo) const;
    /// As it may be shown: without userinfo and query.
    [[nodiscard]] std::string to_string() const;

  private:
    Protocol protocol_ = Protocol::rtsp;
    std::string userinfo_;
    std::string authority_;  ///< host[:port]
    std::string path_;       ///< With the slash before it; of a device, all of its name.
    std::string query_;
};

/// `text` as it may stand in the userinfo of a URL.
std::string percent_encoded(std::string_view text);

}  // namespace framebridge::stream_source
