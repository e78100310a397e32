"""Runs the command over and over, and kills it right before its first, its second, … change of the file system.

`killed.py TEMPLATE RUNS ARGUMENTS…`: each run is in a copy of the folder TEMPLATE, in a folder of RUNS that is named by
the number of the change; the last one is the first that comes to its end. Not a test, but what tests start.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

from data_contract import cli, ingest  # noqa: F401  # imported here once, so that no run has to

CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def die_at(number: int) -> None:
    """Kill this process at a change of the file system."""
    left = number

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        flags = arguments[2] if event == "open" else 0
        if event in CHANGES or (isinstance(flags, int) and flags & WRITES):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def main(template: str, runs: str, *arguments: str) -> None:
    for number in count(1):
        folder = Path(runs, f"{number:03}")
        shutil.copytree(template, folder, symlinks=True)
        # NOTE: polars has threads by now, all of them idle; nothing was computed that they could be in the midst of.
        process = os.fork()
        if not process:
            os.chdir(folder)
            with Path(runs, "said").open("ab") as said:
                os.dup2(said.fileno(), sys.stdout.fileno())
            sys.argv[1:] = arguments
            die_at(number)
            cli.run()
        if not os.WIFSIGNALED(os.waitpid(process, 0)[1]):
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
