#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <zmq.hpp>

/// A blocking connection to Redis, no more than the bare loops need: any error ends the program.
class BareRedis {
  public:
    BareRedis(const std::string& host, const std::string& port) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) {
            throw std::runtime_error("cannot resolve " + host);
        }
        const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(found, freeaddrinfo);
        fd_ = socket(address->ai_family, address->ai_socktype, 0);
        if (fd_ < 0 || connect(fd_, address->ai_addr, address->ai_addrlen) != 0) {
            fail("connect");
        }
        const int on = 1;
        setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    ~BareRedis() { close(fd_); }
    BareRedis(const BareRedis&) = delete;
    BareRedis& operator=(const BareRedis&) = delete;

    void write(std::span<iovec> pieces) {
        while (!pieces.empty()) {
            auto sent = writev(fd_, pieces.data(), static_cast<int>(pieces.size()));
            if (sent < 0) {
                fail("write");
            }
            while (!pieces.empty() && static_cast<std::size_t>(sent) >= pieces.front().iov_len) {
                sent -= static_cast<ssize_t>(pieces.front().iov_len);
                pieces = pieces.subspan(1);
            }
            if (!pieces.empty()) {
                pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + sent;
                pieces.front().iov_len -= static_cast<std::size_t>(sent);
            }
        }
    }

    /// How many `+OK`s have come since asked last; waits for one if `wait`.
    std::size_t take_oks(bool wait) {
        const auto received =
            recv(fd_, buffer_.data() + end_, buffer_.size() - end_, wait ? 0 : MSG_DONTWAIT);
        if (received == 0 || (received < 0 && errno != EAGAIN)) {
            fail("read");
        }
        if (received > 0) {
            end_ += static_cast<std::size_t>(received);
        }
        constexpr std::string_view ok = "+OK\r\n";
        const auto oks = end_ / ok.size();
        if (oks > 0 && std::string_view(buffer_.data(), ok.size()) != ok) {
            throw std::runtime_error("Redis: " + std::string(buffer_.data(), end_));
        }
        end_ -= oks * ok.size();
        std::memmove(buffer_.data(), buffer_.data() + oks * ok.size(), end_);
        return oks;
    }

    /// The next reply, a bulk string, read straight into a message.
    ::zmq::message_t read_content() {
        while (std::string_view(buffer_.data() + begin_, end_ - begin_).find("\r\n") ==
               std::string_view::npos) {
            fill({});
        }
        const std::string_view text(buffer_.data() + begin_, end_ - begin_);
        const auto line_end = text.find("\r\n");
        std::size_t size = 0;
        if (text[0] != '$' || text[1] == '-' ||
            std::from_chars(text.data() + 1, text.data() + line_end, size).ec != std::errc{}) {
            throw std::runtime_error("Redis: " + std::string(text.substr(0, line_end)));
        }
        begin_ += line_end + 2;
        ::zmq::message_t content(size);
        auto filled = std::min(size, end_ - begin_);
        std::memcpy(content.data(), buffer_.data() + begin_, filled);
        begin_ += filled;
        while (filled < size) {
            filled += fill({content.data<char>() + filled, size - filled});
        }
        while (end_ - begin_ < 2) {
            fill({});
        }
        begin_ += 2;
        return content;
    }

  private:
    /// Reads into `first`, what does not fit there into the buffer; returns the bytes of `first`.
    std::size_t fill(std::span<char> first) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        std::array<iovec, 2> pieces{iovec{first.data(), first.size()},
                                    iovec{buffer_.data() + end_, buffer_.size() - end_}};
        const auto received = readv(fd_, pieces.data(), 2);
        if (received <= 0) {
            fail("read");
        }
        const auto taken = std::min(static_cast<std::size_t>(received), first.size());
        end_ += static_cast<std::size_t>(received) - taken;
        return taken;
    }

    [[noreturn]] static void fail(const char* what) {
        throw std::system_error(errno, std::generic_category(), std::string("Redis: ") + what);
    }

    int fd_ = -1;
    std::array<char, 16384> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};
