#include "kafka_redis_inspect/prometheus_file.h"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <fstream>
#include <system_error>

#include "runtime/failure.h"

namespace framebridge::inspect {

void write_prometheus_file(const std::filesystem::path& path, const std::string& topic,
                           const CheckResult& result) {
    prometheus::Registry registry;
    const auto set = [&](const char* name, const char* help, double value) {
        prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({{"topic", topic}}).Set(value);
    };
    const auto count = [](std::uint64_t number) { return static_cast<double>(number); };
    set("framebridge_check_records", "Records looked at", count(result.records));
    set("framebridge_check_frames", "Frames in them", count(result.frames));
    set("framebridge_check_missing_frames", "References whose key is not in the store",
        count(result.missing));
    set("framebridge_check_wrong_size_frames", "Frames of another size than their reference",
        count(result.wrong_size));
    set("framebridge_check_wrong_hash_frames", "Frames of another hash than their reference",
        count(result.wrong_hash));
    set("framebridge_check_unreadable_records", "Records that cannot be read", count(result.unreadable));
    set("framebridge_check_stored_bytes", "Bytes of the frames in the store, each once",
        count(result.bytes_stored));
    set("framebridge_check_saved_bytes", "Bytes that deduplication saved", count(result.bytes_saved));
    set("framebridge_check_orphaned_keys", "Keys that nothing refers to", count(result.orphans));
    if (result.worst_margin) {
        set("framebridge_check_worst_ttl_margin_seconds",
            "The least of a frame's TTL minus the time for which its record can be read",
            std::chrono::duration<double>(*result.worst_margin).count());
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    set("framebridge_check_time_seconds", "When the check ended, since the Unix epoch",
        std::chrono::duration<double>(now).count());

    // The collector must not read half a file.
    auto partial = path;
    partial += ".partial";
    std::ofstream file(partial, std::ios::trunc);
    prometheus::TextSerializer().Serialize(file, registry.Collect());
    file.close();
    std::error_code error;
    if (file) {
        std::filesystem::rename(partial, path, error);
    }
    if (!file || error) {
        throw runtime::Failure(
            runtime::FailureKind::system,
            "--prometheus " + path.string() + " cannot be written" + (error ? ": " + error.message() : ""));
    }
}

}  // namespace framebridge::inspect
