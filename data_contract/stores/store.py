"""What every store offers, and the names under which it keeps what strangers named."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol
from urllib.parse import quote_from_bytes

from data_contract.errors import StoreError

AUDIT = "audit"
"""The folder of the audit log."""
HEAD = "head.json"
"""The last entry of the audit log: its number and its digest."""
STAGING = ".staging"
"""The folder of what is not decided yet; whatever lies in it when a run starts was left by one that was killed."""

_OWN = frozenset({"", AUDIT, HEAD, "version.json", "findings.json", "report.txt"})
"""What the store itself calls something, and no name at all."""
_LONGEST = 150
_WIDEST = 255
"""Bytes of a name that a folder takes."""
_END = 40
"""Bytes that stay of the end of a name that is too long: it tells the format."""


class Store(Protocol):
    """Files under paths with forward slashes; one that is written is there as a whole or not at all.

    Every method raises `StoreError` for a path that is not inside of the store.
    """

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def workplace(self) -> Path:
        """A folder of this machine for copies that are judged; made when it is asked for."""

    def read(self, path: str) -> bytes | None:
        """The content of a small file; None where there is none."""

    def names(self, folder: str) -> tuple[str, ...]:
        """The names of what a folder holds, sorted; none where there is no such folder. The store itself is ""."""

    def fetch(self, path: str) -> Path | None:
        """A file of this machine with the content of one in the store, to be read only; None where there is none."""

    def write(self, path: str, content: bytes) -> None:
        """Write a small file, over another one if need be."""

    def put(self, copy: Path, path: str) -> None:
        """Take in a file of the workplace, which is gone then."""

    def move(self, source: str, target: str) -> None:
        """Give a file another path; nothing where that was done before. Raises `StoreError` where neither is there."""

    def remove(self, path: str) -> None:
        """Remove a file or a folder with all that is in it; nothing where there is none."""

    def check(self) -> None:
        """Change nothing. Raises `StoreError` where nothing could be kept there, as far as that can be told."""

    def lock(self, seconds: float, waiting: Callable[[str], None]) -> AbstractContextManager[None]:
        """Keep all other runs out; where one is in, `waiting` is told who, and so many seconds are waited.

        Raises `StoreError` where it is still in then.
        """


def is_inside(path: str) -> bool:
    """Whether a path leads to one place in a store, and neither out of it nor to the store as a whole."""
    try:
        names = path.encode().split(b"/")
    except UnicodeEncodeError:
        return False
    return all(name not in (b"", b".", b"..") and b"\0" not in name and len(name) <= _WIDEST for name in names)


def inside(path: str) -> str:
    """The path itself. Raises `StoreError` where it does not lead to one place in a store."""
    if not is_inside(path):
        raise StoreError(f"no path inside of a store: {path[:_LONGEST]!a}", hint="find out who wrote it there")
    return path


def safe_name(text: str) -> str:
    """A stranger's name as that of one file or folder: itself where it is harmless, and no two names the same."""
    name = quote_from_bytes(os.fsencode(text), safe="")
    if name.startswith(".") or name in _OWN:
        name = f"%{ord(name[0]):02X}{name[1:]}" if name else "%"
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{name[: _LONGEST - _END]}+{digest}+{name[-_END:]}"


def digest_of(file: Path) -> str:
    """The SHA-256 of a file of this machine, 64 hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
