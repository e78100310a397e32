"""Where data is kept once it is judged: a folder, or a place of objects behind a URL."""

from __future__ import annotations

from data_contract.stores.local import LocalStore
from data_contract.stores.store import Store

__all__ = ["LocalStore", "Store", "store_at"]


def store_at(name: str) -> Store:
    """The store that a person calls by a path or a URL. Raises `StoreError` where there is no way to reach it."""
    scheme, mark, rest = name.partition("://")
    if not mark or scheme in ("file", "local"):
        return LocalStore(rest if mark else name)
    # NOTE: a folder needs nothing of what reaches the rest of the world.
    from data_contract.stores.remote import remote_store

    return remote_store(name)
