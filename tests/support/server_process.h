#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/temporary_directory.h"

namespace framebridge::test {

/// A TCP port of 127.0.0.1 that was free just now: none of those that outgoing connections take, and none
/// whose number is too high for a Redis cluster's (10000 more for its bus).
inline std::uint16_t free_port() {
    std::random_device random;
    std::uniform_int_distribution<std::uint16_t> ports(12'000, 22'000);
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(ports(random));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
        close(fd);
        if (bound) {
            return ntohs(address.sin_port);
        }
    }
    throw std::runtime_error("no free port");
}

/// Looks at `condition` every few milliseconds; whether it came true in time.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds deadline = std::chrono::seconds(30)) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

/// A server of a test: a child process with its own working directory, killed when the object goes, and also
/// when the test itself is killed.
class ServerProcess {
  public:
    /// `answers` says whether the server is ready for use; it is asked again and again.
    ServerProcess(std::vector<std::string> command, std::function<bool()> answers)
        : command_(std::move(command)), answers_(std::move(answers)) {}
    ~ServerProcess() { kill(); }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
    [[nodiscard]] bool running() const { return process_ > 0; }

    /// Starts it with `more` arguments; whether it answers in time.
    bool start(const std::vector<std::string>& more = {}) {
        launch(more);
        return eventually([this] { return ended() || answers_(); }) && running();
    }
    void launch(const std::vector<std::string>& more = {}) {
        std::vector<std::string> command = command_;
        command.insert(command.end(), more.begin(), more.end());
        std::vector<char*> arguments;
        for (std::string& argument : command) {
            arguments.push_back(argument.data());
        }
        arguments.push_back(nullptr);
        const std::string log = (directory() / "log").string();
        const pid_t parent = getpid();
        process_ = fork();
        if (process_ != 0) {
            return;
        }
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (getppid() != parent || chdir(directory().c_str()) != 0 || dup2(output, 1) < 0 ||
            dup2(output, 2) < 0) {
            _exit(126);
        }
        execvp(arguments[0], arguments.data());
        _exit(127);
    }
    void kill() {
        if (running()) {
            ::kill(process_, SIGKILL);
            waitpid(process_, nullptr, 0);
            process_ = -1;
        }
    }
    /// Stops it in its tracks: connections stay, nothing is answered.
    void freeze() const {
        ::kill(process_, SIGSTOP);
        waitpid(process_, nullptr, WUNTRACED);  // Its threads do not stop at once.
    }
    void thaw() const { ::kill(process_, SIGCONT); }

  private:
    bool ended() {
        if (running() && waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = -1;
        }
        return !running();
    }

    TemporaryDirectory directory_;
    std::vector<std::string> command_;
    std::function<bool()> answers_;
    pid_t process_ = -1;
};

}  // namespace framebridge::test
