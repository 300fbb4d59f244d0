#include "media/fragments.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

namespace framebridge::media {

namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::uint8_t> read_at(int fd, std::uint64_t offset, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    std::size_t done = 0;
    while (done < size) {
        const auto count = pread(fd, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
        if (count < 0) {
            fail("cannot be read");
        }
        if (count == 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
}

std::uint32_t number_at(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
           std::uint32_t{bytes[3]};
}

void write_number_at(int fd, std::uint64_t offset, std::uint32_t number) {
    const std::array<std::uint8_t, 4> bytes{
        static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
        static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    if (pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
        static_cast<ssize_t>(bytes.size())) {
        fail("cannot be changed");
    }
}

constexpr std::uint32_t box(const char (&name)[5]) {
    return std::uint32_t{static_cast<std::uint8_t>(name[0])} << 24 |
           std::uint32_t{static_cast<std::uint8_t>(name[1])} << 16 |
           std::uint32_t{static_cast<std::uint8_t>(name[2])} << 8 | static_cast<std::uint8_t>(name[3]);
}

struct Box {
    std::uint32_t type = 0;
    std::uint64_t begin = 0;
    std::uint64_t header = 8;
    std::uint64_t end = 0;
};

/// The box at `offset`; nothing: there is no whole header, or a size that cannot be.
std::optional<Box> box_at(int fd, std::uint64_t offset) {
    const auto bytes = read_at(fd, offset, 16);
    if (bytes.size() < 8) {
        return std::nullopt;
    }
    Box found{number_at(bytes.data() + 4), offset, 8, offset + number_at(bytes.data())};
    if (number_at(bytes.data()) == 1 && bytes.size() == 16) {
        found.header = 16;
        found.end =
            offset + (std::uint64_t{number_at(bytes.data() + 8)} << 32) + number_at(bytes.data() + 12);
    }
    if (found.end < offset + found.header) {
        return std::nullopt;
    }
    return found;
}

/// The only run of samples (ISO/IEC 14496-12, `trun`) of a fragment with one track, as libavformat writes it.
struct Run {
    std::uint64_t count_at = 0;  ///< Where in the file the number of its samples is.
    std::vector<std::uint32_t> sizes;
};

std::optional<Run> read_run(const std::vector<std::uint8_t>& bytes, std::uint64_t offset,
                            std::uint32_t default_size) {
    constexpr std::uint32_t has_data_offset = 0x1;
    constexpr std::uint32_t has_first_flags = 0x4;
    constexpr std::uint32_t has_size = 0x200;
    if (bytes.size() < 16) {
        return std::nullopt;
    }
    const auto flags = number_at(bytes.data() + 8) & 0xffffff;
    const auto count = number_at(bytes.data() + 12);
    std::size_t position =
        16 + ((flags & has_data_offset) != 0 ? 4U : 0U) + ((flags & has_first_flags) != 0 ? 4U : 0U);
    std::size_t step = 0;
    for (const std::uint32_t field : {0x100U, 0x200U, 0x400U, 0x800U}) {
        step += (flags & field) != 0 ? 4 : 0;
    }
    const std::size_t size_in_step = (flags & 0x100U) != 0 ? 4 : 0;
    if (step != 0 && (bytes.size() - std::min(position, bytes.size())) / step < count) {
        return std::nullopt;
    }
    constexpr std::uint32_t max_samples = 1'000'000;
    Run run{offset + 12, {}};
    for (std::uint32_t sample = 0; sample < std::min(count, max_samples); ++sample, position += step) {
        run.sizes.push_back((flags & has_size) != 0 ? number_at(bytes.data() + position + size_in_step)
                                                    : default_size);
    }
    return run;
}

std::uint32_t default_sample_size(const std::vector<std::uint8_t>& tfhd) {
    constexpr std::array<std::pair<std::uint32_t, std::size_t>, 3> before{{{0x1, 8}, {0x2, 4}, {0x8, 4}}};
    if (tfhd.size() < 16) {
        return 0;
    }
    const auto flags = number_at(tfhd.data() + 8);
    std::size_t position = 16;
    for (const auto& [flag, size] : before) {
        position += (flags & flag) != 0 ? size : 0;
    }
    return (flags & 0x10) != 0 && position + 4 <= tfhd.size() ? number_at(tfhd.data() + position) : 0;
}

std::optional<Run> run_of(int fd, const Box& moof) {
    std::uint32_t default_size = 0;
    for (std::uint64_t offset = moof.begin + moof.header; offset < moof.end;) {
        const auto child = box_at(fd, offset);
        if (!child || child->end > moof.end) {
            return std::nullopt;
        }
        const auto size = static_cast<std::size_t>(child->end - child->begin);
        if (child->type == box("trun")) {
            return read_run(read_at(fd, offset, size), offset, default_size);
        }
        if (child->type == box("tfhd")) {
            default_size = default_sample_size(read_at(fd, offset, size));
        }
        offset = child->type == box("traf") ? child->begin + child->header : child->end;
    }
    return std::nullopt;
}

/// The whole frames of a fragment whose data ends at `size`; the rest is cut off.
WholeFragments cut_fragment(int fd, const Run& run, const Box& data, std::uint64_t size) {
    WholeFragments whole{0, data.begin + data.header};
    for (const auto sample : run.sizes) {
        if (whole.end + sample > size) {
            break;
        }
        whole.end += sample;
        ++whole.frames;
    }
    if (whole.frames > 0) {
        write_number_at(fd, run.count_at, static_cast<std::uint32_t>(whole.frames));
        write_number_at(fd, data.begin + (data.header == 16 ? 12 : 0),
                        static_cast<std::uint32_t>(whole.end - data.begin));
    }
    return whole;
}

}  // namespace

std::optional<WholeFragments> cut_to_whole_frames(int fd) {
    struct stat status{};
    if (fstat(fd, &status) != 0) {
        fail("cannot be read");
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    WholeFragments whole;
    std::optional<Box> fragment;
    bool has_data = size < 8;
    for (std::uint64_t offset = 0; offset < size;) {
        const auto found = box_at(fd, offset);
        if (!found || (offset == 0 && found->type != box("ftyp"))) {
            has_data = true;
            break;
        }
        has_data = has_data || found->type == box("mdat");
        if (found->type == box("mdat") && fragment) {
            const auto run = run_of(fd, *fragment);
            if (found->end > size) {
                const auto part = run ? cut_fragment(fd, *run, *found, size) : WholeFragments{};
                whole.frames += part.frames;
                whole.end = part.frames > 0 ? part.end : whole.end;
                break;
            }
            whole.frames += run ? run->sizes.size() : 0;
            whole.end = found->end;
        }
        if (found->end > size) {
            break;
        }
        fragment = found->type == box("moof") ? found : std::nullopt;
        if (found->type == box("mfra")) {
            whole.end = found->end;
        }
        offset = found->end;
    }
    if (whole.frames == 0) {
        return has_data ? std::nullopt : std::optional(whole);
    }
    if (whole.end < size && ftruncate(fd, static_cast<off_t>(whole.end)) != 0) {
        fail("cannot be cut");
    }
    return whole;
}

}  // namespace framebridge::media
