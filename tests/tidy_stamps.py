"""Which sources clang-tidy has to look at: those that changed, or a header of theirs did, since they passed.

tidy_stamps.py BUILD_DIR STAMP_DIR SALT: prints `STAMP FILE` for each; the stamp is made when the file passes. What a
source includes is what the build says."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

build, stamps, salt = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
root = Path.cwd()
hashes = {}


def hash_of(path):
    if path not in hashes:
        hashes[path] = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    return hashes[path]


def includes():
    """Each source of ours with the files of ours that it includes."""
    dependencies = {}
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    for block in text.split("\n\n"):
        files = [Path(os.path.normpath(build.resolve() / line.strip())) for line in block.splitlines()[1:]]
        ours = [file for file in files if file.is_relative_to(root) and not file.is_relative_to(build.resolve())]
        if ours:
            dependencies.setdefault(ours[0], set()).update(ours)
    return dependencies


common = salt + Path(".clang-tidy").read_text()
known = includes()
for folder in ("src", "adapters"):
    for source in sorted((root / folder).rglob("*.cpp")):
        files = sorted(known.get(source, {source}) | {source})
        stamp = hashlib.sha256((common + "".join(map(hash_of, files))).encode()).hexdigest()
        if not (stamps / stamp).exists():
            print(stamps / stamp, source.relative_to(root))
