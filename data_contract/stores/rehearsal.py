"""A store that shows what would be done: it reads from another one, and writes elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from data_contract.stores.local import LocalStore
from data_contract.stores.store import Store


class Rehearsal:
    """Another store as it would be, over a folder that takes all its changes; the store itself has none of them."""

    def __init__(self, real: Store, folder: Path) -> None:
        self.name, self._real, self._changed = real.name, real, LocalStore(str(folder))
        self._gone: set[str] = set()
        """Files and folders that are removed; of the store, not of what was written since."""

    @property
    def workplace(self) -> Path:
        return self._changed.workplace

    def read(self, path: str) -> bytes | None:
        content = self._changed.read(path)
        return self._real.read(path) if content is None and self._is_real(path) else content

    def names(self, folder: str) -> tuple[str, ...]:
        real = {name for name in self._real.names(folder) if self._is_real(f"{folder}/{name}".lstrip("/"))}
        return tuple(sorted(real | {*self._changed.names(folder)}))

    def fetch(self, path: str) -> Path | None:
        changed = self._changed.fetch(path)
        return self._real.fetch(path) if changed is None and self._is_real(path) else changed

    def write(self, path: str, content: bytes) -> None:
        self._changed.write(path, content)

    def put(self, copy: Path, path: str) -> None:
        self._changed.put(copy, path)

    def move(self, source: str, target: str) -> None:
        old = self._real.fetch(source) if self._is_real(source) else None
        if old is None or self._changed.fetch(source):
            if self.fetch(target) is None or self._changed.fetch(source):
                self._changed.move(source, target)
            return
        copy = self.workplace / "moved"
        shutil.copyfile(old, copy)
        self._changed.put(copy, target)
        self._gone.add(source)

    def remove(self, path: str) -> None:
        self._changed.remove(path)
        self._gone.add(path)

    def check(self) -> None:
        self._real.check()

    @contextmanager
    def lock(self, seconds: float, waiting: Callable[[str], None]) -> Iterator[None]:
        """No lock: nobody is disturbed."""
        self.check()
        yield

    def _is_real(self, path: str) -> bool:
        return not any(path == gone or path.startswith(f"{gone}/") for gone in self._gone)
