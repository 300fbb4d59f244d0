#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "framebridge/protocol/envelope.h"
#include "framebridge/protocol/parts.h"
#include "support/golden.h"

namespace framebridge::protocol {
namespace {

/// A message of proto/vectors: a ZeroMQ part a line, in hex; and what a reader makes of it.
struct Vector {
    std::string name;
    std::vector<std::string> parts;
    nlohmann::json expected;
};

std::string from_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t digit = 0; digit + 1 < hex.size(); digit += 2) {
        bytes += static_cast<char>(std::stoi(hex.substr(digit, 2), nullptr, 16));
    }
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    std::string hex;
    for (const char byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        hex += digits[static_cast<unsigned char>(byte) >> 4U];
        hex += digits[static_cast<unsigned char>(byte) & 0xfU];
    }
    return hex;
}

std::vector<Vector> vectors_of(const std::string& format) {
    const auto folder = std::filesystem::path(FRAMEBRIDGE_PROTO_DIR) / "vectors" / format;
    std::vector<Vector> vectors;
    const auto all = nlohmann::json::parse(read_file(folder / "expected.json"));
    for (const auto& [name, expected] : all.items()) {
        Vector vector{name, {}, expected};
        std::istringstream lines(read_file(folder / (name + ".hex")));
        for (std::string line; std::getline(lines, line);) {
            vector.parts.push_back(from_hex(line));
        }
        vectors.push_back(std::move(vector));
    }
    return vectors;
}

/// Reads a message as a sink does.
Result<AssignedParts> read(const Vector& vector, FormatChoice choice, Envelope& envelope) {
    if (vector.parts.size() < 2 || vector.parts[0].empty()) {
        return problem("there is no topic or no message");
    }
    if (auto decoded = decode(choice, vector.parts[1], envelope); !decoded) {
        return tl::unexpected(decoded.error());
    }
    std::vector<std::size_t> sizes;
    std::transform(vector.parts.begin() + 2, vector.parts.end(), std::back_inserter(sizes),
                   [](const std::string& part) { return part.size(); });
    return assign_parts(envelope, sizes);
}

std::string text(const nlohmann::json& object, const char* key) {
    return object.contains(key) ? object.at(key).get<std::string>() : std::string{};
}

std::string kind_of(const Content& content) {
    constexpr std::array names{"none", "inline", "attached", "reference", "foreign"};
    return names.at(content.index());
}

std::string bytes_of(const Vector& vector, const Frame& frame, const PartRange& range) {
    if (const auto* inside = std::get_if<InlineContent>(&frame.content)) {
        return to_hex(inside->bytes);
    }
    std::string bytes;
    for (std::size_t part = range.begin; part < range.end; ++part) {
        bytes += to_hex(vector.parts[part + 2]);
    }
    return bytes;
}

void expect_same(const Vector& vector, const Envelope& envelope, const AssignedParts& assigned) {
    EXPECT_EQ(to_string(envelope.kind), text(vector.expected, "kind"));
    EXPECT_EQ(assigned.unclaimed.size(), vector.expected.at("unclaimed").get<std::size_t>());
    if (!vector.expected.contains("frames")) {
        return;
    }
    // The sample client writes what is not UTF-8 as \xNN.
    if (text(vector.expected, "source_id").find("\\x") == std::string::npos) {
        EXPECT_EQ(envelope.source_id, text(vector.expected, "source_id"));
    }
    const auto& frames = vector.expected.at("frames");
    ASSERT_EQ(envelope.frames.size(), frames.size());
    for (std::size_t index = 0; index < frames.size(); ++index) {
        const Frame& frame = envelope.frames[index];
        EXPECT_EQ(frame.uuid, text(frames[index], "uuid"));
        EXPECT_EQ(kind_of(frame.content), text(frames[index], "content"));
        EXPECT_EQ(bytes_of(vector, frame, assigned.frames[index]), text(frames[index], "bytes"));
        if (frames[index].contains("batch_id")) {
            EXPECT_EQ(frame.batch_id, frames[index].at("batch_id").get<std::int64_t>());
        }
    }
}

class Vectors : public testing::TestWithParam<std::pair<const char*, FormatChoice>> {};

TEST_P(Vectors, AreReadAsTheSpecificationSays) {
    const auto vectors = vectors_of(GetParam().first);
    ASSERT_GT(vectors.size(), 10U);
    for (const Vector& vector : vectors) {
        SCOPED_TRACE(vector.name);
        Envelope envelope;
        const auto assigned = read(vector, GetParam().second, envelope);
        ASSERT_EQ(assigned.has_value(), vector.expected != nlohmann::json("refused"))
            << (assigned ? "it was kept" : assigned.error().to_string());
        if (assigned) {
            expect_same(vector, envelope, *assigned);
        } else {
            EXPECT_FALSE(assigned.error().reason.empty());
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, Vectors,
                         testing::Values(std::pair{"native", FormatChoice::native},
                                         std::pair{"native", FormatChoice::automatic},
                                         std::pair{"savant", FormatChoice::savant},
                                         std::pair{"savant", FormatChoice::automatic}));

}  // namespace
}  // namespace framebridge::protocol
