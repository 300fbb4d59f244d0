#include "kafka/client_conf.h"

#include <algorithm>
#include <array>
#include <future>
#include <thread>

#include "runtime/failure.h"
#include "runtime/secrets.h"

namespace framebridge::kafka {
namespace {

/// A property that is not the user's to set, or only to one of `allowed`.
struct Refusal {
    std::string_view name;
    std::string_view reason;
    std::vector<std::string_view> allowed;
};

const std::vector<Refusal>& common_refusals() {
    static const std::vector<Refusal> refusals{
        {"bootstrap.servers", "use --kafka-brokers instead", {}},
        {"metadata.broker.list", "use --kafka-brokers instead", {}},
        {"log.queue", "the adapter's log takes librdkafka's messages", {"false"}},
    };
    return refusals;
}

const std::vector<Refusal>& producer_refusals() {
    constexpr std::string_view acks =
        "an acknowledged frame could be lost with its broker; leave it at 'all'";
    constexpr std::string_view timeout =
        "records are produced for as long as it takes: one given up would be lost or overtaken";
    constexpr std::string_view retries =
        "a record given up would be lost; how often it is tried is not limited";
    constexpr std::string_view in_flight = "order is only kept with at most 5 requests in flight";
    const std::vector<std::string_view> up_to_5{"1", "2", "3", "4", "5"};
    static const std::vector<Refusal> refusals{
        {"enable.idempotence", "retries would repeat and reorder frames", {"true"}},
        {"enable.gapless.guarantee", "a record that fails would be overtaken by those behind it", {"true"}},
        {"acks", acks, {"all", "-1"}},
        {"request.required.acks", acks, {"all", "-1"}},
        {"message.timeout.ms", timeout, {"0"}},
        {"delivery.timeout.ms", timeout, {"0"}},
        {"retries", retries, {"2147483647"}},
        {"message.send.max.retries", retries, {"2147483647"}},
        {"max.in.flight", in_flight, up_to_5},
        {"max.in.flight.requests.per.connection", in_flight, up_to_5},
        {"transactional.id", "the adapter does not open transactions", {}},
        {"delivery.report.only.error", "delivery reports tell which frames are safe", {"false"}},
        {"queuing.strategy", "frames would be reordered", {"fifo"}},
        {"queue.buffering.max.messages",
         "follows from what the adapter may have in flight; use --kafka-in-flight",
         {}},
        {"queue.buffering.max.kbytes",
         "follows from what the adapter may have in flight; use --kafka-in-flight",
         {}},
    };
    return refusals;
}

const std::vector<Refusal>& consumer_refusals() {
    constexpr std::string_view offsets = "an offset is committed only after its frame has left";
    static const std::vector<Refusal> refusals{
        {"enable.auto.offset.store", offsets, {"false"}},
        {"enable.auto.commit", "offsets of sent frames would not be committed", {"true"}},
        {"auto.commit.enable", "offsets of sent frames would not be committed", {"true"}},
        {"offset.store.method", "offsets belong to the consumer group", {"broker"}},
        {"check.crcs",
         "librdkafka reads on at a wrong place behind a batch whose checksum is wrong",
         {"false"}},
        {"group.id", "use --kafka-group-id instead", {}},
        {"group.instance.id", "use --group-instance-id instead", {}},
        {"group.protocol", "partitions are given up in order only with the classic protocol", {"classic"}},
        {"auto.offset.reset", "use --kafka-auto-offset-reset instead", {}},
        {"auto.commit.interval.ms", "use --kafka-auto-commit-interval-ms instead", {}},
        {"max.poll.interval.ms", "use --kafka-max-poll-interval-ms instead", {}},
        {"session.timeout.ms", "use --kafka-session-timeout-ms instead", {}},
        {"partition.assignment.strategy", "use --kafka-partition-assignment-strategy instead", {}},
    };
    return refusals;
}

const std::vector<Refusal>& refusals_of(Role role) {
    static const std::vector<Refusal> none;
    return role == Role::producer ? producer_refusals() : role == Role::consumer ? consumer_refusals() : none;
}

/// What we set where librdkafka's own default does not fit; each can be overridden.
const Properties& role_defaults(Role role) {
    // A frozen broker is given up, and a broker that came back is found again, within seconds instead of
    // minutes.
    static const Properties common{
        {"socket.keepalive.enable", "true"},  {"socket.nagle.disable", "true"},
        {"socket.timeout.ms", "15000"},       {"socket.connection.setup.timeout.ms", "10000"},
        {"reconnect.backoff.max.ms", "2000"}, {"topic.metadata.refresh.interval.ms", "30000"},
        {"log.connection.close", "false"},
    };
    static const Properties producer = [] {
        auto properties = common;
        properties.insert(properties.end(),
                          {
                              {"enable.idempotence", "true"},
                              {"enable.gapless.guarantee", "true"},
                              {"acks", "all"},
                              {"message.timeout.ms", "0"},
                              {"request.timeout.ms", "10000"},
                              // A broker that does not know the producer's id yet takes a second request also
                              // when it refused the first. With one at a time nothing overtakes; what waits
                              // meanwhile makes a larger batch.
                              {"max.in.flight", "1"},
                              // Below socket.request.max.bytes of a broker (100 MiB): it answers a larger
                              // request by closing the connection, for ever. Batches stay at batch.size.
                              {"message.max.bytes", "67108864"},
                          });
        return properties;
    }();
    static const Properties consumer = [] {
        auto properties = common;
        properties.insert(properties.end(), {
                                                {"enable.auto.commit", "true"},
                                                {"enable.auto.offset.store", "false"},
                                                {"fetch.wait.max.ms", "100"},
                                                {"fetch.error.backoff.ms", "100"},
                                                {"fetch.message.max.bytes", "4194304"},
                                                // A record, or what it unpacks to, that is larger than this
                                                // cannot be read.
                                                {"receive.message.max.bytes", "1073741824"},
                                                // Bytes are the limit, not messages.
                                                {"queued.min.messages", "100000"},
                                            });
        return properties;
    }();
    return role == Role::producer ? producer : role == Role::consumer ? consumer : common;
}

std::string option_of(const std::string& name, const std::string& value) {
    return "--kafka-config " + runtime::shown_entry(name + "=" + value);
}

const Refusal* find_refusal(const std::vector<Refusal>& refusals, const std::string& name,
                            const std::string& value) {
    const auto found =
        std::find_if(refusals.begin(), refusals.end(), [&](const Refusal& r) { return r.name == name; });
    if (found == refusals.end() || std::count(found->allowed.begin(), found->allowed.end(), value) > 0) {
        return nullptr;
    }
    return &*found;
}

}  // namespace

ConfHandle make_conf(const ClientConfig& config, Role role, const Properties& defaults,
                     const Properties& settings, std::vector<std::string>& errors) {
    ConfHandle conf(rd_kafka_conf_new());
    std::array<char, 512> message{};
    const auto set = [&](const std::string& name, const std::string& value) {
        return rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), message.data(), message.size());
    };
    const auto set_own = [&](const Properties& properties) {
        for (const auto& [name, value] : properties) {
            if (set(name, value) != RD_KAFKA_CONF_OK) {
                errors.push_back(std::string("Kafka client: ")
                                     .append(name)
                                     .append("=")
                                     .append(value)
                                     .append(": ")
                                     .append(message.data()));
            }
        }
    };
    set_own(role_defaults(role));
    set_own(defaults);
    // Only newer versions know it; for older ones there is FetchWaker.
    if (role == Role::consumer) {
        set("fetch.queue.backoff.ms", "10");
    }
    set_own({{"client.id", config.client_id}});
    for (const auto& [name, value] : config.properties) {
        const auto* refusal = find_refusal(common_refusals(), name, value);
        if (!refusal) {
            refusal = find_refusal(refusals_of(role), name, value);
        }
        if (refusal) {
            errors.push_back(option_of(name, value) + " is refused: " + std::string(refusal->reason));
            continue;
        }
        const auto result = set(name, value);
        if (result == RD_KAFKA_CONF_UNKNOWN) {
            // What stands under a misspelt name may be a secret.
            errors.push_back("--kafka-config " + name + ": " + message.data());
        } else if (result != RD_KAFKA_CONF_OK) {
            errors.push_back(option_of(name, value) + ": " +
                             (runtime::is_secret(name) ? "value refused" : message.data()));
        }
    }
    if (!config.brokers.empty()) {
        set_own({{"bootstrap.servers", config.brokers}});
    }
    set_own(settings);
    return conf;
}

ConfHandle make_valid_conf(const ClientConfig& config, Role role, const Properties& defaults,
                           const Properties& settings) {
    std::vector<std::string> errors;
    auto conf = make_conf(config, role, defaults, settings, errors);
    if (errors.empty()) {
        return conf;
    }
    std::string text;
    for (const auto& error : errors) {
        text += (text.empty() ? "" : "\n") + error;
    }
    throw runtime::Failure(runtime::FailureKind::misconfigured, text);
}

ClientHandle make_client(ConfHandle conf, Role role, ClientLog& log) {
    log.attach(conf.get());
    std::array<char, 512> message{};
    // A producer that asks for a topic has it created, where brokers create topics by themselves.
    const auto type = role == Role::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
    ClientHandle client(rd_kafka_new(type, conf.get(), message.data(), message.size()));
    if (!client) {
        throw runtime::Failure(runtime::FailureKind::misconfigured,
                               std::string("librdkafka refuses the Kafka client's configuration: ") +
                                   message.data() + "; see --kafka-config and --kafka-config-file");
    }
    // The client owns it now.
    (void)conf.release();
    return client;
}

void destroy_within(std::chrono::milliseconds limit, ClientHandle client,
                    const std::shared_ptr<ClientLog>& log) {
    std::promise<void> promise;
    const auto destroyed = promise.get_future();
    std::thread thread([client = std::move(client), log, promise = std::move(promise)]() mutable {
        client.reset();
        promise.set_value();
    });
    if (destroyed.wait_for(limit) == std::future_status::ready) {
        // Joined, so that the thread's last steps are not overtaken by the process's end.
        thread.join();
        return;
    }
    log->mute();
    thread.detach();
}

std::string get_property(const rd_kafka_conf_t* conf, const char* name) {
    std::array<char, 512> value{};
    auto size = value.size();
    if (rd_kafka_conf_get(conf, name, value.data(), &size) != RD_KAFKA_CONF_OK) {
        return {};
    }
    return value.data();
}

}  // namespace framebridge::kafka
