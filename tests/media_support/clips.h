#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace framebridge::test {

/// A folder that goes away with the test.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        auto name = (std::filesystem::temp_directory_path() / "framebridge-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("mkdtemp: " + name);
        }
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    /// The names of all its files, hidden ones too, in order.
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
            if (entry.is_regular_file()) {
                names.push_back(entry.path().lexically_relative(path_).string());
            }
        }
        std::sort(names.begin(), names.end());
        return names;
    }

  private:
    std::filesystem::path path_;
};

/// The standard output of a shell command that must succeed.
inline std::string run(const std::string& command) {
    struct Close {
        int* status;
        void operator()(FILE* pipe) const { *status = pclose(pipe); }
    };
    int status = 0;
    std::string output;
    {
        const std::unique_ptr<FILE, Close> pipe(popen(command.c_str(), "r"), Close{&status});
        if (!pipe) {
            throw std::runtime_error("popen: " + command);
        }
        std::array<char, 4096> chunk{};
        for (std::size_t size = 0; (size = fread(chunk.data(), 1, chunk.size(), pipe.get())) > 0;) {
            output.append(chunk.data(), size);
        }
    }
    if (status != 0) {
        throw std::runtime_error("failed (is ffmpeg installed?): " + command);
    }
    return output;
}

/// Makes a clip of a moving picture with the ffmpeg program. `encoding`: its options, codec and all.
inline void make_clip(const std::filesystem::path& path, const std::string& encoding,
                      const std::string& rate = "30000/1001", const std::string& seconds = "2") {
    run("ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=192x108:rate=" + rate +
        ":duration=" + seconds + " " + encoding + " '" + path.string() + "' 2>&1");
}

struct ProbedPacket {
    std::string pts;
    std::string dts;
    std::string flags;
    bool operator==(const ProbedPacket&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const ProbedPacket& packet) {
    return out << packet.pts << '/' << packet.dts << '/' << packet.flags;
}

inline std::vector<ProbedPacket> probe_packets(const std::filesystem::path& path) {
    std::istringstream lines(
        run("ffprobe -v error -select_streams v:0 -show_entries packet=pts,dts,flags -of csv=p=0 '" +
            path.string() + "'"));
    std::vector<ProbedPacket> packets;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        ProbedPacket packet;
        if (std::getline(fields, packet.pts, ',') && std::getline(fields, packet.dts, ',') &&
            std::getline(fields, packet.flags, ',')) {
            packets.push_back(packet);
        }
    }
    return packets;
}

inline std::string probe_stream(const std::filesystem::path& path, const std::string& field) {
    return run("ffprobe -v error -select_streams v:0 -show_entries stream=" + field + " -of csv=p=0 '" +
               path.string() + "' | head -n 1");
}

/// The hash of every decoded picture, in display order.
inline std::vector<std::string> picture_hashes(const std::filesystem::path& path) {
    std::istringstream lines(run("ffmpeg -nostdin -v error -i '" + path.string() +
                                 "' -map 0:v:0 -vsync passthrough -f framemd5 -"));
    std::vector<std::string> hashes;
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.front() != '#') {
            hashes.push_back(line.substr(line.rfind(' ') + 1));
        }
    }
    return hashes;
}

}  // namespace framebridge::test
