"""What came: files in a folder, and copies of them. What is judged, and kept, is a copy that nobody else can change."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data_contract.contract import Contract
from data_contract.errors import DataError, Span, StoreError, UsageError, remedy
from data_contract.tree import Folder, Kind, blocks_of, slashed


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
    part: str = ""
    """What of it this is, with a blank behind; all of it where nothing is said."""

    @property
    def name(self) -> str:
        """Of the file, without folders."""
        return PurePosixPath(self.path).name

    @property
    def source(self) -> str:
        """The path as text."""
        return source_of(self.path)


def source_of(path: str) -> str:
    r"""A path as text that every program can read: what is no text in it is written as `\udcff`."""
    return path.encode("utf-8", "backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class Incoming:
    """The folder in which files come."""

    tree: Folder
    paths: tuple[str, ...]
    """From that folder, in no order that means anything."""
    place: str
    """The folder, as people call it."""
    head: Folder
    """The folder that contracts and policy are in."""

    @classmethod
    def at(cls, head: Folder, name: str) -> Incoming:
        """What a person names. Raises `UsageError` where there is none."""
        place = head.root / name
        if place.is_dir():
            tree = Folder(place.resolve())
            return cls(tree, tuple(sorted(tree.files("."))), name, head)
        if not place.exists():
            raise UsageError(f"{name} is no file and no folder", hint="check the path")
        return cls(Folder(place.parent.resolve()), (place.name,), os.fspath(Path(name).parent), head)

    def shown(self, path: str) -> str:
        """A file as reports name it: from the current folder, if it is below it."""
        return slashed(self.head.place(os.path.join(self.place, path)))

    def described(self, contract: Contract) -> tuple[str, ...]:
        """The files that a contract describes, by their path from that folder or from the current one."""
        return tuple(path for path in self.paths if any(map(contract.describes, (path, self.shown(path)))))

    def why_not(self, path: str, cause: DataError | OSError) -> str:
        """Why a file cannot be taken, and what to do where that is known."""
        if isinstance(cause, OSError):
            return cause.strerror or str(cause)
        if self.tree.kind(path) is Kind.LINK:
            return "it is a symbolic link, which is not followed: put the file itself in its place"
        return cause.message

    def copied(self, path: str, target: Path) -> Copy:
        """Copy a file.

        Raises `DataError` or `OSError` where it cannot be read, `StoreError` where the copy cannot be written.
        """
        shown, digest = self.shown(path), hashlib.sha256()
        with self.tree.open(path) as source:
            before = os.fstat(source.fileno())
            try:
                with target.open("wb") as copy:
                    for block in blocks_of(source):
                        digest.update(block)
                        copy.write(block)
            except OSError as cause:
                hint = remedy(cause, "check the folder")
                raise StoreError(f"{shown} cannot be copied to {target}: {cause.strerror}", hint=hint) from None
            after = os.fstat(source.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            message = "the file changed while it was copied"
            raise DataError(message, at=Span(shown, 1), hint="run again when nobody writes it")
        return Copy(file=target, sha256=digest.hexdigest(), path=path, shown=shown)
