#include "framebridge/protocol/parts.h"

#include <algorithm>
#include <string>

namespace framebridge::protocol {

namespace {

bool is_attached(const Frame& frame) {
    return std::holds_alternative<AttachedContent>(frame.content);
}

bool is_foreign(const Frame& frame) {
    return std::holds_alternative<ForeignContent>(frame.content);
}

// Whether a later version of the format may have given its parts a meaning that is not known here.
bool may_have_parts(const Envelope& envelope) {
    return envelope.format == Format::savant || envelope.kind == MessageKind::unknown ||
           std::any_of(envelope.frames.begin(), envelope.frames.end(), is_foreign);
}

std::string count_of(std::size_t number, const char* what) {
    return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

}  // namespace

Result<AssignedParts> assign_parts(const Envelope& envelope, std::span<const std::size_t> sizes) {
    AssignedParts assigned;
    assigned.frames.resize(envelope.frames.size());
    const auto attached =
        static_cast<std::size_t>(std::count_if(envelope.frames.begin(), envelope.frames.end(), is_attached));
    if (sizes.size() < attached || (attached > 0 && sizes.empty())) {
        return problem("the message has " + count_of(attached, "`attached` frame") + ", but " +
                       count_of(sizes.size(), "part") + " came behind it");
    }

    std::size_t next = 0;
    for (std::size_t index = 0; index < envelope.frames.size(); ++index) {
        if (is_attached(envelope.frames[index])) {
            const bool has_all = envelope.kind == MessageKind::video_frame;
            assigned.frames[index] = {next, has_all ? sizes.size() : next + 1};
            next = assigned.frames[index].end;
        }
    }
    for (; next < sizes.size(); ++next) {
        if (sizes[next] > 0) {
            assigned.unclaimed.push_back(next);
        }
    }
    // A batch's attached frames count its parts off: one too many means that they are not whose they seem to
    // be.
    if (!assigned.unclaimed.empty() && (attached > 0 || !may_have_parts(envelope))) {
        return problem("the message has " + count_of(attached, "`attached` frame") + ", but " +
                       count_of(sizes.size(), "part") + " came behind it: no frame claims the last " +
                       std::to_string(assigned.unclaimed.size()));
    }
    return assigned;
}

}  // namespace framebridge::protocol
