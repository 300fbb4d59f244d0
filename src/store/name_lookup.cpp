#include "store/name_lookup.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/handle.h"
#include "runtime/unique_fd.h"

namespace framebridge::store {

namespace {

using AddressList = runtime::Handle<addrinfo, &freeaddrinfo>;

std::string without_brackets(const std::string& host) {
    return host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2)
                                                                        : host;
}

ResolvedName look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* found = nullptr;
    const int error =
        getaddrinfo(without_brackets(host).c_str(), std::to_string(port).c_str(), &hints, &found);
    if (error != 0) {
        const std::string reason =
            error == EAI_SYSTEM ? std::generic_category().message(errno) : gai_strerror(error);
        return {{}, "the name '" + host + "' cannot be resolved: " + reason};
    }
    const AddressList owner(found);
    ResolvedName result;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        SocketAddress address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.size = entry->ai_addrlen;
        result.addresses.push_back(address);
    }
    return result;
}

}  // namespace

std::string SocketAddress::to_string() const {
    if (storage.ss_family == AF_UNIX) {
        return reinterpret_cast<const sockaddr_un*>(&storage)->sun_path;
    }
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (getnameinfo(get(), size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return "?";
    }
    const std::string text = host.data();
    return (text.find(':') == std::string::npos ? text : '[' + text + ']') + ':' + port.data();
}

bool SocketAddress::operator==(const SocketAddress& other) const {
    return size == other.size && std::memcmp(&storage, &other.storage, size) == 0;
}

ResolvedName resolve_name(const std::string& host, std::uint16_t port) {
    return look_up(host, port, 0);
}

std::optional<SocketAddress> unix_address(const std::string& path) {
    sockaddr_un name{};
    if (path.size() >= sizeof(name.sun_path)) {
        return std::nullopt;
    }
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, path.size());
    SocketAddress address;
    std::memcpy(&address.storage, &name, sizeof(name));
    address.size = sizeof(name);
    return address;
}

struct NameLookup::Shared {
    runtime::UniqueFd done{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::mutex mutex;
    std::optional<ResolvedName> result;

    void set(ResolvedName found) {
        const std::lock_guard lock(mutex);
        result = std::move(found);
        const std::uint64_t one = 1;
        (void)!write(done.get(), &one, sizeof(one));
    }
};

NameLookup::NameLookup(const Resolve& resolve, const std::string& host, std::uint16_t port)
    : shared_(std::make_shared<Shared>()) {
    // An address needs no server, and so no thread.
    ResolvedName numeric = look_up(host, port, AI_NUMERICHOST);
    if (numeric.error.empty()) {
        shared_->set(std::move(numeric));
        return;
    }
    if (!shared_->done) {
        shared_->set({{}, "no file descriptor is left: " + std::generic_category().message(errno)});
        return;
    }
    try {
        std::thread([shared = shared_, resolve, host, port] { shared->set(resolve(host, port)); }).detach();
    } catch (const std::system_error& error) {
        shared_->set({{}, std::string("no thread can be started: ") + error.what()});
    }
}

int NameLookup::fd() const {
    return shared_->done.get();
}

std::optional<ResolvedName> NameLookup::take() {
    const std::lock_guard lock(shared_->mutex);
    return std::exchange(shared_->result, std::nullopt);
}

}  // namespace framebridge::store
