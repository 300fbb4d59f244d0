"""The README's tables of options are those of the programs."""

import os
import pathlib
import re

import options_table

README = pathlib.Path(__file__).parents[2] / "README.md"
BIN_DIR = pathlib.Path(os.environ["FRAMEBRIDGE_BIN_DIR"])


def test_the_tables_of_options_are_the_programs_own():
    readme = README.read_text()
    assert len(re.findall(r"<!-- options: [\w-]+ -->", readme)) == 4
    assert readme == options_table.with_tables(readme, BIN_DIR), (
        f"run: python3 tests/system/options_table.py README.md {BIN_DIR}"
    )
