#include "zmq/outgoing.h"

#include <cstring>
#include <memory>
#include <utility>

#include "zmq/socket.h"

namespace framebridge::zmq {

namespace {

// Below this, a copy costs less than the bookkeeping of a reference.
constexpr std::size_t smallest_referenced = 1024;

/// What libzmq gives back, on its own thread, when it is done with a part.
class Hold {
  public:
    Hold(std::shared_ptr<const void> owner, std::atomic<bool>* released)
        : owner_(std::move(owner)), released_(released) {
        published_.store(true, std::memory_order_release);
    }
    static void release(void*, void* hint) {
        const std::unique_ptr<Hold> hold{static_cast<Hold*>(hint)};
        (void)hold->published_.load(std::memory_order_acquire);
        hold->owner_.reset();
        if (hold->released_ != nullptr) {
            hold->released_->store(true, std::memory_order_release);
        }
    }

  private:
    std::shared_ptr<const void> owner_;
    std::atomic<bool>* released_;
    // libzmq orders the two threads; this says so where a race checker sees it.
    std::atomic<bool> published_{false};
};

::zmq::message_t reference(std::string_view bytes, std::shared_ptr<const void> owner,
                           std::atomic<bool>* released) {
    auto hold = std::make_unique<Hold>(std::move(owner), released);
    // libzmq only reads the bytes of a message that is sent.
    ::zmq::message_t part{const_cast<char*>(bytes.data()), bytes.size(), &Hold::release, hold.get()};
    (void)hold.release();
    return part;
}

::zmq::message_t make_part(const OwnedBytes& content, std::atomic<bool>* released) {
    const bool copy = !content.owner || content.bytes.size() < smallest_referenced;
    if (!copy) {
        return reference(content.bytes, content.owner, released);
    }
    if (released == nullptr) {
        return ::zmq::message_t{content.bytes};
    }
    const auto bytes = std::make_shared<const std::string>(content.bytes);
    return reference(*bytes, bytes, released);
}

std::uint64_t frame_size(std::size_t bytes) {
    return bytes + (bytes > 255 ? 9 : 2);
}

}  // namespace

// Every part is sent without blocking: only then libzmq tells when the peer vanishes between two parts. It
// has then taken back the parts before, and what would follow would be the beginning of a new message to it.
bool send_message(::zmq::socket_t& socket, const std::vector<std::string>& prefix,
                  const OutgoingMessage& message, std::atomic<bool>* released) {
    const auto send = [&socket](::zmq::message_t part, bool more) { return send_part(socket, part, more); };
    for (const auto& part : prefix) {
        if (!send(::zmq::message_t{part}, true)) {
            return false;
        }
    }
    if (!send(::zmq::message_t{message.topic}, true)) {
        return false;
    }
    std::size_t parts_left = message.attachments.size();
    const auto send_content = [&](const OwnedBytes& content) {
        const bool last = parts_left == 0;
        return send(make_part(content, last ? released : nullptr), !last);
    };
    if (!send_content(message.body)) {
        return false;
    }
    for (const auto& attachment : message.attachments) {
        --parts_left;
        if (!send_content(attachment)) {
            return false;
        }
    }
    return true;
}

std::uint64_t wire_size(const OutgoingMessage& message) {
    auto size = frame_size(message.topic.size()) + frame_size(message.body.bytes.size());
    for (const auto& attachment : message.attachments) {
        size += frame_size(attachment.bytes.size());
    }
    return size;
}

}  // namespace framebridge::zmq
