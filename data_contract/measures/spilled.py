"""Rows that may be too many for memory.

On disk they lie by their identity, so that those of one range of it can be read without the rest.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import polars as pl

from data_contract.errors import DataError

PARTS = 128
"""Ranges that all identities are cut into by their top bits; one of them at a time is in memory."""

_SHIFT = 57

Gist = Callable[[pl.DataFrame], pl.DataFrame]
"""What has to be known of rows: fewer rows than there were, where many have one identity.

The gist of two gists together must be the gist of all their rows.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Rows in a file that has no name, so that it is gone with the process however that ends."""

    rows: int
    bounds: tuple[int, ...]
    """For each range, the byte at which it starts in the file; and last, the one at which all end."""
    file: BinaryIO = field(repr=False)

    def part(self, number: int) -> list[pl.DataFrame]:
        """The rows of one range, if there are any."""
        start, end = self.bounds[number], self.bounds[number + 1]
        self.file.seek(start)
        return [pl.read_ipc_stream(io.BytesIO(self.file.read(end - start)))] if end > start else []


@dataclass(frozen=True, slots=True, eq=False)
class Spillable:
    """Rows in no order, of which so many are in memory and the rest is on disk."""

    schema: pl.Schema
    """The columns of a row. `identity` (UInt64) is evenly spread: a hash."""
    in_memory: int
    """Bytes that are kept in memory at most."""
    chunks: tuple[pl.DataFrame, ...] = field(default=(), repr=False)
    runs: tuple[Run, ...] = ()

    @property
    def rows(self) -> int:
        """How many there are."""
        return sum(chunk.height for chunk in self.chunks) + sum(run.rows for run in self.runs)

    def of(self, rows: pl.DataFrame) -> Spillable:
        """These rows alone, all of them in memory."""
        return replace(self, chunks=(rows,) if rows.height else (), runs=())

    def merge(self, other: Spillable) -> Spillable:
        """The rows of both. Raises `DataError` when the disk is full."""
        both = replace(self, chunks=self.chunks + other.chunks, runs=self.runs + other.runs)
        return both if sum(chunk.estimated_size() for chunk in both.chunks) <= self.in_memory else both.spilled()

    def spilled(self) -> Spillable:
        """The same rows, all of them on disk."""
        if not self.chunks:
            return self
        # NOTE: one file for all that is ever spilled, as a process may not have many open.
        file = self.runs[0].file if self.runs else None
        return replace(self, chunks=(), runs=(*self.runs, _spill(pl.concat(self.chunks), file)))

    def has(self, number: int) -> bool:
        """Whether there are rows in one range; all must be on disk."""
        return any(run.bounds[number] < run.bounds[number + 1] for run in self.runs)

    def part(self, number: int, gist: Gist) -> pl.DataFrame:
        """The gist of the rows of one range; all must be on disk."""
        kept, most = pl.DataFrame(schema=self.schema), float(self.in_memory)
        for run in self.runs:
            kept = pl.concat([kept, *run.part(number)])
            if kept.estimated_size() > most:
                kept = gist(kept)
                most = max(most, 2 * kept.estimated_size())
        return gist(kept)


def parts(gist: Gist, *every: Spillable) -> Iterator[tuple[pl.DataFrame, ...]]:
    """The gist of each, by ranges that have rows: all of an identity come together. One range if memory holds all.

    Raises `DataError` when the disk is full.
    """
    if not any(each.runs for each in every):
        yield tuple(gist(pl.concat([pl.DataFrame(schema=each.schema), *each.chunks])) for each in every)
        return
    spilled = [each.spilled() for each in every]
    for number in range(PARTS):
        if any(each.has(number) for each in spilled):
            yield tuple(each.part(number, gist) for each in spilled)


def _spill(rows: pl.DataFrame, file: BinaryIO | None) -> Run:
    ranges = rows.with_columns(range=pl.col("identity") // (1 << _SHIFT)).partition_by(
        "range", include_key=False, as_dict=True
    )
    try:
        file = file or tempfile.TemporaryFile(prefix="data-contract-")  # noqa: SIM115  # lives as long as its runs do
        bounds = [file.seek(0, io.SEEK_END)]
        for number in range(PARTS):
            if (number,) in ranges:
                file.write(_bytes(ranges[number,]))
            bounds.append(file.tell())
        file.flush()
    except OSError as cause:
        size = int(rows.estimated_size()) >> 20
        where = tempfile.gettempdir()
        raise DataError(
            f"{size:,} MiB of keys cannot be kept in {where}: {cause.strerror}",
            hint="make room there, or name another folder in TMPDIR",
        ) from None
    return Run(rows.height, tuple(bounds), file)


def _bytes(rows: pl.DataFrame) -> bytes:
    # NOTE: written by polars itself to a file, a full disk would be an error without a reason.
    written = io.BytesIO()
    rows.write_ipc_stream(written)
    return written.getvalue()
