#include "kafka_redis_source/config.h"

#include "runtime/text.h"
#include "store/redis_url.h"

using namespace std::chrono_literals;

namespace framebridge::source {

namespace {

Result<std::string> parse_strategies(std::string_view text) {
    std::string strategies;
    for (const auto& name : runtime::split_at_commas(std::string(text))) {
        if (name != "range" && name != "roundrobin" && name != "cooperative-sticky") {
            return problem("'" + std::string(text) +
                           "' is not range, roundrobin, both (by comma) or cooperative-sticky");
        }
        strategies += (strategies.empty() ? "" : ",") + name;
    }
    if (strategies != "cooperative-sticky" && strategies.find("cooperative-sticky") != std::string::npos) {
        return problem("cooperative-sticky cannot be combined with others");
    }
    return strategies;
}

void add_consumer_options(options::OptionSet& options, SourceConfig& config) {
    options.add({.flag = "--kafka-group-id",
                 .environment = "KAFKA_GROUP_ID",
                 .help = "Consumer group; its members share the topic's partitions; a replay needs none"},
                config.consumer.group_id);
    options.add({"--group-instance-id", "FRAMEBRIDGE_GROUP_INSTANCE_ID",
                 "Static membership: a restarted source with the same id gets its partitions back at once"},
                config.consumer.group_instance_id);
    options.add({"--kafka-auto-offset-reset", "KAFKA_AUTO_OFFSET_RESET",
                 "Where a group without a committed offset begins"},
                config.consumer.auto_offset_reset,
                options::Choice<std::string>{{"latest", "latest"},
                                             {"earliest", "earliest"},
                                             {"error", "error"},
                                             {"largest", "latest"},
                                             {"end", "latest"},
                                             {"smallest", "earliest"},
                                             {"beginning", "earliest"}});
    options.add(
        {"--unreadable-record", "FRAMEBRIDGE_UNREADABLE_RECORD",
         "If records cannot be read (they do not unpack, their checksum is wrong, they are larger than "
         "receive.message.max.bytes): skip (a dead letter tells which) or wait (their partition stands "
         "still)"},
        config.consumer.unreadable_record,
        options::Choice<kafka::UnreadablePolicy>{{"skip", kafka::UnreadablePolicy::skip},
                                                 {"wait", kafka::UnreadablePolicy::wait}});
    options.add({"--kafka-partition-assignment-strategy", "KAFKA_PARTITION_ASSIGNMENT_STRATEGY",
                 "range, roundrobin (or both, by comma) or cooperative-sticky; the same for all "
                 "members"},
                config.consumer.partition_assignment_strategy, parse_strategies);
    options.add({"--kafka-auto-commit-interval-ms", "KAFKA_AUTO_COMMIT_INTERVAL_MS",
                 "Milliseconds between commits of what was sent; 0: only when partitions "
                 "are given up"},
                config.consumer.auto_commit_interval, options::Milliseconds{0ms, 24h});
    options.add({"--kafka-max-poll-interval-ms", "KAFKA_MAX_POLL_INTERVAL_MS",
                 "Milliseconds without polling after which the group gives up a member"},
                config.consumer.max_poll_interval, options::Milliseconds{10s, 24h});
    options.add({"--kafka-session-timeout-ms", "FRAMEBRIDGE_KAFKA_SESSION_TIMEOUT_MS",
                 "Milliseconds after which the group gives up a member that was killed; brokers accept "
                 "6000 or more by default"},
                config.consumer.session_timeout, options::Milliseconds{1s, 1h});
    options.add({"--kafka-prefetch-bytes", "FRAMEBRIDGE_KAFKA_PREFETCH_BYTES",
                 "Bytes of records fetched ahead at most"},
                config.consumer.prefetch_bytes, options::Bytes{1024, std::size_t{2'097'151} * 1024});
}

void add_store_options(options::OptionSet& options, SourceConfig& config, store::RedisUrl& url) {
    options.group("Frame stores (Redis, KeyDB, Valkey)");
    options.add({"--store-allow", "FRAMEBRIDGE_STORE_ALLOW",
                 "host:port:db[/key-prefix] of a store, and of its keys, that messages may refer to, "
                 "repeatable; with neither this nor --store-alias: any store without a password"},
                config.stores.allowed);
    options.add(
        {"--store-alias", "FRAMEBRIDGE_STORE_ALIAS",
         "from=to: where a store that messages name, as host:port:db, is reached from here: host:port:db, "
         "redis://host:port/db, rediss:// for TLS, or sentinel://host:port,.../MASTER/db; repeatable"},
        config.stores.aliases);
    options.add({"--store-unreachable-limit", "FRAMEBRIDGE_STORE_UNREACHABLE_LIMIT",
                 "Seconds to wait for a store that is neither allowed nor aliased and has given no frame "
                 "yet, and in all for such stores per partition and hour; others are waited for"},
                config.stores.unreachable_limit, options::Seconds{0ms, 24h});
    options.add({.flag = "--redis-url",
                 .environment = "REDIS_URL",
                 .help = "Login of every store that is named, and one of those, as the sink's: "
                         "redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss:// for TLS",
                 .secret = true},
                url, store::RedisUrl::parse);
    add_store_login_options(options, config.redis);
    options.check([&config, &url] {
        std::vector<std::string> problems;
        if (!url.password.empty() && !config.redis.password.empty()) {
            problems.emplace_back(
                "--redis-url (REDIS_URL) and --redis-password (REDIS_PASSWORD) give a password each: leave "
                "out one");
        }
        return problems;
    });
    options.add({"--missing-frame", "FRAMEBRIDGE_MISSING_FRAME",
                 "If a frame is not in the store: wait (then skip), skip, metadata (send without content), "
                 "resync (skip to the next keyframe) or fail (stop)"},
                config.missing_frame,
                options::Choice<MissingFrame>{{"wait", MissingFrame::wait},
                                              {"skip", MissingFrame::skip},
                                              {"metadata", MissingFrame::metadata},
                                              {"resync", MissingFrame::resync},
                                              {"fail", MissingFrame::fail}});
    options.add({"--missing-frame-wait", "FRAMEBRIDGE_MISSING_FRAME_WAIT",
                 "Seconds to ask again for a missing frame with --missing-frame wait"},
                config.missing_frame_wait, options::Seconds{0ms, 1h});
    options.add({"--missing-frame-grace", "FRAMEBRIDGE_MISSING_FRAME_GRACE",
                 "Seconds to ask again for a missing frame of a record younger than 10 s, before "
                 "--missing-frame applies, as replicas lag behind; 0: not at all"},
                config.missing_frame_grace, options::Seconds{0ms, 1h});
    options.add(
        {"--verify-content", "FRAMEBRIDGE_VERIFY_CONTENT",
         "Compare fetched bytes with the hash they were stored under; a difference counts as missing"},
        config.verify_content);
}

void add_replay_options(options::OptionSet& options, ReplayConfig& replay) {
    options.group("Replay (with --from or --to)");
    options.add({"--from", "FRAMEBRIDGE_FROM",
                 "Replay from here on: earliest, latest, offset:N, offset:0=12,1=40, "
                 "time:2026-11-27T14:05:00+01:00, or so long ago, as in -15m"},
                replay.from);
    options.add({"--to", "FRAMEBRIDGE_TO",
                 "Replay up to here, as --from, itself not included; empty: the end as it is at the start"},
                replay.to);
    options.add({"--end", "FRAMEBRIDGE_END", "At the end of a replay: exit, or follow what comes after it"},
                replay.end,
                options::Choice<ReplayEnd>{{"exit", ReplayEnd::exit}, {"follow", ReplayEnd::follow}});
    options.add({"--source-id", "FRAMEBRIDGE_REPLAY_SOURCE_ID", "Replay only this source; repeatable"},
                replay.source_ids);
    options.add({"--source-id-prefix", "FRAMEBRIDGE_REPLAY_SOURCE_ID_PREFIX",
                 "Replay only sources whose id begins so; repeatable"},
                replay.source_id_prefixes);
    options.add({"--align", "FRAMEBRIDGE_ALIGN",
                 "none, or keyframe: each source begins at its last keyframe not after --from"},
                replay.alignment,
                options::Choice<Alignment>{{"none", Alignment::none}, {"keyframe", Alignment::keyframe}});
    options.add({"--align-limit", "FRAMEBRIDGE_ALIGN_LIMIT", "Seconds to look backwards for these keyframes"},
                replay.align_limit, options::Seconds{0ms, 24h});
    options.add({"--clock", "FRAMEBRIDGE_CLOCK",
                 "What times mean: kafka, the records' timestamps, or frame, the frames' creation times"},
                replay.clock,
                options::Choice<ReplayClock>{{"kafka", ReplayClock::kafka}, {"frame", ReplayClock::frame}});
    options.add({"--clock-tolerance", "FRAMEBRIDGE_CLOCK_TOLERANCE",
                 "With --clock frame: seconds by which a record's timestamp may differ from its frame's "
                 "creation time"},
                replay.clock_tolerance, options::Seconds{0ms, 24h});
    options.add({"--pace", "FRAMEBRIDGE_PACE", "max, realtime, or a speed such as 2x"}, replay.pace);
    options.add({"--send-eos", "FRAMEBRIDGE_SEND_EOS", "End each source's stream behind its last message"},
                replay.send_end_of_stream);
    options.add({"--frames", "FRAMEBRIDGE_FRAMES", "Which frames of a source: all, keyframes, or every:N"},
                replay.frames);
    options.add({"--resume", "FRAMEBRIDGE_RESUME",
                 "Commit to this group, and go on where it was stopped; it must have no members"},
                replay.resume_group);
}

std::vector<std::string> check_replay(const SourceConfig& config) {
    std::vector<std::string> problems;
    const auto& replay = config.replay;
    if (!replay.enabled()) {
        if (config.consumer.group_id.empty()) {
            problems.emplace_back(
                "--kafka-group-id: is required; set it, or KAFKA_GROUP_ID in the environment (a replay, with "
                "--from or --to, needs none)");
        }
        const bool has_replay_option = !replay.source_ids.empty() || !replay.source_id_prefixes.empty() ||
                                       replay.alignment != Alignment::none || replay.pace.limited() ||
                                       replay.send_end_of_stream || replay.frames.keyframes_only ||
                                       replay.frames.every > 1 || !replay.resume_group.empty() ||
                                       replay.end == ReplayEnd::follow;
        if (has_replay_option) {
            problems.emplace_back(
                "--source-id, --source-id-prefix, --end, --align, --pace, --send-eos, --frames and --resume "
                "are for a "
                "replay: give --from or --to as well");
        }
    }
    if (replay.to && replay.end == ReplayEnd::follow) {
        problems.emplace_back("--end follow has no end: leave --to out");
    }
    return problems;
}

}  // namespace

std::optional<int> parse_source_config(int argc, const char* const* argv, SourceConfig& config) {
    options::OptionSet options(
        "kafka-redis-source",
        "Carries messages from a Kafka topic, frames from a store, to a ZeroMQ socket.");
    std::chrono::milliseconds poll_timeout{1000};
    store::RedisUrl url;

    config.kafka.client_id = "kafka-redis-source";
    add_sender_options(
        options, config.sender,
        "Seconds after which a message that a REQ socket's peer did not acknowledge is sent again");
    add_kafka_options(options, config, kafka::Role::consumer);
    add_consumer_options(options, config);
    options.add({"--kafka-poll-timeout", "KAFKA_POLL_TIMEOUT",
                 "Accepted for Savant's sake, without effect: records are taken when they come"},
                poll_timeout, options::Seconds{});
    options.add({"--revoke-timeout", "FRAMEBRIDGE_REVOKE_TIMEOUT",
                 "Seconds that giving up a partition may take to send what was consumed of it"},
                config.revoke_timeout, options::Seconds{0ms, 5min});
    add_store_options(options, config, url);
    add_replay_options(options, config.replay);
    add_message_options(options, config);
    add_runtime_options(options, config);
    options.check([&config] {
        std::vector<std::string> problems;
        if (config.consumer.max_poll_interval < config.consumer.session_timeout) {
            problems.emplace_back(
                "--kafka-max-poll-interval-ms (KAFKA_MAX_POLL_INTERVAL_MS) is less than "
                "--kafka-session-timeout-ms: raise it, or lower the latter");
        }
        return problems;
    });
    options.check([&config] { return check_replay(config); });
    if (const auto exit_code = parse_options(options, argc, argv)) {
        return exit_code;
    }
    if (!url.address.host.empty()) {
        config.stores.allowed.push_back({url.address, {}});
        config.redis.tls.enabled |= url.tls;
        if (!url.password.empty()) {
            config.redis.username = url.username;
            config.redis.password = url.password;
        }
    }
    return std::nullopt;
}

}  // namespace framebridge::source
