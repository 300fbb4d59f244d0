#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace framebridge::test {

/// A Redis server that says what a test wants, on a thread of its own and a free port of 127.0.0.1; it serves
/// one connection at a time.
class FakeRedis {
  public:
    using Command = std::vector<std::string>;
    struct Answer {
        std::string bytes;
        bool close = false;                     ///< Close the connection afterwards.
        std::chrono::milliseconds per_byte{0};  ///< Drips its bytes, one at a time.
    };
    /// Called on the server's thread, one command after the other. `connection` counts from 0.
    using Script = std::function<Answer(const Command& command, int connection)>;

    /// `bytes_of_first`: the first connection is closed when so much was received.
    explicit FakeRedis(Script script, std::size_t bytes_of_first = std::numeric_limits<std::size_t>::max())
        : script_(std::move(script)),
          bytes_of_first_(bytes_of_first),
          listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
          stop_(eventfd(0, EFD_CLOEXEC)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 16) != 0 ||
            getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("the fake server cannot listen");
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~FakeRedis() {
        const std::uint64_t one = 1;
        (void)!write(stop_, &one, sizeof(one));
        thread_.join();
        close(listener_);
        close(stop_);
    }
    FakeRedis(const FakeRedis&) = delete;
    FakeRedis& operator=(const FakeRedis&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int connections() const { return connections_; }
    /// What was received so far, all connections together, without probes.
    [[nodiscard]] std::vector<Command> commands() const {
        const std::lock_guard lock(mutex_);
        return commands_;
    }
    [[nodiscard]] std::size_t count(const std::string& name) const {
        const std::lock_guard lock(mutex_);
        std::size_t found = 0;
        for (const Command& command : commands_) {
            found += command.front() == name ? 1 : 0;
        }
        return found;
    }

    static std::string bulk(const std::string& text) {
        return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
    }
    /// Whether the client only looks whether the server answers.
    static bool is_probe(const Command& command) {
        return command.front() == "GET" && command.back() == "framebridge:probe";
    }
    /// The answer to what a client says first, if `command` is such.
    static std::optional<Answer> greeting(const Command& command) {
        if (is_probe(command)) {
            return Answer{"$-1\r\n"};
        }
        if (command.front() == "CLIENT" || command.front() == "AUTH" || command.front() == "SELECT") {
            return Answer{"+OK\r\n"};
        }
        return std::nullopt;
    }

  private:
    bool wait_for_input(int fd) const {
        pollfd both[] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
        while (poll(both, 2, -1) < 0 && errno == EINTR) {
        }
        return both[1].revents == 0;
    }
    void run() {
        while (wait_for_input(listener_)) {
            const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (fd >= 0) {
                serve(fd, connections_++);
                close(fd);
            }
        }
    }
    void serve(int fd, int connection) {
        std::string input;
        std::size_t received = 0;
        std::vector<char> bytes(65536);
        while (wait_for_input(fd)) {
            const std::size_t most = connection == 0 ? bytes_of_first_ - received : bytes.size();
            const ssize_t size = recv(fd, bytes.data(), std::min(bytes.size(), most), 0);
            if (size <= 0) {
                return;
            }
            input.append(bytes.data(), static_cast<std::size_t>(size));
            received += static_cast<std::size_t>(size);
            if (connection == 0 && received == bytes_of_first_) {
                return;
            }
            while (const std::optional<Command> command = take_command(input)) {
                if (!is_probe(*command)) {
                    const std::lock_guard lock(mutex_);
                    commands_.push_back(*command);
                }
                const Answer answer = script_(*command, connection);
                const bool drips = answer.per_byte.count() > 0;
                if (!(drips ? drip(fd, answer) : send_all(fd, answer.bytes)) || answer.close) {
                    return;
                }
            }
        }
    }
    bool drip(int fd, const Answer& answer) const {
        for (const char byte : answer.bytes) {
            pollfd both[] = {{fd, POLLRDHUP, 0}, {stop_, POLLIN, 0}};
            if (poll(both, 2, static_cast<int>(answer.per_byte.count())) != 0 || !send_all(fd, {&byte, 1})) {
                return false;
            }
        }
        return true;
    }
    static bool send_all(int fd, std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    // Well-formed input is all that it must understand.
    static std::optional<Command> take_command(std::string& input) {
        std::size_t position = 0;
        const auto number = [&]() -> std::optional<std::size_t> {
            const std::size_t end = input.find("\r\n", position);
            if (end == std::string::npos) {
                return std::nullopt;
            }
            const std::size_t value = std::strtoull(input.c_str() + position + 1, nullptr, 10);
            position = end + 2;
            return value;
        };
        const auto arguments = number();
        if (!arguments) {
            return std::nullopt;
        }
        Command command;
        while (command.size() < *arguments) {
            const auto size = number();
            if (!size || input.size() < position + *size + 2) {
                return std::nullopt;
            }
            command.push_back(input.substr(position, *size));
            position += *size + 2;
        }
        input.erase(0, position);
        return command;
    }

    Script script_;
    std::size_t bytes_of_first_;
    int listener_;
    int stop_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    mutable std::mutex mutex_;
    std::vector<Command> commands_;
    std::thread thread_;
};

}  // namespace framebridge::test
