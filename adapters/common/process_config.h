#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/message_config.h"
#include "framebridge/protocol/envelope.h"
#include "options/options.h"
#include "runtime/fps_meter.h"
#include "runtime/logging.h"
#include "zmq/receiver.h"
#include "zmq/sender.h"

namespace framebridge {

enum class FpsOutput { standard_output, logger };

struct FpsConfig {
    FpsOutput output = FpsOutput::standard_output;
    std::optional<std::uint64_t> period_frames;
    std::chrono::milliseconds period{0};  ///< 0: none.

    [[nodiscard]] runtime::FpsMeter make_meter() const;
};

/// What all adapters have in common.
struct ProcessConfig {
    std::chrono::milliseconds shutdown_timeout{10'000};
    FpsConfig fps;
    std::string log_level = "info";
    runtime::LogFormat log_format = runtime::LogFormat::text;
    std::string metrics_listen;  ///< Empty: off.
};

/// The variables of a receiver's filters, which differ between adapters, as Savant's do.
struct FilterVariables {
    std::string source_id;
    std::string topic_prefix;
};

/// The socket of an adapter that reads from ZeroMQ, or writes to it.
void add_receiver_options(options::OptionSet& options, zmq::ReceiverConfig& receiver,
                          const FilterVariables& variables);
void add_sender_options(options::OptionSet& options, zmq::SenderConfig& sender,
                        const std::string& ack_timeout_help);
void add_format_option(options::OptionSet& options, protocol::FormatChoice& format);
/// How a source's messages are written.
void add_message_options(options::OptionSet& options, MessageConfig& messages);
void add_log_level_option(options::OptionSet& options, std::string& log_level);
void add_runtime_options(options::OptionSet& options, ProcessConfig& config);

/// Reads the options. Returns the exit code if the process is to end here.
std::optional<int> parse_options(options::OptionSet& options, int argc, const char* const* argv);

}  // namespace framebridge
