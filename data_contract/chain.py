"""Audit logs on disk: appended to under a lock, read entry by entry, and verified link by link."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from data_contract.audit import NOTHING, Entry, Record, digest_in, is_whole, line_of, previous_in, record_of, short
from data_contract.errors import AuditError, Span, UsageError, remedy

SUFFIX = ".jsonl"
"""Of a log; other files in a folder of logs are none."""

FIRST = f"{1:08}{SUFFIX}"
"""The log of the first entry, in a folder in which each entry is one of its own and has a number: that of a store."""

_NUMBER = re.compile(rf"([0-9]{{8,}}){re.escape(SUFFIX)}")
_REACH = 1 << 16
"""Bytes from the end in which the last line is looked for first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a log, unread."""

    content: bytes
    """With its line end; a torn one has none."""
    span: Span

    @property
    def digest(self) -> str:
        """What it says its digest is; '' where it says none."""
        return digest_in(self.content)

    @property
    def is_torn(self) -> bool:
        """Whether whoever wrote it was interrupted before all of it but its line end was there."""
        return not self.content.endswith(b"\n") and not is_whole(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is wrong with a log."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What verifying logs came to."""

    entries: int
    problems: tuple[Problem, ...]
    tails: tuple[tuple[str, str], ...]
    """Of each chain, the file in which it ends and the digest of its last entry."""
    unproven: tuple[str, ...]
    """Of these ends, the files of those that no given digest proves."""


def append(name: str, entry: Entry) -> Record:
    """Write an entry at the end of a log, or into a log of its own where a folder is named.

    What a crash left half-written is moved to a file beside the log. Raises `AuditError` where it cannot be written.
    """
    place = Path(name)
    try:
        if place.exists() and not (place.is_file() or place.is_dir()):
            raise AuditError(f"{place} is no file, and cannot be an audit log", hint="name another place with --audit")
        if place.is_dir() or name.endswith(os.sep):
            return _alone(place, entry)
        place.parent.mkdir(parents=True, exist_ok=True)
        # NOTE: a lock is lost when its holder dies, so that no crash can keep others from writing.
        with place.open("ab+", buffering=0) as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            return _appended(log, place, entry)
    except OSError as cause:
        message = f"the audit log {place} cannot be written: {cause.strerror}"
        raise AuditError(message, hint=remedy(cause, "name another place with --audit")) from None


def _alone(folder: Path, entry: Entry) -> Record:
    """Write a log of one entry, whole or not at all, under a name that sorts by time."""
    folder.mkdir(parents=True, exist_ok=True)
    line = line_of(entry)
    digest = digest_in(line)
    file = folder / f"{entry.at:%Y%m%dT%H%M%S.%fZ}-{short(digest)}{SUFFIX}"
    part = file.with_suffix(".part")
    try:
        with part.open("xb") as log:
            log.write(line)
            log.flush()
            os.fsync(log.fileno())
        part.rename(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return Record(entry=entry, digest=digest, span=Span(os.fspath(file), 1))


def _appended(log: BinaryIO, place: Path, entry: Entry) -> Record:
    whole, last = _mended(log, place)
    if last and not digest_in(last):
        hint = "verify it, and begin a new one"
        raise AuditError(f"the last line of {place} is no entry of an audit log", hint=hint)
    entry = replace(entry, previous=digest_in(last) if last else NOTHING)
    line = line_of(entry)
    try:
        written = log.write(line)
        os.fsync(log.fileno())
    except OSError:
        os.ftruncate(log.fileno(), whole)
        raise
    if written != len(line):
        os.ftruncate(log.fileno(), whole)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return Record(entry=entry, digest=digest_in(line), span=Span(os.fspath(place), 1))


def _mended(log: BinaryIO, place: Path) -> tuple[int, bytes]:
    """How many bytes of a log are whole lines, and the last of these; what lies behind them is moved away."""
    size = log.seek(0, os.SEEK_END)
    reach, tail = _REACH, b""
    while True:
        start = max(size - reach, 0)
        log.seek(start)
        tail = log.read()
        whole = tail.rfind(b"\n") + 1
        before = tail.rfind(b"\n", 0, max(whole - 1, 0)) + 1
        if before or start == 0:
            break
        reach *= 8
    torn = tail[whole:]
    if torn and is_whole(torn):
        log.write(b"\n")
        return size + 1, torn + b"\n"
    if torn:
        with place.with_name(f"{place.name}.torn").open("ab") as aside:
            aside.write(torn + b"\n")
            aside.flush()
            os.fsync(aside.fileno())
        os.ftruncate(log.fileno(), size - len(torn))
    return size - len(torn), tail[before:whole]


def logs_in(places: Iterable[str]) -> tuple[Path, ...]:
    """The logs that files and folders name, in order. Raises `UsageError` where there is none."""
    found: list[Path] = []
    for name in places:
        place = Path(name)
        inside = sorted(place.rglob(f"*{SUFFIX}")) if place.is_dir() else [place]
        if not inside or not place.exists():
            raise UsageError(f"{name} is no audit log, and no folder with one (*{SUFFIX})", hint="check the path")
        found += inside
    return tuple(dict.fromkeys(found))


def lines_of(log: Path) -> Iterator[Line]:
    """The lines of a log. Raises `AuditError` where it cannot be read."""
    try:
        with log.open("rb", buffering=_REACH) as opened:
            for number, content in enumerate(opened, 1):
                yield Line(content=content, span=Span(os.fspath(log), number))
    except OSError as cause:
        raise AuditError(f"the audit log {log} cannot be read: {cause.strerror}", hint="check the path") from None


def records_in(logs: Iterable[Path]) -> Iterator[Record]:
    """The entries of logs; a torn last line is none. Raises `AuditError` where another line is none."""
    for log in logs:
        yield from (record_of(line.content, line.span) for line in lines_of(log) if not line.is_torn)


def verify(logs: Sequence[Path], heads: Sequence[str]) -> Verification:
    """Whether the entries of logs are what was written, all of them and in that order.

    Logs that begin with the digest in which another one ends continue it. `heads` are digests that are known from
    elsewhere: each has to be there, and one that ends a log proves that nothing was cut off behind it.
    """
    files = {log: [*lines_of(log)] for log in logs}
    lines = [line for file in files.values() for line in file]
    owners = {line.digest: line for line in lines if line.digest}
    strays, wholes = _joined(files)
    problems = [*strays]
    problems += [Problem(message=said, span=line.span) for whole in wholes for line, said in _odd(whole, owners)]
    problems += _doubled(lines)
    known = {line.digest for line in lines}
    problems += [
        _of_log(logs[0], f"no entry has the digest {head}: it was cut off, or edited")
        for head in heads
        if head not in known
    ]
    continued = {previous_in(line.content) for line in lines}
    ends = [file[-1] for file in files.values() if file and file[-1].digest and file[-1].digest not in continued]
    unproven = [end.span.path for end in ends if end.digest not in heads]
    return Verification(
        entries=len(lines),
        problems=tuple(problems),
        tails=tuple((end.span.path, end.digest) for end in ends),
        unproven=tuple(unproven),
    )


def _joined(files: Mapping[Path, list[Line]]) -> tuple[list[Problem], list[list[Line]]]:
    """What has no place in a folder of numbered logs; and all logs, those of such a folder as one."""
    numbered = {log.parent for log in files if log.name == FIRST}
    strays, wholes = list[Problem](), [file for log, file in files.items() if numbered.isdisjoint(log.parents)]
    for folder in sorted(numbered):
        inside = [log for log in files if folder in log.parents]
        entries = sorted((log for log in inside if log.parent == folder and _number(log)), key=_number)
        said = "no number of an entry is the name of this log: it was inserted"
        strays += (_of_log(log, said) for log in inside if log not in entries)
        strays += _renumbered({log: files[log] for log in entries})
        wholes.append([line for log in entries for line in files[log]])
    return strays, wholes


def _number(log: Path) -> int:
    """The number that is the name of a log; 0 where none is."""
    found = _NUMBER.fullmatch(log.name)
    return int(found[1]) if found and log.name == f"{int(found[1]):08}{SUFFIX}" else 0


def _renumbered(entries: Mapping[Path, list[Line]]) -> Iterator[Problem]:
    """What is wrong with the numbers of logs, each of which has to be of one entry; their links aside."""
    number, digest = 0, NOTHING
    for log, lines in entries.items():
        if len(lines) != 1:
            yield _of_log(log, f"this log has {len(lines):,} entries, and a numbered one has one")
        elif _number(log) != number + 1 and previous_in(lines[0].content) == digest:
            yield _of_log(log, f"there is no entry {number + 1:08}, and this one follows {number:08}: it was renamed")
        number, digest = _number(log), lines[-1].digest if lines else digest


def _of_log(log: Path, said: str) -> Problem:
    return Problem(message=said, span=Span(os.fspath(log), 1))


def _doubled(lines: Iterable[Line]) -> Iterator[Problem]:
    """Entries that follow one that another entry follows already, be it the same once more."""
    first: dict[tuple[str, str], Line] = {}
    for line in lines:
        previous = previous_in(line.content)
        # NOTE: any number of logs may begin with nothing before them, but each only once.
        other = first.setdefault((previous, line.digest if previous == NOTHING else ""), line)
        if other is not line and line.digest:
            said = f"stands where {short(other.digest)} stands in {other.span.path}, too: one of them was inserted"
            yield Problem(message=f"entry {short(line.digest)} {said}", span=line.span)


def _odd(file: Sequence[Line], owners: Mapping[str, Line]) -> Iterator[tuple[Line, str]]:
    """What is wrong with the lines of one log; `owners` are those of all logs by their digests."""
    above: Line | None = None
    for line in file:
        name = short(line.digest)
        if line.is_torn:
            yield line, "the last line is torn: whoever wrote it was interrupted; the next entry moves it aside"
            continue
        if not line.digest:
            yield line, "this is no entry"
            continue
        if not is_whole(line.content):
            yield line, f"entry {name} was edited"
        yield from ((line, f"entry {name} {said}") for said in _unlinked(line, above, owners))
        above = line


def _unlinked(line: Line, above: Line | None, owners: Mapping[str, Line]) -> Iterator[str]:
    """What is wrong with the place of an entry behind the one above it."""
    previous = previous_in(line.content)
    if previous == (above.digest if above else NOTHING):
        return
    follows, owner = f"says that it follows {short(previous)}", owners.get(previous)
    if owner is None:
        edited = f": {short(above.digest)} was edited, or what stood between them removed" if above else ""
        yield "says that it is the first" if previous == NOTHING else f"{follows}, which is not there{edited}"
    elif above is not None:
        yield f"{follows}, and stands behind {short(above.digest)}: one of them was inserted, or moved"
