"""The files of one version of a repository: a folder on disk, or a commit (see `git`)."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from data_contract.errors import DataError, Span

_BLOCK = 1 << 20
"""Bytes."""


class Kind(StrEnum):
    """What stands under a path."""

    FILE = "file"
    LINK = "symbolic link"
    SUBMODULE = "submodule"
    FOLDER = "folder"
    OTHER = "device or pipe"


_REMEDIES = {
    Kind.LINK: "commit the file itself: links are never followed",
    Kind.SUBMODULE: "judge its data in its own repository: submodules are never entered",
    Kind.FOLDER: "name the files in it",
    Kind.OTHER: "write the data to a file",
}


class Tree(Protocol):
    """One version of all files. Paths have forward slashes and start at the root; those of links are their own."""

    def kind(self, path: str) -> Kind | None:
        """What stands there; None for nothing."""

    def files(self, folder: str) -> Iterator[str]:
        """The path of everything below a folder that is none itself, in no order; `.` is the root.

        Where a link or a submodule stands for the folder, or for one above it, it is the path of that. Raises
        `DataError` where a folder cannot be listed: nobody knows what is in it.
        """

    def open(self, path: str) -> BinaryIO:
        """The bytes of a file.

        Raises `DataError` where no plain file stands, `OSError` where it cannot be read.
        """

    def target(self, path: str) -> str:
        """Where a symbolic link leads, as it is written there."""

    def place(self, name: str) -> str:
        """The path of what a person calls by `name`; an absolute one for what lies outside of the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file that is not the same in two versions."""

    path: str | None
    """In head; None where it is gone."""
    before: str | None
    """In base, another one where it was renamed; None where it is new."""


def sha256_of(tree: Tree, path: str) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits. Raises `DataError` or `OSError` where it cannot be read."""
    digest = hashlib.sha256()
    with tree.open(path) as file:
        for block in blocks_of(file):
            digest.update(block)
    return digest.hexdigest()


def blocks_of(file: BinaryIO) -> Iterator[bytes]:
    """What is left of a file, in parts that memory holds."""
    while block := file.read(_BLOCK):
        yield block


def refuse(kind: Kind | None, path: str) -> DataError:
    """Why nothing is read there."""
    if kind is None:
        return DataError("there is no such file", at=Span(path, 1), hint="check the path")
    return DataError(f"it is a {kind.value}, no file", at=Span(path, 1), hint=_REMEDIES[kind])


def above(path: str) -> Iterator[str]:
    """The folders that a path from the root lies in, from the outermost to its own."""
    if not path.startswith("/"):
        yield from (str(parent) for parent in reversed(PurePosixPath(path).parents) if parent.name)


def in_the_way(tree: Tree, path: str) -> str | None:
    """What stands for a folder, or for one above it, and is none."""
    places = (place for place in (*above(path), path) if place != ".")
    return next((place for place in places if tree.kind(place) in (Kind.LINK, Kind.SUBMODULE)), None)


def stands_for_folder(tree: Tree, path: str) -> bool:
    """Whether files may lie behind a path at which no folder stands; of links that is only certain of one to a file."""
    match tree.kind(path):
        case Kind.SUBMODULE:
            return True
        case Kind.LINK:
            leads = os.path.normpath(PurePosixPath(path).parent / tree.target(path))
            return leads.startswith(("/", "..")) or tree.kind(leads) is not Kind.FILE
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on disk, as it is now."""

    root: Path

    def kind(self, path: str) -> Kind | None:
        """What stands there; a link is a link, wherever it leads, and nothing stands behind it."""
        if self._is_behind_link(path):
            return None
        try:
            mode = (self.root / path).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        kinds = ((stat.S_ISREG, Kind.FILE), (stat.S_ISLNK, Kind.LINK), (stat.S_ISDIR, Kind.FOLDER))
        return next((kind for is_kind, kind in kinds if is_kind(mode)), Kind.OTHER)

    def files(self, folder: str) -> Iterator[str]:
        """Everything below a folder; git's own files are left out, and no link is followed."""
        if (obstacle := in_the_way(self, folder)) is not None:
            yield obstacle
            return
        for here, folders, names in os.walk(self.root / folder, onerror=self._refuse_unlisted):
            folders[:] = sorted(name for name in folders if name != ".git")
            # NOTE: where nobody can tell, it is a folder, and to list it is the error.
            links = (name for name in folders if os.path.islink(os.path.join(here, name)))  # noqa: PTH114
            yield from (self.place(os.path.join(here, name)) for name in (*links, *names) if name != ".git")

    def open(self, path: str) -> BinaryIO:
        """The bytes of a file; never of what a link leads to."""
        if self._is_behind_link(path):
            raise refuse(None, path)
        try:
            # NOTE: a pipe would wait for a writer for ever; a plain file does not know this flag.
            file = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as cause:
            if cause.errno == errno.ELOOP:
                raise refuse(Kind.LINK, path) from None
            raise
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise refuse(self.kind(path), path)
        return os.fdopen(file, "rb")

    def target(self, path: str) -> str:
        """Where a link leads."""
        return os.fspath((self.root / path).readlink())

    def place(self, name: str) -> str:
        """The path from the root, of an absolute name also where links lead to the root."""
        # NOTE: links below the root are part of what is judged: they must not choose what it is judged by.
        absolute = os.path.normpath(os.path.join(self.root, name))
        roots = (Path(absolute), *Path(absolute).parents) if PurePosixPath(name).is_absolute() else ()
        root = next((folder for folder in roots if _is_same(folder, self.root)), self.root)
        relative = os.path.relpath(absolute, root)
        is_outside = relative == ".." or relative.startswith("../")
        return slashed(absolute if is_outside else relative)

    def _refuse_unlisted(self, cause: OSError) -> None:
        if not isinstance(cause, (FileNotFoundError, NotADirectoryError)):
            at = Span(self.place(os.fspath(cause.filename)), 1)
            hint = "let this user list it, or take it away"
            raise DataError(f"the folder cannot be listed: {cause.strerror}", at=at, hint=hint)

    def _is_behind_link(self, path: str) -> bool:
        return any((self.root / folder).is_symlink() for folder in above(path))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def slashed(path: str) -> str:
    """A path with forward slashes, and without `./` before it."""
    return path.replace(os.sep, "/").removeprefix("./")
