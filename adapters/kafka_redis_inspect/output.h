#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/units.h"

namespace framebridge::inspect {

/// One object of the output: its keys in the order in which they were added.
using Row = nlohmann::ordered_json;

enum class OutputFormat { table, json };

/// Rows of equal keys, for people as an aligned table, for scripts as one JSON object a line. A table is
/// printed by finish(), as its columns' widths follow from all rows; JSON lines at once.
class Output {
  public:
    explicit Output(OutputFormat format) : format_(format) {}

    /// A table with this title follows.
    void begin(const std::string& title, std::vector<std::string> columns);
    /// `row` may have more keys than the table has columns: these are for scripts.
    void add(const Row& row);
    /// Prints the table.
    void finish();
    /// What is no row: a sentence for people, nothing for scripts.
    void note(const std::string& text);

    [[nodiscard]] OutputFormat format() const { return format_; }

  private:
    OutputFormat format_;
    std::string title_;
    std::vector<std::string> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// Text of any bytes: what is no UTF-8 is replaced, control characters are escaped.
std::string printable(std::string_view text);
/// One line of JSON on stdout.
void print_json(const Row& row);

}  // namespace framebridge::inspect
