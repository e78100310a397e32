"""The check `dtype`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from data_contract.keys import Key, Listing, Section
from data_contract.measures.batch import Written
from data_contract.measures.cells import Cell
from data_contract.measures.grammar import DType, Grammar
from data_contract.model import Words
from data_contract.promise import CellTest, Terms
from data_contract.scalars import Choice, Flag, Text
from data_contract.strictness import FALSE, LOOSENED, REREAD, TIGHTENED, Effect, Strictness, may_loosen

_WITHIN: dict[DType, frozenset[DType]] = {
    DType.INT: frozenset({DType.DECIMAL, DType.FLOAT, DType.STR}),
    DType.DECIMAL: frozenset({DType.FLOAT, DType.STR}),
    DType.DATE: frozenset({DType.DATETIME, DType.STR}),
} | dict.fromkeys((DType.FLOAT, DType.BOOL, DType.DATETIME), frozenset({DType.STR}))
"""For each dtype those that accept every text that it accepts.

A number of more than 308 digits, which is an int and no float, is left out of account. Whether what is no text, in a
file that tells, is a `str` is for the caller to consider.
"""


def _narrowed(before: DType | None, after: DType | None) -> Effect:
    if before is None or (after and before in _WITHIN.get(after, ())):
        return TIGHTENED
    if after is None or after in _WITHIN.get(before, ()):
        return LOOSENED
    return may_loosen("neither accepts all that the other does")


DTYPE = Key(
    "dtype",
    Choice(DType),
    "What every cell with a value must be, judged from its text as written.",
    strictness=Strictness("what accepts less is tighter", _narrowed),
)
FORMATS = Key(
    "formats",
    Listing(Text(), minimum=1),
    "strptime formats of a date or datetime (`%d.%m.%Y`), instead of ISO 8601; a cell must match one of them.",
    strictness=REREAD,
)
ALLOW_NONFINITE = Key(
    "allow_nonfinite",
    Flag(),
    "Whether NaN and the infinities are numbers; only beside `dtype: float`. Absent: false.",
    absent=False,
    strictness=FALSE,
)

_WRITTEN = {
    DType.INT: (Written.INT, Written.NUMBER),
    DType.FLOAT: (Written.INT, Written.NUMBER),
    DType.DECIMAL: (Written.INT, Written.NUMBER),
    DType.STR: (Written.TEXT,),
    DType.BOOL: (Written.BOOL,),
    DType.DATE: (Written.DATE, Written.TEXT),
    DType.DATETIME: (Written.DATETIME, Written.DATE, Written.TEXT),
}
"""What a value may be written as, in a format that tells: `"2"` is no int, and 2 no text."""
_NEEDED = (("%Y", "%y"), ("%m", "%b", "%B"), ("%d",))
_DIRECTIVES = frozenset("YymdbBHIMSfpzZjTF%.")

_NAMES = {
    DType.INT: ("not an int", "no ints"),
    DType.FLOAT: ("not a float", "no floats"),
    DType.DECIMAL: ("not a decimal", "no decimals"),
    DType.STR: ("not text", "not text"),
    DType.BOOL: ("not true or false", "not true or false"),
    DType.DATE: ("not a date", "no dates"),
    DType.DATETIME: ("not a datetime", "no datetimes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dtype(CellTest):
    """Every value of the feature is what the contract says it is.

    A cell is judged from its text, as nobody's cast changes it: `3.7`, `1e3` and `1.0` are no ints, `NaN` and `inf` are
    no floats, `2024-02-30` is no date, `01/02/2024` is a date only where `formats` says so. A consumer that reads the
    column with another idea of its type gets other values, or none.

    ```yaml
    features:
      visits: {dtype: int}
      amount: {dtype: decimal, min: 0}
      born:   {dtype: date, formats: ["%d.%m.%Y"]}
    ```

    To fix it: write the value as the dtype demands. Where the data is right, declare the dtype it really has.
    """

    id: ClassVar[str] = "dtype"
    keys = (DTYPE, FORMATS, ALLOW_NONFINITE)
    dtype: DType

    @classmethod
    def promised(cls, terms: Terms) -> Dtype | None:
        dtype = terms.section.get(DTYPE)
        _refuse_beside(terms, FORMATS, dtype in (DType.DATE, DType.DATETIME), "date or datetime")
        _refuse_beside(terms, ALLOW_NONFINITE, dtype is DType.FLOAT, "float")
        _refuse_unreadable(terms, dtype)
        return cls(dtype=dtype, span=terms.section.at(DTYPE)) if dtype else None

    def is_broken(self, cell: Cell) -> pl.Expr:
        broken = ~cell.grammar.is_valid(cell.text)
        return broken if cell.kind is None else broken | ~cell.kind.is_in(_WRITTEN[self.dtype])

    def blame(self, is_one: bool) -> Words:
        one, many = _NAMES[self.dtype]
        return (f"is {one}",) if is_one else (f"are {many}",)


def grammar_of(section: Section) -> Grammar:
    """How a feature's cells are understood, by the keys of this check."""
    dtype, nonfinite = section.get(DTYPE), section.meant(ALLOW_NONFINITE)
    # NOTE: polars raises at a format that it cannot read; `Dtype` says what is wrong with it.
    formats = tuple(_for_polars(form) for form in section.get(FORMATS) or () if not (dtype and _fault(form, dtype)))
    return Grammar(dtype=dtype, formats=formats, allow_nonfinite=nonfinite)


def _refuse_beside(terms: Terms, key: Key[Any], is_fine: bool, wanted: str) -> None:
    if key in terms.section and not is_fine:
        hint = f"remove it, or declare `dtype: {wanted}`"
        terms.reading.refuse(f"`{key.name}` means something only beside dtype {wanted}", terms.section.at(key), hint)


def _refuse_unreadable(terms: Terms, dtype: DType | None) -> None:
    """A format that does not give the parts of a date would read every cell as null."""
    if dtype not in (DType.DATE, DType.DATETIME):
        return
    for form in terms.section.get(FORMATS) or ():
        if what := _fault(form, dtype):
            terms.reading.refuse(f"the format '{form}' {what}", terms.section.at(FORMATS), "for example '%d.%m.%Y'")


def _for_polars(form: str) -> str:
    """The same format for polars, to which `%f` behind a point is a number of nanoseconds and no fraction."""
    return form.replace(".%f", "%.f")


def _fault(form: str, dtype: DType) -> str | None:
    missing = [parts[0] for parts in _NEEDED if not any(part in form for part in parts)]
    unknown = [f"%{letter}" for letter in re.findall(r"%(.?)", form, re.DOTALL) if letter not in _DIRECTIVES]
    if missing or unknown:
        return f"lacks {missing[0]}" if missing else f"has {unknown[0]}, which is not known here"
    if re.search(r"(?<!\.)%f", form):
        return "has %f, which means something only behind a point"
    grammar = Grammar(dtype=dtype, formats=(_for_polars(form),))
    try:
        pl.DataFrame({"text": ["2026-12-31"]}).select(grammar.value(pl.col("text")))
    except pl.exceptions.ComputeError as cause:
        return f"cannot be read: {str(cause).splitlines()[0]}"
    return None
