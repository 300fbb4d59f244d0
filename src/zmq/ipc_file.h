#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "framebridge/result.h"
#include "zmq/endpoint.h"
#include "zmq/file_mode.h"

namespace framebridge::zmq {

/// The socket file of an ipc endpoint; none for tcp and for Linux's abstract names (ipc://@name).
std::optional<std::filesystem::path> socket_file(const Endpoint& endpoint);

/// Makes the folders of a socket file that is to be bound, as open as the file will be, and says why it
/// cannot be bound: libzmq unlinks whatever lies at the path, also what a living process listens at, or
/// somebody's file.
Result<void> prepare_socket_file(const std::filesystem::path& file, FileMode permissions);

}  // namespace framebridge::zmq
