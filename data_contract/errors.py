"""The one tree of errors: each says what is wrong, where, and what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file that a person can jump to."""

    path: str
    line: int
    """Physical line, counted from 1."""
    column: int = 1
    """Character in that line, counted from 1."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class DataContractError(Exception):
    """The root of everything this package raises on purpose."""

    def __init__(self, message: str, *, at: Span | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        """Where the mistake stands; None when it stands in no file."""
        self.hint = hint
        """What to write or do instead."""

    def __str__(self) -> str:
        where = f"{self.at}: " if self.at else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{where}{self.message}{hint}"


class UsageError(DataContractError):
    """An argument of the command line, or of the Python API, cannot be used."""


class ContractError(DataContractError):
    """A contract says something that no data could be judged by."""


class PolicyError(DataContractError):
    """A policy says something that no decision could be made by."""


class GitError(DataContractError):
    """The change to judge cannot be told from the git repository."""


class DataError(DataContractError):
    """A data file cannot be read at all."""


class AuditError(DataContractError):
    """An audit log cannot be written, or does not say what it must."""


class StoreError(DataContractError):
    """A store cannot be used, or does not hold what it must."""


class Rejected(DataContractError):
    """Every mistake found in one or more documents, told together."""

    def __init__(self, mistakes: Sequence[DataContractError]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)
        """In the order of their places; never empty."""


@contextmanager
def gathered(mistakes: list[DataContractError]) -> Iterator[None]:
    """Collect what the block raises on purpose, so that the next one can be tried and all be told together."""
    try:
        yield
    except Rejected as rejected:
        mistakes += rejected.mistakes
    except DataContractError as mistake:
        mistakes.append(mistake)


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def remedy(cause: OSError, usual: str) -> str:
    """What to do where nothing could be written: make room where that is what is missing, else what is usual."""
    return "make room there, or raise the limit that is set, and run again" if cause.errno in _FULL else usual
