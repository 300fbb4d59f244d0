#include "store/send_queue.h"

#include <algorithm>

namespace framebridge::store {

namespace {
constexpr std::size_t compact_above = std::size_t{64} << 10;
}

void SendQueue::append(std::string_view text) {
    text_ += text;
    if (empty() || segments_.back().content != nullptr) {
        segments_.push_back({nullptr, 0});
    }
    segments_.back().size += text.size();
}

void SendQueue::append_number(char type, std::size_t number) {
    char line[24];
    line[0] = type;
    char* end = std::to_chars(line + 1, line + sizeof(line) - 2, number).ptr;
    *end++ = '\r';
    *end++ = '\n';
    append({line, end});
}

void SendQueue::begin_command(std::size_t count) {
    append_number('*', count);
}

void SendQueue::argument(std::string_view text) {
    append_number('$', text.size());
    append(text);
    append("\r\n");
}

void SendQueue::content(std::span<const std::string_view> parts, std::size_t size) {
    append_number('$', size);
    for (const std::string_view part : parts) {
        if (!part.empty()) {
            segments_.push_back({part.data(), part.size()});
        }
    }
    append("\r\n");
}

void SendQueue::command(std::initializer_list<std::string_view> arguments) {
    begin_command(arguments.size());
    for (const std::string_view text : arguments) {
        argument(text);
    }
}

void SendQueue::clear() {
    text_.clear();
    segments_.clear();
    first_ = 0;
    text_position_ = 0;
}

std::size_t SendQueue::next(std::span<iovec> pieces) const {
    const std::size_t count = std::min(pieces.size(), segments_.size() - first_);
    const char* text = text_.data() + text_position_;
    for (std::size_t i = 0; i < count; ++i) {
        const Segment& segment = segments_[first_ + i];
        const char* begin = segment.content != nullptr ? segment.content : text;
        if (segment.content == nullptr) {
            text += segment.size;
        }
        pieces[i] = {const_cast<char*>(begin), segment.size};  // NOLINT: iovec serves reading and writing
    }
    return count;
}

void SendQueue::sent(std::size_t bytes) {
    while (bytes > 0) {
        Segment& segment = segments_[first_];
        const std::size_t taken = std::min(bytes, segment.size);
        if (segment.content != nullptr) {
            segment.content += taken;
        } else {
            text_position_ += taken;
        }
        segment.size -= taken;
        bytes -= taken;
        if (segment.size == 0) {
            ++first_;
        }
    }
    if (empty()) {
        clear();
    } else if (text_position_ > compact_above) {
        text_.erase(0, text_position_);
        text_position_ = 0;
        segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

}  // namespace framebridge::store
