#include "store/reply_stream.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>

namespace framebridge::store {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::int64_t max_array = 1024;  // What a frame store asks for is answered by a few.

bool parse(std::string_view digits, std::int64_t& number) {
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    return error == std::errc{} && end == digits.end();
}

}  // namespace

std::span<iovec> ReplyStream::space() {
    if (begin_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const iovec rest{bytes_.data() + end_, bytes_.size() - end_};
    if (content_ && filled_ < content_->size()) {
        space_ = {iovec{content_->data() + filled_, content_->size() - filled_}, rest};
        return space_;
    }
    space_[0] = rest;
    return std::span(space_).first(1);
}

void ReplyStream::received(std::size_t bytes) {
    if (content_) {
        const std::size_t taken = std::min(bytes, content_->size() - filled_);
        filled_ += taken;
        bytes -= taken;
    }
    end_ += bytes;
}

ReplyStream::Status ReplyStream::next(Reply& reply, std::size_t max_content) {
    if (content_) {
        return content_body(reply);
    }
    const std::string_view received(bytes_.data() + begin_, end_ - begin_);
    const std::size_t length = received.find(line_end);
    if (length == std::string_view::npos) {
        return received.size() < bytes_.size() ? Status::incomplete : Status::malformed;
    }
    if (length == 0) {
        return Status::malformed;
    }
    begin_ += length + line_end.size();
    const std::string_view text = received.substr(1, length - 1);
    reply.content.reset();
    switch (received.front()) {
        case '+':
            reply.kind = Reply::Kind::status;
            reply.text = text;
            return Status::complete;
        case '-':
            reply.kind = Reply::Kind::error;
            reply.text = text;
            return Status::complete;
        case ':':
            reply.kind = Reply::Kind::integer;
            return parse(text, reply.integer) ? Status::complete : Status::malformed;
        case '$':
            return content_header(text, reply, max_content);
        case '*':
            reply.kind = Reply::Kind::array;
            return parse(text, reply.integer) && reply.integer <= max_array ? Status::complete
                                                                            : Status::malformed;
        default:
            return Status::malformed;
    }
}

ReplyStream::Status ReplyStream::content_header(std::string_view digits, Reply& reply,
                                                std::size_t max_content) {
    std::int64_t size = 0;
    if (!parse(digits, size) || size < -1) {
        return Status::malformed;
    }
    if (size == -1) {
        reply.kind = Reply::Kind::nil;
        return Status::complete;
    }
    if (static_cast<std::uint64_t>(size) > max_content) {
        reply.integer = size;
        return Status::too_long;
    }
    try {
        content_ = std::make_shared<runtime::Buffer>(static_cast<std::size_t>(size));
    } catch (const std::bad_alloc&) {
        return Status::no_memory;
    }
    filled_ = std::min(content_->size(), end_ - begin_);
    std::copy_n(bytes_.data() + begin_, filled_, content_->data());
    begin_ += filled_;
    return content_body(reply);
}

ReplyStream::Status ReplyStream::content_body(Reply& reply) {
    if (filled_ < content_->size() || end_ - begin_ < line_end.size()) {
        return Status::incomplete;
    }
    if (std::string_view(bytes_.data() + begin_, line_end.size()) != line_end) {
        return Status::malformed;
    }
    begin_ += line_end.size();
    reply.kind = Reply::Kind::content;
    reply.content = std::move(content_);
    return Status::complete;
}

bool ReplyStream::looks_like_tls() const {
    constexpr char alert = 0x15;
    constexpr char handshake = 0x16;
    return end_ - begin_ >= 2 && (bytes_[begin_] == alert || bytes_[begin_] == handshake) &&
           bytes_[begin_ + 1] == 3;
}

void ReplyStream::clear() {
    begin_ = 0;
    end_ = 0;
    content_.reset();
    filled_ = 0;
}

}  // namespace framebridge::store
