#include "store/content_hash.h"

#include <gtest/gtest.h>

#include <vector>

namespace framebridge::store {
namespace {

std::string hash(HashAlgorithm algorithm, const std::vector<std::string_view>& parts) {
    return ContentHash(algorithm)(parts);
}

// FIPS 180-4's examples.
TEST(ContentHash, Sha256Vectors) {
    EXPECT_EQ(hash(HashAlgorithm::sha256, {}),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hash(HashAlgorithm::sha256, {"abc"}),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hash(HashAlgorithm::sha256, {std::string(1000000, 'a')}),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// As `xxhsum -H2` prints them.
TEST(ContentHash, Xxh3Vectors) {
    EXPECT_EQ(hash(HashAlgorithm::xxh3_128, {}), "99aa06d3014798d86001c324468d497f");
    EXPECT_EQ(hash(HashAlgorithm::xxh3_128, {"abc"}), "06b05ab6733a618578af5f94892f3950");
}

TEST(ContentHash, IsTheSameWhetherOrNotRepetitionIsExpected) {
    for (const HashAlgorithm algorithm : {HashAlgorithm::sha256, HashAlgorithm::xxh3_128}) {
        ContentHash content_hash(algorithm, Repetition::expected);
        for (const std::size_t size : {0UL, 1UL, 2047UL, 2048UL, 5000UL, 100000UL}) {
            const std::vector<std::string> contents{std::string(size, 'a'), std::string(size, 'b')};
            for (int sighting = 0; sighting < 4; ++sighting) {
                for (const std::string& content : contents) {
                    const std::vector<std::string_view> parts{content};
                    EXPECT_EQ(content_hash(parts), hash(algorithm, {content})) << size << " bytes";
                }
            }
        }
    }
}

TEST(ContentHash, PartsAreHashedAsTheirConcatenationAndTheContextIsReusable) {
    for (const HashAlgorithm algorithm : {HashAlgorithm::sha256, HashAlgorithm::xxh3_128}) {
        ContentHash content_hash(algorithm);
        const std::vector<std::string_view> whole{"the quick brown fox"};
        const std::vector<std::string_view> pieces{"the qui", "", "ck brown", " fox"};
        const std::vector<std::string_view> other{"the quick brown fux"};
        const std::string expected = content_hash(whole);
        EXPECT_NE(content_hash(other), expected);
        EXPECT_EQ(content_hash(pieces), expected);
    }
}

}  // namespace
}  // namespace framebridge::store
