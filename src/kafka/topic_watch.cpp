#include "kafka/topic_watch.h"

#include <utility>

namespace framebridge::kafka {

void TopicWatch::statistics(const nlohmann::json& statistics) {
    std::int64_t requests = 0;
    for (const auto& broker : statistics.value("brokers", nlohmann::json::object())) {
        const auto& sent = broker.find("req");
        requests += broker.value("connects", std::int64_t{0});
        requests += sent == broker.end() ? 0 : sent->value("Metadata", std::int64_t{0});
    }
    suspected_ = suspected_ || requests != requests_;
    requests_ = requests;
}

std::vector<std::int32_t> TopicWatch::take_remade(GroupOffsets& offsets) {
    std::vector<std::int32_t> remade;
    if (check_ == nullptr) {
        if (suspected_) {
            suspected_ = false;
            if (auto anchors = offsets.anchors(); !anchors.empty()) {
                check_ = std::make_unique<TopicCheck>(config_, std::move(anchors), offsets.last_read());
            }
        }
        return remade;
    }
    const auto there = check_->outcome();
    if (!there) {
        return remade;
    }
    const auto check = std::exchange(check_, nullptr);
    const auto anchors = offsets.anchors();
    for (const auto& [partition, mark] : *there) {
        const auto& anchor = check->anchors().at(partition);
        const auto current = anchors.find(partition);
        if (current == anchors.end() || current->second != anchor) {
            continue;
        }
        if (mark != anchor) {
            offsets.rewind(partition);
            remade.push_back(partition);
        } else if (const auto next = check->last_read().find(partition); next != check->last_read().end()) {
            offsets.confirm(partition, anchor, next->second);
        }
    }
    return remade;
}

void TopicWatch::add_to(runtime::PollSet& poll_set) const {
    if (check_ != nullptr) {
        poll_set.add_fd(check_->fd(), runtime::PollEvents::readable);
    }
}

}  // namespace framebridge::kafka
