#include "media/presentation.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <sstream>

namespace framebridge::media {

namespace {

constexpr const char* aspect_ratio_attribute = "sample_aspect_ratio";
constexpr const char* pixel_format_attribute = "pixel_format";
constexpr const char* matrix_attribute = "display_matrix";
using Matrix = std::array<std::int32_t, 9>;

}  // namespace

std::map<std::string, std::string> read_presentation(AVFormatContext& input, AVStream& stream) {
    std::map<std::string, std::string> attributes;
    if (const auto ratio = av_guess_sample_aspect_ratio(&input, &stream, nullptr); ratio.num > 0) {
        attributes[aspect_ratio_attribute] = std::to_string(ratio.num) + '/' + std::to_string(ratio.den);
    }
    Matrix matrix{};
    if (const auto bytes = side_data(stream, AV_PKT_DATA_DISPLAYMATRIX); bytes.size() == sizeof(matrix)) {
        std::memcpy(matrix.data(), bytes.data(), sizeof(matrix));
        auto& text = attributes[matrix_attribute];
        for (const auto number : matrix) {
            text += (text.empty() ? "" : " ") + std::to_string(number);
        }
    }
    // Raw pictures do not say themselves how their bytes are to be read.
    if (stream.codecpar->codec_id == AV_CODEC_ID_RAWVIDEO) {
        const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(stream.codecpar->format));
        attributes[pixel_format_attribute] = name != nullptr ? name : "";
    }
    return attributes;
}

void write_presentation(const std::map<std::string, std::string>& attributes, AVStream& stream) {
    if (const auto found = attributes.find(aspect_ratio_attribute); found != attributes.end()) {
        std::istringstream text(found->second);
        AVRational ratio{};
        char slash = 0;
        if (text >> ratio.num >> slash >> ratio.den && slash == '/' && ratio.num > 0 && ratio.den > 0) {
            stream.sample_aspect_ratio = stream.codecpar->sample_aspect_ratio = ratio;
        }
    }
    if (const auto found = attributes.find(pixel_format_attribute);
        found != attributes.end() && stream.codecpar->codec_id == AV_CODEC_ID_RAWVIDEO) {
        stream.codecpar->format = av_get_pix_fmt(found->second.c_str());
    }
    if (const auto found = attributes.find(matrix_attribute); found != attributes.end()) {
        std::istringstream text(found->second);
        Matrix matrix{};
        bool complete = true;
        for (auto& number : matrix) {
            complete = complete && text >> number;
        }
        if (complete) {
            add_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX,
                          {reinterpret_cast<const char*>(matrix.data()), sizeof(matrix)});
        }
    }
}

}  // namespace framebridge::media
