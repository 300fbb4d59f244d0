#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
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
    [[nodiscard]] Result<Value> parse(std::string_view text) const;
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

/// A type that parses itself: `static Result<Value> parse(std::string_view)` and `to_string()`.
template <typename Value>
struct Itself {
    static constexpr auto kind = Kind::text;
    static std::string type_name() { return "TEXT"; }
    static Result<Value> parse(std::string_view text) { return Value::parse(text); }
    static std::string text(const Value& value) { return value.to_string(); }
};

/// A function that parses.
template <typename Value>
struct ParsedBy {
    Result<Value> (*parse_text)(std::string_view text);

    static constexpr auto kind = Kind::text;
    static std::string type_name() { return "TEXT"; }
    [[nodiscard]] Result<Value> parse(std::string_view text) const { return parse_text(text); }
    static std::string text(const Value& value) {
        if constexpr (std::is_convertible_v<Value, std::string>) {
            return value;
        } else {
            return value.to_string();
        }
    }
};

template <typename Value>
struct DefaultSyntax {
    using Type = Itself<Value>;
};
template <typename Value>
using SyntaxOf = typename DefaultSyntax<Value>::Type;

/// Items that repeat; an environment variable holds several, separated by commas.
template <typename Container>
struct ListOf {
    using Item = SyntaxOf<typename Container::value_type>;

    static constexpr auto kind = Kind::list;
    static std::string type_name() { return Item::type_name(); }
    static std::string text(const Container& items) {
        std::string all;
        for (const auto& item : items) {
            all += (all.empty() ? "" : ",") + Item::text(item);
        }
        return all;
    }
    static std::vector<std::string> read(const std::vector<std::string>& texts, Container& target) {
        Container items;
        std::vector<std::string> problems;
        for (const auto& text : texts) {
            if (auto item = Item{}.parse(text)) {
                items.insert(items.end(), std::move(*item));
            } else {
                problems.push_back(item.error().to_string());
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
    using KeySyntax = SyntaxOf<typename Map::key_type>;
    using ValueSyntax = SyntaxOf<typename Map::mapped_type>;

    static constexpr auto kind = Kind::map;
    static std::string type_name() { return "KEY=VALUE"; }
    static std::string text(const Map& entries) {
        std::string all;
        for (const auto& [key, value] : entries) {
            const auto entry = KeySyntax::text(key) + "=" + ValueSyntax::text(value);
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
            auto key = KeySyntax{}.parse(entry->key);
            auto value = ValueSyntax{}.parse(entry->value);
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

template <>
struct DefaultSyntax<std::string> {
    using Type = Text;
};
template <>
struct DefaultSyntax<std::filesystem::path> {
    using Type = Text;
};
template <>
struct DefaultSyntax<bool> {
    using Type = Switch;
};
template <std::integral Value>
struct DefaultSyntax<Value> {
    using Type = Number;
};
template <typename Value>
struct DefaultSyntax<std::optional<Value>> {
    using Type = SyntaxOf<Value>;
};
template <typename Value>
struct DefaultSyntax<std::vector<Value>> {
    using Type = ListOf<std::vector<Value>>;
};
template <typename Value>
struct DefaultSyntax<std::set<Value>> {
    using Type = ListOf<std::set<Value>>;
};
template <typename Key, typename Value>
struct DefaultSyntax<std::map<Key, Value>> {
    using Type = MapOf<std::map<Key, Value>>;
};

template <typename Value>
Result<Value> Choice<Value>::parse(std::string_view text) const {
    for (const auto& [word, value] : words_) {
        if (word == runtime::trimmed(text)) {
            return value;
        }
    }
    return problem("'" + std::string(text) + "' is not one of " + joined(", "));
}

/// The type of a target's value, which may be optional.
template <typename Target>
struct OptionalValue {
    using Type = Target;
};
template <typename Value>
struct OptionalValue<std::optional<Value>> {
    using Type = Value;
};
template <typename Target>
using ValueOf = typename OptionalValue<Target>::Type;

template <typename Syntax, typename Target>
std::string default_text(const Syntax& syntax, const Target& target) {
    return syntax.text(target);
}
template <typename Syntax, typename Value>
std::string default_text(const Syntax& syntax, const std::optional<Value>& target) {
    return target ? default_text(syntax, *target) : std::string();
}

/// Number's limits, within what the target can hold. A std::uint16_t is a port.
template <typename Target>
Number within_limits_of(Number number) {
    using Limits = std::numeric_limits<Target>;
    if constexpr (std::is_unsigned_v<Target>) {
        number.min = std::max<std::int64_t>(number.min, std::is_same_v<Target, std::uint16_t> ? 1 : 0);
    }
    if constexpr (sizeof(Target) < sizeof(std::int64_t)) {
        number.min = std::max<std::int64_t>(number.min, Limits::min());
        number.max = std::min<std::int64_t>(number.max, Limits::max());
    }
    return number;
}

}  // namespace framebridge::options
