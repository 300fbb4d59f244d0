#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/buffer.h"
#include "store/frame_store.h"

namespace framebridge::store {

struct Reply {
    enum class Kind {
        status,
        error,
        integer,
        content,
        nil,
        array,  ///< `integer` replies follow, each a reply of its own.
    };
    Kind kind = Kind::nil;
    std::string text;  ///< Of a status or an error.
    std::int64_t integer = 0;
    std::shared_ptr<runtime::Buffer> content;
};

/// Cuts what a Redis server sends (RESP2) into replies. hiredis' reader would copy each content twice; this
/// one has the socket write the greater part of it to where it stays.
class ReplyStream {
  public:
    enum class Status {
        complete,    ///< `reply` is set.
        incomplete,  ///< More bytes are needed.
        malformed,   ///< Not RESP2; the stream is of no more use.
        too_long,    ///< A content beyond the limit, `reply.integer` bytes; the stream is of no more use.
        no_memory,   ///< Nor is there room for this content now.
    };

    /// Where the next bytes shall be received: one or two pieces, valid until anything else is called. To be
    /// called when next() said `incomplete`.
    std::span<iovec> space();
    /// `bytes` were received there.
    void received(std::size_t bytes);
    /// The next reply; if it is a content that begins now, of at most `max_content` bytes.
    Status next(Reply& reply, std::size_t max_content);
    /// Whether what came is the beginning of a TLS record instead.
    [[nodiscard]] bool looks_like_tls() const;
    void clear();

  private:
    Status content_header(std::string_view digits, Reply& reply, std::size_t max_content);
    Status content_body(Reply& reply);

    std::array<char, std::size_t{16} << 10> bytes_;
    std::size_t begin_ = 0;  // Of what was received and not used yet,
    std::size_t end_ = 0;    // and its end.
    std::array<iovec, 2> space_{};
    std::shared_ptr<runtime::Buffer> content_;  // The content that is being received,
    std::size_t filled_ = 0;                    // and how much of it is there.
};

}  // namespace framebridge::store
