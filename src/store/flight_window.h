#pragma once

#include <algorithm>
#include <cstddef>

namespace framebridge::store {

/// Bounds what is in flight, in commands and in payload bytes of both directions. One command always may be.
/// Halves with every connection that ends while something is in flight, as a server may cut those that ask
/// for more than its client-output-buffer-limit, down to one command; grows again while answers come.
class FlightWindow {
  public:
    FlightWindow(std::size_t max_commands, std::size_t max_bytes)
        : max_commands_(max_commands), max_bytes_(max_bytes) {}

    [[nodiscard]] bool has_room(std::size_t bytes) const {
        if (commands_ == 0) {
            return true;
        }
        return commands_ < limit(max_commands_) &&
               (bytes == 0 || bytes_ == 0 ||
                (bytes_ < limit(max_bytes_) && bytes <= limit(max_bytes_) - bytes_));
    }
    void sent(std::size_t bytes) {
        ++commands_;
        bytes_ += bytes;
    }
    void answered(std::size_t bytes) {
        --commands_;
        bytes_ -= bytes;
        if (halvings_ > 0 && ++answers_ >= limit(max_commands_) * windows_before_growth) {
            --halvings_;
            answers_ = 0;
        }
    }
    /// The store ended the connection.
    void cut() {
        if (commands_ > 0 && limit(max_commands_) > 1) {
            ++halvings_;
        }
        clear();
    }
    /// Nothing is in flight any more.
    void clear() {
        commands_ = 0;
        bytes_ = 0;
        answers_ = 0;
    }
    /// Only one command may be in flight now.
    [[nodiscard]] bool is_closed() const { return limit(max_commands_) == 1; }

  private:
    static constexpr std::size_t windows_before_growth = 16;
    [[nodiscard]] std::size_t limit(std::size_t max) const {
        return std::max<std::size_t>(max >> halvings_, 1);
    }

    std::size_t max_commands_;
    std::size_t max_bytes_;
    std::size_t commands_ = 0;
    std::size_t bytes_ = 0;
    unsigned halvings_ = 0;
    std::size_t answers_ = 0;  // Since the window last changed.
};

}  // namespace framebridge::store
