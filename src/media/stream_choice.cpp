#include "media/stream_choice.h"

#include <utility>

namespace framebridge::media {

namespace {

/// How far streams of one file are apart in it, at most.
constexpr std::int64_t interleaving = AV_TIME_BASE;

/// So many packets are not held, whatever times they have.
constexpr std::size_t max_successor = 1024;

/// The id of the stream's program; nothing: the file has no programs.
std::optional<int> program_of(AVFormatContext& input, int stream) {
    const auto* program = av_find_program_from_stream(&input, nullptr, stream);
    return program != nullptr ? std::optional(program->id) : std::nullopt;
}

std::int64_t start_of(const AVStream& stream) {
    return stream.start_time == AV_NOPTS_VALUE
               ? AV_NOPTS_VALUE
               : av_rescale_q(stream.start_time, stream.time_base, AV_TIME_BASE_Q);
}

}  // namespace

bool is_no_video(const AVStream& stream) {
    const auto codec = stream.codecpar->codec_id;
    return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 || codec == AV_CODEC_ID_ANSI ||
           codec == AV_CODEC_ID_BINTEXT || codec == AV_CODEC_ID_XBIN || codec == AV_CODEC_ID_IDF;
}

StreamChoice::StreamChoice(AVFormatContext& input) : input_(input) {
    current_ = av_find_best_stream(&input, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (current_ < 0 || is_no_video(*input.streams[current_])) {
        current_ = -1;
        return;
    }
    program_ = program_of(input, current_);
    // One that begins well before the best one may be followed by it.
    for (int index = 0; index < static_cast<int>(input.nb_streams); ++index) {
        const auto best = start_of(*input.streams[current_]);
        const auto start = start_of(*input.streams[index]);
        if (is_candidate(index) && best != AV_NOPTS_VALUE && start != AV_NOPTS_VALUE &&
            start + interleaving < best) {
            current_ = index;
        }
    }
}

bool StreamChoice::is_candidate(int index) const {
    const auto& stream = *input_.streams[index];
    return index != current_ && stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_no_video(stream) &&
           beside_.count(index) == 0 && program_of(input_, index) == program_;
}

std::int64_t StreamChoice::time_of(const AVPacket& packet) const {
    const auto time = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
    return time == AV_NOPTS_VALUE
               ? AV_NOPTS_VALUE
               : av_rescale_q(time, input_.streams[packet.stream_index]->time_base, AV_TIME_BASE_Q);
}

void StreamChoice::push(AvPacket packet) {
    const auto index = packet->stream_index;
    const auto time = time_of(*packet);
    if (index == current_) {
        last_time_ = time != AV_NOPTS_VALUE ? time : last_time_;
        if (!successor_.empty() && time_of(*successor_.front()) + interleaving < last_time_) {
            leave_beside();
        }
        current_goes_on_ = true;
        ready_.push_back(std::move(packet));
        return;
    }
    if (time == AV_NOPTS_VALUE || !is_candidate(index) ||
        (!successor_.empty() && successor_.front()->stream_index != index)) {
        return;
    }
    if (successor_.empty()) {
        current_goes_on_ = false;
    }
    successor_.push_back(std::move(packet));
    if ((last_time_ != AV_NOPTS_VALUE && time > last_time_ + interleaving) ||
        (successor_.size() == max_successor && !current_goes_on_)) {
        go_on_with_successor();
    } else if (successor_.size() == max_successor) {
        leave_beside();
    }
}

void StreamChoice::leave_beside() {
    beside_.insert(successor_.front()->stream_index);
    successor_.clear();
}

void StreamChoice::go_on_with_successor() {
    current_ = successor_.front()->stream_index;
    beside_.clear();
    last_time_ = time_of(*successor_.back());
    for (auto& packet : std::exchange(successor_, {})) {
        ready_.push_back(std::move(packet));
    }
}

void StreamChoice::finish() {
    if (!successor_.empty() && (last_time_ == AV_NOPTS_VALUE || time_of(*successor_.back()) > last_time_)) {
        go_on_with_successor();
    }
}

AvPacket StreamChoice::pop() {
    if (ready_.empty()) {
        return nullptr;
    }
    auto packet = std::move(ready_.front());
    ready_.pop_front();
    return packet;
}

}  // namespace framebridge::media
