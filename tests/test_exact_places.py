"""What is reported is what was broken: every count and every place, for any table, any dialect and any block size."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from data_contract.case import Bench
from data_contract.contract import Contract
from data_contract.contract_document import read_contract
from data_contract.faults import FAULTS, CsvTable, Entry, Fault, Injected, Raw, Reach, inject, write
from data_contract.faults.opinion import NULL, verdict
from data_contract.faults.target import cells_of
from data_contract.formats import open_source
from data_contract.formats.blocks import Dialect, proven, read_with_care
from data_contract.formats.csv import BLOCK, CsvSource
from data_contract.formats.source import Source
from data_contract.measures.batch import Defect, merged
from data_contract.measures.grammar import DType, Grammar
from data_contract.measures.tally import WITNESSES
from data_contract.model import DatasetOutcome, Finding, FindingOutcome, TextFormat, Verdict
from data_contract.policy import Policy

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TODAY = date(2026, 11, 20)
PACKERS = {".csv": bytes, ".txt": bytes, ".tsv": bytes, ".csv.gz": gzip.compress, ".tsv.zst": zstd.compress}
SIZES = (1, 2, 3, 7, 20, 64, 150, 400, BLOCK)
NASTY = "aZ9 ,;\t\"'\n\réß\u4e2d\U0001f600=<>|.-_#\u2028\x0b"
CALM: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}

Key = tuple[str, str | None, str | None]
Spot = tuple[int | None, int, int]


# What tables and contracts are made of.


@dataclass(frozen=True)
class Column:
    """A feature, as the contract has it, and texts that keep its promises."""

    name: str
    promises: dict[str, Any]
    pool: tuple[str, ...]
    nulls: float = 0.0
    """The share of rows that may be without a value."""


@dataclass(frozen=True)
class Case:
    contract: Contract
    table: CsvTable
    encoding: str
    ending: str

    def source(self, data: bytes, block_size: int) -> Source:
        features, packed = tuple(self.contract.features), PACKERS[self.ending](data)
        form = self.contract.format
        return open_source(lambda: io.BytesIO(packed), f"data{self.ending}", form, features, block_size)

    def judge(self, table: CsvTable, block_size: int) -> DatasetOutcome:
        data = write(table).text.encode(self.encoding, "surrogateescape")
        source = self.source(data, block_size)
        return Bench(policy=Policy(), as_of=datetime(2026, 1, 1, tzinfo=UTC), today=TODAY).judge(
            source, "data.csv", self.contract
        )


@st.composite
def promises_and_texts(draw: st.DrawFn, alphabet: str) -> tuple[dict[str, Any], list[str]]:
    kind = draw(
        st.sampled_from(("int", "float", "decimal", "bool", "date", "datetime", "str", "set", "pattern", "any"))
    )
    texts = st.text(alphabet, max_size=6).filter(lambda text: text not in ("", "NA"))
    few = {"min_size": 1, "max_size": 5}
    match kind:
        case "int":
            low = draw(st.one_of(st.integers(-50, 50), st.integers(-(10**40), 10**40)))
            high = low + draw(st.sampled_from((0, 3, 2**64)))
            forms = st.sampled_from(("{}", "{:+}", "{:05}"))
            return _bounded(draw, "int", low, high), [
                draw(forms).format(n) for n in draw(st.lists(st.integers(low, high), **few))
            ]
        case "float":
            low, high = sorted(draw(st.tuples(*[st.floats(-1e12, 1e12)] * 2)))
            return _bounded(draw, "float", low, high), [repr(n) for n in draw(st.lists(st.floats(low, high), **few))]
        case "decimal":
            numbers = draw(st.lists(st.decimals(-1000, 1000, places=3), **few))
            return _bounded(draw, "decimal", min(numbers), max(numbers)), [f"{n:f}" for n in numbers]
        case "bool":
            return {"dtype": "bool"}, ["true", "False", "TRUE"]
        case "date":
            days = draw(st.lists(st.dates(date(1900, 1, 1), date(2100, 1, 1)), **few))
            return _bounded(draw, "date", min(days), max(days)), [day.isoformat() for day in days]
        case "datetime":
            moments = draw(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), **few))  # noqa: DTZ001  # UTC
            zones = st.sampled_from(("", "Z", "+02:00", "-0530"))
            low, high = min(moments) - timedelta(hours=2), max(moments) + timedelta(hours=6)
            promised = _bounded(draw, "datetime", low.isoformat(), high.isoformat())
            return promised, [moment.isoformat() + draw(zones) for moment in moments]
        case "set":
            allowed = draw(st.lists(texts, min_size=1, max_size=4, unique=True))
            return {"dtype": "str", "allowed": allowed}, allowed
        case "pattern":
            return {"dtype": "str", "pattern": "(?s)[A-Z]{2}.*x"}, [
                f"QZ{text}x" for text in draw(st.lists(texts, **few))
            ]
        case "str":
            promised = {"dtype": "str"} | draw(st.sampled_from(({}, {"min_length": 1}, {"max_length": 600})))
            long = draw(st.sampled_from(("", "long", "é\n" if "\n" in alphabet else "é")))
            return promised, [*draw(st.lists(texts, **few)), *([long * 150] if long else [])]
        case _:
            return {}, draw(st.lists(texts, **few))


def _bounded(draw: st.DrawFn, dtype: str, low: Any, high: Any) -> dict[str, Any]:
    bounds = draw(st.sampled_from((("min", "max"), ("min",), ("max",), ())))
    return {"dtype": dtype} | {name: str({"min": low, "max": high}[name]) for name in bounds}


@st.composite
def columns(draw: st.DrawFn, name: str, alphabet: str) -> Column:
    promised, pool = draw(promises_and_texts(alphabet))
    rate = draw(st.sampled_from((None, False, 0.0, 0.3, 0.9)))
    nulls = rate or (0.2 if rate is None else 0.0)
    if rate is False:
        promised["allow_null"] = False
    elif rate is not None:
        promised["max_null_rate"] = rate
    if promised.keys() & {"dtype", "allowed", "pattern", "min_length", "max_length"}:
        tolerated = draw(st.sampled_from((None, None, 0.0, 0.1, 0.5)))
        promised |= {} if tolerated is None else {"max_invalid_rate": tolerated}
    return Column(name, promised, tuple(pool), nulls)


KEYS: tuple[tuple[str, ...], ...] = ((), (), ("id",), ("third", "rest"), ("unique",), ("id", "rest"))
"""Columns that make rows distinct; `unique` alone is no key, but a feature without repeated values."""


def identifying(name: str, row: int, chance: Random) -> str:
    match name:
        case "id":
            return chance.choice(("{}", "{:+}", "{:04}")).format(row * 7 - 20)
        case "third":
            return f"{row // 3}.50"
        case "rest":
            return f"é {row % 3}"
        case _:
            return f"u\u00fc{row}"


IDENTIFYING = {
    "id": {"dtype": "int"},
    "third": {"dtype": "decimal"},
    "rest": {"dtype": "str"},
    "unique": {"dtype": "str", "unique": True},
}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    quote = draw(st.sampled_from(('"', '"', '"', '"', "'", None)))
    delimiter = draw(st.sampled_from((",", ",", ";", "\t")))
    line_end = draw(st.sampled_from(("\n", "\n", "\r\n", "\r\n", "\r")))
    alphabet = NASTY if quote else "".join(set(NASTY) - set("\r\n" + delimiter))
    names = [f"f{index}" for index in range(draw(st.integers(0, 4)))]
    key = draw(st.sampled_from(KEYS[1:] if names else KEYS[2:]))
    features = [draw(columns(name, alphabet)) for name in names]
    features += [Column(name, dict(IDENTIFYING[name]), ()) for name in key]
    count, chance = draw(st.integers(1, 40)), Random(draw(st.integers(0, 2**32)))  # noqa: S311  # no secret
    has_header = draw(st.sampled_from((True, True, True, False)))
    order = list(features)
    if has_header:
        chance.shuffle(order)
        order += [Column("more", {}, ("x", "y"))] * draw(st.integers(0, 1))
    null_values = draw(st.sampled_from((("",), ("", "NA"))))
    assume(quote or len(order) > 1)
    encoding = draw(st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-16")))
    contract = read_contract(
        _yaml(features, [] if key == ("unique",) else key, delimiter, quote, encoding, has_header, null_values),
        "contract.yml",
    )
    table = CsvTable(
        header=tuple(column.name for column in order) if has_header else (),
        entries=_entries(order, count, null_values, chance),
        delimiter=delimiter,
        quote=quote,
        line_end=line_end,
        quotes_all=bool(quote) and draw(st.booleans()),
        ends_last_line=draw(st.booleans()),
    )
    return Case(contract, table, encoding, draw(st.sampled_from(list(PACKERS))))


def _yaml(
    features: Sequence[Column],
    key: Sequence[str],
    delimiter: str,
    quote: str | None,
    encoding: str,
    has_header: bool,
    null_values: Sequence[str],
) -> bytes:
    form = {"delimiter": delimiter, "quote": quote or "", "encoding": encoding, "header": has_header}
    dataset: dict[str, Any] = {"name": "d", "files": ["data.csv"], "columns": "open"}
    dataset["format"] = form | {"null_values": null_values}
    if key:
        dataset["key"] = key
    document = {"version": 1, "dataset": dataset, "features": {column.name: column.promises for column in features}}
    # NOTE: YAML takes U+2028 for a line break, JSON does not; everything else of JSON is YAML.
    text = json.dumps(document, ensure_ascii=False).replace("\u2028", "\\u2028")
    # NOTE: a limit is no text, and JSON has no way to write a number of any size as it stands.
    return re.sub(r'"(min|max)": "([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)"', r'"\1": \2', text).encode()


def _entries(order: Sequence[Column], count: int, null_values: Sequence[str], chance: Random) -> tuple[Entry, ...]:
    texts = []
    for column in order:
        if column.pool:
            cells = [chance.choice(column.pool) for _ in range(count)]
            for row in chance.sample(range(count), int(column.nulls * count)):
                cells[row] = chance.choice(null_values)
        else:
            cells = [identifying(column.name, row, chance) for row in range(count)]
        texts.append(cells)
    rows = list(zip(*texts, strict=True))
    return tuple(Entry(row) for row in rows)


# What is broken in them.

SMALL = tuple(fault for fault in FAULTS if fault.reach is not Reach.FILE)
Wish = tuple[Fault, int, int]
wishes = st.lists(st.tuples(st.sampled_from(SMALL), st.integers(0, 5), st.integers(0, 2**20)), max_size=8)


def break_as_wished(case: Case, wanted: Iterable[Wish]) -> tuple[CsvTable, list[Injected]]:
    """One fault a row at most, so that none hides another."""
    table, every, taken = case.table, [], set[int]()
    for fault, where, number in sorted(wanted, key=lambda wish: wish[0].name == "open-quote"):
        features = fault.features(case.contract)
        rows = [row for row in _interesting(table, where) if row not in taken]
        if not features or not rows or any(each.aspect == Defect.QUOTE_OPEN for each in every):
            continue
        row, feature = rows[number % len(rows)], features[number % len(features)]
        spoilt = inject(fault, table, case.contract, feature, row, Random(number))  # noqa: S311  # no secret
        if spoilt and taken.isdisjoint(each.like for each in spoilt.injected if each.like):
            table, every = spoilt.table, [*every, *spoilt.injected]
            taken |= {row for each in spoilt.injected for row in (each.row, each.like) if row}
    return table, every


def _interesting(table: CsvTable, where: int) -> list[int]:
    rows = dict(table.rows())
    breaking = [row for row in rows if row > 1 and any("\n" in cell for cell in rows[row - 1].cells)]
    return ([1], [len(rows)], breaking, list(rows), list(rows), list(rows))[where]


# What has to be found.


def expected(case: Case, table: CsvTable, injected: Iterable[Injected]) -> dict[Key, list[Spot]]:
    written = write(table)
    found: dict[Key, list[Spot]] = defaultdict(list)
    for each in injected:
        key = (each.check, each.aspect, each.feature)
        if each.row is not None and each.check != "null-rate":
            found[key].append((each.row, *written.entries[table.index(each.row)][each.cell]))
    for entry, places in zip(table.entries, written.entries, strict=True):
        if not entry.is_row:
            aspect = Defect.CONFLICT if entry.cells[0] else Defect.BLANK_LINE
            found["structure", aspect.value, None].append((None, *places[0]))
    for feature, rows in null_rows(case, table).items():
        spots = [(row, *written.entries[table.index(row)][_index(case, feature)]) for row in rows]
        check = next(
            (c.id for c in case.contract.checks if c.feature and c.feature.name == feature and "null" in c.id), ""
        )
        if check and spots:
            found[check, None, feature] = spots
    return {key: sorted(spots, key=lambda spot: spot[1:]) for key, spots in found.items()}


def _index(case: Case, feature: str) -> int:
    return (case.table.header or tuple(case.contract.features)).index(feature)


def judged(case: Case, table: CsvTable, feature: str) -> dict[int, str]:
    """The cells of a feature that can be judged at all, by their rows."""
    width, index = len(case.table.header or tuple(case.contract.features)), _index(case, feature)
    cells = {row: entry.cells[index] for row, entry in table.rows() if len(entry.cells) == width}
    return {row: cell for row, cell in cells.items() if not _is_spoilt(cell)}


def _is_spoilt(cell: str) -> bool:
    return isinstance(cell, Raw) or any(character == "\0" or "\udc80" <= character <= "\udcff" for character in cell)


def null_rows(case: Case, table: CsvTable) -> dict[str, list[int]]:
    return {
        feature: [row for row, cell in judged(case, table, feature).items() if verdict(cells, cell) == NULL]
        for feature, cells in cells_of(case.contract).items()
    }


def total_of(case: Case, table: CsvTable, finding: Finding) -> int | None:
    if finding.feature is None or finding.check in ("columns", "unique", "drift"):
        return finding.total
    rows = len(judged(case, table, finding.feature))
    return rows if "null" in finding.check else rows - len(null_rows(case, table)[finding.feature])


def spots_of(finding: Finding) -> list[tuple[int | None, int | None, int | None]]:
    return [(each.row, each.line, each.column) for each in finding.locations]


def assert_found(case: Case, table: CsvTable, injected: Iterable[Injected], outcome: DatasetOutcome) -> None:
    wanted = expected(case, table, injected)
    assert {finding.count for finding in outcome.findings if finding.check == "row-count"} == {outcome.rows}
    assert outcome.rows == len(list(table.rows()))
    counted = [finding for finding in outcome.findings if finding.check != "row-count"]
    got = {(each.check, each.aspect, each.feature): each.count for each in counted if each.count}
    assert {key: len(spots) for key, spots in wanted.items()} == got
    for finding in counted:
        spots = wanted.get((finding.check, finding.aspect, finding.feature), [])
        if finding.outcome is FindingOutcome.NOT_APPLICABLE:
            assert spots == []
            continue
        assert total_of(case, table, finding) == finding.total
        is_broken = len(spots) > (finding.limit or 0) * (finding.total or 0)
        assert finding.outcome is (FindingOutcome.VIOLATED if is_broken else FindingOutcome.PASSED)
        assert spots_of(finding) == (spots[:WITNESSES] if is_broken else [])


@settings(max_examples=150, **CALM)
@given(cases(), wishes, st.sampled_from(SIZES))
def test_what_is_reported_is_what_was_broken(case: Case, wanted: list[Wish], size: int) -> None:
    table, injected = break_as_wished(case, wanted)
    assert_found(case, table, injected, case.judge(table, size))


@settings(max_examples=75, **CALM)
@given(cases(), st.sampled_from(SIZES))
def test_the_clean_twin_passes(case: Case, size: int) -> None:
    outcome = case.judge(case.table, size)
    assert [finding for finding in outcome.findings if finding.outcome is FindingOutcome.VIOLATED] == []
    assert (outcome.decision.verdict, outcome.decision.risk) == (Verdict.ALLOW, 0.0)


# Arbitrary bytes.

SNIPPETS = (
    "a",
    "1",
    ",",
    '"',
    "\n",
    "\r",
    "\r\n",
    "\0",
    "é",
    "\udcff",
    "<",
    "=",
    " ",
    "\ufeff",
    '""',
    ',"',
    '",',
    '"\n',
)
MARKERS = ("<<<<<<< a", "=======", ">>>>>>> b")
scraps = st.lists(st.sampled_from(SNIPPETS * 3 + MARKERS), max_size=30).map("".join)
bodies = st.one_of(
    scraps, st.lists(st.sampled_from(("a,b\n", "1,\n", '"x,\n",y\n', ",\n", "é\n", *SNIPPETS))).map("".join)
)
quotes = st.sampled_from(('"', '"', '"', None))


def reading(data: bytes, form: TextFormat, size: int) -> tuple[Any, ...]:
    """Everything a source says, batches put together."""
    source = CsvSource(lambda: io.BytesIO(data), "data.csv", form, ("one", "two"), size)
    header, rows, defects, records = source.header, {}, {}, 0
    for batch in source.batches():
        assert records + 1 == batch.first_row
        bad = {(name, row) for name, rows_ in batch.spoilt.items() for row in rows_}
        for index, (number, cells) in enumerate(zip(batch.numbers(), batch.cells.rows(), strict=True)):
            rows[number] = [None if (f"c{at}", index) in bad else cell for at, cell in enumerate(cells)]
        records += batch.records
        defects = dict(merged(defects, batch.defects))
    found = source.find(range(1, records + 1))
    assert set(found) == set(range(1, records + 1))
    for number, cells in rows.items():
        assert all(cell in (None, there) for cell, there in zip(cells, found[number].cells, strict=True))
    return header, rows, records, defects, {row: (each.line, each.places, each.cells) for row, each in found.items()}


@settings(max_examples=150, **CALM)
@given(bodies, st.booleans(), quotes)
def test_the_size_of_a_block_changes_nothing(text: str, has_header: bool, quote: str | None) -> None:
    data, form = text.encode("utf-8", "surrogateescape"), TextFormat(delimiter=",", quote=quote, header=has_header)
    whole = reading(data, form, BLOCK)
    for size in (1, 2, 3, 7, 64):
        assert whole == reading(data, form, size)


WRITTEN = (
    "a",
    "1",
    "é",
    "",
    " ",
    ' "',
    "a'",
    '"x"',
    '"a,b"',
    '"q""q"',
    '""',
    '""""',
    '"l\nl"',
    '"\r"',
    '"é\r\n,"',
    "<<",
    "=",
)
ENDS = ("\n", "\n", "\r\n", "\r", "\n\n")


@st.composite
def sound_texts(draw: st.DrawFn) -> str:
    width = draw(st.integers(1, 3))
    rows = st.lists(st.sampled_from(WRITTEN), min_size=width, max_size=width).map(",".join)
    lines = draw(st.lists(st.tuples(rows, st.sampled_from(ENDS)), max_size=8))
    end = draw(st.sampled_from(("", *ENDS)))
    return ",".join("abc"[:width]) + "\n" + "".join(f"{row}{end}" for row, end in lines).removesuffix("\n") + end


@settings(max_examples=300, **CALM)
@given(sound_texts(), st.sampled_from((5, BLOCK)))
def test_sound_text_is_what_the_standard_library_reads(text: str, size: int) -> None:
    header, rows, _, defects, _ = reading(text.encode(), TextFormat(delimiter=","), size)
    records = [tuple(record) for record in csv.reader(io.StringIO(text, newline="")) if record]
    assert [header, *map(tuple, rows.values())] == records
    assert defects.keys() <= {Defect.BLANK_LINE, Defect.LINE_ENDS}


dialects = st.builds(Dialect, st.just(","), quotes, st.integers(1, 4), st.sampled_from(("\n", "\n", "\r\n", "\r")))


@settings(max_examples=1500, **CALM)
@given(bodies, dialects)
@example("\ufeffx\n", Dialect(",", '"', 4, "\n"))
@example('"""', Dialect(",", '"', 1, "\n"))
@example('""a""\n', Dialect(",", '"', 1, "\n"))
@example('"\n"a""\n', Dialect(",", '"', 1, "\n"))
@example('""a","\n', Dialect(",", '"', 1, "\n"))
@example('"\n,', Dialect(",", None, 1, "\r\n"))
@example('""""\n,', Dialect(",", '"', 1, "\n"))
@example("a,\nb\n,,", Dialect(",", '"', 2, "\n"))
@example("a,\n\n,,", Dialect(",", None, 2, "\n"))
def test_what_isproven_is_true(text: str, dialect: Dialect) -> None:
    data = text.encode("utf-8", "surrogateescape")
    fast = proven(data, dialect)
    if fast is None:
        return
    slow = read_with_care(data, dialect, row=1, line=1, is_last=True)
    assert (slow.cells.rows(), {}, {}, slow.lines) == (fast.cells.rows(), slow.defects, slow.spoilt, fast.lines)
    assert slow.gaps is not None
    assert list(range(1, fast.records + 1)) == slow.gaps.to_list()


LIMITS = (0, 5, 2**63 - 1, 2**63, 2**64, 2**127 - 1, 2**127, 10**400)


@pytest.mark.parametrize("limit", [*LIMITS, *(-limit for limit in LIMITS)], ids=lambda limit: str(limit)[:21])
def test_ints_are_compared_exactly_whatever_their_size(limit: int) -> None:
    texts = [form.format(limit + step) for step in (-(10**401), -(2**63), -1, 0, 1, 2**63) for form in ("{}", "{:+}")]
    texts += ["-000", "+00", f"{'-' if limit < 0 else ''}00{abs(limit)}"]
    frame = pl.DataFrame({"text": texts})
    grammar = Grammar(dtype=DType.INT)
    below = frame.select(grammar.is_below(pl.col("text"), limit)).to_series().to_list()
    above = frame.select(grammar.is_above(pl.col("text"), limit)).to_series().to_list()
    assert [int(text) < limit for text in texts] == below
    assert [int(text) > limit for text in texts] == above
