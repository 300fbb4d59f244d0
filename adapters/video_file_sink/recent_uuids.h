#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace framebridge::video_sink {

/// The uuids of a source's last frames: delivery at least once may repeat them, also after an end of stream.
class RecentUuids {
  public:
    explicit RecentUuids(std::size_t most) : most_(most) {}

    /// Remembers `uuid`, and returns whether it is new.
    bool insert(std::string_view uuid) {
        const auto [position, is_new] = known_.emplace(uuid);
        if (!is_new) {
            return false;
        }
        order_.push_back(&*position);
        if (order_.size() > most_) {
            known_.erase(*order_.front());
            order_.pop_front();
        }
        return true;
    }

    /// As if the last insert() that returned true had not been.
    void forget_last() {
        known_.erase(*order_.back());
        order_.pop_back();
    }

  private:
    std::size_t most_;
    std::unordered_set<std::string> known_;
    std::deque<const std::string*> order_;  // Into known_, whose elements stay where they are.
};

}  // namespace framebridge::video_sink
