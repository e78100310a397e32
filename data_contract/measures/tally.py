"""Counting with witnesses: how many there are, and where the first of them stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from typing import Generic, TypeVar

WITNESSES = 20
"""How many places a state remembers, and so how many a finding can show."""

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Tally(Generic[P]):
    """An exact count with the first `WITNESSES` places, in order; `Tally()` is the empty value."""

    count: int = 0
    first: tuple[P, ...] = ()

    def merge(self, other: Tally[P]) -> Tally[P]:
        """The tally of both inputs together."""
        if not self.count or not other.count:
            return self if self.count else other
        return Tally(self.count + other.count, tuple(nsmallest(WITNESSES, (*self.first, *other.first))))  # type: ignore[type-var]  # places are ordered


def tally(places: Iterable[P]) -> Tally[P]:
    """The tally of `places`, given in any order."""
    every = sorted(places)  # type: ignore[type-var]  # places are ordered
    return Tally(len(every), tuple(every[:WITNESSES]))
