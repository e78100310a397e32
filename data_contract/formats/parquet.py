"""Parquet: the file's own types are held against the contract, and its values too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

import polars as pl

from data_contract.errors import DataError
from data_contract.formats.source import FoundRow
from data_contract.formats.typed import as_text, written_as
from data_contract.measures.batch import Batch, Defect, column_name, kind_name
from data_contract.model import TextFormat

_BYTES_A_ROW = 128
"""A guess, to make batches of the size that was asked for."""


class ParquetSource:
    """A Parquet file. It has rows and no lines."""

    has_kinds = True
    possible_defects: frozenset[Defect] = frozenset()

    def __init__(
        self,
        open_file: Callable[[], BinaryIO],
        path: str,  # every source is made alike
        form: TextFormat,
        features: tuple[str, ...],
        block_size: int,
    ) -> None:
        self._open, self._rows = open_file, max(block_size // _BYTES_A_ROW, 1)
        self._names: tuple[str, ...] | None = None

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns; raises `DataError` for a file that is damaged."""
        if self._names is None:
            with self._open() as file, _explained():
                self._names = tuple(pl.scan_parquet(file).collect_schema())
        return self._names

    @property
    def columns(self) -> tuple[str, ...]:
        """The header."""
        return self.header

    def batches(self) -> Iterator[Batch]:
        """All rows, from the start; at least one batch, which may be empty."""
        first = 1
        for frame in self._frames():
            yield Batch(_cells(frame), first, frame.height)
            first += frame.height
        if first == 1:
            yield Batch(_cells(pl.DataFrame(schema=dict.fromkeys(self.header, pl.String))), 1, 0)

    def again(self, columns: Collection[int], rows: pl.Series | None) -> Iterator[Batch]:  # all are at hand
        """The batches once more."""
        return self.batches()

    def find(self, rows: Iterable[int]) -> Mapping[int, FoundRow]:
        """The rows with these numbers."""
        wanted, first = sorted(rows), 1
        found: dict[int, FoundRow] = {}
        nowhere = ((None, None),) * len(self.header)
        for frame in self._frames():
            here = [number for number in wanted if first <= number < first + frame.height]
            texts = pl.DataFrame([as_text(series) for series in frame[[number - first for number in here]]])
            found |= {number: FoundRow(None, nowhere, cells) for number, cells in zip(here, texts.rows(), strict=True)}
            first += frame.height
            if wanted and first > wanted[-1]:
                break
        return found

    def _frames(self) -> Iterator[pl.DataFrame]:
        with self._open() as file, _explained():
            yield from pl.scan_parquet(file).collect_batches(chunk_size=self._rows, maintain_order=True)


def _cells(frame: pl.DataFrame) -> pl.DataFrame:
    columns = frame.get_columns()
    texts = [as_text(series).alias(column_name(index)) for index, series in enumerate(columns)]
    kinds = [
        pl.repeat(written_as(series.dtype), frame.height, dtype=pl.UInt8, eager=True).alias(kind_name(index))
        for index, series in enumerate(columns)
    ]
    return pl.DataFrame([*texts, *kinds])


@contextmanager
def _explained() -> Iterator[None]:
    """Say in one sentence why a file cannot be read."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as cause:
        reason = next(iter(str(cause).strip().splitlines()), "no reason given").removeprefix("parquet: ")
        raise DataError(f"the Parquet file is damaged: {reason}", hint="write it anew") from None
