#include "fuzz/check_message.h"
#include "fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace framebridge;
    const std::string_view message = fuzz::view(data, size);
    fuzz::require(MessageCheck::run(protocol::FormatChoice::savant, message));
    fuzz::require(MessageCheck::run(protocol::FormatChoice::automatic, message));
    return 0;
}
