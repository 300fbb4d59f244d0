#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "framebridge/result.h"
#include "options/setting.h"
#include "runtime/secrets.h"
#include "runtime/text.h"

namespace framebridge::options {

/// How values are written in options. A syntax has parse(text), or for options that repeat read(texts,
/// target), text(value) for the default, and the name of its type for --help.

/// Free text.
struct Text {
    static constexpr auto kind = Kind::text;
    static std::string type_name() { return "TEXT"; }
    static Result<std::string> parse(std::string_view text) { return std::string(text); }
    static std::string text(const std::string& value) { return value; }
};

/// true/1/yes/on/y/t, false/0/no/off/n/f, in any case (as Python's strtobool). A flag without a value is
/// true.
struct Switch {
    static constexpr auto kind = Kind::flag;
    static std::string type_name() { return {}; }
    static Result<bool> parse(std::string_view text);
    static std::string text(bool value) { return value ? "true" : "false"; }
};

/// A whole number, as Python's int() takes it: blanks around it, a sign and `_` between digits are fine.
struct Number {
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    /// What 0 stands for, where it means no limit; 0 is then taken beside min and max.
    std::int64_t zero_means = 0;

    static constexpr auto kind = Kind::number;
    static std::string type_name() { return "NUMBER"; }
    [[nodiscard]] Result<std::int64_t> parse(std::string_view text) const;
    static std::string text(std::int64_t value) { return std::to_string(value); }
};

/// Seconds, whole or with a fraction, as Python's float() takes them; rounded to milliseconds, but a positive
/// value never to zero.
struct Seconds {
    std::chrono::milliseconds min{0};
    std::chrono::milliseconds max = std::chrono::milliseconds::max();

    static constexpr auto kind = Kind::number;
    static std::string type_name() { return "SECONDS"; }
    [[nodiscard]] Result<std::chrono::milliseconds> parse(std::string_view text) const;
    static std::string text(std::chrono::milliseconds value);
};

/// Whole milliseconds.
struct Milliseconds {
    std::chrono::milliseconds min{0};
    std::chrono::milliseconds max = std::chrono::milliseconds::max();

    static constexpr auto kind = Kind::number;
    static std::string type_name() { return "MILLISECONDS"; }
    [[nodiscard]] Result<std::chrono::milliseconds> parse(std::string_view text) const;
    static std::string text(std::chrono::milliseconds value) { return std::to_string(value.count()); }
};

/// A size in bytes, with an optional suffix (B, kB, KiB, MB, MiB, GB, GiB).
struct Bytes {
    std::size_t min = 0;
    std::size_t max = std::numeric_limits<std::size_t>::max();

    static constexpr auto kind = Kind::number;
    static std::string type_name() { return "SIZE"; }
    [[nodiscard]] Result<std::size_t> parse(std::string_view text) const;
    static std::string text(std::size_t value);
};

/// One of a few words. The first word of a value is the one that --help shows as the default.
template <typename Value>
class Choice {
  public:
    static constexpr auto kind = Kind::text;
    Choice(std::initializer_list<std::pair<std::string, Value>> words) : words_(words) {}
    [[nodiscard]] std::string type_name() const { return joined("|"); }
    [[nodiscard]] Result<Value> parse(std::string_view text) const {
        for (const auto& [word, value] : words_) {
            if (word == runtime::trimmed(text)) {
                return value;
            }
        }
        return problem("'" + std::string(text) + "' is not one of " + joined(", "));
    }
    [[nodiscard]] std::string text(const Value& value) const {
        for (const auto& [word, meaning] : words_) {
            if (meaning == value) {
                return word;
            }
        }
        return {};
    }

  private:
    [[nodiscard]] std::string joined(const char* separator) const {
        std::string all;
        for (const auto& [word, value] : words_) {
            all += (all.empty() ? "" : separator) + word;
        }
        return all;
    }
    std::vector<std::pair<std::string, Value>> words_;
};

/// A function that parses, such as a type's own.
template <typename Value>
struct ParsedBy {
    Result<Value> (*parse)(std::string_view text);

    static constexpr auto kind = Kind::text;
    static std::string type_name() { return "TEXT"; }
    static std::string text(const Value& value) {
        if constexpr (std::is_convertible_v<Value, std::string>) {
            return value;
        } else {
            return value.to_string();
        }
    }
};

/// The syntax of a type where none is named: a type with `static Result<Value> parse(std::string_view)` and
/// `to_string()` parses itself.
template <typename Value>
auto syntax_of();

/// Items that repeat; an environment variable holds several, separated by commas.
template <typename Container>
struct ListOf {
    static auto item() { return syntax_of<typename Container::value_type>(); }

    static constexpr auto kind = Kind::list;
    static std::string type_name() { return item().type_name(); }
    static std::string text(const Container& items) {
        std::string all;
        for (const auto& value : items) {
            all += (all.empty() ? "" : ",") + item().text(value);
        }
        return all;
    }
    static std::vector<std::string> read(const std::vector<std::string>& texts, Container& target) {
        Container items;
        std::vector<std::string> problems;
        for (const auto& text : texts) {
            if (auto value = item().parse(text)) {
                items.insert(items.end(), *std::move(value));
            } else {
                problems.push_back(value.error().to_string());
            }
        }
        if (problems.empty()) {
            target = std::move(items);
        }
        return problems;
    }
};

struct Entry {
    std::string key;
    std::string value;
    /// `key=value`. A problem does not repeat what may be a secret.
    static Result<Entry> parse(std::string_view text);
};

/// Repeatable `key=value`, a table or an array of `key=value` in a config file. What is given takes
/// precedence over what the target holds already under the same key. An environment variable holds several,
/// separated by commas; what follows a comma and is no entry belongs to the value before it.
template <typename Map>
struct MapOf {
    static auto keys() { return syntax_of<typename Map::key_type>(); }
    static auto values() { return syntax_of<typename Map::mapped_type>(); }

    static constexpr auto kind = Kind::map;
    static std::string type_name() { return "KEY=VALUE"; }
    static std::string text(const Map& entries) {
        std::string all;
        for (const auto& [key, value] : entries) {
            const auto entry = keys().text(key) + "=" + values().text(value);
            all += (all.empty() ? "" : ",") + runtime::shown_entry(entry);
        }
        return all;
    }
    static std::vector<std::string> read(const std::vector<std::string>& texts, Map& target) {
        Map entries;
        std::vector<std::string> problems;
        for (const auto& text : texts) {
            const auto entry = Entry::parse(text);
            if (!entry) {
                problems.push_back(entry.error().to_string());
                continue;
            }
            auto key = keys().parse(entry->key);
            auto value = values().parse(entry->value);
            if (!key) {
                problems.push_back("before '=': " + key.error().to_string());
            }
            if (!value) {
                problems.push_back("after '=': " + value.error().to_string());
            }
            if (key && value) {
                entries.insert_or_assign(std::move(*key), std::move(*value));
            }
        }
        if (problems.empty()) {
            entries.merge(target);
            target = std::move(entries);
        }
        return problems;
    }
};

template <typename Value>
auto syntax_of() {
    if constexpr (std::is_same_v<Value, std::string> || std::is_same_v<Value, std::filesystem::path>) {
        return Text{};
    } else if constexpr (std::is_same_v<Value, bool>) {
        return Switch{};
    } else if constexpr (std::integral<Value>) {
        return Number{};
    } else if constexpr (requires { Value::parse(""); }) {
        return ParsedBy<Value>{[](std::string_view text) { return Value::parse(text); }};
    } else if constexpr (requires { typename Value::mapped_type; }) {
        return MapOf<Value>{};
    } else if constexpr (requires { typename Value::iterator; }) {
        return ListOf<Value>{};
    } else {
        return syntax_of<typename Value::value_type>();  // of an optional
    }
}

/// Number's limits, within what the target, which may be an optional, can hold. A std::uint16_t is a port.
template <typename Target>
Number within_limits_of(Number number) {
    if constexpr (!std::integral<Target>) {
        return within_limits_of<typename Target::value_type>(number);
    } else {
        using Limits = std::numeric_limits<Target>;
        const std::int64_t least = std::is_same_v<Target, std::uint16_t> ? 1 : std::int64_t{Limits::min()};
        number.min = std::max(number.min, least);
        if constexpr (sizeof(Target) < sizeof(std::int64_t)) {
            number.max = std::min<std::int64_t>(number.max, Limits::max());
        }
        return number;
    }
}

}  // namespace framebridge::options
