#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "framebridge/protocol/content.h"
#include "protocol/msgpack_reader.h"

namespace framebridge::protocol::native {

/// Reads the value of a frame's `content`; optional keys of a wrong type are skipped and counted in
/// `skipped_keys`.
Content read_content(MsgpackReader& reader, std::uint32_t& skipped_keys);

/// Appends the value of a frame's `content` to `head`, but for an inline content's bytes, which are to follow
/// it: those are returned.
std::string_view write_content(const Content& content, std::string& head);

}  // namespace framebridge::protocol::native
