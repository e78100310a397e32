"""The real command, as a process of its own, without what a runner would say to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import data_contract


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What `data-contract ARGUMENTS` does in a folder."""
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
    )
