"""What a change of three files costs among many, as a ratio to the same change where there are no others.

    python benchmarks/change.py --files 2000 --rows 1000 --pairs 5

Two repositories, in each the same three files changed; whole processes, in pairs. It prints the ratio of processor
times, the median and the extremes of the pairs, for the files on disk and for a commit.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pygit2

CONTRACT = """version: 1
dataset: {name: parts, files: ["data/**/*.csv"], key: [id]}
features:
  id: {dtype: int}
  age: {dtype: int, min: 0, max: 999}
"""
CHANGED = 3
NOBODY = pygit2.Signature("nobody", "nobody@example.org", 1_780_000_000, 0)


def main() -> None:
    """Make both repositories and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        many, few = Path(folder) / "many", Path(folder) / "few"
        make(many, options.files, options.rows)
        make(few, CHANGED, options.rows)
        told = (
            f"{CHANGED} changed of {options.files:,} files / {CHANGED} changed of {CHANGED}, {options.rows:,} rows each"
        )
        sys.stdout.write(f"{told}\n")
        for name, arguments in (("files on disk", ["HEAD~1"]), ("a commit", ["HEAD~1", "--head", "HEAD"])):
            ratios = sorted(ratio(many, few, arguments) for _ in range(options.pairs))
            sys.stdout.write(f"{name}: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})\n")


def make(root: Path, files: int, rows: int) -> None:
    """A repository with two commits, of which the second changes the first three files."""
    repository = pygit2.init_repository(os.fspath(root), initial_head="main")
    write(root, "contracts/parts.yml", CONTRACT)
    for number in range(files):
        write(root, part(number), "".join(lines(number, rows)))
    commit(repository)
    for number in range(CHANGED):
        write(root, part(number), "".join(lines(number + 1, rows)))
    commit(repository)


def part(number: int) -> str:
    """The path of a file."""
    return f"data/{number // 100:02}/part-{number}.csv"


def lines(seed: int, rows: int) -> Iterator[str]:
    """The lines of a file; no two seeds give the same."""
    yield "id,age\n"
    yield from (f"{row},{(row + seed) % 1000}\n" for row in range(rows))


def write(root: Path, path: str, text: str) -> None:
    """Write one file."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def commit(repository: pygit2.Repository) -> None:
    """Commit everything."""
    repository.index.add_all()
    repository.index.write()
    above = [] if repository.head_is_unborn else [repository.head.target]
    repository.create_commit("HEAD", NOBODY, NOBODY, "change", repository.index.write_tree(), above)


def ratio(many: Path, few: Path, arguments: list[str]) -> float:
    """Of one pair of runs."""
    return seconds(many, arguments) / seconds(few, arguments)


def seconds(root: Path, arguments: list[str]) -> float:
    """Processor time of one run."""
    before = spent()
    command = [sys.executable, "-m", "data_contract", "check", "--quiet", "--base", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode or done.stdout.count("promises judged") != CHANGED:
        sys.exit(done.stdout + done.stderr)
    return spent() - before


def spent() -> float:
    """Processor seconds of all runs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
