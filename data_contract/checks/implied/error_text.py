"""The check `error-text`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data_contract.measures.cells import Cell
from data_contract.measures.sketch import ERROR_TEXT, REPLACEMENT
from data_contract.model import Words
from data_contract.promise import ImpliedTest


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorText(ImpliedTest):
    """No value of the feature is what a program writes where it failed.

    `#REF!` and `#DIV/0!` of a spreadsheet, a `Traceback`, a page of HTML, `undefined`, and U+FFFD, which stands where
    bytes could not be read: text like that is valid to every reader, and no value.

    No key asks for it: the previous version of a file without a contract does, where at least ten values of the
    feature were there and none of them was of this kind.

    To fix it: run what failed again, and write the file anew.
    """

    id: ClassVar[str] = "error-text"

    def is_broken(self, cell: Cell) -> pl.Expr:
        return cell.text.str.contains(ERROR_TEXT) | cell.text.str.contains(REPLACEMENT, literal=True)

    def blame(self, is_one: bool) -> Words:
        return ("is the trace of an error",) if is_one else ("are traces of errors",)
