"""A folder on disk: nothing in it is passed over because nobody could look."""

from __future__ import annotations

import os
from pathlib import Path

from tests.commands import command

CONTRACT = 'version: 1\ndataset: {name: users, files: ["data/**/*.csv"]}\nfeatures: {age: {dtype: int}}\n'
DEEPER_THAN_ANY_PATH = 20
"""Folders of the longest name there may be: together more than the 4,096 bytes that a path may have on Linux."""


def repository(root: Path, depth: int) -> None:
    """A folder with a contract, a file of data, and so many folders in each other beside it."""
    (root / "contracts").mkdir()
    (root / "contracts" / "users.yml").write_text(CONTRACT)
    (root / "data").mkdir()
    (root / "data" / "users.csv").write_text("age\n1\n")
    place = os.open(root / "data", os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d" * 255, dir_fd=place)
        below = os.open("d" * 255, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)


def test_a_folder_that_cannot_be_listed_is_no_empty_one(tmp_path: Path) -> None:
    repository(tmp_path, DEEPER_THAN_ANY_PATH)
    ran = command(tmp_path, "check", "--contracts", "contracts")
    assert ran.returncode == 2
    assert "the folder cannot be listed: File name too long" in ran.stdout
    assert "hint: let this user list it, or take it away" in ran.stdout


def test_an_empty_folder_beside_the_data_concerns_nobody(tmp_path: Path) -> None:
    repository(tmp_path, 3)
    assert command(tmp_path, "check", "--contracts", "contracts").returncode == 0
