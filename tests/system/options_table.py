"""The tables of options in adapters/*/README.md, and the list of keys in adapters/common/adapter_keys.cpp, read off the programs' --help. To write them anew:

    python3 tests/system/options_table.py build/release/adapters
"""

import pathlib
import re
import subprocess
import sys
import textwrap

OPTION = re.compile(r"^  (?P<flag>(?:-\w,)?(?:--[\w-]+|\[?[A-Z_.]+\]?\.*))(?: (?P<value>[A-Z_=|a-z0-9.-]+))?(?:\s{2,}(?P<text>.*))?$")


def options(program: str) -> list[tuple[str, str, str, str, str]]:
    """(group, flag, variable, default, help) of each option."""
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    found: list[list[str]] = []
    group = ""
    for line in text.splitlines():
        if re.match(r"^\S.*:$", line):
            group = line[:-1]
        elif match := OPTION.match(line):
            flag = match["flag"] + (f" {match['value']}" if match["value"] else "")
            found.append([group, flag, match["text"] or ""])
        elif line.startswith("   ") and found:
            found[-1][2] = f"{found[-1][2]} {line.strip()}".strip()
    rows = []
    for group, flag, help_text in found:
        variable = default = ""
        if match := re.search(r" ?\[([^\[\]]*(?:\{[^\]]*\})?[^\[\]]*)\]$", help_text):
            help_text = help_text[: match.start()]
            for fact in match[1].split("; "):
                if fact.startswith("$"):
                    variable = fact[1:]
                elif fact.startswith("default: "):
                    default = fact.removeprefix("default: ")
                elif fact.startswith("on by default"):
                    default = "true"
                elif fact == "required":
                    default = "*required*"
        rows.append((group, flag, variable, default, help_text))
    return rows


def table(program: str) -> list[str]:
    """The table's lines, in Markdown."""
    lines = ["| Flag | Variable | Default | |", "|---|---|---|---|"]
    last_group = None
    for group, flag, variable, default, help_text in options(program):
        if group != last_group:
            lines.append(f"| **{group}** | | | |")
            last_group = group
        cells = [f"`{flag.replace('|', '&#124;')}`" if "|" not in flag else f"<code>{flag.replace('|', '&#124;')}</code>"]
        cells.append(f"`{variable}`" if variable else "")
        cells.append(default if not default or default.startswith("*") else f"`{default}`")
        cells.append(help_text.replace("|", "&#124;"))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


PROJECT = pathlib.Path(__file__).parents[2]
KEYS_FILE = PROJECT / "adapters" / "common" / "adapter_keys.cpp"
NOT_IN_FILES = {"config", "instance", "print-config", "check-config", "check-health", "version", "help"}


def pages() -> list[pathlib.Path]:
    """The adapters' pages that have a table of options."""
    found = sorted((PROJECT / "adapters").glob("*/README.md"))
    return [page for page in found if "<!-- options: " in page.read_text()]


def adapter_keys() -> str:
    """The source with the keys that each adapter takes in a config file, from the tables."""
    lines = ["// Written by tests/system/options_table.py.", "// clang-format off", '#include "common/adapter_keys.h"', "",
             "namespace framebridge {", "", "options::AdapterKeys adapter_keys() {", "    return {"]
    for page in pages():
        flags = re.findall(r"^\| (?:`|<code>)(?:-\w,)?--([\w-]+)", page.read_text(), flags=re.MULTILINE)
        keys = ", ".join(f'"{flag}"' for flag in flags if flag not in NOT_IN_FILES)
        lines += [f'        {{"{page.parent.name.replace("_", "-")}",',
                  *textwrap.wrap(f"{{{keys}}}}},", 110, initial_indent=" " * 9, subsequent_indent=" " * 10, break_on_hyphens=False)]
    return "\n".join([*lines, "    };", "}", "", "}  // namespace framebridge", ""])


def with_tables(page: str, bin_dir: pathlib.Path) -> str:
    """A page with its tables, each between `<!-- options: PROGRAM -->` and `<!-- /options -->`, made anew."""

    def fresh(match: re.Match) -> str:
        return "\n".join([match[1], *table(str(bin_dir / match[2])), match[3]])

    return re.sub(r"(<!-- options: ([\w-]+) -->)\n.*?(<!-- /options -->)", fresh, page, flags=re.DOTALL)


if __name__ == "__main__":
    for path in pages():
        path.write_text(with_tables(path.read_text(), pathlib.Path(sys.argv[1])))
    KEYS_FILE.write_text(adapter_keys())
