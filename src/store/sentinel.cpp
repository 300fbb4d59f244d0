#include "store/sentinel.h"

#include <charconv>
#include <optional>
#include <utility>

#include "store/conversation.h"

namespace framebridge::store {

namespace {

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
};

std::optional<Endpoint> take_endpoint(Conversation& conversation) {
    const auto host = conversation.next();
    const auto port = conversation.next();
    if (!host || !port || host->kind != Reply::Kind::content || port->kind != Reply::Kind::content) {
        return std::nullopt;
    }
    Endpoint endpoint{std::string(host->content->view()), 0};
    const auto digits = port->content->view();
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
    if (error != std::errc() || end != digits.data() + digits.size() || endpoint.port == 0) {
        return std::nullopt;
    }
    return endpoint;
}

/// The master as one Sentinel knows it; else why it is not known, in `reason`.
std::optional<Endpoint> ask(const RedisConfig& sentinel, const std::string& master, const Resolve& resolve,
                            std::string& reason) {
    const runtime::StopSignal never;
    Conversation conversation(sentinel, never, resolve);
    const auto answer = conversation.connect()
                            ? conversation.ask({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master})
                            : std::nullopt;
    const auto& failure = conversation.session().failure();
    if (!answer) {
        reason = failure ? failure->what() : "no answer";
    } else if (answer->kind == Reply::Kind::error) {
        reason = answer->text;
    } else if (answer->kind != Reply::Kind::array || answer->integer != 2) {
        reason = "it knows no master of this name (--redis-master-name)";
    } else if (auto endpoint = take_endpoint(conversation)) {
        return endpoint;
    } else {
        reason = "its answer is not an address";
    }
    return std::nullopt;
}

}  // namespace

Resolve resolve_master(const RedisConfig& config, Resolve resolve) {
    RedisConfig session;
    session.tls = config.tls;
    session.connect_timeout = config.connect_timeout;
    session.response_timeout = config.connect_timeout;
    return [session, sentinel = *config.sentinel, resolve = std::move(resolve)](const std::string&,
                                                                                std::uint16_t) mutable {
        std::string reasons;
        for (const auto& address : sentinel.addresses) {
            session.address = address;
            std::string reason;
            if (const auto master = ask(session, sentinel.master, resolve, reason)) {
                return resolve(master->host, master->port);
            }
            reasons += (reasons.empty() ? "" : "; ") + address.host + ':' + std::to_string(address.port) +
                       ": " + reason;
        }
        return ResolvedName{{},
                            "no Sentinel tells where the master '" + sentinel.master + "' is: " + reasons};
    };
}

}  // namespace framebridge::store
