/// A writer that keeps a reader busy: frames of one size, by turns from several sources, as fast as they are
/// taken or at a rate. Each frame's bytes begin with the moment it was due (CLOCK_MONOTONIC, ns) and its
/// number, so that frames differ and the drain can tell how long they took; with --contents it is always the
/// same few contents.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <thread>
#include <vector>
#include <zmq.hpp>

#include "framebridge/protocol/messages.h"

namespace {

using namespace framebridge;
using Clock = std::chrono::steady_clock;

struct Options {
    std::string endpoint;
    std::uint64_t frames = 0;
    std::size_t size = 0;
    std::size_t sources = 1;
    double rate = 0;
    std::size_t contents = 0;
    protocol::Format format = protocol::Format::native;
};

/// Contents that ZeroMQ sends without a copy; more than its queue holds.
class Contents {
  public:
    explicit Contents(std::size_t size) : slots_(count) {
        std::vector<char> bytes(size);
        std::mt19937_64 random(1);
        std::generate(bytes.begin(), bytes.end(), [&random] { return static_cast<char>(random()); });
        for (auto& slot : slots_) {
            slot.bytes = bytes;
        }
    }
    /// A message over the next slot, once ZeroMQ is done with what was in it.
    ::zmq::message_t next(Clock::time_point due, std::uint64_t number) {
        auto& slot = slots_[next_++ % count];
        slot.in_use.wait(true);
        slot.in_use = true;
        const std::int64_t stamp[] = {due.time_since_epoch() / std::chrono::nanoseconds(1),
                                      static_cast<std::int64_t>(number)};
        std::memcpy(slot.bytes.data(), stamp, std::min(sizeof stamp, slot.bytes.size()));
        return {slot.bytes.data(), slot.bytes.size(), &release, &slot};
    }
    /// Makes the first contents differ from each other, for again().
    void number(std::size_t contents) {
        for (std::size_t number = 0; number < contents; ++number) {
            std::memcpy(slots_[number].bytes.data(), &number,
                        std::min(sizeof number, slots_[number].bytes.size()));
        }
    }
    /// A message over bytes that stay what they are.
    ::zmq::message_t again(std::size_t number) {
        auto& bytes = slots_[number].bytes;
        return {bytes.data(), bytes.size(), [](void*, void*) {}, nullptr};
    }

    static constexpr std::size_t count = 128;

  private:
    struct Slot {
        std::vector<char> bytes;
        std::atomic<bool> in_use = false;
    };
    static void release(void* /*bytes*/, void* slot) {
        auto& in_use = static_cast<Slot*>(slot)->in_use;
        in_use = false;
        in_use.notify_one();
    }
    std::vector<Slot> slots_;
    std::uint64_t next_ = 0;
};

protocol::VideoFrame make_frame(const std::string& source_id) {
    protocol::VideoFrame frame;
    frame.source_id = source_id;
    frame.framerate = "30/1";
    frame.width = 1920;
    frame.height = 1080;
    frame.codec = "h264";
    frame.keyframe = true;
    frame.time_base = {1, 30};
    frame.content = protocol::AttachedContent{};
    return frame;
}

/// A new random one for every frame would cost more than the rest.
std::string uuid_of(std::uint64_t number) {
    static const std::string run = protocol::make_uuid().substr(0, 24);
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
    return run + (digits + 4);
}

void run(const Options& options) {
    // Before the context: its thread still reads them when it ends.
    Contents contents(options.size);
    contents.number(options.contents);
    ::zmq::context_t context;
    ::zmq::socket_t socket(context, ::zmq::socket_type::dealer);
    socket.set(::zmq::sockopt::sndhwm, 50);
    socket.connect(options.endpoint);
    std::vector<protocol::VideoFrame> frames;
    for (std::size_t source = 0; source < options.sources; ++source) {
        frames.push_back(make_frame("source-" + std::to_string(source)));
    }
    const auto start = Clock::now();
    for (std::uint64_t number = 0; number < options.frames; ++number) {
        auto due = Clock::now();
        if (options.rate > 0) {
            due = start + std::chrono::duration_cast<Clock::duration>(
                              std::chrono::duration<double>(static_cast<double>(number) / options.rate));
            std::this_thread::sleep_until(due);
        }
        auto& frame = frames[number % frames.size()];
        frame.uuid = uuid_of(number);
        frame.sequence_number = frame.pts = static_cast<std::int64_t>(number / frames.size());
        socket.send(::zmq::message_t(frame.source_id), ::zmq::send_flags::sndmore);
        socket.send(::zmq::message_t(encode(options.format, frame)), ::zmq::send_flags::sndmore);
        socket.send(
            options.contents > 0 ? contents.again(number % options.contents) : contents.next(due, number),
            ::zmq::send_flags::none);
    }
    std::printf("{\"start\": %.6f}\n", std::chrono::duration<double>(start.time_since_epoch()).count());
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Sends frames");
    app.add_option("--endpoint", options.endpoint, "ZeroMQ address that the DEALER connects to")->required();
    app.add_option("--frames", options.frames, "How many")->required();
    app.add_option("--size", options.size, "Bytes of each")->required();
    app.add_option("--sources", options.sources, "Source ids that take turns");
    app.add_option("--rate", options.rate, "Frames a second in all; 0: as fast as they are taken");
    app.add_option("--contents", options.contents,
                   "Send so many contents again and again; 0: all frames differ")
        ->check(CLI::Range(std::size_t{0}, Contents::count));
    std::string format = "native";
    app.add_option("--format", format)->check(CLI::IsMember({"native", "savant"}));
    CLI11_PARSE(app, argc, argv);
    options.format = format == "native" ? protocol::Format::native : protocol::Format::savant;
    try {
        run(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
