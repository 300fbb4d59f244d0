#include "kafka_redis_inspect/cat.h"

#include <fmt/format.h>

#include <fstream>
#include <variant>

#include "kafka_redis_inspect/frame_bytes.h"
#include "kafka_redis_inspect/message_json.h"
#include "metadata/base64.h"
#include "runtime/failure.h"

namespace framebridge::inspect {

namespace {

class Printer {
  public:
    Printer(const CatConfig& config, CatResult& result)
        : config_(config), lookup_(config.stores), result_(result) {}

    void print(const ScannedRecord& scanned) {
        auto row = to_json(scanned);
        if (config_.payload != Payload::none && scanned.envelope != nullptr) {
            const auto& frames = scanned.envelope->frames;
            for (std::size_t index = 0; index < frames.size(); ++index) {
                const bool batch = scanned.envelope->kind == protocol::MessageKind::video_frame_batch;
                add_payload(scanned, index, batch ? row["frames"][index] : row);
            }
        }
        print_json(row);
    }

  private:
    void add_payload(const ScannedRecord& scanned, std::size_t index, Row& row) {
        const auto& content = scanned.envelope->frames[index].content;
        if (std::holds_alternative<protocol::NoContent>(content)) {
            return;
        }
        const auto bytes = frame_bytes(content, lookup_);
        if (!bytes) {
            ++result_.missing;
            row["payload_missing"] = true;
        } else if (config_.payload == Payload::base64) {
            row["payload"] = metadata::base64(*bytes);
        } else {
            row["payload_file"] = write_file(scanned, index, *bytes);
        }
    }

    /// The name says where the frame is in the topic: nothing of it comes from the message.
    std::string write_file(const ScannedRecord& scanned, std::size_t index, const std::string& bytes) {
        const auto name =
            fmt::format("{}-{:012}-{}.bin", scanned.record.partition, scanned.record.offset, index);
        const auto path = config_.payload_dir / name;
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        file.close();
        if (!file) {
            throw runtime::Failure(runtime::FailureKind::system,
                                   "--payload-dir: cannot write " + path.string());
        }
        return path.string();
    }

    CatConfig config_;
    StoreLookup lookup_;
    CatResult& result_;
};

}  // namespace

CatResult print_messages(const ScanRange& range, const CatConfig& config, runtime::StopSignal& stop) {
    CatResult result;
    if (config.payload == Payload::directory) {
        std::error_code error;
        std::filesystem::create_directories(config.payload_dir, error);
        if (error) {
            throw runtime::Failure(
                runtime::FailureKind::system,
                "--payload-dir " + config.payload_dir.string() + " cannot be made: " + error.message());
        }
    }
    Printer printer(config, result);
    std::uint64_t printed = 0;
    result.scan = scan(range, stop, [&](const ScannedRecord& scanned) {
        if (config.count && printed >= *config.count) {
            return;
        }
        printer.print(scanned);
        if (++printed == config.count) {
            stop.request();
        }
    });
    result.scan.interrupted = result.scan.interrupted && !(config.count && printed >= *config.count);
    return result;
}

}  // namespace framebridge::inspect
