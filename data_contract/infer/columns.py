"""What one column of a previous version promises by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from data_contract.checks.allowed import Allowed
from data_contract.checks.dtype import Dtype
from data_contract.checks.implied.error_text import ErrorText
from data_contract.checks.implied.filled import Filled
from data_contract.checks.implied.integer_form import IntegerForm, Whole
from data_contract.checks.implied.tidy import Tidy
from data_contract.checks.length import Length
from data_contract.checks.nulls import NullRate
from data_contract.checks.pattern import Pattern
from data_contract.checks.range import Range
from data_contract.checks.validity import Validity
from data_contract.errors import Span
from data_contract.measures.batch import Written
from data_contract.measures.cells import Cells
from data_contract.measures.grammar import DType, Grammar
from data_contract.measures.sketch import DATE_FORMATS, MOST_VALUES, PLAIN, Portrait
from data_contract.model import Criticality, Feature, Words
from data_contract.promise import CellTest, Promise

FEWEST_TYPED, FEWEST_FILLED, FEWEST_SHAPED = 10, 20, 50
"""Values below which nothing is promised about types; about nulls and order; about shapes, sets, sums and ranges."""

_MOST_ALLOWED, _LEAST_REPEATED = 20, 5
"""A closed set has at most so many values, each of them so often in the mean."""
_FEWEST_CODES = 10
"""Distinct values below which a shape may be a coincidence."""
_LEAST_CODE = 8
"""Characters from which a length that is always the same is no coincidence."""
_BEYOND = 0.25
"""How far beyond what was seen a number may lie, as a share of the distance from the smallest to the largest."""
_LEAST_SHARE = 0.05
"""Of the values, that each of several shapes must have."""

_BY_KIND = {
    frozenset({Written.INT}): DType.INT,
    frozenset({Written.NUMBER}): DType.FLOAT,
    frozenset({Written.INT, Written.NUMBER}): DType.FLOAT,
    frozenset({Written.BOOL}): DType.BOOL,
    frozenset({Written.DATE}): DType.DATE,
    frozenset({Written.DATETIME}): DType.DATETIME,
}
_NOUNS = {
    DType.INT: "whole numbers",
    DType.FLOAT: "numbers",
    DType.BOOL: "true or false",
    DType.DATE: "dates of that form",
    DType.DATETIME: "datetimes",
    DType.STR: "text",
}
_LETTERS = {"A": "[A-Z]", "a": "[a-z]", "0": "[0-9]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the previous version, and what is taken for granted about it."""

    name: str
    portrait: Portrait
    grammar: Grammar
    """How its values are understood; without a dtype where they are too few, or of no one kind."""
    is_whole: bool
    """Whether every number was a whole one; the grammar may allow for more."""
    span: Span

    @property
    def count(self) -> int:
        """How many values it had."""
        return self.portrait.count if self.is_typed else self.portrait.rows - self.portrait.tokens.get("", 0)

    @property
    def is_typed(self) -> bool:
        """Whether it held anything but text."""
        return self.grammar.dtype not in (None, DType.STR)

    @property
    def is_number(self) -> bool:
        """Whether it held numbers."""
        return self.grammar.dtype in (DType.INT, DType.FLOAT)

    @property
    def is_time(self) -> bool:
        """Whether it held dates or datetimes."""
        return self.grammar.dtype is not None and self.grammar.dtype.is_temporal

    @property
    def null_values(self) -> tuple[str, ...]:
        """The texts that stood for no value."""
        return ("", *(token for token in self.portrait.tokens if token)) if self.is_typed else ("",)

    @property
    def nulls(self) -> int:
        """How many rows had no value."""
        return self.portrait.rows - self.count

    def feature(self, criticality: Criticality = Criticality.MEDIUM) -> Feature:
        """The column as a feature."""
        return Feature(
            name=self.name, dtype=self.grammar.dtype, criticality=criticality, sensitive=False, span=self.span
        )

    def cells(self) -> Cells:
        """The cells with every test that their values promise, the certain ones first."""
        return Cells(self.name, self.grammar, self.null_values, tuple(test for test, *_ in _tests(self)))

    def values(self) -> Cells:
        """The cells by their dtype alone: improbable values are values all the same."""
        dtype = self.grammar.dtype
        tests = (Dtype(dtype=dtype, span=self.span),) if dtype else ()
        return Cells(self.name, self.grammar, self.null_values, tests)

    def promises(self, *, is_key: bool) -> Iterator[Promise]:
        """The checks of the column alone."""
        cells, mild = self.cells(), Criticality.LOW
        for index, (test, criticality, witness) in enumerate(_tests(self)):
            feature = self.feature(criticality)
            yield Validity(feature=feature, span=self.span, cells=cells, test=test, index=index, witness=witness)
        rows = self.portrait.rows
        if self.count >= FEWEST_FILLED:
            shown = f"all {rows:,}" if not self.nulls else f"{self.count:,} of {rows:,}"
            yield Filled(
                feature=self.feature(),
                span=self.span,
                cells=cells,
                is_key=is_key,
                is_always=not self.nulls,
                witness=(f"{shown} rows of the previous version had one",),
            )
        if self.nulls and rows >= FEWEST_SHAPED:
            limit = min(1.0, 2 * self.nulls / rows + 0.05)
            shown = f"{self.nulls:,} of {rows:,} rows of the previous version had none"
            yield NullRate(
                feature=self.feature(mild), span=self.span, cells=cells, limit=limit, confidence=None, witness=(shown,)
            )


def column_of(name: str, portrait: Portrait, path: str) -> Column:
    """What a column is, by what was seen of it."""
    dtype, formats = _typed(portrait) if portrait.count >= FEWEST_TYPED else (None, ())
    # NOTE: where everything is text, an int that turns into a fraction is not the same as one that turns into text.
    is_loose = dtype is DType.INT and not portrait.kinds
    grammar = Grammar(dtype=DType.FLOAT if is_loose else dtype, formats=formats)
    return Column(name=name, portrait=portrait, grammar=grammar, is_whole=dtype is DType.INT, span=Span(path, 1))


def _typed(portrait: Portrait) -> tuple[DType | None, tuple[str, ...]]:
    """The dtype of all values and, for dates, their formats."""
    kinds = frozenset(Written(kind) for kind in portrait.kinds)
    if kinds and kinds != {Written.TEXT}:
        return _BY_KIND.get(kinds), ()
    if portrait.reads(DType.DATE):
        return DType.DATE, ()
    if portrait.reads(DType.DATETIME):
        return DType.DATETIME, ()
    forms = tuple(form for form in DATE_FORMATS if portrait.reads(form))
    if forms:
        return DType.DATE, (*forms, "%Y-%m-%d")
    if kinds:
        return DType.STR, ()
    return next((dtype for dtype in (DType.INT, DType.FLOAT, DType.BOOL) if portrait.reads(dtype)), None), ()


Test = tuple[CellTest, Criticality, Words]


def _tests(column: Column) -> Iterator[Test]:
    """The tests of single cells, each with its weight and what was seen for it."""
    certain, mild = Criticality.MEDIUM, Criticality.LOW
    portrait, span, count = column.portrait, column.span, column.count
    if count < FEWEST_TYPED:
        return
    values = f"all {count:,} values of the previous version were "
    if not portrait.readings.get("error"):
        yield ErrorText(span=span), certain, (f"none of {count:,} values of the previous version was",)
    dtype = column.grammar.dtype
    if dtype:
        noun = _NOUNS[DType.INT if column.is_whole else dtype]
        yield Dtype(dtype=dtype, span=span), certain, (values, noun)
    if column.is_whole and dtype is DType.FLOAT:
        yield IntegerForm(span=span), certain, (values, "written without")
        yield Whole(span=span), mild, (values, "whole")
    if count < FEWEST_SHAPED:
        return
    if column.is_number:
        yield from _ranges(column)
    elif not column.is_typed:
        yield from _texts(column)


def _ranges(column: Column) -> Iterator[Test]:
    """How far numbers may lie beyond those that were seen."""
    portrait = column.portrait
    if portrait.bounds is None or (portrait.values is not None and len(portrait.values) < _FEWEST_CODES):
        return
    low, high = portrait.bounds
    far = (high - low) * _BEYOND
    least, most = (max(0.0, low - far) if low >= 0 else low - far), high + far
    shown = (f"{least:.6g}", f"{most:.6g}")
    seen = f"those of the previous version lay between {low:.6g} and {high:.6g}"
    test = Range(minimum=float(shown[0]), maximum=float(shown[1]), shown=shown, span=column.span)
    yield test, Criticality.LOW, (seen,)


def _texts(column: Column) -> Iterator[Test]:
    """Shapes, sets, lengths and flaws of text."""
    certain, mild = Criticality.MEDIUM, Criticality.LOW
    portrait, span, count = column.portrait, column.span, column.count
    distinct = f"more than {MOST_VALUES}" if portrait.values is None else f"{len(portrait.values)}"
    seen: Words = (f"all {count:,} values of the previous version ({distinct} distinct) did",)
    is_varied = portrait.values is None or len(portrait.values) >= _FEWEST_CODES
    shapes = portrait.shapes if portrait.shapes and PLAIN not in portrait.shapes else None
    if is_varied and shapes and len(shapes) == 1:
        yield Pattern(pattern=_pattern(*shapes), span=span), certain, seen
    elif is_varied and portrait.lengths and portrait.lengths[0] == portrait.lengths[1] >= _LEAST_CODE:
        size = portrait.lengths[0]
        yield Length(minimum=size, maximum=size, span=span), certain, seen
    elif portrait.values is not None and _is_closed(portrait, count):
        values = (f"these were all of the previous version's {count:,} values",)
        yield Allowed(values=tuple(sorted({*portrait.values, *portrait.tokens} - {""})), span=span), mild, values
    elif is_varied and shapes and min(shapes.values()) >= _LEAST_SHARE * count:
        pattern = "|".join(sorted(_pattern(shape) for shape in shapes))
        yield Pattern(pattern=pattern, span=span), mild, seen
    flaws = [not portrait.readings.get(flaw) for flaw in ("padded", "several-lines", "mojibake")]
    if any(flaws):
        none = (f"none of {count:,} values of the previous version had",)
        tidy = Tidy(is_trimmed=flaws[0], is_one_line=flaws[1], is_decoded_once=flaws[2], span=span)
        yield tidy, mild, none
    if portrait.lengths:
        longest = portrait.lengths[1]
        most = 2 * longest + 10
        seen = (f"the longest of {count:,} values of the previous version had {longest:,}",)
        yield Length(minimum=None, maximum=most, span=span), mild, seen


def _is_closed(portrait: Portrait, count: int) -> bool:
    size = len(portrait.values or ())
    return size <= _MOST_ALLOWED and count >= size * _LEAST_REPEATED


def _pattern(shape: str) -> str:
    """The regular expression of a shape: `[A-Z]{2}-[0-9]{4}` for `AA-0000`."""
    parts = ((_LETTERS.get(char, re.escape(char)), len(list(same))) for char, same in groupby(shape))
    return "".join(part if size == 1 else f"{part}{{{size}}}" for part, size in parts)
