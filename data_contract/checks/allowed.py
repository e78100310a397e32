"""The check `allowed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data_contract.keys import Key, Listing
from data_contract.measures.cells import Cell
from data_contract.measures.grammar import is_one_of
from data_contract.model import Unsaid, Words
from data_contract.promise import CellTest, Terms
from data_contract.scalars import Literal
from data_contract.strictness import SUBSET

ALLOWED = Key(
    "allowed",
    Listing(Literal(), minimum=1),
    "Every value the feature may have; case and blanks count.",
    strictness=SUBSET,
)

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed(CellTest):
    """Every value of the feature is one of a closed set.

    A category that nobody declared is one that no consumer has code for: joins lose rows, encoders raise or guess.
    Values are compared as the dtype means them, so `07` is in `[7]` under `dtype: int`; text to the letter.

    ```yaml
    features:
      country: {dtype: str, allowed: [DE, NA, NO]}   # Namibia and Norway need no quotes here
    ```

    To fix it: correct the cells shown. Where a new value is meant, add it to the set and tell the consumers.
    """

    id: ClassVar[str] = "allowed"
    keys = (ALLOWED,)
    values: tuple[str, ...]

    @classmethod
    def promised(cls, terms: Terms) -> Allowed | None:
        written = terms.section.get(ALLOWED)
        if not written:
            return None
        texts = pl.DataFrame({"text": [value.text for value in written]})
        valid = texts.select(terms.grammar.is_valid(pl.col("text")).fill_null(False)).to_series()
        for value, is_valid in zip(written, valid, strict=True):
            if not is_valid:
                hint = "no cell with this dtype can have it: remove it, or change the dtype"
                terms.reading.refuse(f"'{value.text}' is no {terms.grammar.dtype}", value.span, hint)
        return cls(values=tuple(texts["text"]), span=terms.section.at(ALLOWED))

    def is_broken(self, cell: Cell) -> pl.Expr:
        known = pl.DataFrame({"text": self.values}).select(cell.grammar.identity(pl.col("text"))).to_series()
        identity = cell.grammar.identity(cell.text)
        return ~(is_one_of(identity, [*known]) if known.dtype == pl.String else identity.is_in(known.implode()))

    def blame(self, is_one: bool) -> Words:
        more = f" or {len(self.values) - _SHOWN} more" if len(self.values) > _SHOWN else ""
        return ("is " if is_one else "are ", "not one of ", Unsaid(", ".join(self.values[:_SHOWN])), more)
