"""Where the audit log of a store ends, as `head.json` says, so that a run sees whether anybody touched that end."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.audit import NOTHING, digest_in, is_whole
from data_contract.chain import SUFFIX
from data_contract.errors import AuditError, Span
from data_contract.holdings import last_decision, read_as, text_of
from data_contract.stores.store import AUDIT, HEAD, Store

_LONGEST = 20
"""Digits of the number of an entry."""


@dataclass(frozen=True, slots=True)
class Link:
    """The last entry of the audit log of a store."""

    number: int
    """From 1; 0 where there is no entry yet."""
    digest: str
    """64 hexadecimal digits."""

    @property
    def path(self) -> str:
        """From the root of the store."""
        return path_of(self.number)

    def text(self) -> str:
        """As it is written."""
        return text_of(self)


def path_of(number: int) -> str:
    """The path of an entry, from the root of the store."""
    return f"{AUDIT}/{number:08}{SUFFIX}"


def path_after(path: str) -> str | None:
    """The path of the entry behind the one that has a path; None where no entry has it."""
    name = path.removeprefix(f"{AUDIT}/").removesuffix(SUFFIX)
    number = int(name) if name.isdecimal() and len(name) < _LONGEST else 0
    return path_of(number + 1) if path_of(number) == path else None


def last_link(store: Store) -> Link:
    """The last entry of a store. Raises `AuditError` where it is not the one that was written last."""
    content = store.read(HEAD)
    link = read_as(content, Link)
    if link is None or link.number < 1:
        return _without_head(store, "is gone" if content is None else "cannot be read")
    at, line = Span(f"{store.name}/{link.path}", 1), store.read(link.path)
    if line is None:
        hint = "find out who cut it off, and put the entries back"
        raise AuditError(f"the audit log ends before entry {link.number:08}, which {HEAD} names", at=at, hint=hint)
    if digest_in(line) != link.digest or not is_whole(line):
        hint = "find out who edited one of them, and put it back"
        raise AuditError(f"this is not the entry that {HEAD} names as the last one", at=at, hint=hint)
    if store.read(path_of(link.number + 1)) is not None:
        at = Span(f"{store.name}/{path_of(link.number + 1)}", 1)
        hint = f"find out who put it there, or an older {HEAD}"
        raise AuditError(f"this stands behind the entry that {HEAD} names as the last one", at=at, hint=hint)
    return link


def _without_head(store: Store, what: str) -> Link:
    """The same where nothing says what it is, which is well in a new store alone."""
    names = [name.removesuffix(SUFFIX) for name in store.names(AUDIT) if name.endswith(SUFFIX)]
    number, decided = max((int(name) for name in names if name.isdecimal()), default=0), last_decision(store)
    if not names and not decided:
        return Link(0, NOTHING)
    message = f"{store.name}/{HEAD} {what}, and this store is not new"
    line = store.read(path_of(number)) or b""
    if number < decided:
        message += f": its audit log ends before entry {decided:08}, which decided about what came"
        raise AuditError(message, hint="find out who cut it off, and put all of it back")
    found = " ".join(Link(number, digest_in(line)).text().split())
    hint = f"find out who did that; if `audit verify` proves the log to its last entry, write there: {found}"
    raise AuditError(message, hint=hint)
