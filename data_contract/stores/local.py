"""A store in a folder: every change of it is one rename, and is on the disk before the next one begins."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from data_contract.errors import StoreError, remedy
from data_contract.stores.store import STAGING, inside

_LOCK = ".lock"
_PART = ".part"
_PAUSE = 0.05
"""Seconds between two tries to get in."""


class LocalStore:
    """A folder; its copies are made in itself, so that taking one in is a rename."""

    def __init__(self, name: str) -> None:
        self.name = name.rstrip("/") or "/"
        self.root = Path(name)

    @property
    def workplace(self) -> Path:
        with _told(self.name):
            return _made(self._at(STAGING))

    def read(self, path: str) -> bytes | None:
        with _told(self.name):
            try:
                return self._at(path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def names(self, folder: str) -> tuple[str, ...]:
        with _told(self.name):
            try:
                return tuple(sorted(each.name for each in (self._at(folder) if folder else self.root).iterdir()))
            except (FileNotFoundError, NotADirectoryError):
                return ()

    def fetch(self, path: str) -> Path | None:
        file = self._at(path)
        with _told(self.name):
            return file if file.is_file() else None

    def write(self, path: str, content: bytes) -> None:
        # NOTE: what cannot be put there is not even begun.
        self._at(path)
        part = self._at(f"{STAGING}/{_PART}")
        with _told(self.name):
            _made(part.parent)
            part.write_bytes(content)
        self.put(part, path)

    def put(self, copy: Path, path: str) -> None:
        target = self._at(path)
        with _told(self.name):
            _flush(copy)
            _renamed(copy, target)

    def move(self, source: str, target: str) -> None:
        old, new = self._at(source), self._at(target)
        with _told(self.name):
            if old.exists():
                _renamed(old, new)
            elif not new.exists():
                raise StoreError(f"neither {old} nor {new} is there", hint="find out who else changes the store")

    def remove(self, path: str) -> None:
        place = self._at(path)
        with _told(self.name):
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)

    def check(self) -> None:
        place = next(folder for folder in (self.root.absolute(), *self.root.absolute().parents) if folder.exists())
        with _told(self.name):
            if not place.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(place))

    @contextmanager
    def lock(self, seconds: float, waiting: Callable[[str], None]) -> Iterator[None]:
        """A lock that is lost when its holder dies, so that no crash can keep others out."""
        with _told(self.name):
            _made(self.root)
            file = self._at(_LOCK).open("ab")
        with file:
            _wait_for(file.fileno(), self.name, seconds, waiting)
            yield

    def _at(self, path: str) -> Path:
        """Where a path lies. Raises `StoreError` where a link in the store would lead elsewhere."""
        place = self.root
        for name in inside(path).split("/"):
            place /= name
            if place.is_symlink():
                hint = "put what it leads to in its place, or remove it"
                raise StoreError(f"{place} is a symbolic link, and a store follows none", hint=hint)
        return place


def _wait_for(lock: int, name: str, seconds: float, waiting: Callable[[str], None]) -> None:
    deadline, is_told = time.monotonic() + seconds, False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                hint = "run again when it is done, or wait longer with --wait"
                raise StoreError(f"another run is at work in {name}", hint=hint) from None
        else:
            return
        if not is_told:
            waiting(f"another run is at work in {name}: waiting for up to {seconds:g} seconds")
            is_told = True
        time.sleep(_PAUSE)


def _made(folder: Path) -> Path:
    """The folder, which is made if it is not there, and those above it."""
    if not folder.is_dir():
        _made(folder.parent)
        folder.mkdir(exist_ok=True)
        _flush(folder.parent)
    return folder


def _renamed(old: Path, new: Path) -> None:
    _made(new.parent)
    old.replace(new)
    _flush(new.parent)
    _flush(old.parent)


def _flush(place: Path) -> None:
    """Wait until a file, or the names in a folder, would survive the loss of power."""
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        hint = remedy(cause, "check --store")
        where = f" ({cause.filename})" if cause.filename else ""
        raise StoreError(f"the store {name} cannot be used: {cause.strerror}{where}", hint=hint) from None
