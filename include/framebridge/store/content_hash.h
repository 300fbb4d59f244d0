#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace framebridge {

enum class HashAlgorithm { sha256, xxh3_128 };

/// Hashes content to lower-case hex: 64 digits (SHA-256) or 32 (XXH3-128, canonical byte order). Reuses its
/// contexts: one per thread.
class ContentHash {
  public:
    explicit ContentHash(HashAlgorithm algorithm);
    ~ContentHash();
    ContentHash(const ContentHash&) = delete;
    ContentHash& operator=(const ContentHash&) = delete;
    /// The hash of the pieces' concatenation.
    std::string operator()(std::span<const std::string_view> parts);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace framebridge
