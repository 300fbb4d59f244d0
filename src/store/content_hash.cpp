#include "store/content_hash.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <cstddef>
#include <optional>
#include <stdexcept>

#include "store/known_contents.h"

namespace framebridge::store {

namespace {

template <auto free>
struct Deleter {
    template <typename T>
    void operator()(T* handle) const {
        free(handle);
    }
};

std::string to_hex(std::span<const unsigned char> bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string hex(bytes.size() * 2, '0');
    auto place = hex.begin();
    for (const unsigned char byte : bytes) {
        *place++ = digits[byte >> 4U];
        *place++ = digits[byte & 0xfU];
    }
    return hex;
}

}  // namespace

struct ContentHash::Context {
    // Fetched once: EVP_sha256() would look the provider's implementation up at every frame.
    std::unique_ptr<EVP_MD, Deleter<EVP_MD_free>> sha256;
    std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>> sha256_state;
    std::unique_ptr<XXH3_state_t, Deleter<XXH3_freeState>> xxh3_state;
    std::optional<KnownContents> known;

    Sha256Digest hash_sha256(std::span<const std::string_view> parts) const {
        bool done = EVP_DigestInit_ex2(sha256_state.get(), sha256.get(), nullptr) == 1;
        for (const std::string_view part : parts) {
            done = done && EVP_DigestUpdate(sha256_state.get(), part.data(), part.size()) == 1;
        }
        Sha256Digest digest{};
        if (!done || EVP_DigestFinal_ex(sha256_state.get(), digest.data(), nullptr) != 1) {
            throw std::runtime_error("OpenSSL cannot compute SHA-256");
        }
        return digest;
    }

    std::string hash_xxh3(std::span<const std::string_view> parts) const {
        XXH3_128bits_reset(xxh3_state.get());
        for (const std::string_view part : parts) {
            XXH3_128bits_update(xxh3_state.get(), part.data(), part.size());
        }
        XXH128_canonical_t canonical;
        XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(xxh3_state.get()));
        return to_hex(canonical.digest);
    }
};

ContentHash::ContentHash(HashAlgorithm algorithm, Repetition repetition)
    : context_(std::make_unique<Context>()) {
    if (algorithm == HashAlgorithm::xxh3_128) {
        context_->xxh3_state.reset(XXH3_createState());
        if (!context_->xxh3_state) {
            throw std::bad_alloc();
        }
        return;
    }
    context_->sha256.reset(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    context_->sha256_state.reset(EVP_MD_CTX_new());
    if (!context_->sha256 || !context_->sha256_state) {
        throw std::runtime_error("OpenSSL offers no SHA-256");
    }
    if (repetition == Repetition::expected) {
        context_->known.emplace(
            [context = context_.get()](auto parts) { return context->hash_sha256(parts); });
    }
}

ContentHash::~ContentHash() = default;

std::string ContentHash::operator()(std::span<const std::string_view> parts) {
    if (!context_->sha256) {
        return context_->hash_xxh3(parts);
    }
    return to_hex(context_->known ? context_->known->digest(parts) : context_->hash_sha256(parts));
}

}  // namespace framebridge::store
