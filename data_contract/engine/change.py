"""Which files a change concerns, and which contracts judge each: as they are in head, and as they were in base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from data_contract.contract import Contract
from data_contract.tree import FileChange


@dataclass(frozen=True, slots=True)
class Judges:
    """One contract in both versions."""

    head: Contract | None
    """None where it is gone, or no longer describes the file."""
    base: Contract | None
    """None where it is new, or did not describe the file."""

    @property
    def is_changed(self) -> bool:
        """Whether the two are not the same, to the byte."""
        return self.head is None or self.base is None or self.head.digest != self.base.digest


@dataclass(frozen=True, slots=True)
class Target:
    """A data file with the contracts that judge it."""

    path: str | None
    """In head; None where it is gone."""
    before: str | None
    """In base; None where it is new, or there is no base."""
    judges: tuple[Judges, ...]
    """None where no contract describes it, nor did."""


def paired(head: Sequence[Contract], base: Sequence[Contract]) -> tuple[Judges, ...]:
    """Each contract with its earlier version: that of the same file, or else of the same dataset."""
    by_path = {contract.span.path: contract for contract in base}
    by_name = {contract.name: contract for contract in base}
    pairs = [(now, by_path.get(now.span.path) or by_name.get(now.name)) for now in head]
    kept = {id(was) for _, was in pairs if was}
    return (*(Judges(now, was) for now, was in pairs), *(Judges(None, was) for was in base if id(was) not in kept))


def targets_of(
    pairs: Sequence[Judges], changes: Sequence[FileChange], chosen: Iterable[str], *, has_base: bool
) -> tuple[Target, ...]:
    """The chosen files and those that are gone, in the order of their paths."""
    before = {change.path: change.before for change in changes if change.path}
    found = []
    for path in sorted(set(chosen)):
        was = before.get(path, path) if has_base else None
        found.append(Target(path, was, tuple(_judges(pairs, path, was))))
    gone = (change.before for change in changes if change.path is None and change.before)
    return (*found, *(Target(None, was, tuple(_judges(pairs, was, was))) for was in gone))


def _judges(pairs: Iterable[Judges], path: str, before: str | None) -> Iterator[Judges]:
    for pair in pairs:
        head = pair.head if _concerns(pair.head, path) else None
        base = pair.base if _concerns(pair.base, path) or (before and _concerns(pair.base, before)) else None
        if head or base:
            yield Judges(head, base)


def _concerns(contract: Contract | None, path: str) -> bool:
    return contract is not None and (contract.describes(path) or contract.reaches_into(path))


def is_concerned(path: str, contracts: Iterable[Contract]) -> bool:
    """Whether a file is, or stands in the way of, one that a contract describes."""
    return any(_concerns(contract, path) for contract in contracts)


def last_sibling(paths: Iterable[str]) -> str | None:
    """The last of some paths, with numbers in them in the order of numbers."""
    return max(paths, key=_natural, default=None)


def _natural(path: str) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in re.split(r"([0-9]+)", path)
    ]
