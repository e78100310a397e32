"""The checks `integer-form` and `whole`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data_contract.measures.cells import Cell
from data_contract.model import Words
from data_contract.promise import ImpliedTest


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerForm(ImpliedTest):
    """No whole number of the feature is written with a fraction of zeros: `7` and not `7.0`.

    A column of ints in which one value went missing comes back from many a tool as floats. Whoever reads ints then
    fails, and whoever compares text finds that nothing matches.

    No key asks for it: the previous version of a file without a contract does, where at least ten numbers of the
    feature were there, all of them ints.

    To fix it: write the column as ints (in pandas: the dtype `Int64`).
    """

    id: ClassVar[str] = "integer-form"

    def is_broken(self, cell: Cell) -> pl.Expr:
        return cell.text.str.contains(r"^[+-]?[0-9]+\.0*$")

    def blame(self, is_one: bool) -> Words:
        return ("is an int that is written as a float",) if is_one else ("are ints that are written as floats",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(ImpliedTest):
    """Every number of the feature is a whole one.

    A fraction among counts is improbable and legal: prices may have been whole by chance. So it raises an alert and
    never blocks by itself.

    No key asks for it: the previous version of a file without a contract does, where at least ten numbers of the
    feature were there, all of them ints.

    To fix it: correct the cells shown. Where fractions are meant, nothing is to be done: the new version is the next
    one's past.
    """

    id: ClassVar[str] = "whole"

    def is_broken(self, cell: Cell) -> pl.Expr:
        return ~cell.text.str.contains(r"^[+-]?[0-9]+$")

    def blame(self, is_one: bool) -> Words:
        return ("is not a whole number",) if is_one else ("are not whole numbers",)
