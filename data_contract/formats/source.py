"""What every input format offers: a header, batches of text, and the way back from a row to its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import polars as pl

from data_contract.measures.batch import Batch, Defect


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row looked up again: where it stands and what is in it."""

    line: int | None
    """Physical line on which the row starts, counted from 1; None where the data has no lines."""
    places: tuple[tuple[int | None, int | None], ...]
    """For each cell, the line and the character on which it starts."""
    cells: tuple[str | None, ...]


class Source(Protocol):
    """One version of a dataset, to be read as often as needed."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns as written; some formats know them only when they were read to the end."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of its batches; reading them may touch the file."""

    @property
    def possible_defects(self) -> frozenset[Defect]:
        """What can be wrong with the form of such a file; all of it is looked for."""

    @property
    def has_kinds(self) -> bool:
        """Whether its batches tell what values are written as."""

    def batches(self) -> Iterator[Batch]:
        """All rows, from the start."""

    def again(self, columns: Collection[int], rows: pl.Series | None) -> Iterator[Batch]:
        """The batches that `batches` gave, with at least these columns of each, and told of no defects.

        Those that have none of these rows may be left out; None: there is no such batch.
        """

    def find(self, rows: Iterable[int]) -> Mapping[int, FoundRow]:
        """The rows with these numbers; only what `batches` has passed before can be found."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file, whole lines of it."""

    content: bytes
    row: int | None
    """The number of the row that it is, counted from 1; None for what is no row."""
    line: int
    """The physical line on which it starts, counted from 1."""
    lines: int
    """How many physical lines it has, one that nothing ends included."""


@runtime_checkable
class Divisible(Protocol):
    """A source whose rows stand in the file one after another."""

    def pieces(self) -> Iterator[Piece]:
        """The whole file, to the byte: first what comes before all rows (perhaps nothing), then line by line.

        The rows have the numbers that `batches` gives them. Raises `DataError` where it cannot be divided that way.
        """
