#include "media/fd_io.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>

namespace framebridge::media {

namespace {
constexpr int buffer_size = 1 << 16;
}  // namespace

FdOutput::FdOutput(int fd) : fd_(fd), context_(nullptr) {
    auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_size));
    if (buffer != nullptr) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
        context_ = avio_alloc_context(buffer, buffer_size, 1, this, nullptr, write, seek);
#else
        // Before FFmpeg 7 the bytes are not const, though nobody writes to them.
        context_ = avio_alloc_context(
            buffer, buffer_size, 1, this, nullptr,
            [](void* self, std::uint8_t* bytes, int size) { return write(self, bytes, size); }, seek);
#endif
    }
    if (context_ == nullptr) {
        av_free(buffer);
        throw std::bad_alloc();
    }
}

FdOutput::~FdOutput() {
    av_freep(static_cast<void*>(&context_->buffer));
    avio_context_free(&context_);
}

int FdOutput::write(void* self, const std::uint8_t* bytes, int size) {
    auto& output = *static_cast<FdOutput*>(self);
    for (int done = 0; output.error_ == 0 && done < size;) {
        const auto count = ::write(output.fd_, bytes + done, static_cast<std::size_t>(size - done));
        if (count >= 0) {
            done += static_cast<int>(count);
        } else if (errno != EINTR) {
            output.error_ = errno;
        }
    }
    return output.error_ == 0 ? size : AVERROR(output.error_);
}

std::int64_t FdOutput::seek(void* self, std::int64_t offset, int whence) {
    auto& output = *static_cast<FdOutput*>(self);
    if (whence == AVSEEK_SIZE) {
        struct stat status{};
        return fstat(output.fd_, &status) == 0 ? status.st_size : AVERROR(errno);
    }
    const auto position = lseek(output.fd_, offset, whence & ~AVSEEK_FORCE);
    return position >= 0 ? position : AVERROR(errno);
}

}  // namespace framebridge::media
