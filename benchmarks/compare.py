"""Runs this program and its peers on the same file, in turn, as whole processes, and prints times, memory, findings.

Times of a shared machine mean little by themselves: each peer's run follows one of ours, and what counts is the
median of the ratios pair by pair.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from promises import PROMISES

HERE = Path(__file__).resolve().parent
PEERS = ("dataframely", "pandera", "pointblank")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process took, and what it found."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of all its threads together."""
    peak: float
    """Megabytes (10^6 bytes) of resident memory at most."""
    found: Mapping[str, int]
    """For each promise by name, how often it is broken."""


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[float, float, float, bytes]:
    """Wall time, processor time, peak memory and standard output of a process; raises where it fails."""
    with (folder / "stdout").open("w+b") as stdout:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=stdout)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, list(command))
        stdout.seek(0)
        # NOTE: macOS counts bytes where Linux counts kibibytes.
        unit = 1 if sys.platform == "darwin" else 1024
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6, stdout.read()


def run_ours(python: str, file: Path) -> Run:
    """Our own, from the source beside this folder."""
    contract, policy = HERE / "contract.yml", HERE / "policy.yml"
    arguments = ["check", file.name, "--contracts", str(contract), "--policy", str(policy), "--format", "json"]
    command = [python, "-m", "data_contract", *arguments]
    wall, cpu, peak, said = run(command, file.parent, _environment(HERE.parent, file.parent))
    return Run(wall=wall, cpu=cpu, peak=peak, found=dict(_counts(json.loads(said)["datasets"][0]["findings"])))


def _counts(findings: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    """How often each promise is broken; those beyond the 25 only where they are."""
    for finding in findings:
        check, feature = finding["check"], finding["feature"]
        name = "email, created_at key" if check == "key" else f"{feature} {check}" if feature else check
        is_broken = finding["outcome"] != "passed"
        is_whole = finding["count"] is None or check in ("row-count", "null-rate")
        if name in PROMISES or is_broken:
            yield name, (1 if is_whole else finding["count"]) if is_broken else 0


def run_peer(python: str, peer: str, file: Path) -> Run:
    """One of the peers."""
    command = [python, str(HERE / "peers" / f"{peer}_.py"), file.name]
    wall, cpu, peak, said = run(command, file.parent, _environment(HERE, file.parent))
    return Run(wall=wall, cpu=cpu, peak=peak, found=json.loads(said)["found"])


def _environment(source: Path, folder: Path) -> dict[str, str]:
    """What a process runs with that imports from `source`; like a package that is installed, it is compiled once."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {"PYTHONPATH": str(source), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def generate(file: Path, options: argparse.Namespace) -> None:
    """Write the file that everybody reads."""
    wanted = (("--rows", options.rows), ("--bad", options.bad), ("--quotes", options.quotes), ("--seed", options.seed))
    arguments = [part for name, value in wanted for part in (name, str(value))]
    # NOTE: in a process of its own, as what this one holds would count as memory of those that it starts.
    subprocess.run([options.ours, str(HERE / "generate.py"), *arguments, str(file)], check=True)


def versions(python: str, names: Sequence[str]) -> str:
    """The versions of Python and of some packages."""
    asked = "import sys, importlib.metadata as m; print('Python', sys.version.split()[0], end='')\n"
    asked += "for name in sys.argv[1:]: print(f', {name} {m.version(name)}', end='')"
    return subprocess.run([python, "-c", asked, *names], check=True, capture_output=True, text=True).stdout


def compare(file: Path, options: argparse.Namespace) -> Iterator[str]:
    """The lines of the table of times, and then those of the findings."""
    yield "| | wall s | cpu s | peak MB | ours / peer: wall | cpu | peak |"
    yield "|---|---|---|---|---|---|---|"
    found = {"ours": run_ours(options.ours, file).found}
    everyone: list[Run] = []
    rows: list[str] = []
    for peer in options.peers:
        found[peer] = run_peer(options.python, peer, file).found
        pairs = [(run_ours(options.ours, file), run_peer(options.python, peer, file)) for _ in range(options.repeats)]
        everyone += (ours for ours, _ in pairs)
        rows.append(f"| {peer} | {_medians([theirs for _, theirs in pairs])} | {_ratios(pairs)} |")
    yield f"| ours | {_medians(everyone)} | | | |"
    yield from rows
    yield ""
    yield f"| promise | {' | '.join(found)} |"
    yield "|---|" + "---|" * len(found)
    promises = dict.fromkeys((*PROMISES, *(name for each in found.values() for name in each)))
    for name in promises:
        counts = [str(each.get(name, "–")) for each in found.values()]
        yield f"| {name} | {' | '.join(counts)} |"


def _medians(runs: Sequence[Run]) -> str:
    wall, cpu, peak = (median(getattr(each, name) for each in runs) for name in ("wall", "cpu", "peak"))
    return f"{wall:.3f} | {cpu:.3f} | {peak:.0f}"


def _ratios(pairs: Sequence[tuple[Run, Run]]) -> str:
    """The median of the ratios, for the wall time with the smallest and the largest."""
    wall = [ours.wall / theirs.wall for ours, theirs in pairs]
    cpu = median(ours.cpu / theirs.cpu for ours, theirs in pairs)
    peak = median(ours.peak / theirs.peak for ours, theirs in pairs)
    return f"**{median(wall):.2f}** ({min(wall):.2f} to {max(wall):.2f}) | {cpu:.2f} | {peak:.2f}"


def main() -> None:
    """Compare as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--bad", type=float, default=0.005, help="share of rows with one broken promise, 0 to 1")
    parser.add_argument("--quotes", type=float, default=0.0, help="share of notes with a doubled quote, 0 to 1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="pairs of runs with each peer, after one that warms up")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the peers")
    parser.add_argument("--ours", default=sys.executable, help="the interpreter that has what this program needs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "benchmark.csv"
        generate(file, options)
        size = file.stat().st_size / 1e6
        lines = [
            f"{options.rows:,} rows, {size:.1f} MB, {options.bad:.1%} bad rows, {options.quotes:.0%} notes with quotes;"
            f" {options.repeats} pairs, {os.cpu_count()} cores",
            f"ours: {versions(options.ours, ['polars'])}",
            f"peers: {versions(options.python, ['polars', *options.peers])}",
            "",
        ]
        for line in lines:
            sys.stdout.write(f"{line}\n")
        for line in compare(file, options):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
