"""Copies of incoming files: what is judged, and kept, is a copy that nobody else can change."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data_contract.errors import DataError, Span, StoreError
from data_contract.tree import Tree

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of a file that came."""

    file: Path
    sha256: str
    """64 hexadecimal digits."""
    path: str
    """The file's, from the folder in which it came."""
    shown: str
    """The file's, as reports name it."""

    @property
    def name(self) -> str:
        """Of the file, without folders."""
        return PurePosixPath(self.path).name

    @property
    def source(self) -> str:
        """The path as text that every program can read."""
        return readable(self.path)


def readable(path: str) -> str:
    r"""A path as text: what is no text in it is written as `\udcff`."""
    return path.encode("utf-8", "backslashreplace").decode()


def copied(tree: Tree, path: str, shown: str, target: Path) -> Copy:
    """Copy a file that came.

    Raises `DataError` or `OSError` where it cannot be read, `StoreError` where the copy cannot be written.
    """
    digest = hashlib.sha256()
    with tree.open(path) as source:
        before = os.fstat(source.fileno())
        try:
            with target.open("wb") as copy:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    copy.write(block)
        except OSError as cause:
            raise StoreError(f"{shown} cannot be copied to {target}: {cause.strerror}", hint="make room") from None
        after = os.fstat(source.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        message = "the file changed while it was copied"
        raise DataError(message, at=Span(shown, 1), hint="run again when nobody writes it")
    return Copy(file=target, sha256=digest.hexdigest(), path=path, shown=shown)


def sha256_of(tree: Tree, path: str) -> str:
    """The SHA-256 of a file. Raises `DataError` or `OSError` where it cannot be read."""
    digest = hashlib.sha256()
    with tree.open(path) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
