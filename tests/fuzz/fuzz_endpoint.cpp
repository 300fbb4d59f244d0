#include "fuzz/fuzzer.h"
#include "zmq/endpoint.h"

namespace {

using framebridge::Result;
using framebridge::zmq::Endpoint;

void check(Result<Endpoint> (*parse)(std::string_view), std::string_view text) {
    const auto parsed = parse(text);
    if (!parsed) {
        framebridge::fuzz::require(parsed.error().reason.empty() ? "a refusal gives no reason" : "");
        return;
    }
    const auto again = parse(parsed->to_string());
    framebridge::fuzz::require(!again || !(*again == *parsed) ? "an endpoint does not survive its own text"
                                                              : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = framebridge::fuzz::view(data, size);
    check(Endpoint::parse_reader, text);
    check(Endpoint::parse_writer, text);
    return 0;
}
