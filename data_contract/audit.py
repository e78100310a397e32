"""The audit log: one line of JSON a run, each bound to the one before, so that nobody can change the past unseen.

A line ends with its own digest: the SHA-256 of all that stands before it in the line, which names the digest of the
line before. Whoever knows the last digest can tell that nothing was edited, inserted, removed, moved or cut off.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from data_contract.errors import AuditError, Span
from data_contract.form import form_of
from data_contract.model import Circumstances, DatasetOutcome, Reason, Verdict

if TYPE_CHECKING:
    from msgspec.json import Decoder

VERSION = 1
"""Of the form of an entry; another one is not read."""
NOTHING = "0" * 64
"""What the first entry of a log has for the digest before it."""

_SHORT = 12
_VERIFY = "run `audit verify`"
_HEX = re.compile("[0-9a-f]{64}")
_DIGEST = b',"digest":"'
_END = b'"}'
_TAIL = len(_DIGEST) + 64 + len(_END)
LONGEST_END = _TAIL + 1
"""Bytes at the end of a line that tell its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUsed:
    """The policy that decided."""

    path: str | None
    """None: the built-in defaults."""
    text: str | None
    """As it was written; None: the built-in defaults."""
    is_trusted: bool
    scope: str | None = None
    """What was judged, whatever the policy says; None: as it says."""
    fail_on: str | None = None
    """What failed the gate beside what the policy names."""

    @property
    def digest(self) -> str | None:
        """The SHA-256 of the policy; None of the built-in defaults."""
        return None if self.text is None else hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that was done about a decision, and how it ended."""

    action: str
    """`promote`, `quarantine`, `rollback`, `alert`, …"""
    target: str
    """A path in the store, or the host that was told."""
    is_done: bool
    detail: str | None = None
    """Why it was not done, or what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run: what it judged, by what, what it decided, and what was done about it."""

    version: int = VERSION
    previous: str = NOTHING
    """The digest of the entry before, 64 hexadecimal digits."""
    at: datetime
    """The real clock, in UTC; waivers were judged by its day."""
    as_of: datetime
    """The time that data was judged by."""
    tool_version: str
    command: str
    """`check` or `run`."""
    circumstances: Circumstances = Circumstances()
    base: str | None = None
    head: str | None = None
    law: PolicyUsed | None = None
    """None: there was nothing to judge by, as `errors` say."""
    contracts: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each contract, by its path."""
    data: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each data file that was judged, by its path."""
    datasets: tuple[DatasetOutcome, ...] = ()
    """Without counterfactuals, which follow from the rest; of the places of a finding the first few."""
    notes: tuple[Reason, ...] = ()
    """What the policy's rules say of the run as a whole."""
    verdict: Verdict
    risk: float
    """In [0, 1]."""
    exit_code: int
    errors: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry as it stands in a log."""

    entry: Entry
    digest: str
    """64 hexadecimal digits."""
    span: Span

    @property
    def id(self) -> str:
        """What people call the entry: the start of its digest."""
        return short(self.digest)


def short(digest: str) -> str:
    """What people call what has a digest: its start."""
    return digest[:_SHORT]


class Versioned(Protocol):
    """What is read of a line, and of what form it is."""

    @property
    def version(self) -> int:
        """Of the form."""

    @property
    def at(self) -> datetime:
        """The real clock."""


Read = TypeVar("Read", bound=Versioned)


def line_of(entry: Entry) -> bytes:
    """The entry as a line of a log, line end included, with its digest at the end."""
    body = json.dumps(_bare(entry), ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()[:-1]
    return body + _DIGEST + hashlib.sha256(body).hexdigest().encode() + _END + b"\n"


def unwritten(entry: Entry) -> Record:
    """The entry as it would stand at the start of a log."""
    return Record(entry=entry, digest=digest_in(line_of(entry)), span=Span("", 1))


def digest_in(line: bytes) -> str:
    """The digest that a line says it has; '' where it says none."""
    line = line.rstrip(b"\n")
    stands = line[-_TAIL : len(_DIGEST) - _TAIL] == _DIGEST and line.endswith(_END)
    return line[len(_DIGEST) - _TAIL : -len(_END)].decode("ascii", "replace") if stands else ""


def is_whole(line: bytes) -> bool:
    """Whether the digest of a line is that of its content."""
    return hashlib.sha256(line.rstrip(b"\n")[:-_TAIL]).hexdigest() == digest_in(line)


def previous_in(line: bytes) -> str:
    """The digest that a line says the entry before it has."""
    import msgspec

    try:
        return msgspec.json.decode(line, type=_Link).previous
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


@dataclass(frozen=True, slots=True)
class _Link:
    previous: str = NOTHING


def record_of(line: bytes, at: Span) -> Record:
    """What a line of a log says; nothing is verified. Raises `AuditError` where it is no entry."""
    return Record(entry=read_as(_decoder(), line, at), digest=digest_in(line), span=at)


def read_as(decoder: Decoder[Read], line: bytes, at: Span) -> Read:
    """A line of a log as the entry, or the part of one, that a decoder makes. Raises `AuditError` where it is none.

    All of the line is looked at, whatever part is asked for: what is no entry for one reader is none for another.
    """
    import msgspec

    try:
        _whole_form().decode(line)
        entry = decoder.decode(line)
        # NOTE: there are times at the end of the calendar that are none in UTC.
        entry.at.astimezone(UTC)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as cause:
        raise AuditError(f"this is no entry of an audit log: {cause}", at=at, hint=_VERIFY) from None
    if entry.version != VERSION:
        hint = "read it with the version of data-contract that wrote it, or a newer one"
        raise AuditError(f"the entry has form {entry.version}, and this version reads {VERSION}", at=at, hint=hint)
    if not _HEX.fullmatch(digest_in(line)):
        raise AuditError("this is no entry of an audit log: it does not end with its digest", at=at, hint=_VERIFY)
    return entry


@cache
def _decoder() -> Decoder[Entry]:
    import msgspec

    return msgspec.json.Decoder(Entry)


@cache
def _whole_form() -> Decoder[Any]:
    import msgspec

    return msgspec.json.Decoder(form_of(Entry))


def _bare(value: Any) -> Any:
    """A value as JSON has it; what is as it is by default is left out."""
    if dataclasses.is_dataclass(value):
        fields = ((each, getattr(value, each.name)) for each in dataclasses.fields(value))
        return {each.name: _bare(found) for each, found in fields if each.name == "version" or found != _usual(each)}
    if isinstance(value, Mapping):
        return {_bare(str(key)): _bare(each) for key, each in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [_bare(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        # NOTE: a name of odd bytes holds lone surrogates, which the reader of the log does not take.
        return value.encode("utf-8", "backslashreplace").decode()
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _usual(of: dataclasses.Field[Any]) -> Any:
    return of.default if of.default_factory is dataclasses.MISSING else of.default_factory()
