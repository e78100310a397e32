"""Rows in which nothing stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import hits
from data_contract.measures.tally import Tally


@dataclass(frozen=True, slots=True)
class BlankRows:
    """The measure: the rows all of whose cells are empty or blank; its state is a `Tally` of them."""

    def features(self) -> tuple[str, ...]:
        """None that has to be there."""
        return ()

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """Whether a row is blank."""
        texts = (columns.text(name).fill_null("").str.strip_chars() == "" for name in columns.index)
        return (pl.all_horizontal(texts),) if columns.index else ()

    def empty(self) -> Tally[int]:
        """The state before any row."""
        return Tally()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Tally[int]:
        """The state of one batch, from what `expressions` gave."""
        return hits(computed[0], batch) if computed else Tally()
