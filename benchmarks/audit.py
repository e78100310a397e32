"""Measures how long the dashboard takes for years of an audit log: real entries of this repository's data, varied.

python benchmarks/audit.py --entries 10000
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import importlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
START = datetime(2024, 1, 1, tzinfo=UTC)
DATASETS, BROKEN = 5, 0.01
SLAS = ("user_age", "country_code", "plan")
A, T = TypeVar("A"), TypeVar("T")


def real_line(folder: Path) -> bytes:
    """What `check` writes of the sample data."""
    log = folder / "one.jsonl"
    arguments = ["check", "data", "--no-base", "--audit", str(log), "--format", f"json={folder / 'report.json'}"]
    subprocess.run([sys.executable, "-m", "data_contract", *arguments], cwd=ROOT, check=True)
    return log.read_bytes()


def lines(line: bytes, count: int) -> Iterator[bytes]:
    """A log of so many entries, four hours apart: other datasets, other data, one promise of a hundred broken."""
    chance, entry = random.Random(1), json.loads(line)  # noqa: S311  # made-up data
    entry.pop("digest")
    (dataset,) = entry["datasets"]
    span = dataset["contract"]
    stated = {"null_rate": None, "invalid_rate": None, "window": 90 * 86_400, "target": 0.95, "span": span}
    previous = "0" * 64
    for number in range(count):
        entry |= {"previous": previous, "at": (START + timedelta(hours=4 * number)).isoformat()}
        entry["data"] = {dataset["path"]: hashlib.sha256(str(number).encode()).hexdigest()}
        dataset["name"] = f"user_features_{number % DATASETS}"
        dataset["slas"] = [stated | {"feature": name} for name in SLAS] if number % DATASETS == 0 else []
        for finding in dataset["findings"]:
            finding["outcome"] = "violated" if chance.random() < BROKEN else "passed"
        body = json.dumps(entry, separators=(",", ":")).encode()[:-1]
        previous = hashlib.sha256(body).hexdigest()
        yield body + b',"digest":"' + previous.encode() + b'"}\n'


def timed(called: Callable[[A], T], argument: A) -> tuple[float, float, T]:
    """Wall and processor seconds, and the result."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = called(argument)
    return time.perf_counter() - wall, time.process_time() - cpu, result


def say(line: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Print the medians of some repeats."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    _, imported, _ = timed(importlib.import_module, "data_contract.dashboard.state")
    from data_contract.dashboard.log import read
    from data_contract.dashboard.state import state_of

    gc.set_threshold(100_000)  # as the command does
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "audit.jsonl"
        log.write_bytes(b"".join(lines(real_line(Path(folder)), options.entries)))
        say(f"{options.entries:,} entries, {log.stat().st_size / 1e6:.0f} MB; imports {imported:.2f} s of processor")
        took = []
        for _ in range(options.repeats):
            wall, cpu, found = timed(read, [log])
            more_wall, more_cpu, _ = timed(state_of, found)
            took.append((wall, cpu, more_wall, more_cpu))
            del found
        names = ("read, wall", "read, cpu", "state, wall", "state, cpu")
        for name, seconds in zip(names, zip(*took, strict=True), strict=True):
            say(f"{name:12} {median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})")


if __name__ == "__main__":
    main()
