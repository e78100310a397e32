"""What a text has to look like to be a value of a dtype, and which value it then is.

No engine's cast is a specification: `1.0`, `1e3` and `0x10` are no ints here, `NaN` is no number, the 30th of
February is no date. Where a cast of polars is used it is because it accepts exactly this grammar (a law in the
tests).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any

import polars as pl

INT = r"[+-]?[0-9]+"
DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
FLOAT = DECIMAL + r"(?:[eE][+-]?[0-9]+)?"
NONFINITE = r"(?i)[+-]?(?:nan|inf|infinity)"
_YEAR = r"(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_FOURTH = r"(?:0[48]|[2468][048]|[13579][26])"
_DAY = r"(?:0[1-9]|1[0-9]|2[0-8])"
DATE = (
    rf"(?:{_YEAR}-(?:(?:0[1-9]|1[0-2])-{_DAY}|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    rf"|(?:[0-9]{{2}}{_FOURTH}|{_FOURTH}00)-02-29)"
)
"""The calendar as a pattern: it takes no longer than one that knows only digits, and spares a second look."""
TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
ZONE = r"(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)"
DATETIME = rf"{DATE}(?:[T ]{TIME}{ZONE}?)?"
USUAL = rf"{DATE}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
"""A datetime as most are written: two such are the same moment where they are the same text."""
BOOLEANS = ("true", "false", "True", "False", "TRUE", "FALSE")

INT64_MAX = 2**63 - 1
_FEW = 8
_A_DAY, _HOUR, _MINUTE, _SECOND = 86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000


class DType(StrEnum):
    """What the cells of a feature are promised to be."""

    INT = "int"
    FLOAT = "float"
    DECIMAL = "decimal"
    STR = "str"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"

    @property
    def is_ordered(self) -> bool:
        """Whether a smallest and a largest value can be promised."""
        return self not in (DType.STR, DType.BOOL)

    @property
    def is_temporal(self) -> bool:
        """Whether it is a point in time."""
        return self in (DType.DATE, DType.DATETIME)


Limit = int | float | Decimal | date | datetime
"""A bound of a promise, as a value of the feature's dtype (a naive datetime is UTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How the text of one feature is understood."""

    dtype: DType | None = None
    """None: every text is fine, and is its own value."""
    formats: tuple[str, ...] = ()
    """strptime formats of a date or datetime, instead of ISO 8601."""
    allow_nonfinite: bool = False
    """Whether NaN and the infinities (too large a number among them) are floats."""

    def is_valid(self, text: pl.Expr) -> pl.Expr:
        """True where a non-null `text` is a value of the dtype, False or null elsewhere."""
        match self.dtype:
            case DType.INT:
                return _or_else(_true_or_null(_int64(text).is_not_null()), text, lambda few: _whole(few, INT))
            case DType.FLOAT:
                finite = _float64(text).is_finite().fill_null(False)
                return finite | _whole(text, f"{FLOAT}|{NONFINITE}") if self.allow_nonfinite else finite
            case DType.DECIMAL:
                # NOTE: polars takes for a float what is a decimal, or has an exponent, or is not finite.
                is_plain = _float64(text).is_finite() & ~text.str.contains_any(["e", "E"])
                return _or_else(_true_or_null(is_plain), text, lambda few: _whole(few, DECIMAL))
            case DType.BOOL:
                return is_one_of(text, BOOLEANS)
            case DType.DATE | DType.DATETIME if self.formats:
                return self.value(text).is_not_null()
            case DType.DATE:
                return _whole(text, DATE)
            case DType.DATETIME:
                return _or_else(_true_or_null(_whole(text, USUAL)), text, lambda few: _whole(few, DATETIME))
            case _:
                return text.is_not_null()

    def value(self, text: pl.Expr) -> pl.Expr:
        """The value of a valid `text`, in a type that compares as the dtype does; anything where it is not valid."""
        match self.dtype:
            case DType.INT:
                return _int64(text)
            case DType.FLOAT | DType.DECIMAL:
                return _float64(text)
            case DType.DATE if self.formats:
                return pl.coalesce(text.str.to_date(form, strict=False) for form in self.formats)
            case DType.DATETIME if self.formats:
                return pl.coalesce(_formatted_moment(text, form) for form in self.formats)
            case DType.DATE:
                return _calendar_day(text)
            case DType.DATETIME:
                return _moment(text)
            case _:
                return text

    def identity(self, text: pl.Expr) -> pl.Expr:
        """A value that is equal exactly where two valid texts mean the same: `007` is 7, `1.50` is 1.5."""
        match self.dtype:
            case DType.INT:
                return _or_else(_int64(text).cast(pl.String), text, _plain_decimal)
            case DType.DECIMAL:
                return _plain_decimal(text)
            case DType.BOOL:
                return text.str.to_lowercase()
            case _:
                return self.value(text)

    def fingerprint(self, text: pl.Expr, seed: int) -> pl.Expr:
        """64 bits of the identity: equal where the identities are, and almost always only there."""
        match self.dtype:
            case DType.INT:
                number = _int64(text)
                narrow = pl.when(number.is_not_null()).then(number.hash(seed))
                return _or_else(narrow, text, _plain_decimal, lambda plain: plain.hash(seed))
            case DType.DATETIME if not self.formats:
                usual = pl.when(_whole(text, USUAL)).then(text.hash(seed))
                return _or_else(usual, text, _seldom_moment, lambda moment: _print_of(moment, seed))
            case _:
                return self.identity(text).hash(seed)

    def is_below(self, text: pl.Expr, limit: Limit) -> pl.Expr:
        """True where a valid `text` means less than `limit`; exact for ints and decimals of any size."""
        return self._beyond(text, limit, -1)

    def is_above(self, text: pl.Expr, limit: Limit) -> pl.Expr:
        """True where a valid `text` means more than `limit`; exact for ints and decimals of any size."""
        return self._beyond(text, limit, 1)

    def _beyond(self, text: pl.Expr, limit: Limit, side: int) -> pl.Expr:
        if self.dtype in (DType.INT, DType.DECIMAL) and isinstance(limit, int | Decimal):
            is_small = self.dtype is DType.INT and -INT64_MAX <= limit <= INT64_MAX
            return _int_beyond(text, int(limit), side) if is_small else _decimal_beyond(text, Decimal(limit), side)
        value = self.value(text)
        bound = limit.astimezone(UTC).replace(tzinfo=None) if isinstance(limit, datetime) and limit.tzinfo else limit
        beyond = value < bound if side < 0 else value > bound
        # NOTE: polars orders NaN above every number; a NaN that the contract allows is in no order at all.
        return beyond & value.is_not_nan() if self.allow_nonfinite else beyond

    def read(self, text: str) -> Limit | None:
        """The value that `text` means as a limit in a contract; None if it means none."""
        frame = pl.DataFrame({"text": [text]})
        if not frame.select(self.is_valid(pl.col("text"))).item():
            return None
        match self.dtype:
            case DType.INT | DType.DECIMAL:
                # NOTE: an int of Python refuses to be read from more than 4300 digits.
                return Decimal(text)
            case _:
                try:
                    value: Any = frame.select(self.value(pl.col("text"))).item()
                except (ValueError, OverflowError):
                    return None  # NOTE: beyond the year 9999, once it is told in UTC
                is_limit = isinstance(value, date) or (isinstance(value, float) and math.isfinite(value))
                return value if is_limit else None


def is_one_of(text: pl.Expr, texts: Sequence[str]) -> pl.Expr:
    """True where `text` is one of these, False or null elsewhere."""
    if len(texts) > _FEW:
        return text.is_in(texts)
    # NOTE: to compare with a few, one by one, takes half the time that hashing every cell does.
    return reduce(or_, (text == each for each in texts), pl.lit(value=False))


def _whole(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.contains(f"^(?:{pattern})$")


def _or_else(usual: pl.Expr, text: pl.Expr, *steps: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """`usual` where it is not null, elsewhere what `steps` make of `text`, each of what the one before it made.

    What that costs is for those cells alone.
    """

    def computed(columns: Sequence[pl.Series]) -> pl.Series:
        known, texts = columns
        if known.null_count() == texts.null_count():
            return known  # NOTE: most often; to look which are missing would take a millisecond
        is_missing = known.is_null() & texts.is_not_null() if texts.null_count() else known.is_null()
        missing = is_missing.arg_true()
        few = texts.gather(missing).to_frame("few")
        for step in steps:
            # NOTE: one expression of all steps would say each as often as the next one asks for it: planning it takes
            # longer than any computation of a few cells.
            few = few.select(step(pl.col("few")).alias("few"))
        return known.scatter(missing, few["few"].cast(known.dtype))

    return pl.map_batches([usual, text], computed, is_elementwise=True)


def _true_or_null(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(True)


def _int64(text: pl.Expr) -> pl.Expr:
    """A 64-bit int; null for a text that is none, or a wider one: seldom, if it should be an int at all."""
    return text.cast(pl.Int64, strict=False)


def _float64(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Float64, strict=False)


def _int_beyond(text: pl.Expr, limit: int, side: int) -> pl.Expr:
    """Compare in 64 bits; an int that does not fit is beyond by its sign."""
    beyond = _int64(text) < limit if side < 0 else _int64(text) > limit
    return _or_else(beyond, text, lambda few: few.str.starts_with("-") == (side < 0))


def _decimal_beyond(text: pl.Expr, limit: Decimal, side: int) -> pl.Expr:
    """Compare as floats, which never inverts an order, and digit by digit where the floats are equal."""
    rough, bound = _float64(text), float(limit)
    beyond = pl.when(rough != bound).then(rough < bound if side < 0 else rough > bound)
    return _or_else(beyond, text, _plain_decimal, lambda plain: _further(plain, limit, side))


def _further(text: pl.Expr, limit: Decimal, side: int) -> pl.Expr:
    """Whether a plain decimal is beyond a limit, digit by digit."""
    is_negative = text.str.starts_with("-")
    # NOTE: a minus before a Decimal rounds it; `copy_abs` does not.
    larger, smaller = _magnitudes(text, format(limit.copy_abs(), "f"))
    if limit < 0:
        return is_negative & larger if side < 0 else ~is_negative | smaller
    return is_negative | smaller if side < 0 else ~is_negative & larger


def _magnitudes(text: pl.Expr, limit: str) -> tuple[pl.Expr, pl.Expr]:
    """Whether a plain decimal is larger, and whether it is smaller, than a limit, both without their signs."""
    whole, fraction = text.str.extract(r"([0-9]+)"), text.str.extract(r"\.([0-9]+)").fill_null("")
    limit_whole, _, limit_fraction = limit.partition(".")
    limit_whole, limit_fraction = limit_whole.lstrip("0") or "0", limit_fraction.rstrip("0")
    size, limit_size = whole.str.len_bytes(), len(limit_whole)
    is_same = (size == limit_size) & (whole == limit_whole)
    larger = (size == limit_size) & (whole > limit_whole) | is_same & (fraction > limit_fraction)
    smaller = (size == limit_size) & (whole < limit_whole) | is_same & (fraction < limit_fraction)
    return (size > limit_size) | larger, (size < limit_size) | smaller


def _plain_decimal(text: pl.Expr) -> pl.Expr:
    """A decimal in its shortest form: no plus, no needless zeros, no minus before zero."""
    shortest = text.str.replace(r"^\+?(-?)0*([0-9]*)(?:\.([0-9]*?)0*)?$", "$1$2.$3").str.strip_chars_end(".")
    return shortest.str.replace(r"^(-?)(\.|$)", "${1}0$2").str.replace(r"^-0$", "0")


def _calendar_day(text: pl.Expr) -> pl.Expr:
    day = text.str.slice(0, 10)
    return pl.when(~day.str.starts_with("0000")).then(day.str.to_date("%Y-%m-%d", strict=False))


def _moment(text: pl.Expr) -> pl.Expr:
    """An ISO 8601 datetime as microseconds in UTC (finer fractions are cut off)."""
    return _or_else(_usual_moment(text), text, _seldom_moment)


def _usual_moment(text: pl.Expr) -> pl.Expr:
    """A datetime that is written to the second, without a zone, as most are; null or anything for any other text."""
    # NOTE: those polars reads fast and, where they are valid, as we do; a cache of them would cost more than it spares.
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False, cache=False)


def _print_of(moment: pl.Expr, seed: int) -> pl.Expr:
    """The hash of a moment: that of the usual text where there is one."""
    usual = moment.dt.to_string("%Y-%m-%dT%H:%M:%S").hash(seed)
    return pl.when(moment.dt.microsecond() == 0).then(usual).otherwise(moment.hash(seed))


def _seldom_moment(text: pl.Expr) -> pl.Expr:
    """The same, whatever the form."""
    long = pl.when(text.str.len_bytes() > 16).then(text)
    seconds = pl.when(long.str.slice(16, 1) == ":").then(long.str.slice(17, 2))
    fraction = long.str.extract(r"\.([0-9]{1,6})").str.pad_end(6, "0")
    zone = long.str.extract(r"([+-][0-9]{2}(?::?[0-9]{2})?)$")
    east = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    offset = _number(zone.str.slice(1, 2)) * _HOUR + _number(zone.str.extract(r"..:?([0-9]{2})$")) * _MINUTE
    clock = (
        _number(text.str.slice(11, 2)) * _HOUR
        + _number(text.str.slice(14, 2)) * _MINUTE
        + _number(seconds) * _SECOND
        + _number(fraction)
    )
    day = _calendar_day(text).cast(pl.Int64) * _A_DAY
    return (day + clock - east * offset).cast(pl.Datetime("us"))


def _number(digits: pl.Expr) -> pl.Expr:
    return digits.cast(pl.Int64, strict=False).fill_null(0)


def _formatted_moment(text: pl.Expr, form: str) -> pl.Expr:
    if "%z" in form:
        return text.str.to_datetime(form, time_unit="us", strict=False, time_zone="UTC").dt.replace_time_zone(None)
    return text.str.to_datetime(form, time_unit="us", strict=False)
