"""Hashes on disk, sorted, so that those of one range can be read from many runs without reading the rest."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from typing import BinaryIO

import polars as pl

from data_contract.errors import DataError

PARTS = 256
"""Ranges that all hashes are cut into by their top bits; one of them at a time is in memory."""

_SIZE = 8
_SHIFT = 56


@dataclass(frozen=True, slots=True)
class Run:
    """Sorted hashes in a file that has no name, so that it is gone with the process however that ends."""

    rows: int
    bounds: tuple[int, ...]
    """For each range, how many hashes come before it; and last, how many there are."""
    file: BinaryIO = field(repr=False, compare=False)

    def part(self, number: int) -> pl.Series:
        """The hashes of one range, sorted."""
        import numpy as np

        start, end = self.bounds[number], self.bounds[number + 1]
        self.file.seek(start * _SIZE)
        return pl.Series(np.frombuffer(self.file.read((end - start) * _SIZE), dtype=np.uint64))


def spill(hashes: pl.Series) -> Run:
    """Write hashes to disk. Raises `DataError` when there is no room."""
    ordered = hashes.sort()
    edges = pl.Series([number << _SHIFT for number in range(PARTS)], dtype=pl.UInt64)
    bounds = (*ordered.search_sorted(edges, side="left"), len(ordered))
    file = tempfile.TemporaryFile(prefix="data-contract-")  # noqa: SIM115  # lives as long as the run does
    try:
        file.write(ordered.to_numpy().tobytes())
        file.flush()
    except OSError as cause:
        size = len(ordered) * _SIZE >> 20
        where = tempfile.gettempdir()
        raise DataError(
            f"{size:,} MiB of keys cannot be kept in {where}: {cause.strerror}",
            hint="make room there, or name another folder in TMPDIR",
        ) from None
    return Run(len(ordered), bounds, file)
