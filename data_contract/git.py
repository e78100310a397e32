"""What a change is, read from git by a library: no git program, hook, filter or configured command ever runs.

Names are bytes to git; here they are text that turns back into the same bytes (PEP 383). Objects are read as they are
stored: never fetched, never smudged.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path, PurePath
from typing import BinaryIO

import pygit2
from pygit2.enums import DiffOption, FileMode

from data_contract.errors import DataError, GitError, Span
from data_contract.tree import FileChange, Folder, Kind, Tree, in_the_way, refuse, slashed

MOST_BYTES = 1 << 30
"""A blob is held in memory as a whole; a larger one is refused."""
ALIKE = 0.5
"""The share of its distinct lines that a file must have in common with one that is gone to be that one, renamed."""

_COMPARED = 1 << 23
"""Bytes from the start of a file by which it is known again."""
_MOST_PAIRS = 400
_EXTENSIONS = ["partialclone"]

_KINDS = {
    FileMode.BLOB: Kind.FILE,
    FileMode.BLOB_EXECUTABLE: Kind.FILE,
    FileMode.LINK: Kind.LINK,
    FileMode.COMMIT: Kind.SUBMODULE,
    FileMode.TREE: Kind.FOLDER,
}

Concerns = Callable[[Tree, str], bool]
"""Whether what stands under a path, in one of the versions, is something that somebody asks about."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One committed version of the files of a repository; what lies outside of it is read as it is on disk."""

    root: Path
    id: str
    """40 hexadecimal digits."""
    _prefix: str
    """The root, from the top of the repository: empty, or with a slash at its end."""
    _repository: pygit2.Repository = field(repr=False, compare=False)
    _commit: pygit2.Commit = field(repr=False, compare=False)

    @property
    def time(self) -> datetime:
        """When it was committed, in UTC."""
        try:
            return datetime.fromtimestamp(self._commit.commit_time, UTC)
        except (OverflowError, ValueError, OSError):
            hint = "name the time to judge by: --as-of"
            raise GitError(f"the commit {self.id} was made at no time that there is", hint=hint) from None

    @property
    def parents(self) -> tuple[str, ...]:
        """The ids of the commits that it was made from, whether the clone has them or not."""
        # NOTE: in a shallow clone the library says that the last commits have none.
        head = self._repository.odb.read(self._commit.id)[1].partition(b"\n\n")[0]
        return tuple(line[7:].decode() for line in head.splitlines() if line.startswith(b"parent "))

    def kind(self, path: str) -> Kind | None:
        """What stands there."""
        if self.whole(path) is None:
            return Folder(self.root).kind(path)
        found = self._found(path)
        return _KINDS.get(found.filemode, Kind.OTHER) if found is not None else None

    def blob(self, path: str) -> str | None:
        """The id of a file's content, 40 hexadecimal digits; None where there is no file."""
        found = self._found(path)
        return str(found.id) if found is not None and _KINDS.get(found.filemode) is Kind.FILE else None

    def files(self, folder: str) -> Iterator[str]:
        """Everything below a folder."""
        if self.whole(folder) is None:
            yield from Folder(self.root).files(folder)
        elif (obstacle := in_the_way(self, folder)) is not None:
            yield obstacle
        elif isinstance(top := self._found(folder), pygit2.Tree):
            with _reading():
                yield from _walk(top, "" if folder == "." else f"{folder}/")

    def open(self, path: str) -> BinaryIO:
        """The bytes of a file, as they are stored."""
        if self.whole(path) is None:
            return Folder(self.root).open(path)
        found = self._found(path)
        kind = _KINDS.get(found.filemode, Kind.OTHER) if found is not None else None
        if found is None or kind is not Kind.FILE:
            raise refuse(kind, path)
        try:
            size = self._repository.odb.read_header(found.id)[1]
            if size > MOST_BYTES:
                message = f"it has {size:,} bytes in git, more than {MOST_BYTES:,}"
                raise DataError(message, at=Span(path, 1), hint="keep data of this size with Git LFS")
            return io.BytesIO(self._repository.odb.read(found.id)[1])
        except (pygit2.GitError, KeyError) as cause:
            hint = "the clone is partial or damaged: fetch it with all of its objects"
            raise DataError(f"git cannot read it: {cause}", at=Span(path, 1), hint=hint) from None

    def target(self, path: str) -> str:
        """Where a link leads."""
        found = self._found(path)
        return os.fsdecode(found.data) if isinstance(found, pygit2.Blob) else ""

    def place(self, name: str) -> str:
        """The path from the root."""
        return Folder(self.root).place(name)

    def may_run(self, path: str) -> bool:
        """Whether a file is stored as one that may be run."""
        found = self._found(path)
        return found is not None and found.filemode == FileMode.BLOB_EXECUTABLE

    def whole(self, path: str) -> str | None:
        """The path from the top of the repository; None for what lies outside of it."""
        below = os.path.relpath(path, self.root) if path.startswith("/") else path
        whole = os.path.normpath(os.path.join(self._prefix, below))
        return None if whole == ".." or whole.startswith("../") else slashed(whole)

    def _found(self, path: str) -> pygit2.Object | None:
        whole = self.whole(path)
        if whole is None:
            return None
        try:
            with _reading():
                return self._commit.tree if whole == "." else self._commit.tree[whole]
        except KeyError:
            return None


class Repository:
    """The git repository that a folder lies in."""

    def __init__(self, root: Path, repository: pygit2.Repository) -> None:
        self._root, self._repository = root, repository

    @cached_property
    def prefix(self) -> str:
        """The root, from the top of the repository: empty, or with a slash at its end."""
        if self._repository.is_bare:
            raise GitError("the git repository is bare: it has no files on disk", hint="judge a checkout of it")
        top = next(folder for folder in (self._root, *self._root.parents) if (folder / ".git").exists())
        below = os.path.relpath(os.path.realpath(self._root), os.path.realpath(top))
        if not top.samefile(self._repository.workdir):
            raise GitError(f"the files of the git repository lie elsewhere, in {self._repository.workdir}")
        return "" if below == "." else f"{below}/"

    def commit(self, revision: str) -> Commit:
        """The commit that a revision names. Raises `GitError` where it names none, or the clone does not have it."""
        try:
            found = self._repository.revparse_single(revision).peel(pygit2.Commit)
            assert found.tree is not None
        except (pygit2.GitError, KeyError, ValueError):
            raise GitError(f"{revision!r} is no commit in this clone", hint=self._remedy) from None
        return Commit(self._root, str(found.id), self.prefix, self._repository, found)

    @property
    def _remedy(self) -> str:
        if self._repository.is_shallow:
            return "the clone is shallow: set `fetch-depth: 2` of actions/checkout, or `git fetch --deepen 1`"
        return "check the spelling, or fetch it"

    def head(self) -> Commit | None:
        """The commit that is checked out; None before the first one."""
        return None if self._repository.head_is_unborn else self.commit("HEAD")

    def brings(self, folder: Path) -> bool:
        """Whether what is checked out may put files into a folder, wherever links lead to it."""
        head, place = self.head(), os.path.relpath(os.path.realpath(folder), os.path.realpath(self._root))
        if head is None or head.whole(place) is None:
            return False
        return head.kind(place) is not None or in_the_way(head, place) is not None

    def has(self, commit: str) -> bool:
        """Whether the clone has a commit, named by its whole id."""
        return isinstance(self._repository.get(commit), pygit2.Commit)

    def common(self, revision: str) -> Commit | None:
        """The commit at which what is checked out left a revision; None without a common past, or without either."""
        repository = self._repository
        if repository.head_is_unborn or revision not in repository.references:
            return None
        other = repository.references[revision].peel(pygit2.Commit)
        common = repository.merge_base(other.id, repository.head.target)
        return self.commit(str(common)) if common else None

    def fork_point(self) -> Commit | None:
        """Where the branch that is checked out left its upstream branch; None without one, or without a common past."""
        repository = self._repository
        if repository.head_is_unborn or repository.head_is_detached:
            return None
        upstream = repository.branches.local[repository.head.shorthand].upstream
        common = upstream and repository.merge_base(upstream.target, repository.head.target)
        return self.commit(str(common)) if common else None

    def changes(self, base: Commit, head: Commit | None, concerns: Concerns) -> tuple[FileChange, ...]:
        """The files that differ, among those that `concerns` names, in the order of their paths.

        `head` None is the working tree, with what is not yet added, and without what git ignores.
        """
        with _reading():
            differing = set(self._differing(base, head))
        tree: Tree = Folder(self._root) if head is None else head
        old = {path for path in differing if base.kind(path) not in (None, Kind.FOLDER) and concerns(base, path)}
        new = {path for path in differing if tree.kind(path) not in (None, Kind.FOLDER) and concerns(tree, path)}
        kept = {path for path in old & new if base.blob(path) is None or base.blob(path) != self._blob(head, path)}
        renamed = _renamed(base, tree, old - new, new - old)
        found = [FileChange(path=path, before=path) for path in kept]
        found += (FileChange(path=path, before=renamed.get(path)) for path in new - old)
        found += (FileChange(path=None, before=path) for path in old - new - set(renamed.values()))
        return tuple(sorted(found, key=lambda change: change.path or change.before or ""))

    def is_clean(self) -> bool:
        """Whether the working tree holds what is checked out, files that git does not track aside."""
        with _reading():
            staged = self._repository.head.peel(pygit2.Commit).tree.diff_to_index(self._repository.index)
            return not len(staged) and not len(self._repository.index.diff_to_workdir(DiffOption.IGNORE_SUBMODULES))

    def _differing(self, base: Commit, head: Commit | None) -> Iterator[str]:
        tree = base._commit.tree  # noqa: SLF001  # both are this module's
        if head is not None:
            yield from self._below(tree.diff_to_tree(head._commit.tree, DiffOption.INCLUDE_TYPECHANGE))  # noqa: SLF001
            return
        self._refuse_sparse()
        index = self._repository.index
        untracked = DiffOption.INCLUDE_UNTRACKED | DiffOption.RECURSE_UNTRACKED_DIRS
        # NOTE: only against the index are files known by their size and time, and need not be read.
        yield from self._below(tree.diff_to_index(index, DiffOption.INCLUDE_TYPECHANGE))
        options = untracked | DiffOption.INCLUDE_TYPECHANGE | DiffOption.IGNORE_SUBMODULES
        yield from self._below(index.diff_to_workdir(options))

    def _refuse_sparse(self) -> None:
        config = self._repository.config
        if "core.sparsecheckout" in config and config.get_bool("core.sparsecheckout"):
            hint = "judge what is committed: --head HEAD"
            raise GitError("the checkout is sparse: a file that is not there may not be gone", hint=hint)

    def _below(self, diff: pygit2.Diff) -> Iterator[str]:
        """The paths of a comparison, from the root; those outside of it are left out."""
        for delta in diff.deltas:
            path = os.fsdecode(delta.new_file.raw_path).rstrip("/")
            if path.startswith(self.prefix):
                yield path[len(self.prefix) :]

    def _blob(self, head: Commit | None, path: str) -> str | None:
        """The id that git gives to the content of a file; None where there is no file."""
        if head is not None:
            return head.blob(path)
        is_file = Folder(self._root).kind(path) is Kind.FILE
        return str(pygit2.hashfile(os.fspath(self._root / path))) if is_file else None


@contextmanager
def _reading() -> Iterator[None]:
    """Tell of what git cannot read as an error of ours."""
    try:
        yield
    except pygit2.GitError as cause:
        hint = "the clone may be partial or damaged: fetch it with all of its objects"
        raise GitError(f"git cannot read what is compared: {cause}", hint=hint) from None


def repository_of(root: Path) -> Repository:
    """The repository that a folder lies in. Raises `GitError` for none, and for one that cannot be read."""
    # NOTE: who owns the checkout is no question for a program that runs nothing in it.
    pygit2.settings.owner_validation = False
    pygit2.settings.set_extensions(_EXTENSIONS)
    try:
        place = pygit2.discover_repository(os.fspath(root))
        if place is None:
            raise GitError(f"{root} lies in no git repository", hint="check the folder")
        return Repository(root, pygit2.Repository(place))
    except pygit2.GitError as cause:
        raise GitError(f"the git repository cannot be read: {cause}", hint="check it with `git status`") from None


def _walk(tree: pygit2.Tree, start: str) -> Iterator[str]:
    for entry in tree:
        path = start + os.fsdecode(entry.raw_name or b"")
        if isinstance(entry, pygit2.Tree):
            yield from _walk(entry, f"{path}/")
        else:
            yield path


def _renamed(base: Commit, head: Tree, gone: Iterable[str], come: Iterable[str]) -> dict[str, str]:
    """For each file that came, the one that is gone that it was: the one most alike, if alike enough."""

    @cache
    def old_lines(path: str) -> frozenset[int]:
        return _lines(base, path)

    @cache
    def new_lines(path: str) -> frozenset[int]:
        return _lines(head, path)

    pairs = [(old, new) for new in sorted(come) for old in sorted(gone) if PurePath(old).suffix == PurePath(new).suffix]
    if len(pairs) > _MOST_PAIRS:
        pairs = [(old, new) for old, new in pairs if PurePath(old).name == PurePath(new).name]
    shares = [(_alike(old_lines(old), new_lines(new)), old, new) for old, new in pairs]
    found: dict[str, str] = {}
    for share, old, new in sorted(shares, key=lambda each: (-each[0], *each[1:])):
        if share >= ALIKE and new not in found and old not in found.values():
            found[new] = old
    return found


def _lines(tree: Tree, path: str) -> frozenset[int]:
    """The hashes of the distinct lines that a file starts with; none of what is no file."""
    try:
        with tree.open(path) as file:
            return frozenset(map(hash, file.read(_COMPARED).splitlines()))
    except (DataError, OSError):
        return frozenset()


def _alike(one: frozenset[int], other: frozenset[int]) -> float:
    """The share of distinct lines that both have, of those of the one that has more; 0 where there is none."""
    return len(one & other) / max(len(one), len(other), 1)
