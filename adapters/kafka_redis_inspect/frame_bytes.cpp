#include "kafka_redis_inspect/frame_bytes.h"

#include <variant>

namespace framebridge::inspect {

std::optional<std::string> frame_bytes(const protocol::Content& content, StoreLookup& lookup) {
    if (const auto* inlined = std::get_if<protocol::InlineContent>(&content)) {
        return std::string(inlined->bytes);
    }
    const auto* reference = std::get_if<protocol::ContentReference>(&content);
    if (reference == nullptr || !lookup.follows(reference->store)) {
        return std::nullopt;
    }
    auto stored = std::move(lookup.ask(reference->store, {reference->key}, Look::content).front());
    if (!stored.exists || (reference->size && *reference->size != stored.size)) {
        return std::nullopt;
    }
    return std::move(stored.content);
}

}  // namespace framebridge::inspect
