#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "framebridge/protocol/envelope.h"
#include "options/options.h"
#include "runtime/fps_meter.h"
#include "zmq/receiver.h"

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
    std::string zmq_endpoint;
    std::optional<unsigned> ipc_permissions = 0777;
    std::chrono::milliseconds shutdown_timeout{10'000};
    FpsConfig fps;
    std::string log_level = "info";
};

void add_zmq_options(options::OptionSet& options, ProcessConfig& config);
/// For those that receive; belongs behind add_zmq_options. The filters' variables differ between adapters, as
/// Savant's do.
void add_receiver_options(options::OptionSet& options, zmq::ReceiverConfig& receiver,
                          const std::string& source_id_variable, const std::string& topic_prefix_variable);
void add_format_option(options::OptionSet& options, protocol::FormatChoice& format);
void add_runtime_options(options::OptionSet& options, ProcessConfig& config);

}  // namespace framebridge
