"""Frames of pandas and polars: typed values as the text that a contract can judge."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from data_contract.errors import DataError
from data_contract.formats.source import FoundRow
from data_contract.formats.typed import as_text
from data_contract.measures.batch import Batch, Defect, Defects, Place, column_name
from data_contract.measures.tally import tally

if TYPE_CHECKING:
    import pandas as pd

ROWS = 1 << 17
"""Rows of a batch."""


class FrameSource:
    """A frame in memory. It has rows and no lines; a whole number in a float column counts as an int."""

    def __init__(self, frame: pl.DataFrame | pl.LazyFrame | pd.DataFrame) -> None:
        self._names, self._cells = _text_frame(frame)

    has_kinds = False
    possible_defects = frozenset({Defect.HEADER_DUPLICATE})

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._names

    @property
    def columns(self) -> tuple[str, ...]:
        """The header."""
        return self.header

    def batches(self) -> Iterator[Batch]:
        """All rows, from the start."""
        defects: Defects = {}
        twice = [name for index, name in enumerate(self._names) if name in self._names[:index]]
        if twice:
            defects = {Defect.HEADER_DUPLICATE: tally(Place(-1, -1, 0) for _ in twice)}
        for start in range(0, max(self._cells.height, 1), ROWS):
            cells = self._cells.slice(start, ROWS)
            yield Batch(cells, start + 1, cells.height, defects=defects)
            defects = {}

    def again(self, columns: Collection[int], rows: pl.Series | None) -> Iterator[Batch]:  # all are at hand
        """The batches once more."""
        return self.batches()

    def find(self, rows: Iterable[int]) -> Mapping[int, FoundRow]:
        """The rows with these numbers."""
        nowhere = ((None, None),) * len(self._names)
        return {number: FoundRow(None, nowhere, self._cells.row(number - 1)) for number in rows}


def _text_frame(frame: Any) -> tuple[tuple[str, ...], pl.DataFrame]:
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        columns = [(name, frame[name]) for name in frame.columns]
    elif hasattr(frame, "columns") and hasattr(frame, "iloc"):
        # NOTE: by position, as pandas allows two columns of one name.
        columns = [(str(name), _from_pandas(frame.iloc[:, index])) for index, name in enumerate(frame.columns)]
    else:
        raise DataError(f"a {type(frame).__name__} is no data", hint="pass a path, or a frame of pandas or polars")
    texts = [as_text(series).alias(column_name(index)) for index, (_, series) in enumerate(columns)]
    return tuple(name for name, _ in columns), pl.DataFrame(texts)


def _from_pandas(series: pd.Series[Any]) -> pl.Series:
    if series.dtype == object:
        values = [None if _is_missing(value) else _spelt(value) for value in series]
        return pl.Series(values, dtype=pl.String)
    return pl.from_pandas(series)


def _is_missing(value: object) -> bool:
    is_nan = isinstance(value, float) and math.isnan(value)
    return value is None or is_nan or type(value).__name__ in ("NAType", "NaTType")


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
