"""The patch that takes back one file of a change, in the form of git, whatever stands in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pygit2
from pygit2.enums import DiffOption, FileMode

from data_contract.errors import DataError, Span
from data_contract.git import MOST_BYTES, Commit
from data_contract.tree import Kind, Tree


def restoring(base: Commit, path: str, head: Tree) -> bytes:
    """What makes of head's file the one of base; nothing where they are the same.

    Raises `DataError` where no patch can be made of it.
    """
    try:
        here, there = _stored(base, path), _stored(head, path)
        is_same = here is there or (here and there and here.said == there.said)
        return b"" if is_same else b"".join(_patches(there, here, base.whole(path) or path))
    except UnicodeEncodeError:
        why = "its name is not UTF-8"
    except DataError as cause:
        why = cause.message
    except OSError as cause:
        why = cause.strerror or str(cause)
    hint = "take it back by hand, with `git checkout` of base, or `git rm` where it is new"
    raise DataError(f"{why}, and no patch can be made of it", at=Span(path, 1), hint=hint)


@dataclass(frozen=True, slots=True)
class _Stored:
    """A file or a link as git stores it."""

    mode: FileMode
    content: bytes

    @property
    def is_link(self) -> bool:
        """Whether the content is where it leads."""
        return self.mode is FileMode.LINK

    @property
    def said(self) -> tuple[bool, bytes]:
        """What makes it another one; that it may be run does not."""
        return self.is_link, self.content


def _stored(tree: Tree, path: str) -> _Stored | None:
    """What stands there; None for nothing. Raises `DataError` or `OSError` where it is no file, or cannot be read."""
    match tree.kind(path):
        case None:
            return None
        case Kind.LINK:
            return _Stored(FileMode.LINK, os.fsencode(tree.target(path)))
        case _:
            with tree.open(path) as file:
                if file.seek(0, os.SEEK_END) > MOST_BYTES:
                    raise DataError(f"it has more than {MOST_BYTES:,} bytes")
                file.seek(0)
                return _Stored(_mode(tree, path, file), file.read())


def _mode(tree: Tree, path: str, file: BinaryIO) -> FileMode:
    may_run = tree.may_run(path) if isinstance(tree, Commit) else os.fstat(file.fileno()).st_mode & stat.S_IXUSR
    return FileMode.BLOB_EXECUTABLE if may_run else FileMode.BLOB


def _patches(old: _Stored | None, new: _Stored | None, name: str) -> Iterator[bytes]:
    """What makes one of the other: where only one of them is a link, what goes and what comes are two things."""
    if old and new and old.is_link is not new.is_link:
        yield from _patches(old, None, name)
        yield from _patches(None, new, name)
        return
    before, after = (each.content if each else None for each in (old, new))
    # NOTE: the library takes both for files that nobody may run; the second line says so.
    usual = b"%o" % FileMode.BLOB
    patch = pygit2.Patch.create_from(before, after, name, name, flag=DiffOption.SHOW_BINARY).data
    title, modes, rest = patch.split(b"\n", 2)
    if old and new and old.mode is not new.mode:
        modes = b"old mode %o\nnew mode %o\n%b" % (old.mode, new.mode, modes.removesuffix(b" " + usual))
    elif one := new or old:
        modes = modes.removesuffix(usual) + b"%o" % one.mode
    yield b"\n".join((title, modes, rest))
