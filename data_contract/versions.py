"""The two versions that a run compares: head, and base where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.errors import DataError, GitError
from data_contract.tree import FileChange, Folder, Tree

if TYPE_CHECKING:
    from data_contract.git import Commit, Repository


NO_BASE = ""
"""The revision that is none: nothing is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What is judged, and what it is compared with."""

    head: Tree
    base: Commit | None = None
    """None: nothing is compared, and everything counts as new."""
    committed: Commit | None = None
    """Head, where it is a commit; None for files as they lie on disk."""
    time: datetime | None = None
    """When head was committed, in UTC; None for what is not committed."""
    _repository: Repository | None = None

    def changes(self, concerns: Callable[[Tree, str], bool]) -> tuple[FileChange, ...]:
        """The files that differ, among those that `concerns` is true of in either version; none without a base."""
        if self._repository is None or self.base is None:
            return ()
        return self._repository.changes(self.base, self.committed, concerns)

    def shown(self, path: str, before: str | None) -> tuple[range, ...] | None:
        """The lines of a file of head that a pull request shows; None where nothing is compared.

        `before` is its path in base, None where it is new.
        """
        if self.base is None:
            return None
        from data_contract.diff import MOST_BYTES, shown_lines

        try:
            old = _content(self.base, before, MOST_BYTES) if before else b""
            new = _content(self.head, path, MOST_BYTES)
        except (DataError, OSError):
            return ()
        return shown_lines(old, new) if max(len(old), len(new)) <= MOST_BYTES else ()

    def bring(self, folder: Path) -> bool:
        """Whether a change may put files into a folder, as git tracks something there."""
        return self._repository is not None and self._repository.brings(folder)


def _content(tree: Tree, path: str, most: int) -> bytes:
    """A file's content, or of a larger one a byte more than `most`."""
    with tree.open(path) as file:
        return file.read(most + 1)


def versions_of(root: Path, base: str | None, head: str | None) -> Versions:
    """The versions that two revisions name, of the files below a folder.

    Without `head`, it is the files on disk. Without both, base is the commit at which the branch that is checked out
    left its upstream branch, if there is one; `NO_BASE` is none in any case.

    Raises `GitError` where a revision cannot be found.
    """
    if not _is_in_repository(root):
        if base or head:
            raise GitError(f"{base or head} names a commit, and this folder lies in no git repository")
        return Versions(head=Folder(root))
    # NOTE: outside of a repository nobody waits for this import.
    from data_contract.git import repository_of

    repository = repository_of(root)
    start = repository.commit(base) if base else None
    end = repository.commit(head) if head else None
    if base is None and end is None:
        start = repository.fork_point()
    current = repository.head()
    is_current = end is None and current is not None and repository.is_clean()
    dated = current if is_current else end
    return Versions(
        head=end or Folder(root),
        base=start,
        committed=end,
        time=dated.time if dated else None,
        _repository=repository,
    )


def _is_in_repository(root: Path) -> bool:
    return any((folder / ".git").exists() for folder in (root, *root.parents))
