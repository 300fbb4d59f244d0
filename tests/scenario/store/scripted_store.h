#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "store/redis_frame_store.h"
#include "support/fake_redis.h"
#include "support/store_driver.h"

namespace framebridge::store {

using namespace std::chrono_literals;
using test::FakeRedis;
using test::StoreDriver;
using testing::HasSubstr;
using Answer = FakeRedis::Answer;
using Command = FakeRedis::Command;

inline const Answer ok{"+OK\r\n"};

// The log's text, in place of stderr.
class LogCapture {
  public:
    LogCapture() : before_(spdlog::default_logger()) {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
    }
    ~LogCapture() { spdlog::set_default_logger(before_); }
    [[nodiscard]] std::size_t count(const std::string& what) const {
        const std::string text = text_.str();
        std::size_t found = 0;
        for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
            ++found;
        }
        return found;
    }
    [[nodiscard]] std::string text() const { return text_.str(); }

  private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_;
};

class ScriptedStore : public testing::Test {
  protected:
    void serve(FakeRedis::Script script,
               std::size_t bytes_of_first = std::numeric_limits<std::size_t>::max()) {
        server_.emplace(
            [script = std::move(script)](const Command& command, int connection) {
                if (command[0] == "STRLEN") {
                    return Answer{":1\r\n"};
                }
                const auto greeting = FakeRedis::greeting(command);
                return greeting ? *greeting : script(command, connection);
            },
            bytes_of_first);
        open();
    }
    // Without the handshake and STRLEN answered.
    void serve_raw(FakeRedis::Script script) {
        server_.emplace(std::move(script));
        open();
    }
    void open() {
        config_.address = {"127.0.0.1", server_->port(), config_.address.db};
        store_ = RedisFrameStore::open(config_);
        driver_ = std::make_unique<StoreDriver>(*store_);
    }
    void put(Token token, const std::string& key, const std::string& content,
             PutMode mode = PutMode::overwrite) {
        const std::string_view part = contents_[token] = content;
        store_->put(token, key, {&part, 1}, 60s, mode);
    }
    [[nodiscard]] Status status(Token token) const { return driver_->outcomes.at(token).status; }

    LogCapture log_;
    RedisConfig config_ = [] {
        RedisConfig config;
        config.retry_backoff = 5ms;
        config.retry_backoff_max = 20ms;
        return config;
    }();
    std::map<Token, std::string> contents_;
    std::optional<FakeRedis> server_;
    std::unique_ptr<RedisFrameStore> store_;
    std::unique_ptr<StoreDriver> driver_;
};

}  // namespace framebridge::store
