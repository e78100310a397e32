"""The check `length`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data_contract.keys import Key
from data_contract.measures.cells import Cell
from data_contract.model import Words
from data_contract.promise import CellTest, Terms
from data_contract.scalars import Integer
from data_contract.strictness import LARGER, SMALLER

MIN_LENGTH = Key(
    "min_length",
    Integer(),
    "The fewest characters (Unicode code points) a value may have.",
    absent=0,
    strictness=LARGER,
)
MAX_LENGTH = Key(
    "max_length", Integer(), "The most characters (Unicode code points) a value may have.", strictness=SMALLER
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Length(CellTest):
    """Every value of the feature has a number of characters between `min_length` and `max_length`.

    Text that outgrows a column of the warehouse is cut there in silence, and codes of a fixed length that come short
    have lost something. Characters are Unicode code points of the cell as written, not bytes.

    ```yaml
    features:
      zip: {dtype: str, min_length: 5, max_length: 5}
    ```

    To fix it: correct the cells shown, or change the lengths together with whoever stores the text.
    """

    id: ClassVar[str] = "length"
    keys = (MIN_LENGTH, MAX_LENGTH)
    minimum: int | None
    maximum: int | None

    @classmethod
    def promised(cls, terms: Terms) -> Length | None:
        minimum, maximum = terms.section.get(MIN_LENGTH), terms.section.get(MAX_LENGTH)
        if minimum is None and maximum is None:
            return None
        span = terms.section.at(MAX_LENGTH if minimum is None else MIN_LENGTH)
        if minimum is not None and maximum is not None and minimum > maximum:
            terms.reading.refuse(f"`min_length` {minimum} is above `max_length` {maximum}", span, "swap them")
        return cls(minimum=minimum, maximum=maximum, span=span)

    def is_broken(self, cell: Cell) -> pl.Expr:
        length = cell.text.str.len_chars()
        short = pl.lit(False) if self.minimum is None else length < self.minimum
        return short if self.maximum is None else short | (length > self.maximum)

    def blame(self, is_one: bool) -> Words:
        bounds = ((self.minimum, "fewer than"), (self.maximum, "more than"))
        sides = [f"{word} {bound:,}" for bound, word in bounds if bound is not None]
        return ("has " if is_one else "have ", " or ".join(sides), " characters")
