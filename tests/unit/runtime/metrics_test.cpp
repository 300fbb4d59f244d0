#include "runtime/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <mutex>

#include "runtime/failure.h"

namespace framebridge::runtime {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// The whole response to a request, over a plain socket.
std::string request(int port, const std::string& text) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string response;
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
        send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
        std::array<char, 4096> part{};
        for (ssize_t size = 0; (size = recv(fd, part.data(), part.size(), 0)) > 0;) {
            response.append(part.data(), static_cast<std::size_t>(size));
        }
    }
    close(fd);
    return response;
}

std::string get(int port, const std::string& path) {
    return request(port, "GET " + path + " HTTP/1.0\r\nHost: localhost\r\n\r\n");
}

std::string no_problem() {
    return {};
}

std::string message_of_refused(const std::string& listen) {
    const Metrics metrics;
    try {
        const MetricsServer server(listen, metrics, no_problem);
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
    Metrics metrics;
    metrics.counter("frames_total", "Frames carried.", {{"source", "a"}}).Increment(3);
    metrics.gauge("queue_bytes", "Bytes queued.").Set(17);
    metrics.histogram("store_seconds", "Time in the store.", {0.1, 1}).Observe(0.5);
    const MetricsServer server("127.0.0.1:0", metrics, no_problem);
    ASSERT_GT(server.port(), 0);
    EXPECT_THAT(get(server.port(), "/metrics"),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/plain; version=0.0.4"),
                      HasSubstr("# HELP frames_total Frames carried.\n# TYPE frames_total counter\n"
                                "frames_total{source=\"a\"} 3\n"),
                      HasSubstr("queue_bytes 17\n"), HasSubstr("store_seconds_bucket{le=\"1\"} 1\n")));
    metrics.gauge("queue_bytes", "Bytes queued.").Set(18);
    EXPECT_THAT(get(server.port(), "/metrics"), HasSubstr("queue_bytes 18\n"));
}

TEST(MetricsServer, HealthSaysWhatIsWrong) {
    const Metrics metrics;
    std::mutex mutex;
    std::string wrong;
    const MetricsServer server("127.0.0.1:0", metrics, [&] {
        const std::lock_guard lock(mutex);
        return wrong;
    });
    EXPECT_THAT(get(server.port(), "/health"),
                AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nok\n")));
    for (const auto* problem : {"the store is away\nKafka is away", "the store is away\nKafka is away\n"}) {
        {
            const std::lock_guard lock(mutex);
            wrong = problem;
        }
        EXPECT_THAT(get(server.port(), "/health"),
                    AllOf(StartsWith("HTTP/1.1 503 Service Unavailable\r\n"),
                          EndsWith("\r\n\r\nthe store is away\nKafka is away\n")));
    }
}

TEST(MetricsServer, ServesNothingElse) {
    const Metrics metrics;
    const MetricsServer server("127.0.0.1:0", metrics, no_problem);
    for (const auto* path : {"/", "/metrics/x", "/healthy", "/../etc/passwd"}) {
        EXPECT_THAT(get(server.port(), path), StartsWith("HTTP/1.")) << path;
        EXPECT_THAT(get(server.port(), path), testing::Not(HasSubstr(" 200 "))) << path;
    }
    EXPECT_THAT(request(server.port(), "POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n"),
                HasSubstr(" 405 "));
}

TEST(MetricsServer, AnAddressInUseIsRefusedWithItsCause) {
    const Metrics metrics;
    const MetricsServer server("127.0.0.1:0", metrics, no_problem);
    const std::string listen = "127.0.0.1:" + std::to_string(server.port());
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

TEST(MetricsServer, APortAloneOrAHostNameWorks) {
    const Metrics metrics;
    for (const auto* listen : {"0", ":0", "localhost:0", "[::]:0"}) {
        const MetricsServer server(listen, metrics, no_problem);
        EXPECT_THAT(get(server.port(), "/health"), EndsWith("ok\n")) << listen;
    }
}

}  // namespace
}  // namespace framebridge::runtime
