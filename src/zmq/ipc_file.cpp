#include "zmq/ipc_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "runtime/unique_fd.h"

namespace framebridge::zmq {

namespace {

namespace fs = std::filesystem;

std::string error_text() {
    return std::generic_category().message(errno);
}

enum class Listener { none, lives, unknown };

// Who may not open a socket cannot tell whether somebody listens at it.
Listener find_listener(const fs::path& file) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, file.c_str(), sizeof(address.sun_path) - 1);
    const runtime::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
        return fd ? Listener::lives : Listener::unknown;
    }
    if (errno == ECONNREFUSED || errno == ENOENT) {
        return Listener::none;
    }
    return errno == EACCES || errno == EPERM ? Listener::unknown : Listener::lives;
}

Result<void> make_folder(const fs::path& folder, FileMode permissions) {
    struct stat status{};
    if (::stat(folder.c_str(), &status) == 0) {
        return {};
    }
    if (errno == ENOENT && folder.has_parent_path() && folder != folder.parent_path()) {
        if (auto made = make_folder(folder.parent_path(), permissions); !made) {
            return made;
        }
        if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
            return problem("its folder " + folder.string() + " cannot be made: " + error_text());
        }
        // Who may read and write the socket may also get to it.
        if (permissions) {
            const unsigned mode = *permissions | ((*permissions & 0444U) >> 2U);
            if (::chmod(folder.c_str(), mode) != 0) {
                return problem("the mode of its folder " + folder.string() +
                               " cannot be set: " + error_text());
            }
        }
        return {};
    }
    return problem("this user cannot get to its folder " + folder.string() + ": " + error_text());
}

}  // namespace

std::optional<fs::path> socket_file(const Endpoint& endpoint) {
    constexpr std::string_view scheme = "ipc://";
    if (!endpoint.address.starts_with(scheme) || endpoint.address[scheme.size()] == '@') {
        return std::nullopt;
    }
    return fs::path{endpoint.address.substr(scheme.size())};
}

Result<void> prepare_socket_file(const fs::path& file, FileMode permissions) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (auto made = make_folder(folder, permissions); !made) {
        return made;
    }
    struct stat status{};
    if (::lstat(file.c_str(), &status) != 0) {
        if (errno == EACCES) {
            return problem("this user may not enter its folder " + folder.string());
        }
        if (errno == ENOTDIR) {
            return problem("there is something at " + folder.string() + " that is not a folder");
        }
        if (::access(folder.c_str(), W_OK) != 0) {
            return problem("this user may not write to its folder " + folder.string());
        }
        return {};
    }
    if (!S_ISSOCK(status.st_mode)) {
        return problem(
            "there is something at this path that is not a socket; remove it or choose another path");
    }
    switch (find_listener(file)) {
        case Listener::lives:
            return problem("another process listens there; stop it or choose another path");
        case Listener::unknown:
            return problem("the socket file there belongs to user " + std::to_string(status.st_uid) +
                           ", and this user may not open it; if nobody listens at it, remove it");
        case Listener::none:
            break;
    }
    if (::access(folder.c_str(), W_OK) != 0) {
        return problem("nobody listens at the socket file there, which belongs to user " +
                       std::to_string(status.st_uid) + ", but this user may not replace it: remove it");
    }
    return {};
}

}  // namespace framebridge::zmq
