"""The check `tidy`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data_contract.measures.cells import Cell
from data_contract.measures.sketch import MOJIBAKE
from data_contract.model import Words
from data_contract.promise import ImpliedTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidy(ImpliedTest):
    """No value of the feature has blanks at an edge, a line break, or characters that were decoded twice.

    `DE ` joins with nothing, a line break splits a row for readers that know no quotes, and `MÃ¼ller` is a name that
    somebody read in the wrong encoding. All of it is legal text, so it raises an alert and never blocks by itself.

    No key asks for it: the previous version of a file without a contract does, for each of the three that none of at
    least 50 values had.

    To fix it: trim the cells shown, or write the file anew from where the text was still right.
    """

    id: ClassVar[str] = "tidy"
    is_trimmed: bool
    is_one_line: bool
    is_decoded_once: bool

    def is_broken(self, cell: Cell) -> pl.Expr:
        text = cell.text
        broken = pl.lit(value=False)
        if self.is_trimmed:
            broken |= text.str.strip_chars() != text
        if self.is_one_line:
            broken |= text.str.contains("[\n\r]")
        return broken | text.str.contains(MOJIBAKE) if self.is_decoded_once else broken

    def blame(self, is_one: bool) -> Words:
        flaws = (
            (self.is_trimmed, "blanks at an edge"),
            (self.is_one_line, "a line break"),
            (self.is_decoded_once, "characters decoded twice"),
        )
        *others, last = (flaw for is_promised, flaw in flaws if is_promised)
        return ("has " if is_one else "have ", f"{', '.join(others)} or {last}" if others else last)
