// writer -> [frame, end of stream] -> video-file-sink -> file; the acknowledgement is what the writer gets.

#include <gmock/gmock.h>

#include "media_support/clips.h"
#include "support/fakes.h"
#include "support/messages.h"
#include "video_file_sink/video_file_sink.h"

namespace framebridge::video_sink::testing {

using framebridge::testing::end_of_stream_message;
using framebridge::testing::FakeReceiver;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Outcome = zmq::Answer::Outcome;

/// Runs `before_end` before it gives out the end of the stream.
struct ReceiverWithAnAccident : FakeReceiver {
    std::function<void()> before_end;

    bool receive(zmq::ReceivedMessage& message) override {
        if (queue.size() == 1) {
            before_end();
        }
        return FakeReceiver::receive(message);
    }
};

class EndOfStream : public ::testing::TestWithParam<protocol::Format> {
  protected:
    void send_stream() {
        protocol::VideoFrame frame;
        frame.source_id = "cam";
        frame.uuid = framebridge::testing::uuid_of(1);
        frame.framerate = "25/1";
        frame.width = 64;
        frame.height = 48;
        frame.codec = "jpeg";
        frame.content = protocol::AttachedContent{};
        receiver_.push("cam", encode(GetParam(), frame), {"\xff\xd8 a picture \xff\xd9"});
        receiver_.push("cam", end_of_stream_message("cam", GetParam()));
    }
    VideoFileSinkReport run(zmq::SocketType reader) {
        VideoFileSinkConfig config;
        config.receiver.endpoint.type = reader;
        config.recording.folder = folder_ / "out";
        config.exit_after_ends = 1;
        runtime::StopSignal stop;
        return VideoFileSink(config, receiver_, [] {}).run(stop);
    }
    std::vector<Outcome> outcomes() const {
        std::vector<Outcome> outcomes;
        for (const auto& answer : receiver_.acknowledged) {
            outcomes.push_back(answer.outcome);
        }
        return outcomes;
    }

    test::TemporaryFolder folder_;
    ReceiverWithAnAccident receiver_;
};

TEST_P(EndOfStream, IsAcknowledgedWhenItsFileIsComplete) {
    send_stream();
    receiver_.before_end = [] {};

    const auto report = run(zmq::SocketType::router);

    EXPECT_THAT(outcomes(), ElementsAre(Outcome::kept, Outcome::kept));
    EXPECT_EQ(report.recorded.kept.frames, 1U);
}

TEST_P(EndOfStream, IsRefusedWithTheReasonWhenItsFileFailed) {
    send_stream();
    receiver_.before_end = [this] { std::filesystem::remove_all(folder_ / "out"); };

    const auto report = run(zmq::SocketType::rep);

    EXPECT_EQ(report.failures, 1U);
    EXPECT_THAT(outcomes(), ElementsAre(Outcome::kept, Outcome::refused));
    EXPECT_THAT(receiver_.acknowledged.back().reason, HasSubstr("No such file"));
}

// Savant's writers know no other answer than OK, so a ROUTER gives them none.
TEST_P(EndOfStream, ARouterRefusesOnlyANativeOneWhenItsFileFailed) {
    send_stream();
    receiver_.before_end = [this] { std::filesystem::remove_all(folder_ / "out"); };

    run(zmq::SocketType::router);

    if (GetParam() == protocol::Format::savant) {
        EXPECT_THAT(outcomes(), ElementsAre(Outcome::kept));
    } else {
        EXPECT_THAT(outcomes(), ElementsAre(Outcome::kept, Outcome::refused));
    }
}

INSTANTIATE_TEST_SUITE_P(Format, EndOfStream,
                         ::testing::Values(protocol::Format::native, protocol::Format::savant),
                         [](const auto& info) { return std::string(to_string(info.param)); });

}  // namespace framebridge::video_sink::testing
