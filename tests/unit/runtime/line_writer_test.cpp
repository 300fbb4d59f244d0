#include "runtime/line_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

#include "runtime/unique_fd.h"

namespace framebridge::runtime {
namespace {

using testing::StartsWith;

struct Pipe {
    Pipe() {
        std::array<int, 2> fds{};
        if (pipe(fds.data()) == 0) {
            reader.reset(fds[0]);
            writer.reset(fds[1]);
        }
        fcntl(reader.get(), F_SETFL, O_NONBLOCK);
    }
    /// All that is in the pipe now.
    [[nodiscard]] std::string read_all() const {
        std::string text;
        std::array<char, 65536> part{};
        for (ssize_t size = 0; (size = read(reader.get(), part.data(), part.size())) > 0;) {
            text.append(part.data(), static_cast<std::size_t>(size));
        }
        return text;
    }
    UniqueFd reader;
    UniqueFd writer;
};

TEST(LineWriter, WritesAtOnceWhatTheReaderTakes) {
    const Pipe pipe;
    LineWriter lines(pipe.writer.get());
    lines.write("one\n");
    EXPECT_EQ(pipe.read_all(), "one\n");
}

TEST(LineWriter, AFullPipeDropsLinesAndCountsThem) {
    const Pipe pipe;
    LineWriter lines(pipe.writer.get(), 10'000);
    const std::string line = std::string(999, 'x') + "\n";
    for (int count = 0; count < 1000; ++count) {
        lines.write(line);  // A pipe takes 64 KiB: the test would hang here.
    }
    std::string text = pipe.read_all();
    lines.flush();
    text += pipe.read_all();
    EXPECT_EQ(text.size() % line.size(), 0U) << "whole lines only";
    const auto dropped = 1000 - text.size() / line.size();
    EXPECT_GT(dropped, 800U);
    lines.write("after\n");
    EXPECT_EQ(pipe.read_all(),
              std::to_string(dropped) + " lines were dropped: the reader did not take them\nafter\n");
}

TEST(LineWriter, TheEndGivesTheReaderAMomentOnly) {
    const Pipe pipe;
    const auto start = std::chrono::steady_clock::now();
    {
        LineWriter lines(pipe.writer.get());
        for (int count = 0; count < 200; ++count) {
            lines.write(std::string(999, 'x') + "\n");
        }
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
    EXPECT_THAT(pipe.read_all(), StartsWith("xxx"));
}

}  // namespace
}  // namespace framebridge::runtime
