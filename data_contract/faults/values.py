"""Faults of single cells: each breaks one promise of a feature, and none that is judged before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from math import inf, nextafter
from random import Random

from data_contract.checks.length import Length
from data_contract.checks.range import Range
from data_contract.contract import Contract
from data_contract.faults.opinion import verdict
from data_contract.faults.target import Features, Injected, Spoil, Spoilt, Target, cells_of, check_on, identities_of
from data_contract.measures.cells import Cells
from data_contract.measures.grammar import DType, Limit
from data_contract.promise import CellTest

Texts = Callable[[Cells, str], Iterator[str]]
"""Texts that may break a promise, made from one that keeps it."""

_WRONG = {
    DType.INT: ("x", "1.0", "1e3", " 1", "1 ", "1\n", "0x10", "NaN", "--1", "\uff11", "1_000", "1,000", "true", "+"),
    DType.FLOAT: ("x", "1,5", "NaN", "inf", "-Infinity", "1e999", " 1.5", "1.5 ", "1.5\n", "0x1p3", "1_0.0", "1e", "."),
    DType.DECIMAL: ("x", "1e3", "NaN", "1,5", " 1", "1 ", "1\n", "1.2.3", "\u0661", "1_0", "-", "."),
    DType.BOOL: ("yes", "1", "0", "t", "tRUE", " true", "true ", "true\n", "NaN"),
    DType.DATE: (
        "x", "2024-02-30", "2023-02-29", "01/02/2024", "2024-1-2", "20240102", "2024-01-02T00:00:00", "0000-01-01",
        " 2024-01-02", "2024-01-02 ", "2024-01-02\n", "2024-13-01", "2024-00-10", "2024-W01-1", "NaT",
    ),
    DType.DATETIME: (
        "x", "2024-02-30", "2024-02-30T10:00:00", "01/02/2024 10:00", "2024-01-02T25:00:00", "2024-01-02T24:00:00",
        "2024-01-02T10:60:00", "2024-01-02T10:00:61Z", "2024-01-02T10", "1704153600", "2024-01-02 10:00:00 UTC",
        " 2024-01-02T10:00:00", "2024-01-02T10:00:00Z\n", "2024-01-02T10:00:00+24:00", "NaT",
    ),
}  # fmt: skip
_OTHERS = ("0", "1", "-1", "7", "12345", "0.5", "-2.25", "1999-12-31", "2031-07-09", "true", "False", "~", "Zz9", "ÄÖ")
_FAR = 10**40


def where_tested(kind: type[CellTest], *bounds: str) -> Features:
    """The features whose cells have a test of a kind, with these bounds."""

    def features(contract: Contract) -> tuple[str | None, ...]:
        return tuple(name for name, cells in cells_of(contract).items() if _test(cells, kind, *bounds))

    return features


def where_typed(contract: Contract) -> tuple[str | None, ...]:
    """The features with a dtype that not every text is a value of."""
    return tuple(name for name, cells in cells_of(contract).items() if cells.grammar.dtype in _WRONG)


def where_null_counts(contract: Contract) -> tuple[str | None, ...]:
    """The features with a promise about nulls that can be broken."""
    return tuple(
        name for name, cells in cells_of(contract).items() if cells.null_values and _null_check(contract, name)
    )


def where_unique(contract: Contract) -> tuple[str | None, ...]:
    """The features of which no value may occur twice."""
    return tuple(name for name in identities_of(contract) if name is not None)


def where_keyed(contract: Contract) -> tuple[str | None, ...]:
    """The dataset, if it has a key."""
    return tuple(name for name in identities_of(contract) if name is None)


def break_test(kind: type[CellTest], texts: Texts) -> Spoil:
    """How to put a cell that breaks a test, and none before it, in place of a good one."""

    def spoil(target: Target, random: Random) -> Spoilt | None:
        feature, cells = target.feature or "", target.cells[target.feature or ""]
        fitting = [text for text in texts(cells, target.text) if verdict(cells, text) == kind.id]
        if verdict(cells, target.text) is not None or not fitting:
            return None
        check = check_on(target.contract, feature, ("invalid-rate", kind.id))
        assert check
        column = target.column()
        injected = Injected(check, None, feature, target.row, column)
        return Spoilt(target.with_cells({column: random.choice(fitting)}), (injected,))

    return spoil


def make_null(target: Target, random: Random) -> Spoilt | None:
    """Take the value out of a cell."""
    feature, cells = target.feature or "", target.cells[target.feature or ""]
    check = _null_check(target.contract, feature)
    if verdict(cells, target.text) is not None or not check:
        return None
    injected = Injected(check, None, feature, target.row, target.column())
    return Spoilt(target.with_cells({injected.cell: random.choice(cells.null_values)}), (injected,))


def repeat(target: Target, random: Random) -> Spoilt | None:
    """Give a row the value, or the key, of an earlier one; spelt otherwise, where that means the same."""
    rules = identities_of(target.contract)
    parts = rules[target.feature]
    if target.identity(parts, target.entry) is None:
        return None
    earlier = [row for row in target.rows if row < target.row and target.identity(parts, target.rows[row])]
    for row in random.sample(earlier, min(len(earlier), 5)):
        texts = {target.column(part): _respelt(target, part, row, random) for part in parts}
        table = target.with_cells(texts)
        broken = [name for name, others in rules.items() if set(others) <= set(parts)]
        changed = Target(target.contract, table, target.feature, target.row)
        if not any(_is_repeated(changed, others) for name, others in rules.items() if name not in broken):
            checks = ((name, "key" if name is None else "unique") for name in broken)
            return Spoilt(
                table,
                tuple(
                    Injected(check, None, name, target.row, target.column(rules[name][0]), row)
                    for name, check in checks
                ),
            )
    return None


def wrong_dtype(cells: Cells, _: str) -> Iterator[str]:
    """Spellings that people, and programs, take for a value of the dtype."""
    yield from _WRONG.get(cells.grammar.dtype or DType.STR, ())


def below(cells: Cells, _: str) -> Iterator[str]:
    """Values just below, and far below, the smallest."""
    test = _test(cells, Range)
    if isinstance(test, Range) and test.minimum is not None:
        yield from _beyond(cells, test.minimum, -1)


def above(cells: Cells, _: str) -> Iterator[str]:
    """Values just above, and far above, the largest."""
    test = _test(cells, Range)
    if isinstance(test, Range) and test.maximum is not None:
        yield from _beyond(cells, test.maximum, 1)


def undeclared(_: Cells, text: str) -> Iterator[str]:
    """Near misses of a value in the set."""
    yield from (text + "x", " " + text, text + " ", text.swapcase(), text[:-1], text * 2, text + "\n", *_OTHERS)


def unlike(_: Cells, text: str) -> Iterator[str]:
    """Texts close to one that matches."""
    yield from (text + "~", "~" + text, text.swapcase(), text[::-1], text[:-1], text * 2, text + "\n")
    yield from (text[:1] + "ß" + text[2:], "+" + text, "0" + text, text + "0", *_OTHERS)


def too_short(cells: Cells, text: str) -> Iterator[str]:
    """Texts with fewer characters than they need."""
    test = _test(cells, Length)
    if isinstance(test, Length) and test.minimum:
        yield from (each[: test.minimum - 1] for each in (text, *_OTHERS))
        yield from (each[:1] for each in (text, *_OTHERS) if test.minimum > 1)


def too_long(cells: Cells, text: str) -> Iterator[str]:
    """Texts with more characters than they may have."""
    test = _test(cells, Length)
    if isinstance(test, Length) and test.maximum is not None:
        more = test.maximum + 1 - len(text)
        for fill, extra in product(("0", "x", "é", "\U0001f600", text[-1:]), (0, 1, 50)):
            yield text + fill * (more + extra)
            yield fill * (more + extra) + text


def _beyond(cells: Cells, limit: Limit, side: int) -> Iterator[str]:
    match limit:
        case datetime() | date():
            unit = timedelta(microseconds=1) if isinstance(limit, datetime) else timedelta(days=1)
            for distance in (1, 400, 86_400_000_000):
                try:
                    moment = limit + side * distance * unit
                except OverflowError:
                    continue
                yield moment.strftime(cells.grammar.formats[0]) if cells.grammar.formats else moment.isoformat()
        case int():
            yield from (str(limit + side * distance) for distance in (1, 2, 1000, 2**63, 2**64, 2**127, _FAR))
        case Decimal():
            yield from (format(limit + side * Decimal(distance), "f") for distance in ("1", "0.01", "1e-12", "1e30"))
        case float():
            yield from (repr(each) for each in (nextafter(limit, side * inf), limit + side, side * 1e300))


def _respelt(target: Target, part: str, row: int, random: Random) -> str:
    """The value that another row has, as it could be written too."""
    text = target.rows[row].cells[target.column(part)]
    cells = target.cells[part]
    others = {
        DType.INT: ("+" + text, "0" + text, "000" + text),
        DType.DECIMAL: ("+" + text, "0" + text, text + ".0", text + "0"),
        DType.FLOAT: ("+" + text, "0" + text, text + "e0", text + "0"),
        DType.BOOL: (text.upper(), text.lower()),
        DType.DATETIME: (text.replace("T", " "), text + "Z", text + "+00:00"),
    }.get(cells.grammar.dtype or DType.STR, ())
    wanted = target.identity((part,), target.rows[row])
    entry = target.rows[row]

    def means_the_same(other: str) -> bool:
        column = target.column(part)
        changed = tuple(other if index == column else cell for index, cell in enumerate(entry.cells))
        return target.identity((part,), type(entry)(changed)) == wanted

    return random.choice([text, *filter(means_the_same, others)])


def _is_repeated(target: Target, parts: tuple[str, ...]) -> bool:
    """Whether another row is the same in these features."""
    mine = target.identity(parts, target.entry)
    others = (target.identity(parts, entry) for row, entry in target.rows.items() if row != target.row)
    return mine is not None and mine in others


def _test(cells: Cells, kind: type[CellTest], *bounds: str) -> CellTest | None:
    found = (test for test in cells.tests if isinstance(test, kind))
    return next((test for test in found if all(getattr(test, bound) is not None for bound in bounds)), None)


def _null_check(contract: Contract, feature: str) -> str | None:
    return check_on(contract, feature, ("not-null", "null-rate"))
