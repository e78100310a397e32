"""Git repositories for tests, the same commits for the same files: made by a library, with no git program."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pygit2

_NOBODY = pygit2.Signature("nobody", "nobody@example.org", 1_780_000_000, 0)


class Link(str):
    """Where a symbolic link leads."""

    __slots__ = ()


def put(source: Path, root: Path) -> None:
    """Copy what is in a folder into another; links stay links."""
    shutil.copytree(source, root, symlinks=True, dirs_exist_ok=True)


class Repository:
    """A new repository on the branch `main`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._repository = pygit2.init_repository(os.fspath(root), initial_head="main")

    def put(self, source: Path) -> None:
        """Copy what is in a folder into the working tree."""
        put(source, self.root)

    def write_all(self, files: Mapping[str, str | bytes | Link]) -> None:
        """Write files of the working tree."""
        for path, content in files.items():
            self.write(path, content)

    def write(self, path: str | bytes, content: str | bytes | Link) -> None:
        """Write one file, or link, of the working tree."""
        file = self.root / os.fsdecode(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            file.symlink_to(content)
            return
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    def clear(self) -> None:
        """Remove everything from the working tree."""
        for entry in self.root.iterdir():
            if entry.name == ".git":
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def commit(self, *parents: str) -> str:
        """Commit the whole working tree, on top of what is checked out or of `parents`; the id of the commit."""
        index = self._repository.index
        index.read()
        index.clear()
        index.add_all()
        index.write()
        tree = index.write_tree()
        above = list(parents) or ([] if self._repository.head_is_unborn else [str(self._repository.head.target)])
        reference = None if parents else "HEAD"
        commit = self._repository.create_commit(reference, _NOBODY, _NOBODY, "change", tree, above)
        if parents:
            self._repository.set_head(commit)
        return str(commit)

    def branch(self, name: str) -> None:
        """Start a branch where the checkout is, and go on there."""
        commit = self._repository.head.peel(pygit2.Commit)
        self._repository.set_head(self._repository.branches.local.create(name, commit).name)

    def configure(self, key: str, value: str) -> None:
        """Set a key of the repository's configuration."""
        self._repository.config[key] = value
