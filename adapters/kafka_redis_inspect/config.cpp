#include "kafka_redis_inspect/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/config.h"
#include "common/exit_code.h"
#include "options/options.h"

namespace framebridge::inspect {

namespace {

struct VerbWords {
    Verb verb;
    std::string_view word;
    std::string_view second;  ///< Of `dead-letters list`; else empty.
    std::string_view help;
};

constexpr std::array verbs{
    VerbWords{Verb::topics, "topics", "", "The topics that hold video, with their groups and lag"},
    VerbWords{Verb::sources, "sources", "",
              "What each source sent: frames, bitrate, codec, holes, first and last time"},
    VerbWords{Verb::cat, "cat", "", "The messages as JSON lines"},
    VerbWords{Verb::export_video, "export", "", "A range of a source as a video file, or as pictures"},
    VerbWords{Verb::check, "check", "", "Whether every frame that messages refer to is in its store"},
    VerbWords{Verb::list_dead_letters, "dead-letters", "list",
              "The messages that an adapter could not use, and why"},
    VerbWords{Verb::show_dead_letters, "dead-letters", "show", "These messages as JSON lines"},
    VerbWords{Verb::put_back, "dead-letters", "put-back", "Send these messages again, each once"},
    VerbWords{Verb::lag, "lag", "",
              "How far the groups are behind, and whether frames expire before they get there"},
    VerbWords{Verb::report, "report", "", "One HTML page of a range: thumbnails, bitrate, holes, TTL margin"},
};

std::string name_of(const VerbWords& words) {
    return words.second.empty() ? std::string(words.word) : fmt::format("{} {}", words.word, words.second);
}

void print_verbs(std::FILE* file) {
    fmt::print(file,
               "Looks into the topics that the FrameBridge adapters and Savant's write.\n\n"
               "Usage: kafka-redis-inspect VERB [OPTIONS]\n\nVerbs:\n");
    for (const auto& words : verbs) {
        fmt::print(file, "  {:24}{}\n", name_of(words), words.help);
    }
    fmt::print(
        file,
        "\nkafka-redis-inspect VERB --help has a verb's options.\n"
        "A minute of a camera as a file:\n"
        "  kafka-redis-inspect export --kafka-brokers kafka:9092 --kafka-topic frames --source-id cam-1 \\\n"
        "      --from time:2026-11-27T14:04:00 --to time:2026-11-27T14:05:00 --file cam-1.mp4\n");
}

void add_kafka_group(options::OptionSet& options, InspectConfig& config) {
    options.group("Kafka");
    add_kafka_client_options(options, config.range.kafka,
                             config.verb == Verb::topics ? TopicOption::optional : TopicOption::required,
                             config.verb == Verb::put_back ? kafka::Role::admin : kafka::Role::consumer);
}

void add_range_options(options::OptionSet& options, ScanRange& range) {
    options.group("Range");
    options.add({.flag = "--from",
                 .environment = {},
                 .help = "Where to begin: earliest, latest, offset:N, offset:0=12,1=40, "
                         "time:2026-11-27T14:05:00+01:00, or so long ago, as in -15m"},
                range.from);
    options.add(
        {.flag = "--to",
         .environment = {},
         .help = "Where to end, as --from, itself not included; empty: the end as it is at the start"},
        range.to);
    options.add({.flag = "--source-id", .environment = {}, .help = "Only this source; repeatable"},
                range.source_ids);
    options.add({.flag = "--source-id-prefix",
                 .environment = {},
                 .help = "Only sources whose id begins so; repeatable"},
                range.source_id_prefixes);
    add_format_option(options, range.format);
}

void add_output_options(options::OptionSet& options, InspectConfig& config) {
    options.group("Output");
    options.add({"--json", "FRAMEBRIDGE_INSPECT_JSON",
                 "One JSON object a line, for scripts, instead of a table for people"},
                config.json);
}

void add_store_options(options::OptionSet& options, StoreAccess& stores) {
    options.group("Frame stores (Redis, KeyDB, Valkey)");
    options.add(
        {"--store-allow", "FRAMEBRIDGE_STORE_ALLOW",
         "host:port:db of a store that may be asked, repeatable; with none given, and no password, any"},
        stores.allowed);
    options.add(
        {"--store-alias", "FRAMEBRIDGE_STORE_ALIAS",
         "from=to, both host:port:db: where a store that messages name is reached from here; repeatable"},
        stores.aliases);
    options.add({"--redis-username", "REDIS_USERNAME", "ACL user of the store; empty: the default user"},
                stores.username);
    options.add({.flag = "--redis-password",
                 .environment = "REDIS_PASSWORD",
                 .help = "Password of the store",
                 .secret = true},
                stores.password);
    options.add({"--redis-timeout", "FRAMEBRIDGE_REDIS_TIMEOUT", "Seconds that a store may take to answer"},
                stores.timeout, options::Seconds{std::chrono::milliseconds(100), std::chrono::hours(1)});
}

void add_export_options(options::OptionSet& options, ExportConfig& config) {
    options.add(
        {.flag = "--as",
         .environment = {},
         .help = "video: a file for each stream, not transcoded; frames: each frame's bytes as a file; "
                 "pictures: each keyframe as a JPEG"},
        config.as,
        options::Choice<ExportAs>{
            {"video", ExportAs::video}, {"frames", ExportAs::frames}, {"pictures", ExportAs::pictures}});
    options.add(
        {.flag = "--file",
         .environment = {},
         .help = "Video file of one source; its extension names the container: mp4, mov, mkv, ts or avi"},
        config.file);
    options.add(
        {.flag = "--folder", .environment = {}, .help = "Folder for the files of all sources of the range"},
        config.folder);
    options.add({.flag = "--metadata",
                 .environment = {},
                 .help = "Write each message as a JSON line into a file beside the video"},
                config.metadata);
    options.add({.flag = "--picture-width", .environment = {}, .help = "Pixels of a picture's width at most"},
                config.picture_width, options::Number{16, 4096});
    options.check([&config] {
        std::vector<std::string> problems;
        if (config.file.empty() == config.folder.empty()) {
            problems.emplace_back("give either --file, for one source, or --folder, for all");
        } else if (!config.file.empty() && config.as != ExportAs::video) {
            problems.emplace_back("--as frames and --as pictures write many files: give --folder");
        }
        return problems;
    });
}

void add_report_options(options::OptionSet& options, ReportConfig& config) {
    options.add({.flag = "--file", .environment = {}, .help = "HTML file to write"}, config.file);
    options.add(
        {.flag = "--thumbnails",
         .environment = {},
         .help = "Pictures of each source at most; of all sources together never more than about 500"},
        config.thumbnails, options::Number{0, 500});
}

void add_verb_options(options::OptionSet& options, InspectConfig& config) {
    options.group("Verb");
    switch (config.verb) {
        case Verb::topics:
            options.add(
                {.flag = "--all", .environment = {}, .help = "Also topics that hold no messages of ours"},
                config.all_topics);
            break;
        case Verb::cat:
            options.add(
                {.flag = "--payload",
                 .environment = {},
                 .help = "The frames' bytes: none, base64 (in the line), or directory (a file each)"},
                config.cat.payload,
                options::Choice<Payload>{
                    {"none", Payload::none}, {"base64", Payload::base64}, {"directory", Payload::directory}});
            options.add({.flag = "--payload-dir", .environment = {}, .help = "Folder of --payload directory"},
                        config.cat.payload_dir);
            options.add({.flag = "--count", .environment = {}, .help = "So many messages at most"},
                        config.cat.count, options::Number{1});
            break;
        case Verb::check:
            options.add({.flag = "--hashes",
                         .environment = {},
                         .help = "Fetch every frame and compare it with the hash in its reference"},
                        config.check.hashes);
            options.add(
                {.flag = "--orphans",
                 .environment = {},
                 .help =
                     "host:port:db of a store in which to look for keys that nothing in the topic refers to; "
                     "keys used in the last five minutes are left out"},
                config.check.orphan_store);
            options.add(
                {"--redis-key-prefix", "REDIS_KEY_PREFIX", "Prefix of the keys that --orphans looks at"},
                config.check.key_prefix);
            options.add({.flag = "--other-topic",
                         .environment = {},
                         .help = "Another topic whose frames have keys of that prefix; repeatable"},
                        config.check.other_topics);
            options.add({.flag = "--prometheus",
                         .environment = {},
                         .help = "File to write the result to, for node_exporter's textfile collector"},
                        config.check.prometheus_file);
            break;
        case Verb::list_dead_letters:
        case Verb::show_dead_letters:
        case Verb::put_back:
            options.add({.flag = "--reason",
                         .environment = {},
                         .help = "Only dead letters whose reason contains this; repeatable"},
                        config.dead_letters.reasons);
            if (config.verb == Verb::put_back) {
                options.add({.flag = "--to-topic",
                             .environment = {},
                             .help = "Topic to send them to; empty: the one that each came from"},
                            config.put_back_topic);
            }
            break;
        case Verb::lag:
            options.add(
                {.flag = "--group",
                 .environment = {},
                 .help = "Only this group; repeatable; with none given, all with offsets in the topic"},
                config.lag.groups);
            options.add({.flag = "--sample",
                         .environment = {},
                         .help = "Seconds over which a group's speed is measured"},
                        config.lag.sample,
                        options::Seconds{std::chrono::milliseconds(100), std::chrono::minutes(10)});
            break;
        case Verb::export_video:
            add_export_options(options, config.export_video);
            break;
        case Verb::report:
            add_report_options(options, config.report);
            break;
        case Verb::sources:
            break;
    }
}

bool uses_stores(Verb verb) {
    return verb == Verb::cat || verb == Verb::check || verb == Verb::lag || verb == Verb::export_video ||
           verb == Verb::report;
}

bool uses_range(Verb verb) {
    return verb != Verb::topics && verb != Verb::lag;
}

/// The verb that the arguments begin with, and how many of them name it.
std::optional<std::pair<VerbWords, int>> find_verb(int argc, const char* const* argv) {
    for (const auto& words : verbs) {
        const bool first = argc > 1 && argv[1] == words.word;
        if (first && words.second.empty()) {
            return std::pair(words, 1);
        }
        if (first && argc > 2 && argv[2] == words.second) {
            return std::pair(words, 2);
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<int> parse_inspect_config(int argc, const char* const* argv, InspectConfig& config) {
    const auto found = find_verb(argc, argv);
    if (!found) {
        const std::string_view word = argc > 1 ? argv[1] : "";
        const bool asked = word == "--help" || word == "-h" || word == "help";
        if (!asked && !word.empty()) {
            fmt::print(stderr, "'{}' is not a verb of kafka-redis-inspect.\n\n", word);
        }
        print_verbs(asked ? stdout : stderr);
        return static_cast<int>(asked ? ExitCode::ok : ExitCode::usage);
    }
    const auto& [words, count] = *found;
    config.verb = words.verb;
    options::OptionSet options("kafka-redis-inspect " + name_of(words), std::string(words.help) + ".");
    add_kafka_group(options, config);
    if (uses_range(config.verb)) {
        add_range_options(options, config.range);
    }
    if (uses_stores(config.verb)) {
        add_store_options(options, config.stores);
    }
    add_verb_options(options, config);
    add_output_options(options, config);
    options.group("Running");
    add_log_level_option(options, config.log_level);
    if (const auto exit_code = parse_options(options, argc - count, argv + count)) {
        return exit_code;
    }
    config.cat.stores = config.check.stores = config.lag.stores = config.export_video.stores =
        config.report.stores = config.stores;
    config.check.orphans = !config.check.orphan_store.empty();
    return std::nullopt;
}

}  // namespace framebridge::inspect
