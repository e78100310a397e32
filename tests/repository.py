"""Git repositories for tests, the same commits for the same files: made by a library, with no git program."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

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

    def fetched_to(self, depth: int) -> None:
        """Make it what a clone of that depth has: the commits above it are not there, nor anything of them alone."""
        kept, edge = {str(self._repository.head.target)}, {str(self._repository.head.target)}
        for _ in range(depth - 1):
            edge = {str(parent) for commit in edge for parent in self._repository[commit].parent_ids}
            kept |= edge
        wanted = {each for commit in kept for each in (commit, *self._content(self._repository[commit].tree))}
        (self.root / ".git" / "shallow").write_text("".join(f"{commit}\n" for commit in sorted(edge)))
        for blob in (self.root / ".git" / "objects").glob("??/*"):
            if blob.parent.name + blob.name not in wanted:
                blob.unlink()
        self._repository = pygit2.Repository(os.fspath(self.root))

    def _content(self, tree: pygit2.Tree) -> Iterator[str]:
        yield str(tree.id)
        for entry in tree:
            yield from self._content(entry) if isinstance(entry, pygit2.Tree) else (str(entry.id),)

    def without_blob(self, content: bytes) -> None:
        """Remove what a partial clone has not fetched."""
        name = str(pygit2.hash(content))
        (self.root / ".git" / "objects" / name[:2] / name[2:]).unlink()

    def without_folder(self, path: str) -> None:
        """Remove what a folder of the commit holds, as a clone without trees lacks it."""
        name = str(self._repository.head.peel(pygit2.Commit).tree[path].id)
        (self.root / ".git" / "objects" / name[:2] / name[2:]).unlink()

    def commit_submodule(self, path: str) -> str:
        """Commit a submodule at a path, beside what is committed already; it is not checked out."""
        index = self._repository.index
        index.read()
        index.add(pygit2.IndexEntry(path, pygit2.Oid(hex="1" * 40), FileMode.COMMIT))
        index.write()
        tree, above = index.write_tree(), [self._repository.head.target]
        return str(self._repository.create_commit("HEAD", _NOBODY, _NOBODY, "submodule", tree, above))

    def detach(self) -> None:
        """Check out the commit itself instead of the branch."""
        self._repository.set_head(self._repository.head.target)

    def follow(self, commit: str) -> None:
        """Make a branch of a remote, which points to a commit, the upstream of the branch that is checked out."""
        self.configure("remote.origin.url", "https://example.org/none.git")
        self.configure("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
        self._repository.references.create("refs/remotes/origin/main", commit)
        branch = self._repository.branches.local[self._repository.head.shorthand]
        branch.upstream = self._repository.branches.remote["origin/main"]

    def worktree(self, place: Path) -> None:
        """Check out the branch `other`, made where the checkout is, into another folder."""
        self._repository.branches.local.create("other", self._repository.head.peel(pygit2.Commit))
        self._repository.add_worktree("other", os.fspath(place), self._repository.references["refs/heads/other"])
