"""Opens the two versions of a file, read as a contract says that it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING

from data_contract.cache import Cache
from data_contract.case import Past
from data_contract.contract import Contract
from data_contract.engine import change, loader
from data_contract.formats.source import Source
from data_contract.tree import Tree

if TYPE_CHECKING:
    from data_contract.git import Commit


Watch = Callable[[str, int], None]
"""Is told, while a file is read, its path and how many rows have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the files of a run are read from."""

    head: Tree
    base: Commit | None
    against: str | None
    """A file of head that takes the place of base."""
    cache: Cache | None
    max_bytes: int
    block_size: int
    """Bytes read at a time."""

    def open(self, path: str, contract: Contract) -> Source:
        """The version that is judged. Raises `DataError` where it cannot be read."""
        return self._opened(self.head, path, contract)

    def past(self, path: str | None, contract: Contract) -> Past:
        """The version before, of that path if there is one."""
        if self.against is not None:
            return Past(open=partial(self._opened, self.head, self.against, contract))
        if self.base is None:
            return Past()
        is_sibling = path is None
        if path is None and any(check.needs_base for check in contract.checks):
            path = change.last_sibling(loader.find_files(self.base, [contract]))
        if path is None:
            return Past()
        # NOTE: how a file is read is told by the end of its name, too.
        content = f"{self.base.blob(path)} {''.join(PurePath(path).suffixes)}"
        open_source = partial(self._opened, self.base, path, contract)
        return Past(open=open_source, is_sibling=is_sibling, content=content, cache=self.cache)

    def _opened(self, tree: Tree, path: str, contract: Contract) -> Source:
        return loader.open_target(tree, path, contract, self.max_bytes, self.block_size)
