"""The documents say what the programs do: the tables of options are the programs' own, and links lead somewhere."""

import os
import pathlib
import re

import pytest

import options_table

PROJECT = pathlib.Path(__file__).parents[2]
BIN_DIR = pathlib.Path(os.environ["FRAMEBRIDGE_BIN_DIR"])
DOCUMENTS = sorted(path for pattern in ("*.md", ".github/*.md", "adapters/*/*.md", "docker/*.md", "proto/*.md", "samples/*/*.md",
                                        "src/*.md", "tests/**/*.md") for path in PROJECT.glob(pattern))


def test_every_adapter_has_a_page():
    programs = [path.parent for path in PROJECT.glob("adapters/*/main.cpp")]
    assert programs and all((program / "README.md").is_file() for program in programs)
    assert len(options_table.pages()) == 5


@pytest.mark.parametrize("page", options_table.pages(), ids=lambda page: page.parent.name)
def test_the_tables_of_options_are_the_programs_own(page):
    text = page.read_text()
    assert f"<!-- options: {page.parent.name.replace('_', '-')} -->" in text
    assert text == options_table.with_tables(text, BIN_DIR), f"run: python3 tests/system/options_table.py {BIN_DIR}"


def test_the_keys_of_fleet_files_are_the_programs_own():
    assert options_table.KEYS_FILE.read_text() == options_table.adapter_keys(), (
        f"run: python3 tests/system/options_table.py {BIN_DIR}, and build again")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(document):
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?://|mailto:)([^)#\s]+)", text):
        assert (document.parent / target).exists(), target


def test_the_readme_is_short():
    assert len((PROJECT / "README.md").read_bytes()) <= 14_000
