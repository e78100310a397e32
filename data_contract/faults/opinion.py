"""A second opinion on single cells, in plain Python: what a text means, and which promise it breaks first.

The checks judge whole columns in polars. A drill must not ask them which of its own faults they are going to find, so
the rules are written down a second time here, cell by cell, with nothing shared but the contract.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl

from data_contract.checks.allowed import Allowed
from data_contract.checks.dtype import Dtype
from data_contract.checks.length import Length
from data_contract.checks.pattern import Pattern
from data_contract.checks.range import Range
from data_contract.measures.cells import Cells, CellTest
from data_contract.measures.grammar import DType, Grammar, Limit

NULL = "null"
"""The verdict on a cell without a value."""

Meaning = str | float | Decimal | int
"""Equal, and in order, exactly where the dtype says so."""

_NUMBER = {
    DType.INT: re.compile(r"[+-]?[0-9]+"),
    DType.DECIMAL: re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    DType.FLOAT: re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"),
}
_NONFINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CLOCK = re.compile(r"[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,9}))?)?(Z|[+-].+)?")
_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3])(?::?([0-5][0-9]))?")


def verdict(cells: Cells, text: str) -> str | None:
    """The id of the first test that a cell breaks, `NULL` where it has no value; None where it is fine."""
    if text in cells.null_values:
        return NULL
    return next((type(test).id for test in cells.tests if _is_broken(test, cells.grammar, text)), None)  # type: ignore[attr-defined]  # every test has an id


def meaning(grammar: Grammar, text: str) -> Meaning | None:
    """What a text means under a dtype; None where it means nothing."""
    match grammar.dtype:
        case DType.INT | DType.DECIMAL as dtype:
            return Decimal(text) if _NUMBER[dtype].fullmatch(text) else None
        case DType.FLOAT:
            return _float(grammar, text)
        case DType.BOOL:
            return text.lower() if text in ("true", "false", "True", "False", "TRUE", "FALSE") else None
        case DType.DATE | DType.DATETIME as dtype if grammar.formats:
            moments = (_formatted(text, form) for form in grammar.formats)
            found = next((moment for moment in moments if moment), None)
            return _of_limit(found.date() if found and dtype is DType.DATE else found)
        case DType.DATE:
            return _day(text)
        case DType.DATETIME:
            return _moment(text)
        case _:
            return text


def _is_broken(test: CellTest, grammar: Grammar, text: str) -> bool:
    match test:
        case Dtype():
            return meaning(grammar, text) is None
        case Range(minimum=low, maximum=high):
            return _is_less(meaning(grammar, text), _of_limit(low)) or _is_less(_of_limit(high), meaning(grammar, text))
        case Allowed(values=values):
            return meaning(grammar, text) not in [meaning(grammar, value) for value in values]
        case Pattern(pattern=pattern):
            # NOTE: the syntax of patterns is by definition that of polars, so there is nobody else to ask.
            return not pl.Series([text]).str.contains(rf"\A(?:{pattern})\z").item()
        case Length(minimum=least, maximum=most):
            return len(text) < (least or 0) or (most is not None and len(text) > most)
        case _:
            raise AssertionError(f"nobody has said here what {type(test).__name__} means")


def _is_less(one: Meaning | None, other: Meaning | None) -> bool:
    return one is not None and other is not None and one < other  # type: ignore[operator]  # both of one dtype


def _of_limit(limit: Limit | None) -> Meaning | None:
    match limit:
        case datetime():
            return _microseconds(limit.astimezone(UTC) if limit.tzinfo else limit)
        case date():
            return limit.toordinal()
        case _:
            return limit


def _float(grammar: Grammar, text: str) -> float | None:
    if _NUMBER[DType.FLOAT].fullmatch(text) or (grammar.allow_nonfinite and _NONFINITE.fullmatch(text)):
        value = float(text)
        return value if math.isfinite(value) or grammar.allow_nonfinite else None
    return None


def _day(text: str) -> int | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())).toordinal() if found else None
    except ValueError:
        return None


def _moment(text: str) -> int | None:
    day, rest = _day(text[:10]), text[10:]
    if day is None or not rest:
        return None if day is None else _from_parts(day, "0", "0", "0", "0")
    found = _CLOCK.fullmatch(rest)
    if not found:
        return None
    hour, minute, second, fraction, zone = found.groups()
    local = _from_parts(day, hour, minute, second or "0", (fraction or "")[:6].ljust(6, "0"))
    if zone in (None, "Z"):
        return local
    offset = _OFFSET.fullmatch(zone)
    if not offset:
        return None
    sign, hours, minutes = offset.groups()
    east = (int(hours) * 60 + int(minutes or 0)) * 60_000_000
    return local - east if sign == "+" else local + east


def _from_parts(day: int, hour: str, minute: str, second: str, fraction: str) -> int:
    return (((day * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second)) * 1_000_000 + int(fraction)


def _microseconds(moment: datetime) -> int:
    clock = (str(part) for part in (moment.hour, moment.minute, moment.second, moment.microsecond))
    return _from_parts(moment.toordinal(), *clock)


def _formatted(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007  # without a zone it is UTC
    except ValueError:
        return None
