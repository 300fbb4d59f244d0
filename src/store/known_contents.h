#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace framebridge::store {

using Sha256Digest = std::array<unsigned char, 32>;

/// The SHA-256 of contents of which some come again, without computing it again for those that do.
///
/// A repeated content is recognized by all of its bytes, by their GMAC: a polynomial over the bytes with a
/// secret key, which the processor computes several times as fast as SHA-256. Two contents of up to n blocks
/// of 16 bytes have the same GMAC with a probability of at most (n + 1) / 2^128, less than 2^-102 for the
/// 512 MiB that a store takes, whoever chose the contents without knowing the key (McGrew and Viega, "The
/// Security and Performance of the Galois/Counter Mode (GCM) of Operation", 2004: GHASH is almost xor
/// universal). This holds as long as the key is drawn at random, and neither it nor a tag leaves the process:
/// all tags have the same nonce, so that two of them would tell the key.
///
/// Content that is new must cost no more than its SHA-256, so the GMAC comes in only when it has a chance. A
/// table maps a fingerprint, of the size and a few samples of the bytes, to the SHA-256 of the content that
/// had it last. A content whose fingerprint is unknown is new. One whose SHA-256 turns out to be the noted
/// one is repeated: its GMAC is noted too, and from then on compared first. Another content with the same
/// samples takes the place of the noted one, so that contents that only share their samples cost no GMAC.
///
/// Memory: 4 MiB, allocated once. To be used by one thread.
class KnownContents {
  public:
    using Parts = std::span<const std::string_view>;
    /// Computes the SHA-256 of the parts' concatenation.
    using Sha256 = std::function<Sha256Digest(Parts)>;

    /// Throws std::runtime_error if OpenSSL offers no GMAC or no random bytes.
    explicit KnownContents(Sha256 sha256);

    /// The SHA-256 of the parts' concatenation.
    Sha256Digest digest(Parts parts);

  private:
    struct Free {
        void operator()(EVP_CIPHER_CTX* state) const { EVP_CIPHER_CTX_free(state); }
    };
    using Tag = std::array<unsigned char, 16>;

    // A cache line.
    struct alignas(64) Entry {
        std::uint64_t fingerprint = 0;
        bool used = false;
        bool has_tag = false;  // The content came again.
        Tag tag{};
        Sha256Digest digest{};
    };
    // Of the fingerprints that lead here, the last used first.
    using Set = std::array<Entry, 4>;
    static constexpr std::size_t set_count = std::size_t{16} << 10U;

    [[nodiscard]] std::uint64_t fingerprint_of(Parts parts, std::size_t size) const;
    Entry& entry_of(std::uint64_t fingerprint);
    Tag tag_of(Parts parts);

    Sha256 sha256_;
    std::unique_ptr<EVP_CIPHER_CTX, Free> gmac_;
    std::uint64_t seed_ = 0;
    std::vector<Set> sets_;
};

}  // namespace framebridge::store
