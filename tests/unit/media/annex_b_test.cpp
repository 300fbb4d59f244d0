#include "media/annex_b.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace framebridge::media {
namespace {

const std::string h264_sps("\0\0\0\1\x67sps", 8);
const std::string h264_pps("\0\0\0\1\x68pps", 8);
const std::string h264_delimiter("\0\0\0\1\x09\x10", 6);
const std::string h264_idr("\0\0\1\x65slice", 9);
const std::string hevc_sets("\0\0\0\1\x40\1v\0\0\0\1\x42\1s\0\0\0\1\x44\1p", 21);
const std::string hevc_idr("\0\0\0\1\x26\1slice", 11);

std::string with_parameter_sets(AVCodecID codec, const std::string& sets, const std::string& bytes) {
    auto packet = make_packet();
    EXPECT_EQ(av_new_packet(packet.get(), static_cast<int>(bytes.size())), 0);
    std::memcpy(packet->data, bytes.data(), bytes.size());
    packet->pts = 7;
    packet->flags = AV_PKT_FLAG_KEY;
    ensure_parameter_sets(codec, sets, packet);
    EXPECT_EQ(packet->pts, 7);
    EXPECT_EQ(packet->flags, AV_PKT_FLAG_KEY);
    return {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
}

TEST(EnsureParameterSets, PutsThemFirst) {
    EXPECT_EQ(with_parameter_sets(AV_CODEC_ID_H264, h264_sps + h264_pps, h264_idr),
              h264_sps + h264_pps + h264_idr);
    EXPECT_EQ(with_parameter_sets(AV_CODEC_ID_HEVC, hevc_sets, hevc_idr), hevc_sets + hevc_idr);
}

TEST(EnsureParameterSets, PutsThemBehindADelimiter) {
    EXPECT_EQ(with_parameter_sets(AV_CODEC_ID_H264, h264_sps + h264_pps, h264_delimiter + h264_idr),
              h264_delimiter + h264_sps + h264_pps + h264_idr);
}

TEST(EnsureParameterSets, LeavesAPacketThatHasItsOwn) {
    const auto own = h264_delimiter + h264_sps + h264_pps + h264_idr;
    EXPECT_EQ(with_parameter_sets(AV_CODEC_ID_H264, h264_sps + h264_pps, own), own);
    EXPECT_EQ(with_parameter_sets(AV_CODEC_ID_HEVC, hevc_sets, hevc_sets + hevc_idr), hevc_sets + hevc_idr);
}

TEST(EnsureParameterSets, TakesAnyBytes) {
    EXPECT_EQ(with_parameter_sets(AV_CODEC_ID_H264, h264_sps, ""), h264_sps);
    const std::string cut_off("\0\0\1", 3);
    EXPECT_EQ(with_parameter_sets(AV_CODEC_ID_H264, h264_sps, cut_off), h264_sps + cut_off);
    EXPECT_EQ(with_parameter_sets(AV_CODEC_ID_H264, "", h264_idr), h264_idr);
}

}  // namespace
}  // namespace framebridge::media
