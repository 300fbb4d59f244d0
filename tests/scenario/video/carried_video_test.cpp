// clips -> video-file-source -> ipc socket -> video-file-sink -> files, in one process, a thread each:
//
//     clip.mp4 ─ run_video_file_source ─ (dealer|req|pub) ── ipc ── (router|rep|sub) ─ run_video_file_sink ─
//     out/*.mp4

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <future>
#include <thread>

#include "common/exit_code.h"
#include "media_support/clips.h"
#include "runtime/failure.h"
#include "video_file_sink/run.h"
#include "video_file_source/run.h"

namespace framebridge {
namespace {

using namespace video_sink;
using namespace video_source;

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* h264 = "-c:v libx264 -preset veryfast -bf 3 -g 12 -pix_fmt yuv420p";

struct SocketPair {
    const char* name;
    zmq::SocketType writer;
    zmq::SocketType reader;
};
constexpr SocketPair dealer_router{"DealerRouter", zmq::SocketType::dealer, zmq::SocketType::router};

class CarriedVideo : public testing::Test {
  protected:
    // Made before there are threads: ThreadSanitizer does not see how libspdlog guards its making.
    static void SetUpTestSuite() { (void)spdlog::default_logger_raw(); }

    /// Starts a sink that ends after so many ends of stream.
    void start_sink(std::uint32_t ends, zmq::SocketType reader = zmq::SocketType::router) {
        sink_config_.receiver.endpoint = {reader, true, address()};
        sink_config_.recording.folder = out_.path();
        sink_config_.receiver.linger = 10s;
        sink_config_.exit_after_ends = ends;
        sink_ =
            std::async(std::launch::async, [this] { return run_video_file_sink(sink_config_, sink_stop_); });
    }
    void add_source(const std::string& source_id, const std::vector<std::string>& files) {
        SourceFiles source{source_id, {}};
        for (const auto& file : files) {
            source.files.push_back({in_ / file, true});
        }
        source_config_.sources.push_back(source);
    }
    int send(zmq::SocketType writer = zmq::SocketType::dealer) {
        source_config_.sender.endpoint = {writer, false, address()};
        return run_video_file_source(source_config_, source_stop_);
    }
    int sink_result() {
        if (sink_.wait_for(30s) != std::future_status::ready) {
            ADD_FAILURE() << "the sink did not see the ends of stream";
            sink_stop_.request();
        }
        return sink_.get();
    }
    void TearDown() override {
        sink_stop_.request();
        source_stop_.request();
    }
    [[nodiscard]] std::string address() const { return "ipc://" + (sockets_ / "video").string(); }
    void expect_equal(const std::string& input, const std::string& output) {
        EXPECT_EQ(test::probe_packets(in_ / input), test::probe_packets(out_ / output));
        EXPECT_EQ(test::picture_hashes(in_ / input), test::picture_hashes(out_ / output));
        EXPECT_EQ(test::probe_stream(in_ / input, "time_base"),
                  test::probe_stream(out_ / output, "time_base"));
    }

    test::TemporaryFolder in_;
    test::TemporaryFolder out_;
    test::TemporaryFolder sockets_;
    runtime::StopSignal source_stop_;
    runtime::StopSignal sink_stop_;
    VideoFileSourceConfig source_config_;
    VideoFileSinkConfig sink_config_;
    std::future<int> sink_;
};

class EachFormatAndSocketPair : public CarriedVideo,
                                public testing::WithParamInterface<std::tuple<protocol::Format, SocketPair>> {
};

TEST_P(EachFormatAndSocketPair, ComesOutEqual) {
    const auto& [format, sockets] = GetParam();
    test::make_clip(in_ / "clip.mp4", h264);
    source_config_.play.messages.format = format;
    add_source("cam-1", {"clip.mp4"});
    // PUB drops what a subscriber has no room for, and sends to nobody before one is connected.
    source_config_.sender.send_high_water_mark = 1000;
    sink_config_.receiver.receive_high_water_mark = 1000;
    // A REQ writer is sure of its last answer only while the reader is there.
    const bool acknowledged = sockets.writer == zmq::SocketType::req;
    start_sink(acknowledged ? 0 : 1, sockets.reader);
    if (sockets.writer == zmq::SocketType::pub) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!std::filesystem::exists(sockets_ / "video") && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::yield();
        }
        source_config_.start_delay = 3s;
    }
    EXPECT_EQ(send(sockets.writer), 0);
    if (acknowledged) {
        sink_stop_.request();
    }
    EXPECT_EQ(sink_result(), 0);
    EXPECT_THAT(out_.files(), ElementsAre("cam-1_0001.mp4"));
    expect_equal("clip.mp4", "cam-1_0001.mp4");
}

INSTANTIATE_TEST_SUITE_P(
    All, EachFormatAndSocketPair,
    testing::Combine(testing::Values(protocol::Format::native, protocol::Format::savant),
                     testing::Values(dealer_router,
                                     SocketPair{"ReqRep", zmq::SocketType::req, zmq::SocketType::rep},
                                     SocketPair{"PubSub", zmq::SocketType::pub, zmq::SocketType::sub},
                                     SocketPair{"ReqRouter", zmq::SocketType::req, zmq::SocketType::router})),
    [](const auto& info) {
        return (std::get<0>(info.param) == protocol::Format::native ? "Native" : "Savant") +
               std::string(std::get<1>(info.param).name);
    });

class EachCodec
    : public CarriedVideo,
      public testing::WithParamInterface<std::tuple<protocol::Format, std::pair<const char*, const char*>>> {
};

/// What a codec keeps beside its packets must arrive as well.
TEST_P(EachCodec, ComesOutEqual) {
    const auto& [format, codec] = GetParam();
    const auto& [container, encoding] = codec;
    test::make_clip(in_ / (std::string("clip.") + container), encoding, "25", "1");
    source_config_.play.messages.format = format;
    sink_config_.recording.container.fixed =
        container == std::string("mp4") ? media::Container::mp4 : media::Container::mkv;
    add_source("cam-1", {std::string("clip.") + container});
    start_sink(1);
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(sink_result(), 0);
    expect_equal(std::string("clip.") + container, std::string("cam-1_0001.") + container);
}

INSTANTIATE_TEST_SUITE_P(
    All, EachCodec,
    testing::Combine(
        testing::Values(protocol::Format::native, protocol::Format::savant),
        testing::Values(
            std::pair{
                "mp4",
                "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=2 -pix_fmt yuv420p"},
            std::pair{"mp4", "-c:v mjpeg"}, std::pair{"mp4", "-c:v mpeg4 -bf 2"},
            std::pair{"mp4", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"},
            std::pair{"mp4", "-c:v libaom-av1 -cpu-used 8 -usage realtime"}, std::pair{"mkv", "-c:v ffv1"})));

/// Three sources at once, of different codecs, interleaved on one socket.
TEST_F(CarriedVideo, SeveralSourcesAtOnce) {
    test::make_clip(in_ / "one.mp4", h264);
    test::make_clip(in_ / "two.mp4", "-c:v mjpeg", "10");
    test::make_clip(in_ / "three.mp4", h264, "24000/1001");
    add_source("one", {"one.mp4"});
    add_source("two/sub", {"two.mp4"});
    add_source("three", {"three.mp4"});
    start_sink(3);
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(sink_result(), 0);
    EXPECT_THAT(out_.files(), ElementsAre("one_0001.mp4", "three_0001.mp4", "two%2Fsub_0001.mp4"));
    expect_equal("one.mp4", "one_0001.mp4");
    expect_equal("two.mp4", "two%2Fsub_0001.mp4");
    expect_equal("three.mp4", "three_0001.mp4");
}

/// By default every file of every round is a stream, and a file again.
TEST_F(CarriedVideo, FilesOfOneSourceLooped) {
    test::make_clip(in_ / "a.mp4", h264, "25", "1");
    test::make_clip(in_ / "b.mp4", "-c:v mjpeg", "10", "1");
    add_source("cam", {"a.mp4", "b.mp4"});
    source_config_.play.rounds = 2;
    start_sink(4);
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(sink_result(), 0);
    EXPECT_THAT(out_.files(), ElementsAre("cam_0001.mp4", "cam_0002.mp4", "cam_0003.mp4", "cam_0004.mp4"));
    expect_equal("a.mp4", "cam_0001.mp4");
    expect_equal("b.mp4", "cam_0002.mp4");
    expect_equal("a.mp4", "cam_0003.mp4");
    expect_equal("b.mp4", "cam_0004.mp4");
}

/// Without an end of stream between, rounds are one stream with ascending times.
TEST_F(CarriedVideo, LoopedAsOneStream) {
    test::make_clip(in_ / "clip.mp4", h264, "25", "1");
    add_source("cam", {"clip.mp4"});
    source_config_.play.rounds = 3;
    source_config_.play.end_of_stream_per_file = false;
    start_sink(1);
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(sink_result(), 0);
    EXPECT_THAT(out_.files(), ElementsAre("cam_0001.mp4"));

    const auto once = test::probe_packets(in_ / "clip.mp4");
    const auto thrice = test::probe_packets(out_ / "cam_0001.mp4");
    ASSERT_EQ(thrice.size(), 3 * once.size());
    // 25 frames a round, 512 ticks each.
    for (std::size_t index = 0; index < thrice.size(); ++index) {
        const auto& original = once[index % once.size()];
        const auto shift = static_cast<std::int64_t>(index / once.size() * once.size()) * 512;
        EXPECT_EQ(std::stoll(thrice[index].pts), std::stoll(original.pts) + shift);
        EXPECT_EQ(std::stoll(thrice[index].dts), std::stoll(original.dts) + shift);
        EXPECT_EQ(thrice[index].flags, original.flags);
    }
    auto pictures = test::picture_hashes(in_ / "clip.mp4");
    const auto first_round = pictures;
    pictures.insert(pictures.end(), first_round.begin(), first_round.end());
    pictures.insert(pictures.end(), first_round.begin(), first_round.end());
    EXPECT_EQ(pictures, test::picture_hashes(out_ / "cam_0001.mp4"));
}

/// At the pace of its times a clip of one second does not take less than its last frame's time.
TEST_F(CarriedVideo, RealtimeTakesItsTime) {
    test::make_clip(in_ / "clip.mp4", "-c:v mjpeg", "10", "1");
    add_source("cam", {"clip.mp4"});
    source_config_.play.realtime = true;
    start_sink(1);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(send(), 0);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 900ms);
    EXPECT_EQ(sink_result(), 0);
    expect_equal("clip.mp4", "cam_0001.mp4");
}

/// A file that is no video fails alone.
TEST_F(CarriedVideo, ABrokenFileStopsNothing) {
    std::ofstream(in_ / "broken.mp4") << "no video at all";
    test::make_clip(in_ / "clip.mp4", h264, "25", "1");
    add_source("cam", {"broken.mp4", "clip.mp4"});
    start_sink(1);
    EXPECT_EQ(send(), static_cast<int>(ExitCode::data_error));
    EXPECT_EQ(sink_result(), 0);
    expect_equal("clip.mp4", "cam_0001.mp4");
}

/// A stop ends the stream; the sink's file is a whole one with the frames that were sent.
TEST_F(CarriedVideo, StoppedSourceEndsItsStream) {
    test::make_clip(in_ / "clip.mp4", h264, "25", "1");
    add_source("cam", {"clip.mp4"});
    source_config_.play.rounds.reset();
    source_config_.play.end_of_stream_per_file = false;
    source_config_.play.realtime = true;
    start_sink(1);
    auto source = std::async(std::launch::async, [this] { return send(); });
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (out_.files().empty() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    EXPECT_THAT(out_.files(), ElementsAre(".cam_0001.mp4.partial"));
    source_stop_.request();
    EXPECT_EQ(source.get(), 0);
    EXPECT_EQ(sink_result(), 0);
    EXPECT_THAT(out_.files(), ElementsAre("cam_0001.mp4"));
    EXPECT_FALSE(test::picture_hashes(out_ / "cam_0001.mp4").empty());
}

/// A sink that is stopped in the middle leaves whole files.
TEST_F(CarriedVideo, StoppedSinkCompletesItsFile) {
    test::make_clip(in_ / "clip.mp4", h264, "25", "1");
    add_source("cam", {"clip.mp4"});
    source_config_.play.rounds.reset();
    source_config_.play.end_of_stream_per_file = false;
    source_config_.play.realtime = true;
    source_config_.shutdown_timeout = 200ms;
    start_sink(0);
    auto source = std::async(std::launch::async, [this] { return send(); });
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (out_.files().empty() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    sink_config_.shutdown_timeout = 200ms;
    sink_stop_.request();
    EXPECT_EQ(sink_result(), 0);
    source_stop_.request();
    source.wait();
    EXPECT_THAT(out_.files(), ElementsAre("cam_0001.mp4"));
    EXPECT_FALSE(test::picture_hashes(out_ / "cam_0001.mp4").empty());
}

/// What a killed sink has recorded the next one finishes, and goes on with another name.
TEST_F(CarriedVideo, TheNextSinkFinishesWhatAKilledOneLeft) {
    test::make_clip(in_ / "clip.mp4", h264, "25", "1");
    add_source("cam", {"clip.mp4"});
    source_config_.play.rounds.reset();
    source_config_.play.end_of_stream_per_file = false;
    source_config_.play.realtime = true;
    source_config_.shutdown_timeout = 200ms;
    sink_config_.receiver.endpoint = {zmq::SocketType::router, true, address()};
    sink_config_.recording.folder = out_.path();
    const pid_t sink = fork();
    ASSERT_GE(sink, 0);
    if (sink == 0) {
        _exit(run_video_file_sink(sink_config_, sink_stop_));
    }
    auto source = std::async(std::launch::async, [this] { return send(); });
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    const auto partial = out_ / ".cam_0001.mp4.partial";
    std::error_code not_yet;
    constexpr std::uintmax_t a_second = 10'000;  // The clip's has twice as many bytes.
    while ((!std::filesystem::exists(partial) || std::filesystem::file_size(partial, not_yet) < a_second) &&
           std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    ASSERT_EQ(kill(sink, SIGKILL), 0);
    ASSERT_EQ(waitpid(sink, nullptr, 0), sink);
    source_stop_.request();
    source.wait();
    EXPECT_THAT(out_.files(), ElementsAre(".cam_0001.mp4.partial"));

    runtime::StopSignal again;
    source_config_.play = {};
    start_sink(1);
    EXPECT_EQ(run_video_file_source(source_config_, again), 0);
    EXPECT_EQ(sink_result(), 0);
    EXPECT_THAT(out_.files(), ElementsAre("cam_0001.mp4", "cam_0002.mp4"));
    EXPECT_GE(test::picture_hashes(out_ / "cam_0001.mp4").size(), 20U);
    expect_equal("clip.mp4", "cam_0002.mp4");
}

/// With nobody there the source waits; a stop ends it within the shutdown timeout, with a code that says so.
TEST_F(CarriedVideo, NobodyThere) {
    test::make_clip(in_ / "clip.mp4", h264, "25", "1");
    add_source("cam", {"clip.mp4"});
    source_config_.play.rounds.reset();
    source_config_.shutdown_timeout = 200ms;
    auto source = std::async(std::launch::async, [this] { return send(); });
    EXPECT_EQ(source.wait_for(300ms), std::future_status::timeout);
    source_stop_.request();
    ASSERT_EQ(source.wait_for(20s), std::future_status::ready);
    EXPECT_EQ(source.get(), static_cast<int>(ExitCode::temporary_failure));
}

}  // namespace
}  // namespace framebridge
