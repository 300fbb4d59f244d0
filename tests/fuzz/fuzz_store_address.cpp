#include "framebridge/protocol/store_address.h"
#include "fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace framebridge;
    const auto parsed = protocol::StoreAddress::parse(fuzz::view(data, size));
    if (const auto* reason = std::get_if<std::string>(&parsed)) {
        fuzz::require(reason->empty() ? "a refusal gives no reason" : "");
        return 0;
    }
    const auto& address = std::get<protocol::StoreAddress>(parsed);
    const auto again = protocol::StoreAddress::parse(address.to_string());
    const auto* same = std::get_if<protocol::StoreAddress>(&again);
    fuzz::require(same == nullptr || *same != address ? "an address does not survive its own text" : "");
    return 0;
}
