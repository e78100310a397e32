"""A store of objects behind a URL: S3, Google Cloud, Azure, …, each by its own package of fsspec's family.

An object is there as a whole or not at all, and a listing shows all that was written before it. There are no locks, so
a run that wants to be alone writes a claim, then lists the claims: of two runs at least the later one sees the other's.
Whoever sees another one's withdraws its own, and tries again.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from data_contract.errors import StoreError, remedy
from data_contract.stores.store import inside

CLAIMS = ".claims"
_PAUSE = 0.5
"""Seconds between two tries to get in: at least, and at most twice as many."""


def remote_store(url: str) -> RemoteStore:
    """The store behind a URL. Raises `StoreError` where the package is missing that reaches it."""
    from fsspec.core import url_to_fs

    with _told(url, "reached"):
        try:
            # NOTE: a listing that is remembered would not show the claim of another run.
            files, root = url_to_fs(url, use_listings_cache=False)
        except ImportError as cause:
            raise StoreError(f"the store {url} cannot be reached: {cause}", hint="install what it names") from None
    return RemoteStore(url, files, root)


class RemoteStore:
    """Objects under a prefix."""

    def __init__(self, name: str, files: Any, root: str) -> None:
        self.name, self._files, self._root = name.rstrip("/"), files, root.rstrip("/")

    @cached_property
    def workplace(self) -> Path:
        self._folder = tempfile.TemporaryDirectory(prefix="data-contract-")
        return Path(self._folder.name)

    def read(self, path: str) -> bytes | None:
        with _told(self.name):
            try:
                content: bytes = self._files.cat_file(self._at(path))
            except FileNotFoundError:
                return None
            return content

    def names(self, folder: str) -> tuple[str, ...]:
        place = self._at(folder) if folder else f"{self._root}/"
        with _told(self.name):
            self._files.invalidate_cache()
            try:
                found = self._files.ls(place, detail=False)
            except (FileNotFoundError, NotADirectoryError):
                return ()
            names = {each.removeprefix(place).strip("/") for each in found}
            return tuple(sorted(names - {""}))

    def fetch(self, path: str) -> Path | None:
        copy = self.workplace / f"fetched-{secrets.token_hex(8)}"
        with _told(self.name):
            try:
                self._files.get_file(self._at(path), os.fspath(copy))
            except FileNotFoundError:
                copy.unlink(missing_ok=True)
                return None
            return copy

    def write(self, path: str, content: bytes) -> None:
        with _told(self.name):
            self._files.pipe_file(self._at(path), content)

    def put(self, copy: Path, path: str) -> None:
        with _told(self.name):
            self._files.put_file(os.fspath(copy), self._at(path))
            copy.unlink()

    def move(self, source: str, target: str) -> None:
        old, new = self._at(source), self._at(target)
        with _told(self.name):
            self._files.invalidate_cache()
            if self._files.exists(old):
                self._files.cp_file(old, new)
                self._files.rm_file(old)
            elif not self._files.exists(new):
                raise StoreError(f"neither {old} nor {new} is there", hint="find out who else changes the store")

    def remove(self, path: str) -> None:
        with _told(self.name):
            self._files.invalidate_cache()
            try:
                self._files.rm(self._at(path), recursive=True)
            except FileNotFoundError:
                return

    def check(self) -> None:
        with _told(self.name):
            try:
                self._files.ls(self._at(CLAIMS), detail=False)
            except FileNotFoundError as cause:
                # NOTE: of no object under a prefix the package itself says so; of no bucket the service did.
                if cause.__cause__ is not None:
                    raise

    @contextmanager
    def lock(self, seconds: float, waiting: Callable[[str], None]) -> Iterator[None]:
        """A claim that only its owner withdraws; of one that is dead, somebody has to know."""
        claim = f"{CLAIMS}/{secrets.token_hex(16)}.json"
        owner = {"host": socket.gethostname(), "process": os.getpid(), "since": datetime.now(UTC).isoformat()}
        self._claim(claim, json.dumps(owner).encode(), seconds, waiting)
        try:
            yield
        finally:
            self.remove(claim)

    def _claim(self, claim: str, content: bytes, seconds: float, waiting: Callable[[str], None]) -> None:
        deadline, is_told = time.monotonic() + seconds, False
        while True:
            self.write(claim, content)
            others = [name for name in self.names(CLAIMS) if not claim.endswith(name)]
            if not others:
                return
            self.remove(claim)
            said = self._owners(others)
            if time.monotonic() >= deadline:
                hint = "if that process is dead, remove the claim and run again; else wait longer with --wait"
                raise StoreError(f"another run is at work in {self.name}: {said}", hint=hint)
            if not is_told:
                waiting(f"another run is at work in {self.name}: {said}; waiting for up to {seconds:g} seconds")
                is_told = True
            time.sleep(_PAUSE * (1 + random.random()))  # noqa: S311  # two that wait must not keep in step

    def _owners(self, names: list[str]) -> str:
        """Who claims the store, and where it says so."""
        return ", ".join(f"{self.name}/{CLAIMS}/{name} {_owner(self.read(f'{CLAIMS}/{name}'))}" for name in names)

    def _at(self, path: str) -> str:
        return f"{self._root}/{inside(path)}"


@contextmanager
def _told(name: str, aim: str = "used") -> Iterator[None]:
    try:
        yield
    except StoreError:
        raise
    # NOTE: what packages of fsspec's family let through has no base but this one. Of s3fs alone: OSError, botocore's
    # BotoCoreError (no credentials) and ResponseParserError, aiohttp's ClientError; ValueError of fsspec for a URL that
    # none knows; HttpError of gcsfs and AzureError of adlfs, whose packages nobody may have to import it from.
    except Exception as cause:  # noqa: BLE001
        said = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        message = f"the store {name} cannot be {aim}: {said}"
        usual = "check the URL and the credentials"
        raise StoreError(message, hint=remedy(cause, usual) if isinstance(cause, OSError) else usual) from None


def _owner(claim: bytes | None) -> str:
    if claim is None:
        return "was withdrawn just now"
    try:
        said = json.loads(claim)
        return f"says process {said['process']} on {said['host']} since {said['since']}"
    except (ValueError, KeyError, TypeError):
        return "says nothing of whom it is"
