/// A reader that takes frames as fast as they come, and says how many there were, how fast, and how long each
/// was on its way from the generator.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>
#include <zmq.hpp>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string endpoint;
    std::uint64_t frames = 0;
    std::uint64_t skipped = 0;
};

/// Milliseconds since the moment that the generator wrote into the frame.
double age_ms(const ::zmq::message_t& content, Clock::time_point now) {
    std::int64_t stamp = 0;
    std::memcpy(&stamp, content.data(), std::min(sizeof stamp, content.size()));
    return static_cast<double>(now.time_since_epoch() / std::chrono::nanoseconds(1) - stamp) / 1e6;
}

double quantile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) {
        return 0;
    }
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

void run(const Options& options) {
    ::zmq::context_t context;
    ::zmq::socket_t socket(context, ::zmq::socket_type::router);
    socket.set(::zmq::sockopt::rcvhwm, 50);
    socket.bind(options.endpoint);
    std::vector<double> ages;
    ages.reserve(options.frames);
    Clock::time_point first;
    Clock::time_point last;
    std::uint64_t bytes = 0;
    for (std::uint64_t number = 0; number < options.frames; ++number) {
        ::zmq::message_t part;
        do {
            (void)socket.recv(part);
        } while (part.more());
        last = Clock::now();
        if (number == 0) {
            first = last;
        }
        bytes += part.size();
        if (number >= options.skipped) {
            ages.push_back(age_ms(part, last));
        }
    }
    std::sort(ages.begin(), ages.end());
    const double seconds = std::chrono::duration<double>(last - first).count();
    std::printf(
        "{\"frames\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"frames_per_second\": %.1f, "
        "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
        static_cast<unsigned long long>(options.frames), static_cast<unsigned long long>(bytes), seconds,
        seconds > 0 ? static_cast<double>(options.frames - 1) / seconds : 0, quantile(ages, 0.5),
        quantile(ages, 0.99), ages.empty() ? 0 : ages.back());
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Receives frames");
    app.add_option("--endpoint", options.endpoint, "ZeroMQ address that the ROUTER binds")->required();
    app.add_option("--frames", options.frames, "How many to wait for")->required();
    app.add_option("--skipped", options.skipped,
                   "So many of the first do not count for the times on the way");
    CLI11_PARSE(app, argc, argv);
    try {
        run(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
