"""The check `pattern`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data_contract.keys import Key
from data_contract.measures.cells import Cell
from data_contract.model import Unsaid, Words
from data_contract.promise import CellTest, Terms
from data_contract.scalars import Text
from data_contract.strictness import ADDED

PATTERN = Key(
    "pattern",
    Text(wanted="a regular expression"),
    "A regular expression that every whole cell must match; RE2 syntax, without look-around and back-references.",
    strictness=ADDED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern(CellTest):
    r"""Every value of the feature matches a regular expression, from its first character to its last.

    The syntax is that of Rust's `regex` crate (https://docs.rs/regex/#syntax), a relative of RE2: matching takes time
    linear in the cell, so that no pattern and no cell can stall the gate. `\d` is any digit of Unicode; write
    `[0-9]` for those of ASCII. `.` matches no line break.

    ```yaml
    features:
      zip: {dtype: str, pattern: "[0-9]{5}"}
    ```

    To fix it: correct the cells shown; a code that lost its leading zeros was read as a number somewhere.
    """

    id: ClassVar[str] = "pattern"
    keys = (PATTERN,)
    pattern: str

    @classmethod
    def promised(cls, terms: Terms) -> Pattern | None:
        pattern = terms.section.get(PATTERN)
        if pattern is None:
            return None
        for form in (pattern, _whole(pattern)):
            try:
                pl.Series([""]).str.contains(form)
            except pl.exceptions.ComputeError as cause:
                # NOTE: polars adds a paragraph about its own expression to what the regex crate says.
                said = str(cause).rpartition("\n\nThis error occurred")[0] or str(cause)
                reason = said.strip().splitlines()[-1].removeprefix("regex error: ").removeprefix("error: ")
                hint = "see https://docs.rs/regex/#syntax: no look-around, no back-references"
                terms.reading.refuse(f"'{pattern}' is no pattern: {reason}", terms.section.at(PATTERN), hint)
                return None
        return cls(pattern=pattern, span=terms.section.at(PATTERN))

    def is_broken(self, cell: Cell) -> pl.Expr:
        return ~cell.text.str.contains(_whole(self.pattern))

    def blame(self, is_one: bool) -> Words:
        return ("does not match " if is_one else "do not match ", Unsaid(self.pattern))


def _whole(pattern: str) -> str:
    return rf"\A(?:{pattern})\z"
