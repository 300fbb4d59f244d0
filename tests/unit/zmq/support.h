#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "runtime/poll_set.h"
#include "zmq/receiver.h"
#include "zmq/sender.h"

namespace framebridge::zmq::testing_support {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

/// A directory of its own that is gone afterwards.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "fb-zmq-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary directory");
        }
        path_ = name;
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::filesystem::path file(std::string_view name) const { return path_ / name; }
    [[nodiscard]] std::string ipc(std::string_view name) const { return "ipc://" + file(name).string(); }

  private:
    std::filesystem::path path_;
};

/// An adapter's loop: calls `done` whenever something moves, until it is true or patience ends.
template <typename... Parts>
bool run_until(const std::function<bool()>& done, Parts&... parts) {
    const auto deadline = runtime::PollSet::Clock::now() + patience;
    runtime::PollSet poll_set;
    while (!done()) {
        if (runtime::PollSet::Clock::now() > deadline) {
            return false;
        }
        (parts.add_to(poll_set), ...);
        poll_set.wake_at(runtime::PollSet::Clock::now() + 20ms);
        poll_set.wait();
    }
    return true;
}

inline OutgoingMessage make_message(std::string topic, std::string body,
                                    const std::vector<std::string>& attachments = {}) {
    const auto own = [](std::string bytes) {
        auto owner = std::make_shared<const std::string>(std::move(bytes));
        return OwnedBytes{owner, *owner};
    };
    OutgoingMessage message{std::move(topic), own(std::move(body)), {}, false};
    for (const auto& attachment : attachments) {
        message.attachments.push_back(own(attachment));
    }
    return message;
}

inline OutgoingMessage make_end_of_stream(std::string topic) {
    auto message = make_message(std::move(topic), "end of stream");
    message.end_of_stream = true;
    return message;
}

/// The answer to an end of stream that was kept.
inline Answer end_of_stream() {
    static const protocol::Envelope envelope = [] {
        protocol::Envelope end;
        end.kind = protocol::MessageKind::end_of_stream;
        return end;
    }();
    return {.envelope = &envelope};
}

/// Sends all of it, waiting as an adapter does.
inline void send(Sender& sender, OutgoingMessage message) {
    ASSERT_TRUE(run_until(
        [&] {
            sender.advance();
            return sender.try_send(message);
        },
        sender));
}

inline bool receives(Receiver& receiver) {
    ReceivedMessage message;
    return receiver.receive(message);
}

inline ReceivedMessage receive(Receiver& receiver) {
    ReceivedMessage message;
    if (!run_until([&] { return receiver.receive(message); }, receiver)) {
        throw std::runtime_error("no message came");
    }
    return message;
}

/// A peer of another make: plain libzmq.
class Peer {
  public:
    Peer(::zmq::context_t& context, ::zmq::socket_type type) : socket_(context, type) {
        socket_.set(::zmq::sockopt::linger, 0);
        socket_.set(::zmq::sockopt::rcvtimeo, static_cast<int>(std::chrono::milliseconds{patience}.count()));
        socket_.set(::zmq::sockopt::sndtimeo, static_cast<int>(std::chrono::milliseconds{patience}.count()));
    }
    ::zmq::socket_t& socket() { return socket_; }
    std::string bind(const std::string& address) {
        socket_.bind(address);
        return socket_.get(::zmq::sockopt::last_endpoint);
    }
    void connect(const std::string& address) { socket_.connect(address); }
    void send(const std::vector<std::string>& parts) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto flags = i + 1 < parts.size() ? ::zmq::send_flags::sndmore : ::zmq::send_flags::none;
            if (!socket_.send(::zmq::buffer(parts[i]), flags)) {
                throw std::runtime_error("nobody takes the message");
            }
        }
    }
    std::vector<std::string> receive() {
        std::vector<std::string> parts;
        ::zmq::message_t part;
        do {
            if (!socket_.recv(part)) {
                throw std::runtime_error("no message came");
            }
            parts.push_back(part.to_string());
        } while (part.more());
        return parts;
    }
    bool has_message() { return (socket_.get(::zmq::sockopt::events) & ZMQ_POLLIN) != 0; }

  private:
    ::zmq::socket_t socket_;
};

using Strings = std::vector<std::string>;

inline Strings strings(const ReceivedMessage& message) {
    Strings parts{message.topic.to_string(), message.body.to_string()};
    for (const auto& attachment : message.attachments) {
        parts.push_back(attachment.to_string());
    }
    return parts;
}

}  // namespace framebridge::zmq::testing_support
