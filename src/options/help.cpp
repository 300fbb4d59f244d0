#include <sstream>

#include "options/setting.h"

namespace framebridge::options {

namespace {

constexpr std::size_t help_width = 100;
constexpr std::size_t help_column = 36;

/// What stands after an option's sentence.
std::string notes_of(const Setting& setting) {
    std::string notes;
    const auto note = [&](const std::string& text) { notes += (notes.empty() ? "" : "; ") + text; };
    if (setting.spec.required) {
        note("required");
    }
    const std::string& value = setting.spec.default_text;
    if (setting.kind == Kind::flag) {
        if (value == "true") {
            note("on by default, off with " + setting.spec.flag + "=false");
        }
    } else if (!value.empty() && !setting.spec.secret) {
        note("default: " + value);
    }
    if (setting.repeatable()) {
        note("repeatable");
    }
    if (!setting.spec.environment.empty()) {
        note("$" + setting.spec.environment);
    }
    return notes.empty() ? "" : " [" + notes + "]";
}

/// Flag and type to the left, the text to the right of them, wrapped to a terminal's width.
std::string two_columns(const std::string& left, const std::string& right) {
    const std::string indent(help_column, ' ');
    std::string text = "  " + left;
    text += text.size() + 2 > help_column ? "\n" + indent : indent.substr(text.size());
    std::size_t column = help_column;
    std::istringstream words(right);
    for (std::string word; words >> word; column += word.size()) {
        if (column > help_column && column + 1 + word.size() > help_width) {
            text += '\n' + indent;
            column = help_column;
        } else if (column > help_column) {
            text += ' ';
            ++column;
        }
        text += word;
    }
    return text + '\n';
}

}  // namespace

std::string help(const ProgramTexts& program, const Settings& settings) {
    std::string text = program.description + "\n\nUsage: " + program.name + " [OPTIONS]";
    for (const Setting& setting : settings) {
        text += setting.spec.positional ? " [" + setting.type_name + "...]" : "";
    }
    text += '\n';
    std::string group;
    for (const Setting& setting : settings) {
        if (setting.group != group) {
            group = setting.group;
            text += "\n" + group + ":\n";
        }
        text += two_columns(setting.spec.flag + (setting.type_name.empty() ? "" : " " + setting.type_name),
                            setting.spec.help + notes_of(setting));
    }
    return text + two_columns("--version", "Show the version.") + two_columns("-h,--help", "Show this help.");
}

}  // namespace framebridge::options
