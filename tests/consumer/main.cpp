#include <framebridge/protocol/envelope.h>
#include <framebridge/protocol/messages.h>
#include <framebridge/protocol/parts.h>
#include <framebridge/protocol/store_address.h>

#include <cstdio>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace protocol = framebridge::protocol;

/// Writes a frame in each format, reads it back, and moves its bytes into a store's reference.
int main() {
    const auto address = protocol::StoreAddress::parse("[::1]:6380:2");
    if (!address || address->db != 2) {
        std::puts("the store's address was not read");
        return 1;
    }
    for (const auto format : {protocol::Format::native, protocol::Format::savant}) {
        protocol::VideoFrame frame;
        frame.source_id = "camera-1";
        frame.uuid = protocol::make_uuid();
        frame.framerate = "25/1";
        frame.content = protocol::InlineContent{"the frame's bytes"};
        const std::string message = protocol::encode(format, frame);

        protocol::Envelope envelope;
        if (const auto decoded = protocol::decode(protocol::FormatChoice::automatic, message, envelope);
            !decoded) {
            std::puts(decoded.error().to_string().c_str());
            return 1;
        }
        const protocol::Content reference =
            protocol::ContentReference{.store = "store:6379:0", .key = "frames:1", .size = 17, .hash = {}};
        std::string rewritten;
        protocol::rewrite(envelope, std::vector<std::optional<protocol::Content>>{reference}, rewritten);

        protocol::Envelope read;
        const auto decoded = protocol::decode(protocol::FormatChoice::automatic, rewritten, read);
        if (!decoded || read.format != format || read.source_id != "camera-1" || read.frames.size() != 1 ||
            std::get<protocol::ContentReference>(read.frames[0].content).key != "frames:1") {
            std::puts("the message was not read as it was written");
            return 1;
        }
    }
    return 0;
}
