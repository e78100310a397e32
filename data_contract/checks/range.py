"""The check `range`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data_contract.keys import Key
from data_contract.measures.cells import Cell
from data_contract.measures.grammar import DType, Limit
from data_contract.model import Unsaid, Words
from data_contract.promise import CellTest, Terms
from data_contract.scalars import Literal, Written
from data_contract.strictness import LARGER, SMALLER

MIN = Key(
    "min",
    Literal(),
    "The smallest value, itself allowed; a number, date or datetime, as the dtype demands.",
    strictness=LARGER,
)
MAX = Key(
    "max",
    Literal(),
    "The largest value, itself allowed; a number, date or datetime, as the dtype demands.",
    strictness=SMALLER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range(CellTest):
    """Every value of the feature lies between `min` and `max`, both included.

    Values outside a range that everybody relies on are valid to a type system and wrong to a model: an age of -1, a
    date in 1900. Ints and decimals are compared exactly whatever their size; datetimes in UTC, to the microsecond.

    ```yaml
    features:
      user_age: {dtype: float, min: 0, max: 130}
    ```

    To fix it: correct the cells shown. Where the world has changed, widen the range in the contract.
    """

    id: ClassVar[str] = "range"
    keys = (MIN, MAX)
    minimum: Limit | None
    maximum: Limit | None
    shown: tuple[str, str]
    """The limits as the contract writes them."""

    @classmethod
    def promised(cls, terms: Terms) -> Range | None:
        low, high = terms.section.get(MIN), terms.section.get(MAX)
        if low is None and high is None:
            return None
        dtype = terms.grammar.dtype
        if dtype is None or not dtype.is_ordered:
            key = MIN if low else MAX
            hint = "declare `dtype: int`, float, decimal, date or datetime"
            terms.reading.refuse(f"`{key.name}` needs a dtype with an order", terms.section.at(key), hint)
            return None
        minimum, maximum = _limit(low, terms), _limit(high, terms)
        if low and high and minimum is not None and maximum is not None and minimum > maximum:  # type: ignore[operator]  # one dtype
            terms.reading.refuse(f"`min` {low.text} is above `max` {high.text}", low.span, "swap them")
        shown = (low.text if low else "", high.text if high else "")
        span = terms.section.at(MIN if low else MAX)
        return cls(minimum=minimum, maximum=maximum, shown=shown, span=span)

    def is_broken(self, cell: Cell) -> pl.Expr:
        below = pl.lit(False) if self.minimum is None else cell.grammar.is_below(cell.text, self.minimum)
        above = pl.lit(False) if self.maximum is None else cell.grammar.is_above(cell.text, self.maximum)
        return below | above

    def blame(self, is_one: bool) -> Words:
        sides = [f"{word} {bound}" for word, bound in zip(("below", "above"), self.shown, strict=True) if bound]
        return ("is " if is_one else "are ", Unsaid(" or ".join(sides)))


def _limit(written: Written | None, terms: Terms) -> Limit | None:
    if written is None:
        return None
    if not written.is_plain and terms.grammar.dtype in (DType.INT, DType.FLOAT, DType.DECIMAL):
        terms.reading.refuse("expected a number, found text in quotes", written.span, "remove the quotes")
        return None
    limit = terms.grammar.read(written.text)
    if limit is None:
        form = f"as {terms.grammar.formats[0]}" if terms.grammar.formats else f"as the dtype {terms.grammar.dtype}"
        terms.reading.refuse(f"'{written.text}' is no {terms.grammar.dtype}", written.span, f"write it {form}")
    return limit
