"""Reads proto/vectors/native as a client would, and compares with expected.json. `--write` makes that file anew."""

import json
import sys
from pathlib import Path

from framebridge import Refused, read

FOLDER = Path(__file__).resolve().parents[3] / "proto" / "vectors" / "native"


def parts_of(path):
    return [bytes.fromhex(line) for line in path.read_text().split("\n")][:-1]


def outcome(path):
    try:
        return read(parts_of(path))
    except Refused:
        return "refused"


def main():
    found = {path.stem: outcome(path) for path in sorted(FOLDER.glob("*.hex"))}
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    if "--write" in sys.argv:
        (FOLDER / "expected.json").write_text(text)
    expected = json.loads((FOLDER / "expected.json").read_text())
    wrong = [name for name in expected.keys() | found.keys()
             if expected.get(name) != json.loads(json.dumps(found.get(name)))]
    print(f"{len(found)} messages, {len(wrong)} read otherwise than expected: {sorted(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
