#include "store/known_contents.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>
#include <string>

namespace framebridge::store {
namespace {

std::string random_content(std::size_t size, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::string content(size, '\0');
    for (char& byte : content) {
        byte = static_cast<char>(random());
    }
    return content;
}

Sha256Digest sha256(KnownContents::Parts parts) {
    std::string whole;
    for (const std::string_view part : parts) {
        whole += part;
    }
    Sha256Digest digest{};
    EXPECT_EQ(EVP_Digest(whole.data(), whole.size(), digest.data(), nullptr, EVP_sha256(), nullptr), 1);
    return digest;
}

class KnownContentsTest : public ::testing::Test {
  protected:
    // Checks the digest; the number of SHA-256 that it took.
    int computed_for_parts(std::vector<std::string_view> parts) {
        const int before = computed_;
        EXPECT_EQ(known_.digest(parts), sha256(parts));
        return computed_ - before;
    }
    int computed_for(const std::string& content) { return computed_for_parts({content}); }
    void see(const std::string& content) {
        const std::string_view part = content;
        known_.digest({&part, 1});
    }

  private:
    int computed_ = 0;
    KnownContents known_{[this](KnownContents::Parts parts) {
        ++computed_;
        return sha256(parts);
    }};
};

TEST_F(KnownContentsTest, TheThirdSightingNeedsNoSha256) {
    for (const std::size_t size : {2048UL, 5000UL, 50'000UL, 1'000'000UL}) {
        const std::string content = random_content(size);
        EXPECT_EQ(computed_for(content), 1);
        EXPECT_EQ(computed_for(content), 1);
        for (int sighting = 3; sighting < 10; ++sighting) {
            EXPECT_EQ(computed_for(std::string(content)), 0) << size << " bytes";
        }
    }
}

TEST_F(KnownContentsTest, ManyContentsAreKnownAtOnce) {
    std::vector<std::string> contents;
    for (unsigned number = 0; number < 200; ++number) {
        contents.push_back(random_content(3000, number));
    }
    for (const int computed : {1, 1, 0, 0}) {
        for (const std::string& content : contents) {
            EXPECT_EQ(computed_for(content), computed);
        }
    }
}

// Every single byte matters, whether or not it is among the samples.
TEST_F(KnownContentsTest, AKnownContentIsNotTakenForOneThatDiffersInOneBit) {
    std::string content = random_content(4096);
    for (std::size_t position = 0; position < content.size(); ++position) {
        computed_for(content);
        computed_for(content);
        ASSERT_EQ(computed_for(content), 0);
        content[position] ^= 1;
        ASSERT_EQ(computed_for(content), 1) << position;
        content[position] ^= 1;
    }
}

TEST_F(KnownContentsTest, ContentsOfDifferentLengthAreDifferent) {
    const std::string zeros(100'000, '\0');
    for (std::size_t size = 2048; size < 2048 + 40; ++size) {
        const std::string_view shorter(zeros.data(), size);
        for (const int computed : {1, 1, 0}) {
            EXPECT_EQ(computed_for_parts({shorter}), computed) << size;
        }
    }
}

// As raw pictures of a still scene with a clock in it.
TEST_F(KnownContentsTest, ContentsThatShareTheirSamplesAreTold) {
    std::string one = random_content(50'000);
    std::string other = one;
    other[100] ^= 1;
    for (int round = 0; round < 20; ++round) {
        EXPECT_EQ(computed_for(one), 1);
        EXPECT_EQ(computed_for(other), 1);
    }
    // A scene that has become still is known again.
    EXPECT_EQ(computed_for(other), 1);
    EXPECT_EQ(computed_for(other), 0);
    EXPECT_EQ(computed_for(one), 1);
    EXPECT_EQ(computed_for(one), 1);
    EXPECT_EQ(computed_for(one), 0);
    EXPECT_EQ(computed_for(other), 1);
}

TEST_F(KnownContentsTest, HowAContentIsDividedDoesNotMatter) {
    const std::string content = random_content(10'000);
    const std::string_view all(content);
    computed_for_parts({all});
    computed_for_parts({all});
    EXPECT_EQ(computed_for_parts({"", all, ""}), 0);
    EXPECT_EQ(computed_for_parts({all.substr(0, 5000), all.substr(5000)}), 0);
    EXPECT_EQ(computed_for_parts({all.substr(0, 3), "", all.substr(3, 30), all.substr(33)}), 0);
    std::vector<std::string_view> pieces;
    for (std::size_t begin = 0; begin < all.size(); begin += 7) {
        pieces.push_back(all.substr(begin, 7));
    }
    EXPECT_EQ(computed_for_parts(pieces), 0);
    EXPECT_EQ(computed_for_parts({all.substr(5000), all.substr(0, 5000)}), 1);
}

TEST_F(KnownContentsTest, SmallContentsAreNotNoted) {
    for (int sighting = 0; sighting < 4; ++sighting) {
        EXPECT_EQ(computed_for(random_content(2047)), 1);
        EXPECT_EQ(computed_for(std::string()), 1);
        EXPECT_EQ(computed_for_parts({}), 1);
    }
}

TEST_F(KnownContentsTest, ContentsThatDoNotComeAgainAreForgotten) {
    const std::string first = random_content(2048);
    computed_for(first);
    computed_for(first);
    ASSERT_EQ(computed_for(first), 0);
    std::string content = first;
    for (std::uint32_t number = 0; number < 400'000; ++number) {
        content.replace(0, sizeof(number), reinterpret_cast<const char*>(&number), sizeof(number));
        see(content);
    }
    EXPECT_EQ(computed_for(first), 1);
}

TEST_F(KnownContentsTest, AContentThatComesAgainIsKeptAmongManyThatDoNot) {
    const std::string kept = random_content(2048);
    computed_for(kept);
    computed_for(kept);
    std::string content = kept;
    for (std::uint32_t number = 0; number < 200'000; ++number) {
        content.replace(0, sizeof(number), reinterpret_cast<const char*>(&number), sizeof(number));
        see(content);
        if (number % 100 == 0) {
            ASSERT_EQ(computed_for(kept), 0) << number;
        }
    }
}

}  // namespace
}  // namespace framebridge::store
