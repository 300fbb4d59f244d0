#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "runtime/check_health.h"
#include "runtime/failure.h"
#include "runtime/status_pages.h"
#include "runtime/unique_fd.h"

namespace framebridge::runtime {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// A connection on which so much of a request was sent.
UniqueFd begin_request(int port, const std::string& text) {
    UniqueFd fd(socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
        fd.reset();
    }
    return fd;
}

/// All that comes until the server closes.
std::string read_all(const UniqueFd& fd) {
    std::string response;
    std::array<char, 4096> part{};
    for (ssize_t size = 0; (size = recv(fd.get(), part.data(), part.size(), 0)) > 0;) {
        response.append(part.data(), static_cast<std::size_t>(size));
    }
    return response;
}

/// The whole response to a request, over a plain socket.
std::string request(int port, const std::string& text) {
    return read_all(begin_request(port, text));
}

std::string get(int port, const std::string& path) {
    return request(port, "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n");
}

/// An adapter's metrics and health, and its server.
struct Served {
    explicit Served(const std::string& listen = "127.0.0.1:0", HttpLimits limits = {})
        : server(listen, metrics, health, limits) {
        health.started();
    }
    [[nodiscard]] std::string page(const std::string& path) const { return get(server.port(), path); }

    Metrics metrics;
    Health health{"kafka-redis-sink", metrics, std::chrono::seconds(1)};
    MetricsServer server;
};

std::string message_of_refused(const std::string& listen) {
    try {
        const Served served(listen);
    } catch (const Failure& error) {
        EXPECT_EQ(error.kind(), FailureKind::unavailable);
        return error.what();
    }
    return "not refused";
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
    Metrics metrics;
    auto& counter = metrics.counter("frames_total", "Frames.", {{"source", "a"}});
    EXPECT_EQ(&counter, &metrics.counter("frames_total", "Frames.", {{"source", "a"}}));
    EXPECT_NE(&counter, &metrics.counter("frames_total", "Frames.", {{"source", "b"}}));
    EXPECT_EQ(&metrics.gauge("queue", "Queue."), &metrics.gauge("queue", "Queue."));
    EXPECT_EQ(&metrics.histogram("time", "Time.", {1, 2}), &metrics.histogram("time", "Time.", {1, 2}));
}

TEST(MetricsServer, ServesPrometheusText) {
    Served served;
    served.metrics.counter("frames_total", "Frames carried.", {{"source", "a"}}).Increment(3);
    served.metrics.gauge("queue_bytes", "Bytes queued.").Set(17);
    served.metrics.histogram("store_seconds", "Time in the store.", {0.1, 1}).Observe(0.5);
    EXPECT_THAT(served.page("/metrics"),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/plain; version=0.0.4"),
                      HasSubstr("# HELP frames_total Frames carried.\n# TYPE frames_total counter\n"
                                "frames_total{source=\"a\"} 3\n"),
                      HasSubstr("queue_bytes 17\n"), HasSubstr("store_seconds_bucket{le=\"1\"} 1\n"),
                      HasSubstr("framebridge_build_info{adapter=\"kafka-redis-sink\""),
                      HasSubstr("framebridge_up{part=\"adapter\"} 1\n")));
    served.metrics.gauge("queue_bytes", "Bytes queued.").Set(18);
    EXPECT_THAT(served.page("/metrics"), HasSubstr("queue_bytes 18\n"));
}

TEST(MetricsServer, TheProcessIsDescribed) {
    const Served served;
    const auto page = served.page("/metrics");
    for (const auto* name :
         {"process_cpu_seconds_total ", "process_start_time_seconds ", "process_resident_memory_bytes ",
          "process_virtual_memory_bytes ", "process_open_fds ", "process_max_fds ", "process_threads "}) {
        const auto at = page.find(std::string("\n") + name);
        ASSERT_NE(at, std::string::npos) << name;
        if (name != std::string_view("process_cpu_seconds_total ")) {
            EXPECT_GT(std::stod(page.substr(at + 1 + std::string_view(name).size())), 0) << name;
        }
    }
}

TEST(MetricsServer, HealthSaysWhatIsWrong) {
    Served served;
    EXPECT_THAT(served.page("/health"), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nok\n")));
    served.health.report("store", {});
    served.health.report("Kafka", {});
    served.health.report("store", "the store is away");
    served.health.report("Kafka", "Kafka is away");
    for (const auto* path : {"/health", "/readyz"}) {
        EXPECT_THAT(served.page(path), AllOf(StartsWith("HTTP/1.1 503 Service Unavailable\r\n"),
                                             EndsWith("\r\n\r\nKafka is away\nthe store is away\n")));
    }
    EXPECT_THAT(served.page("/livez"), EndsWith("\r\n\r\nok\n"));
    EXPECT_THAT(served.page("/metrics"), HasSubstr("framebridge_up{part=\"store\"} 0\n"));
    served.health.report("store", {});
    served.health.report("Kafka", {});
    EXPECT_THAT(served.page("/health"), EndsWith("\r\n\r\nok\n"));
}

TEST(MetricsServer, APartThatHasNotWorkedYetIsStarting) {
    Metrics metrics;
    Health health("kafka-redis-sink", metrics);
    EXPECT_EQ(health.problems(), "starting\n");
    health.report("store", "the store does not answer");
    EXPECT_EQ(health.problems(), "starting\nstarting: store\n");
    health.started();
    health.report("store", {});
    EXPECT_EQ(health.problems(), "");
    health.report("store", "the store does not answer");
    EXPECT_EQ(health.problems(), "the store does not answer\n");
    health.forget("store");
    EXPECT_EQ(health.problems(), "");
}

TEST(MetricsServer, ALoopThatDoesNotTurnIsNotAlive) {
    Served served;
    EXPECT_THAT(served.page("/livez"), EndsWith("\r\n\r\nok\n")) << "not watched before its first turn";
    served.health.turned();
    EXPECT_THAT(served.page("/livez"), EndsWith("\r\n\r\nok\n"));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (served.health.stuck().empty() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    for (const auto* path : {"/livez", "/readyz"}) {
        EXPECT_THAT(served.page(path),
                    AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("has not turned for 1.")));
    }
    served.health.turned();
    EXPECT_THAT(served.page("/livez"), EndsWith("\r\n\r\nok\n"));
}

TEST(MetricsServer, StatusIsJsonAndAPageOfTheSame) {
    Served served;
    served.metrics.gauge("lag_records", "Lag.", {{"partition", "2"}}).Set(17);
    served.health.report("store", {});
    served.health.report("store", "the store says <no>");
    const auto json = served.page("/status");
    EXPECT_THAT(json, AllOf(HasSubstr("Content-Type: application/json"),
                            HasSubstr("\"adapter\": \"kafka-redis-sink\""), HasSubstr("\"ready\": false"),
                            HasSubstr("\"problem\": \"the store says <no>\""),
                            HasSubstr("\"partition\": \"2\""), HasSubstr("\"value\": 17.0")));
    EXPECT_THAT(served.page("/"),
                AllOf(HasSubstr("Content-Type: text/html"), HasSubstr("the store says &lt;no&gt;"),
                      HasSubstr("lag_records partition=2")));
}

TEST(MetricsServer, CheckHealthAsksARunningAdapter) {
    Served served("0.0.0.0:0");
    const auto listen = "0.0.0.0:" + std::to_string(served.server.port());
    EXPECT_TRUE(check_health(listen).healthy);
    served.health.report("store", {});
    served.health.report("store", "the store is away");
    EXPECT_FALSE(check_health(listen).healthy);
    EXPECT_EQ(check_health(listen).text, "the store is away\n");
    EXPECT_FALSE(check_health("127.0.0.1:1").healthy);
    EXPECT_THAT(check_health("").text, HasSubstr("--metrics-listen"));
}

TEST(MetricsServer, ServesNothingElse) {
    const Served served;
    for (const auto* path : {"/metrics/x", "/healthy", "/../etc/passwd"}) {
        EXPECT_THAT(served.page(path), StartsWith("HTTP/1.")) << path;
        EXPECT_THAT(served.page(path), testing::Not(HasSubstr(" 200 "))) << path;
    }
    EXPECT_THAT(request(served.server.port(), "POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n"),
                HasSubstr(" 405 "));
}

TEST(MetricsServer, ConnectionsThatNeverFinishARequestDoNotSilenceHealth) {
    const Served served("127.0.0.1:0", {.max_connections = 8, .deadline = std::chrono::minutes(10)});
    std::vector<UniqueFd> unfinished;
    for (int count = 0; count < 40; ++count) {
        unfinished.push_back(begin_request(served.server.port(), "GET /health HTTP/1.1\r\nX: "));
        ASSERT_TRUE(unfinished.back());
    }
    EXPECT_THAT(served.page("/health"), EndsWith("\r\n\r\nok\n"));
    EXPECT_EQ(read_all(unfinished.front()), "") << "the oldest is closed";
}

TEST(MetricsServer, ARequestHasADeadlineWhateverDripsIn) {
    const Served served("127.0.0.1:0", {.deadline = std::chrono::milliseconds(100)});
    const auto fd = begin_request(served.server.port(), "GET /health HTTP/1.1\r\nX: ");
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (send(fd.get(), "x", 1, MSG_NOSIGNAL) == 1 && std::chrono::steady_clock::now() < limit) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_LT(std::chrono::steady_clock::now(), limit);
}

TEST(MetricsServer, AnAddressInUseIsRefusedWithItsCause) {
    const Served served;
    const std::string listen = "127.0.0.1:" + std::to_string(served.server.port());
    EXPECT_THAT(message_of_refused(listen),
                AllOf(StartsWith("--metrics-listen: cannot serve metrics on '" + listen + "': "),
                      HasSubstr("in use")));
}

TEST(MetricsServer, AnAddressThatIsNoneIsRefused) {
    for (const auto* listen :
         {"", "localhost", "9090x", "host:", "host:70000", "-1", "host:9090,9091", "host:+1"}) {
        EXPECT_THAT(message_of_refused(listen), HasSubstr("must be host:port or port")) << listen;
    }
    EXPECT_THAT(message_of_refused("no.such.host.invalid:9090"),
                StartsWith("--metrics-listen: cannot serve metrics on"));
}

TEST(MetricsServer, APortAloneIsForThisMachineOnly) {
    for (const auto* listen : {"0", ":0"}) {
        const Served served(listen);
        EXPECT_THAT(served.page("/health"), EndsWith("ok\n")) << listen;
        EXPECT_EQ(served.server.address(), "127.0.0.1:" + std::to_string(served.server.port()));
    }
}

TEST(MetricsServer, AHostNameOrAllAddressesWork) {
    for (const auto* listen : {"localhost:0", "0.0.0.0:0", "[::]:0"}) {
        const Served served(listen);
        EXPECT_THAT(served.page("/health"), EndsWith("ok\n")) << listen;
    }
}

}  // namespace
}  // namespace framebridge::runtime
