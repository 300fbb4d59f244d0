#pragma once

#include <string>

#include "framebridge/protocol/messages.h"

namespace framebridge {

/// How the messages of those that send video are written.
struct MessageConfig {
    protocol::Format format = protocol::Format::native;
    std::string savant_version{protocol::default_savant_version};  ///< In savant's format only.
};

}  // namespace framebridge
