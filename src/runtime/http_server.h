#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace framebridge::runtime {

struct HttpPage {
    unsigned status = 200;
    std::string type = "text/plain; charset=utf-8";
    std::string body;
};

struct HttpLimits {
    std::size_t max_connections = 64;  ///< At the limit the one that has waited longest is closed.
    std::chrono::milliseconds deadline{
        10'000};  ///< For a request and its answer, and for an idle connection.
};

/// Answers GET and HEAD on its own thread until destroyed. Slow and stuck clients cost a connection each,
/// for a bounded time, and keep nobody else waiting.
class HttpServer {
  public:
    /// Called on the server's thread.
    using Handler = std::function<HttpPage(std::string_view path)>;

    /// `listen` is `host:port`, or `port` or `:port` on the loopback address; `0.0.0.0:port` is all IPv4
    /// addresses, `[::]:port` all of both; port 0 takes a free one. Throws Failure naming `--metrics-listen`
    /// if the address cannot be bound.
    HttpServer(const std::string& listen, Handler handler, HttpLimits limits = {});
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    [[nodiscard]] int port() const;
    /// `127.0.0.1:9464`
    [[nodiscard]] std::string address() const;

  private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace framebridge::runtime
