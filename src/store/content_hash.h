#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace framebridge::store {

enum class HashAlgorithm { sha256, xxh3_128 };

/// Whether contents may come again. If so, 4 MiB are spent on recognizing those that do, which takes a
/// fraction of SHA-256's time and gives the same hash; new ones cost nothing of note. XXH3-128 is as fast as
/// that anyway.
enum class Repetition { unexpected, expected };

/// Hashes content to lower-case hex: 64 digits (SHA-256) or 32 (XXH3-128, canonical byte order). Reuses its
/// contexts: one per thread.
class ContentHash {
  public:
    explicit ContentHash(HashAlgorithm algorithm, Repetition repetition = Repetition::unexpected);
    ~ContentHash();
    ContentHash(const ContentHash&) = delete;
    ContentHash& operator=(const ContentHash&) = delete;
    /// The hash of the pieces' concatenation.
    std::string operator()(std::span<const std::string_view> parts);

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace framebridge::store
