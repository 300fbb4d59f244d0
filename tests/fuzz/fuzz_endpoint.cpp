#include "fuzz/fuzzer.h"
#include "zmq/endpoint.h"

namespace {

using framebridge::Endpoint;

void check(std::variant<zmq::Endpoint, std::string> (*parse)(std::string_view), std::string_view text) {
    const auto parsed = parse(text);
    if (const auto* reason = std::get_if<std::string>(&parsed)) {
        framebridge::fuzz::require(reason->empty() ? "a refusal gives no reason" : "");
        return;
    }
    const auto& endpoint = std::get<zmq::Endpoint>(parsed);
    const auto again = parse(endpoint.to_string());
    const auto* same = std::get_if<zmq::Endpoint>(&again);
    framebridge::fuzz::require(
        same == nullptr || !(*same == endpoint) ? "an endpoint does not survive its own text" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = framebridge::fuzz::view(data, size);
    check(zmq::Endpoint::parse_reader, text);
    check(zmq::Endpoint::parse_writer, text);
    return 0;
}
