#include "framebridge/protocol/store_address.h"
#include "fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace framebridge;
    const auto parsed = protocol::StoreAddress::parse(fuzz::view(data, size));
    if (!parsed) {
        fuzz::require(parsed.error().reason.empty() ? "a refusal gives no reason" : "");
        return 0;
    }
    const auto again = protocol::StoreAddress::parse(parsed->to_string());
    fuzz::require(!again || *again != *parsed ? "an address does not survive its own text" : "");
    return 0;
}
