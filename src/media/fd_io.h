#pragma once

#include "media/libav.h"

namespace framebridge::media {

/// A file descriptor as libavformat's output. The first write that fails is the error of all that follow.
class FdOutput {
  public:
    /// `fd` is borrowed, and stays open. Throws std::bad_alloc.
    explicit FdOutput(int fd);
    ~FdOutput();
    FdOutput(const FdOutput&) = delete;
    FdOutput& operator=(const FdOutput&) = delete;

    [[nodiscard]] AVIOContext* context() const { return context_; }

  private:
    static int write(void* self, const std::uint8_t* bytes, int size);
    static std::int64_t seek(void* self, std::int64_t offset, int whence);

    int fd_;
    int error_ = 0;  ///< An errno.
    AVIOContext* context_;
};

}  // namespace framebridge::media
