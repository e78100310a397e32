"""The real command, as a process of its own, without what a runner would say to it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import data_contract


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `data-contract ARGUMENTS` does in a folder."""
    return _done(folder, arguments, environment, resource.RLIM_INFINITY)


def starved(folder: Path, most: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same where no file may grow beyond so many bytes, as on a disk that is full."""
    return _done(folder, arguments, {"PYTHONDONTWRITEBYTECODE": "1"}, most)


def _done(
    folder: Path, arguments: Sequence[str], environment: Mapping[str, str], most: int
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    kept |= {"PYTHONPATH": str(Path(data_contract.__file__).parents[1]), **environment}
    return subprocess.run(
        [sys.executable, "-m", "data_contract", *arguments],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        # NOTE: a shell's `ulimit -f` would count in blocks, and differently from shell to shell.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )
