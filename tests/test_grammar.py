"""The grammar of each dtype against an oracle in plain Python."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_contract.measures.grammar import DType, Grammar, Limit

Oracle = Callable[[str], Any]
"""The value that a text means; None if it means none."""

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # moments are counted in UTC, without a zone


def int_of(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else None


def decimal_of(text: str) -> Decimal | None:
    if not set(text) <= set("0123456789+-."):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def float_of(text: str) -> float | None:
    value = any_float_of(text)
    return None if value is None or not math.isfinite(value) else value


def any_float_of(text: str) -> float | None:
    is_named = text.lower().lstrip("+-") in ("nan", "inf", "infinity")
    if not is_named and not set(text) <= set("0123456789+-.eE"):
        return None
    try:
        return float(text)
    except ValueError:
        return None


def bool_of(text: str) -> bool | None:
    return {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}.get(text)


def date_of(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def moment_of(text: str) -> int | None:
    """Microseconds since 1970, in UTC."""
    day, clock = date_of(text[:10]), text[10:]
    form = r"[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d)?(?<!:))?"
    found = re.fullmatch(form, clock, re.ASCII)
    if day is None or (clock and not found):
        return None
    hour, minute, second, fraction, sign, east, east_minute = found.groups() if found else (0, 0, 0, "", "", 0, 0)
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59 or int(east or 0) > 23 or int(east_minute or 0) > 59:
        return None
    micro = int(f"{fraction or '':<06.6}")
    since = datetime(day.year, day.month, day.day) - EPOCH  # noqa: DTZ001  # as above
    offset = timedelta(hours=int(east or 0), minutes=int(east_minute or 0)) * (-1 if sign == "-" else 1)
    clocked = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second or 0), microseconds=micro)
    return (since + clocked - offset) // timedelta(microseconds=1)


def text_of(text: str) -> str:
    return text


ORACLES: dict[str, tuple[Grammar, Oracle]] = {
    "int": (Grammar(dtype=DType.INT), int_of),
    "decimal": (Grammar(dtype=DType.DECIMAL), decimal_of),
    "float": (Grammar(dtype=DType.FLOAT), float_of),
    "nonfinite": (Grammar(dtype=DType.FLOAT, allow_nonfinite=True), any_float_of),
    "bool": (Grammar(dtype=DType.BOOL), bool_of),
    "date": (Grammar(dtype=DType.DATE), date_of),
    "datetime": (Grammar(dtype=DType.DATETIME), moment_of),
    "str": (Grammar(dtype=DType.STR), text_of),
    "undeclared": (Grammar(), text_of),
}

SIGNS = st.sampled_from(["", "", "+", "-", "--", "+-", "−"])
DIGITS = st.sampled_from(["", "0", "1", "7", "007", "10", "100", "1_0", "٣", "９", "9" * 19, "9" * 40, "0" * 30 + "1"])
DIGITS |= st.integers(0, 10**20).map(str) | st.sampled_from([2**63 - 1, 2**63, 2**127, 10**400]).map(str)
POINTS = st.sampled_from(["", "", ".", ".0", ".5", ".50", ",5", "..", ".000000000000000000001"])
EXPONENTS = st.sampled_from(["", "", "", "e5", "E-5", "e+", "e400", "e-400", "d5", "f", "e" + "9" * 30])
BLANKS = st.sampled_from(["", "", "", "", " ", "\n", "\t", "\0", "\u00a0", "\u200b"])
NUMBERS = st.tuples(BLANKS, SIGNS, DIGITS, POINTS, EXPONENTS, BLANKS).map("".join)
WORDS = st.sampled_from(
    [
        "NaN",
        "nan",
        "inf",
        "-Infinity",
        "+INF",
        "infinit",
        "NA",
        "0x10",
        "true",
        "True",
        "TRUE",
        "tRuE",
        "t",
        "yes",
        "false",
        "FALSE",
    ]
)
YEARS = st.integers(0, 10_050).map("{:04}".format)
TWO = st.sampled_from(["00", "01", "02", "12", "13", "23", "24", "28", "29", "30", "31", "32", "59", "60", "1", "٠١"])
DAYS = st.tuples(YEARS, st.sampled_from("---/"), TWO, st.just("-"), TWO).map("".join)
SECONDS = st.just("") | st.tuples(st.just(":"), TWO).map("".join)
FRACTIONS = st.just("") | st.integers(0, 10**10).map(".{}".format) | st.sampled_from([".", ".000000001", ".120", ",5"])
CLOCKS = st.tuples(st.sampled_from("T t"), TWO, st.just(":"), TWO, SECONDS, FRACTIONS).map("".join)
ZONES = st.sampled_from(["", "", "Z", "z", "+02:00", "-0530", "+14", "+24:00", "-00:00", "+2", "+02:", "+02:60", " Z"])
MOMENTS = DAYS | st.tuples(DAYS, CLOCKS, ZONES, BLANKS).map("".join)
SOUND = st.one_of(
    st.integers().map(str),
    st.integers(-20, 20).map("{:+04}".format),
    st.floats().map(repr),
    st.decimals(-100, 100, places=2).map(str),
    st.dates().map(date.isoformat),
    st.datetimes().map(datetime.isoformat),
)
NOISE = st.text("0123456789+-.eE_ :TZ/,xna\n\0٣９", max_size=8)
TEXTS = st.lists(st.one_of(NUMBERS, WORDS, MOMENTS, SOUND, SOUND, NOISE), min_size=8, max_size=40)


def ask(texts: list[str], expression: pl.Expr) -> list[Any]:
    return pl.DataFrame({"text": texts}, schema={"text": pl.String}).select(answer=expression)["answer"].to_list()


@pytest.mark.parametrize("name", ORACLES)
@given(texts=TEXTS)
@settings(deadline=None)
def test_a_text_is_valid_exactly_where_it_means_something(name: str, texts: list[str]) -> None:
    grammar, oracle = ORACLES[name]
    valid = ask(texts, grammar.is_valid(pl.col("text")).fill_null(False))
    assert dict(zip(texts, valid, strict=True)) == {text: oracle(text) is not None for text in texts}


def limit_of(name: str, text: str) -> Limit | None:
    """A bound as the API takes it, from a text that means something to the oracle."""
    value: Any = ORACLES[name][1](text)
    if name == "datetime" and value is not None:
        try:
            return EPOCH + timedelta(microseconds=value)
        except OverflowError:
            return None
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_bound(limit: Any) -> Any:
    return (limit - EPOCH) // timedelta(microseconds=1) if isinstance(limit, datetime) else limit


@pytest.mark.parametrize("name", ["int", "decimal", "float", "nonfinite", "date", "datetime"])
@given(data=st.data())
@settings(deadline=None)
def test_texts_compare_with_a_limit_as_their_values_do(name: str, data: st.DataObject) -> None:
    grammar, oracle = ORACLES[name]
    texts = [text for text in data.draw(TEXTS) if oracle(text) is not None]
    limits = [limit for limit in (limit_of(name, text) for text in texts) if limit is not None]
    if not limits:
        return
    limit = data.draw(st.sampled_from(limits))
    expected = [(oracle(text) < as_bound(limit), oracle(text) > as_bound(limit)) for text in texts]
    column = pl.col("text")
    below, above = ask(texts, grammar.is_below(column, limit)), ask(texts, grammar.is_above(column, limit))
    assert list(zip(texts, below, above, strict=True)) == [(t, *each) for t, each in zip(texts, expected, strict=True)]


INTS = st.integers(-(10**45), 10**45) | st.sampled_from([2**63, 2**127, 10**400]).flatmap(
    lambda edge: st.integers(edge - 2, edge + 2) | st.integers(-edge - 2, -edge + 2)
)


@given(INTS, INTS)
@example(2**127, 2**127 + 1)
@settings(deadline=None)
def test_ints_of_any_size_compare_exactly(value: int, limit: int) -> None:
    grammar, column, texts = Grammar(dtype=DType.INT), pl.col("text"), [str(value), f"{value:+}"]
    assert ask(texts, grammar.is_below(column, limit)) == [value < limit] * 2
    assert ask(texts, grammar.is_above(column, limit)) == [value > limit] * 2


TINY = Decimal("0." + "0" * 400 + "1")
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=25) | st.sampled_from(
    [Decimal("0"), Decimal("-0"), TINY, TINY.copy_negate(), Decimal("0.1"), Decimal("-" + "1" * 40 + ".5")]
)


@given(DECIMALS, DECIMALS)
@example(Decimal("0"), Decimal("-0"))
@example(Decimal("-" + "1" * 40 + ".4"), Decimal("-" + "1" * 40 + ".5"))
@example(TINY, TINY.copy_negate())
@settings(deadline=None)
def test_decimals_of_any_length_compare_exactly(value: Decimal, limit: Decimal) -> None:
    grammar, column, texts = Grammar(dtype=DType.DECIMAL), pl.col("text"), [format(value, "f")]
    assert ask(texts, grammar.is_below(column, limit)) == [value < limit]
    assert ask(texts, grammar.is_above(column, limit)) == [value > limit]


@pytest.mark.parametrize("name", ORACLES)
@given(texts=TEXTS)
@settings(deadline=None)
def test_identities_are_equal_exactly_where_values_are(name: str, texts: list[str]) -> None:
    grammar, oracle = ORACLES[name]
    valid = [text for text in texts if oracle(text) is not None]
    # NOTE: equal as polars groups them: NaN is the same as NaN, and -0.0 as 0.0.
    text = pl.col("text")
    groups, hashes = ask(valid, grammar.identity(text).rank("dense")), ask(valid, grammar.fingerprint(text, seed=7))
    values = ["nan" if value != value else value for value in map(oracle, valid)]  # noqa: PLR0124  # NaN alone differs
    for one in range(len(valid)):
        for other in range(one):
            assert (groups[one] == groups[other]) is (values[one] == values[other]), (valid[one], valid[other])
            assert (hashes[one] == hashes[other]) is (values[one] == values[other]), (valid[one], valid[other])


@pytest.mark.parametrize("dtype", [DType.DATE, DType.DATETIME])
def test_a_day_is_one_where_the_calendar_has_it(dtype: DType) -> None:
    years = (0, 1, 4, 10, 96, 100, 400, 999, 1000, 1900, 1996, 2000, 2023, 2024, 2096, 2100, 2400, 9996, 9999)
    texts = [f"{year:04}-{month:02}-{day:02}" for year in years for month in range(14) for day in range(33)]
    days = [date_of(text) is not None for text in texts]
    assert ask(texts, Grammar(dtype=dtype).is_valid(pl.col("text"))) == days


@pytest.mark.parametrize("name", ["int", "decimal", "float", "nonfinite", "date", "datetime"])
@given(texts=TEXTS)
@settings(deadline=None, max_examples=20)
def test_a_limit_is_read_as_its_value(name: str, texts: list[str]) -> None:
    grammar = ORACLES[name][0]
    for text in texts[:5]:
        if (limit := limit_of(name, text)) is not None or name != "datetime":
            assert (text, grammar.read(text)) == (text, limit)


def test_a_limit_may_have_more_digits_than_python_reads() -> None:
    limit = Grammar(dtype=DType.INT).read("9" * 5000)
    assert limit is not None
    assert ask(
        ["9" * 4999, "9" * 5000, "1" + "0" * 5000], Grammar(dtype=DType.INT).is_above(pl.col("text"), limit)
    ) == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("limit", [datetime(2024, 1, 2, 3, tzinfo=UTC), datetime(2024, 1, 2, 3)])  # noqa: DTZ001
def test_a_limit_without_a_zone_is_utc(limit: datetime) -> None:
    texts = [
        "2024-01-02T03:00",
        "2024-01-02 05:00+02:00",
        "2024-01-02T04:59:59.999999+02:00",
        "2024-01-02T03:00:00.000001Z",
    ]
    grammar = Grammar(dtype=DType.DATETIME)
    assert ask(texts, grammar.is_below(pl.col("text"), limit)) == [False, False, True, False]
    assert ask(texts, grammar.is_above(pl.col("text"), limit)) == [False, False, False, True]


VALID = {
    DType.INT: ["+5", "-0", "007", "9223372036854775807", "9223372036854775808"],
    DType.FLOAT: [".5", "5.", "+1.5", "1e-400", "1e3", "007"],
    DType.DECIMAL: ["1.50", "-.5", "5.", "+007"],
    DType.BOOL: ["true", "True", "TRUE", "false", "False", "FALSE"],
    DType.DATE: ["2024-02-29", "0001-01-01", "9999-12-31", "1500-01-01"],
    DType.DATETIME: [
        *("2024-01-02T03:04:05", "2024-01-02 03:04:05", "2024-01-02", "2024-01-02T03:04", "2024-01-02T03:04:05Z"),
        *("2024-01-02T03:04:05+02:00", "2024-01-02T03:04:05.123456", "2024-01-02T03:04:05.123456789"),
        *("0001-01-01", "9999-12-31", "1500-01-01"),
    ],
}
INVALID = {
    DType.INT: [
        *(" 1", "1 ", "1.0", "1.5", "3.7", "1e3", "1_000", "1,000", "0x10", "0b1", "٣", "９"),
        *("NA", "null", "true", "1\n", "-", "1\0", "", "12:30:45"),
    ],
    DType.FLOAT: [
        *(" 1.5", "1e5 ", "1e400", "NaN", "nan", "inf", "-Infinity", "1_0.0", "0x1p3", "1,5", "1d5", "1f", "٣.5"),
        *("NA", "-", "1.0.0", ".", ""),
    ],
    DType.DECIMAL: ["1e3", "NaN", "1,5", ".", "-", "1_0", "٣", "1.0.0", ""],
    DType.BOOL: ["tRuE", "t", "1", "0", "yes", "on", " true", "NA", ""],
    DType.DATE: [
        *("2024-02-30", "2023-02-29", "0000-01-01", "2024-1-2", "01/02/2024", "20240102", " 2024-01-02"),
        *("2024-01-02T00:00:00", "2024-W01-1", "2024-01-02\n", ""),
    ],
    DType.DATETIME: [
        *("2024-02-30", "2024-1-2", "01/02/2024", "20240102", " 2024-01-02", "1700000000", "infinity"),
        *("2024-01-02T24:00:00", "2024-12-31T23:59:60", "2024-01-02T03", "2024-01-02T03:04:05.1234567890", ""),
    ],
}


@pytest.mark.parametrize(
    ("dtype", "text", "is_valid"),
    [
        (dtype, text, is_valid)
        for table, is_valid in ((VALID, True), (INVALID, False))
        for dtype, texts in table.items()
        for text in texts
    ],
)
def test_what_every_engine_reads_in_its_own_way_has_one_meaning(dtype: DType, text: str, is_valid: bool) -> None:
    assert ask([text], Grammar(dtype=dtype).is_valid(pl.col("text")).fill_null(False)) == [is_valid]


@pytest.mark.parametrize("text", ["NaN", "nan", "inf", "-Infinity", "1e400"])
def test_what_is_not_finite_is_a_number_only_where_the_contract_says_so(text: str) -> None:
    grammars = (Grammar(dtype=DType.FLOAT, allow_nonfinite=allowed) for allowed in (False, True))
    assert [ask([text], grammar.is_valid(pl.col("text")))[0] for grammar in grammars] == [False, True]


@pytest.mark.parametrize(
    ("dtype", "form", "text", "value"),
    [
        (DType.DATE, "%d.%m.%Y", "29.02.2024", date(2024, 2, 29)),
        (DType.DATE, "%d.%m.%Y", "30.02.2024", None),
        (DType.DATE, "%d.%m.%Y", "2024-02-29", None),
        (DType.DATE, "%d.%m.%Y", "29.02.2024x", None),
        (DType.DATETIME, "%d/%m/%Y %H:%M", "01/02/2024 23:59", datetime(2024, 2, 1, 23, 59)),  # noqa: DTZ001
        (DType.DATETIME, "%d/%m/%Y %H:%M", "01/02/2024 24:00", None),
        (DType.DATETIME, "%Y-%m-%dT%H:%M:%S%z", "2024-02-01T01:00:00+02:00", datetime(2024, 1, 31, 23)),  # noqa: DTZ001
    ],
)
def test_formats_replace_iso_8601(dtype: DType, form: str, text: str, value: date | None) -> None:
    grammar = Grammar(dtype=dtype, formats=(form,))
    assert ask([text], grammar.is_valid(pl.col("text"))) == [value is not None]
    assert ask([text], grammar.value(pl.col("text"))) == [value]
