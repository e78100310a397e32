"""Runs the image under test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import data_contract

IMAGE = "data-contract-action"
BASE = "python:3.13-slim-trixie"
WORKSPACE = "/github/workspace"
PACKAGE = "/opt/data-contract/lib/python3.13/site-packages/data_contract"


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the engine's command."""
    command = ["docker", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120)


def inside(folder: Path, arguments: Sequence[str], *options: str) -> subprocess.CompletedProcess[str]:
    """Run the image on a folder, without a network, on a system that nobody can write to."""
    fixed = ("run", "--rm", "--network", "none", "--read-only", "-v", f"{folder}:{WORKSPACE}")
    return docker(*fixed, *options, IMAGE, *arguments)


def outside(folder: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run the command on a folder, as these tests were imported."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_"))}
    environment |= {"PYTHONPATH": str(Path(data_contract.__file__).parents[1])}
    command = [sys.executable, "-m", "data_contract", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
