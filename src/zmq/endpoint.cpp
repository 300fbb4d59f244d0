#include "zmq/endpoint.h"

#include <sys/un.h>

#include <array>
#include <charconv>
#include <optional>

namespace framebridge::zmq {

namespace {

struct TypeName {
    SocketType type;
    std::string_view name;
};

constexpr std::array<TypeName, 3> reader_types{
    {{SocketType::sub, "sub"}, {SocketType::rep, "rep"}, {SocketType::router, "router"}}};
constexpr std::array<TypeName, 3> writer_types{
    {{SocketType::pub, "pub"}, {SocketType::req, "req"}, {SocketType::dealer, "dealer"}}};

struct Role {
    std::string_view name;
    const std::array<TypeName, 3>& types;
    const std::array<TypeName, 3>& other_types;
    Endpoint bare;
    std::string_view example;
};

std::optional<SocketType> find_type(const std::array<TypeName, 3>& types, std::string_view name) {
    for (const TypeName& known : types) {
        if (known.name == name) {
            return known.type;
        }
    }
    return std::nullopt;
}

std::string allowed_names(const Role& role) {
    std::string names{role.types[0].name};
    names.append(", ").append(role.types[1].name).append(" or ").append(role.types[2].name);
    return names;
}

std::optional<std::string> problem_of_ipc(std::string_view path) {
    if (path.empty()) {
        return "the path after ipc:// is missing";
    }
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > longest) {
        return "the path after ipc:// is longer than the system's limit of " + std::to_string(longest) +
               " bytes";
    }
    return std::nullopt;
}

std::optional<std::string> problem_of_tcp(std::string_view host_and_port, bool bind) {
    const auto colon = host_and_port.rfind(':');
    if (colon == std::string_view::npos) {
        return "the port is missing";
    }
    const auto host = host_and_port.substr(0, colon);
    const auto port = host_and_port.substr(colon + 1);
    if (host.empty()) {
        return "the host before the port is missing";
    }
    if (host.find_first_of(" \t/") != std::string_view::npos) {
        return "\"" + std::string{host} + "\" is not a host";
    }
    if (host == "*" && !bind) {
        return "* is for bind only, connect needs a host";
    }
    if (host.find(':') != std::string_view::npos && (host.front() != '[' || host.back() != ']')) {
        return "\"" + std::string{host} + "\" is not a host (write an IPv6 address in brackets)";
    }
    if (port == "*") {
        return bind ? std::nullopt : std::optional<std::string>{"* is for bind only, connect needs a port"};
    }
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number == 0 || number > 65535) {
        return "\"" + std::string{port} + "\" is not a port (1 to 65535)";
    }
    return std::nullopt;
}

std::optional<std::string> problem_of_address(const Endpoint& endpoint) {
    constexpr std::string_view ipc = "ipc://";
    constexpr std::string_view tcp = "tcp://";
    const std::string_view address = endpoint.address;
    if (address.starts_with(ipc)) {
        return problem_of_ipc(address.substr(ipc.size()));
    }
    if (address.starts_with(tcp)) {
        return problem_of_tcp(address.substr(tcp.size()), endpoint.bind);
    }
    return "the address must begin with ipc:// or tcp://";
}

Result<Endpoint> parse(std::string_view text, const Role& role) {
    const auto fail = [&](const std::string& why) {
        return problem("\"" + std::string{text} + "\" is not a " + std::string{role.name} +
                       "'s endpoint: " + why + "; for example " + std::string{role.example});
    };
    Endpoint endpoint = role.bare;
    endpoint.address = text;
    if (!text.starts_with("ipc://") && !text.starts_with("tcp://")) {
        const auto colon = text.find(':');
        const auto plus = text.substr(0, colon).find('+');
        if (colon == std::string_view::npos || plus == std::string_view::npos) {
            return fail(
                "it must be TYPE+bind:ADDRESS, TYPE+connect:ADDRESS or a bare ipc:// or tcp:// address");
        }
        const auto type_name = text.substr(0, plus);
        const auto mode = text.substr(plus + 1, colon - plus - 1);
        const auto type = find_type(role.types, type_name);
        if (!type) {
            const bool other_role = find_type(role.other_types, type_name).has_value();
            return fail("the socket type must be " + allowed_names(role) + ", not \"" +
                        std::string{type_name} + "\"" + (other_role ? ", which is for the other side" : ""));
        }
        if (mode != "bind" && mode != "connect") {
            return fail("\"" + std::string{mode} + "\" must be bind or connect");
        }
        endpoint = {*type, mode == "bind", std::string{text.substr(colon + 1)}};
    }
    if (const auto why = problem_of_address(endpoint)) {
        return fail(*why);
    }
    return endpoint;
}

}  // namespace

std::string Endpoint::to_string() const {
    std::string text;
    for (const auto& types : {reader_types, writer_types}) {
        for (const TypeName& known : types) {
            if (known.type == type) {
                text = known.name;
            }
        }
    }
    return text.append(bind ? "+bind:" : "+connect:").append(address);
}

Result<Endpoint> Endpoint::parse_reader(std::string_view text) {
    return parse(text, {.name = "reader",
                        .types = reader_types,
                        .other_types = writer_types,
                        .bare = {SocketType::router, true, {}},
                        .example = "router+bind:ipc:///tmp/zmq-sockets/input.ipc"});
}

Result<Endpoint> Endpoint::parse_writer(std::string_view text) {
    return parse(text, {.name = "writer",
                        .types = writer_types,
                        .other_types = reader_types,
                        .bare = {SocketType::dealer, false, {}},
                        .example = "dealer+connect:ipc:///tmp/zmq-sockets/output.ipc"});
}

}  // namespace framebridge::zmq
