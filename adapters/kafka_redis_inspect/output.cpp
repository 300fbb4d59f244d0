#include "kafka_redis_inspect/output.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace framebridge::inspect {

namespace {

constexpr auto replace_bad_text = nlohmann::ordered_json::error_handler_t::replace;

// Code points, which is near enough to columns.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string cell(const Row& row, const std::string& key) {
    const auto found = row.find(key);
    if (found == row.end() || found->is_null()) {
        return "-";
    }
    if (found->is_string()) {
        return found->get<std::string>();
    }
    if (found->is_number_float()) {
        return fmt::format("{:.2f}", found->get<double>());
    }
    return found->dump(-1, ' ', false, replace_bad_text);
}

std::string heading(std::string key) {
    std::replace(key.begin(), key.end(), '_', ' ');
    return key;
}

}  // namespace

void Output::begin(const std::string& title, std::vector<std::string> columns) {
    finish();
    title_ = title;
    columns_ = std::move(columns);
}

void Output::add(const Row& row) {
    if (format_ == OutputFormat::json) {
        print_json(row);
        return;
    }
    std::vector<std::string> cells;
    cells.reserve(columns_.size());
    for (const auto& column : columns_) {
        cells.push_back(cell(row, column));
    }
    rows_.push_back(std::move(cells));
}

void Output::finish() {
    if (format_ == OutputFormat::json || columns_.empty()) {
        return;
    }
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        auto width = columns_[column].size();
        for (const auto& row : rows_) {
            width = std::max(width, width_of(row[column]));
        }
        widths.push_back(width);
    }
    const auto print = [&widths](const std::vector<std::string>& cells) {
        std::string line;
        for (std::size_t column = 0; column < cells.size(); ++column) {
            line += cells[column];
            if (column + 1 < cells.size()) {
                line.append(widths[column] - width_of(cells[column]) + 2, ' ');
            }
        }
        fmt::print("{}\n", line);
    };
    if (!title_.empty()) {
        fmt::print("{}\n", title_);
    }
    std::vector<std::string> headings;
    std::transform(columns_.begin(), columns_.end(), std::back_inserter(headings), heading);
    print(headings);
    std::for_each(rows_.begin(), rows_.end(), print);
    std::fflush(stdout);
    columns_.clear();
    rows_.clear();
}

void Output::note(const std::string& text) {
    if (format_ == OutputFormat::table) {
        fmt::print("{}\n", text);
        std::fflush(stdout);
    }
}

std::string printable(std::string_view text) {
    // JSON's escapes are what a terminal can be trusted with; the quotes around them are left out.
    auto quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

void print_json(const Row& row) {
    fmt::print("{}\n", row.dump(-1, ' ', false, replace_bad_text));
}

}  // namespace framebridge::inspect
