"""Whatever a table is written as, the same is found in the same rows; and no file, however broken, ends in a crash."""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data_contract.case import Bench
from data_contract.contract import Contract
from data_contract.contract_document import read_contract
from data_contract.errors import DataError
from data_contract.faults import CsvTable, Written, write
from data_contract.formats import BY_SUFFIX, frame, open_source
from data_contract.formats.compressed import FREE, MOST_RATIO, decompressed
from data_contract.formats.csv import BLOCK
from data_contract.formats.source import FoundRow, Source
from data_contract.measures.batch import Defects, merged
from data_contract.measures.tally import WITNESSES
from data_contract.model import DatasetOutcome, FindingOutcome, Verdict
from data_contract.policy import Policy

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Frame = pl.DataFrame | pd.DataFrame
CALM: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
SIZES = (1, 150, 600, BLOCK, BLOCK)
"""Bytes of a block; a Parquet file is then read from one row at a time up."""


def contract_of(features: Mapping[str, Mapping[str, Any]], **dataset: Any) -> Contract:
    document = {
        "version": 1,
        "dataset": {"name": "d", "files": ["data.csv"], **dataset},
        "features": features,
    }
    return read_contract(json.dumps(document, ensure_ascii=False).encode(), "contract.yml")


def opened(data: bytes, ending: str, contract: Contract, block_size: int = BLOCK) -> Source:
    path = f"data{ending}"
    return open_source(lambda: io.BytesIO(data), path, contract.format, tuple(contract.features), block_size)


def judge(data: bytes | Frame, ending: str, contract: Contract, block_size: int = BLOCK) -> DatasetOutcome:
    bench = Bench(policy=Policy(), as_of=datetime(2026, 1, 1, tzinfo=UTC), today=date(2026, 1, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame, "ROWS", max(block_size >> 7, 1))
        source = opened(data, ending, contract, block_size) if isinstance(data, bytes) else frame.FrameSource(data)
        return bench.judge(source, f"data{ending}", contract)


# One table in every format.

BIG = 10**30
FIRST, LAST = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001  # without a zone it is UTC
PLANS = ("free", 'the "pro"', "équipe, 中\n😀", "\\", "'")
CONTRACT = contract_of(
    {
        "id": {"dtype": "int"},
        "big": {"dtype": "int", "min": -BIG, "max": BIG},
        "few": {"dtype": "int", "min": -1000, "max": 1000, "max_null_rate": 0.5},
        "share": {"dtype": "float", "min": -1e6, "max": 1e6},
        "amount": {"dtype": "decimal", "min": -1000, "max": 1000},
        "plan": {"dtype": "str", "allowed": list(PLANS)},
        "note": {"dtype": "str", "allow_null": False, "max_length": 8},
        "flag": {"dtype": "bool", "allow_null": False},
        "day": {"dtype": "date", "min": "2020-01-01", "max": "2030-01-01"},
        "seen": {"dtype": "datetime", "min": "2020-01-01", "max": "2030-01-01"},
    },
    key=["id"],
)
FEATURES = tuple(CONTRACT.features)
NEVER_NULL = ("id", "note", "flag")
NULLABLE = tuple(name for name in FEATURES if name not in NEVER_NULL)
OUT_OF_RANGE: dict[str, tuple[Any, ...]] = {
    "big": (BIG + 1, -BIG - 1, 2**100),
    "few": (1001, -1001, 2**40),
    "share": (1e6 + 0.5, -1e300),
    "amount": (Decimal("1000.001"), Decimal(-1001)),
    "day": (date(2019, 12, 31), date(9999, 12, 31)),
    "seen": (FIRST - timedelta(microseconds=1), LAST + timedelta(days=1)),
}
OUT_OF_SET = ("Free", "free ", "pro", "équipe", "\U0001f600")

Row = dict[str, Any]
Place = tuple[int | None, int | None, int | None]
"""Row, line and column."""
Key = tuple[str, str | None, str | None]
"""Check, aspect and feature."""


@dataclass
class Table:
    """Typed values, and what is wrong with them by the contract: for each promise the rows that break it."""

    rows: list[Row]
    has_zone: bool
    has_doubles: bool
    """Whether `few` is a column of doubles, in a format with columns."""
    broken: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))
    kept: set[int] = field(default_factory=set)
    """Rows that others repeat, and that have to stay as they are."""

    def breaks(self, check: str, feature: str | None, row: int) -> None:
        self.broken[check, None, feature].append(row)

    def null_rate(self) -> None:
        missing = [number for number, row in enumerate(self.rows, 1) if row["few"] is None]
        if missing:
            self.broken["null-rate", None, "few"] = missing


@st.composite
def tables(draw: st.DrawFn) -> Table:
    texts = st.text(st.sampled_from("aZ,;\"'\\\n\réß中\U0001f600/{}[]:\0"), min_size=1, max_size=8)
    pools: dict[str, list[Any]] = {
        "big": draw(st.lists(st.integers(-BIG, BIG), min_size=1, max_size=5)),
        "few": draw(st.lists(st.integers(-1000, 1000), min_size=1, max_size=5)),
        "share": draw(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5)),
        "amount": draw(st.lists(st.decimals(-1000, 1000, places=3), min_size=1, max_size=5)),
        "plan": list(PLANS),
        # NOTE: a NUL is a defect of delimited text, and a character like any other elsewhere.
        "note": [text.replace("\0", "0") for text in draw(st.lists(texts, min_size=1, max_size=5))],
        "flag": [True, False],
        "day": draw(st.lists(st.dates(FIRST.date(), LAST.date()), min_size=1, max_size=5)),
        "seen": draw(st.lists(st.datetimes(FIRST, LAST), min_size=1, max_size=5)),
    }
    count, chance = draw(st.integers(1, 10)), Random(draw(st.integers(0, 2**32)))  # noqa: S311  # no secret
    rows = [
        {"id": 3 * number - 20} | {name: chance.choice(pool) for name, pool in pools.items()} for number in range(count)
    ]
    for name in NULLABLE:
        for row in chance.sample(rows, int(count * 0.2)):
            row[name] = None
    return Table(rows, has_zone=draw(st.booleans()), has_doubles=draw(st.booleans()))


Wishes = list[tuple[str, int]]
wishes = st.lists(
    st.tuples(st.sampled_from(("null", "range", "set", "half", "nonfinite", "key", "length")), st.integers(0, 2**20)),
    max_size=6,
)


def spoil(table: Table, wanted: Wishes) -> None:
    """One fault a row at most, each in the row and the feature that its number says."""
    free = list(range(1, len(table.rows) + 1))
    for kind, number in wanted:
        if free:
            at = free.pop(number % len(free))
            spoil_row(table, kind, at, number, [other for other in free if other < at])
            free = [row for row in free if row not in table.kept]
    table.null_rate()


def spoil_row(table: Table, kind: str, at: int, number: int, earlier: list[int]) -> None:
    row = table.rows[at - 1]
    match kind:
        case "null":
            name = (*NEVER_NULL, "few")[number % 4]
            row[name] = None
            if name != "few":
                table.breaks("not-null", name, at)
        case "range":
            name = list(OUT_OF_RANGE)[number % len(OUT_OF_RANGE)]
            row[name] = OUT_OF_RANGE[name][number % len(OUT_OF_RANGE[name])]
            table.breaks("range", name, at)
        case "set":
            row["plan"] = OUT_OF_SET[number % len(OUT_OF_SET)]
            table.breaks("allowed", "plan", at)
        case "half":
            row["few"], table.has_doubles = 1.5, True
            table.breaks("dtype", "few", at)
        case "nonfinite":
            row["share"] = (math.nan, math.inf, -math.inf)[number % 3]
            table.breaks("dtype", "share", at)
        case "length":
            row["note"] = "é" * 9
            table.breaks("length", "note", at)
        case "key" if earlier:
            source = earlier[number % len(earlier)]
            table.kept.add(source)
            row["id"] = table.rows[source - 1]["id"]
            table.breaks("key", None, at)


def text_of(value: Any, *, has_zone: bool) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat() + ("Z" if has_zone else "")
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def as_csv(table: Table, delimiter: str) -> Written:
    cells = ([text_of(row[name], has_zone=table.has_zone) for name in FEATURES] for row in table.rows)
    return write(replace(CsvTable.of(FEATURES, cells), delimiter=delimiter))


def in_columns(table: Table, ending: str) -> bytes | Frame:
    """The table where columns have types; in pandas what is no number is a null, so that infinity takes its place."""
    if ending == "frame of pandas":
        rows = [{name: math.inf if is_nan(value) else value for name, value in row.items()} for row in table.rows]
        return pd.DataFrame(rows, columns=list(FEATURES), dtype=object)
    kinds = {
        "id": pl.Int64,
        "big": pl.Int128,
        "few": pl.Float64 if table.has_doubles else pl.Int64,
        "share": pl.Float64,
        "amount": pl.Decimal(38, 3),
        "plan": pl.Categorical,
        "note": pl.String,
        "flag": pl.Boolean,
        "day": pl.Date,
        "seen": pl.Datetime("us", "UTC" if table.has_zone else None),
    }
    columns = {name: pl.Series([row[name] for row in table.rows], dtype=kind) for name, kind in kinds.items()}
    typed = pl.DataFrame(columns)
    return typed if ending == "frame of polars" else written(typed, row_group_size=5)


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def written(frame: pl.DataFrame, **options: Any) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file, **options)
    return file.getvalue()


@dataclass
class JsonPen:
    """Writes objects, one a line, in any of the ways that mean the same, and knows where each value starts."""

    chance: Random
    text: str = ""
    line: int = 1
    column: int = 1
    places: list[dict[str, int]] = field(default_factory=list)
    """For each row, the columns of its values."""
    lines: list[int] = field(default_factory=list)
    """For each row, its line."""

    def put(self, text: str) -> None:
        assert "\n" not in text
        self.text += text
        self.column += len(text)

    def blank(self) -> None:
        self.put(self.chance.choice(("", "", "", " ", "\t ")))

    def end_line(self) -> None:
        self.text += self.chance.choice(("\n", "\n", "\r\n"))
        self.line, self.column = self.line + 1, 1

    def row(self, pairs: list[tuple[str, str]]) -> None:
        """Write an object; of a key that stands twice the first place is remembered."""
        places: dict[str, int] = {}
        self.blank()
        self.put("{")
        for index, (name, value) in enumerate(pairs):
            self.put("," if index else "")
            self.blank()
            self.put(self.string(name))
            self.blank()
            self.put(":")
            self.blank()
            places.setdefault(name, self.column)
            self.put(value)
            self.blank()
        self.put("}")
        self.blank()
        self.places.append(places)
        self.lines.append(self.line)
        self.end_line()

    def line_as_it_is(self, text: str, *, is_row: bool = True) -> None:
        self.put(text)
        if is_row:
            self.places.append({})
            self.lines.append(self.line)
        self.end_line()

    def string(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self.chance.random() < 0.5)

    def value(self, value: Any, *, has_zone: bool) -> str:
        if value is None:
            return "null"
        text = text_of(value, has_zone=has_zone)
        if isinstance(value, float) and not math.isfinite(value):
            return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[text]
        return text if isinstance(value, bool | int | float | Decimal) else self.string(text)


def as_json_lines(table: Table, chance: Random) -> JsonPen:
    pen = JsonPen(chance)
    for number, row in enumerate(table.rows):
        # NOTE: a key that no line has is a column that is missing, so the first line has them all.
        names = [name for name in FEATURES if not (number and row[name] is None and chance.random() < 0.5)]
        chance.shuffle(names)
        pen.row([(name, pen.value(row[name], has_zone=table.has_zone)) for name in names])
    return pen


def counts_of(outcome: DatasetOutcome) -> dict[Key, int]:
    told = (finding for finding in outcome.findings if finding.check != "row-count" and finding.count)
    return {(each.check, each.aspect, each.feature): each.count or 0 for each in told}


def places_of(outcome: DatasetOutcome) -> dict[Key, list[Place]]:
    broken = (finding for finding in outcome.findings if finding.outcome is FindingOutcome.VIOLATED)
    return {
        (each.check, each.aspect, each.feature): [(at.row, at.line, at.column) for at in each.locations]
        for each in broken
    }


def expected_places(table: Table, place: Callable[[int, str], Place]) -> dict[Key, list[Place]]:
    found = {}
    for (check, aspect, feature), rows in table.broken.items():
        if check != "null-rate" or len(rows) > 0.5 * len(table.rows):
            first = sorted(rows)[:WITNESSES]
            found[check, aspect, feature] = [place(row, feature or "id") for row in first]
    return found


FRAMES = ("frame of polars", "frame of pandas")
ENDINGS = (*BY_SUFFIX, *FRAMES)
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "zst": zstd.compress}


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=15, **CALM)
@given(tables(), wishes, st.integers(0, 2**32), st.sampled_from(SIZES))
def test_the_same_is_found_in_the_same_rows_whatever_the_format(
    ending: str, table: Table, wanted: Wishes, seed: int, size: int
) -> None:
    spoil(table, wanted)
    data, place = in_format(table, ending, seed)
    outcome = judge(data, ending, CONTRACT, size)
    assert outcome.rows == len(table.rows)
    assert {key: len(rows) for key, rows in table.broken.items()} == counts_of(outcome)
    assert expected_places(table, place) == places_of(outcome)


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=5, **CALM)
@given(tables(), st.integers(0, 2**32), st.sampled_from(SIZES))
def test_the_clean_twin_passes_whatever_the_format(ending: str, table: Table, seed: int, size: int) -> None:
    outcome = judge(in_format(table, ending, seed)[0], ending, CONTRACT, size)
    said = {each.outcome for each in outcome.findings}
    # NOTE: of a feature without any value nothing can be said.
    assert said <= {FindingOutcome.PASSED, FindingOutcome.NOT_APPLICABLE}
    assert (outcome.decision.verdict, outcome.decision.risk) == (Verdict.ALLOW, 0.0)


def in_format(table: Table, ending: str, seed: int) -> tuple[bytes | Frame, Callable[[int, str], Place]]:
    """The data, and where in it the value of a feature in a row stands."""
    if ending in (".parquet", *FRAMES):
        return in_columns(table, ending), lambda row, _: (row, None, None)
    pack = PACKERS.get(ending.rpartition(".")[2], bytes)
    if "json" in ending:
        pen = as_json_lines(table, Random(seed))  # noqa: S311  # no secret
        return pack(pen.text.encode()), lambda row, name: (row, pen.lines[row - 1], pen.places[row - 1].get(name))
    text = as_csv(table, "\t" if ".tsv" in ending else ",")
    return pack(text.data), lambda row, name: (row, *text.entries[row - 1][FEATURES.index(name)])


# JSON Lines: values are what they are written as, and lines may be anything.

WRONG_VALUES = {
    "id": ('"2"', "true", "1.0", "1e3", "[1]", "{}", '"x"'),
    "big": ('"2"', "false", "-1.0", "1E400", '[{"big": 1}]'),
    "few": ('"7"', "0.5", '{"few": 7}'),
    "share": ('"1.5"', "true", "NaN", "1e999", "[]"),
    "amount": ('"1.5"', "1e2", "true", '{"a": [1, {"b": null}]}'),
    "plan": ("2", "true", '["free"]', '{"free": 1}'),
    "note": ("2.0", "false", "[]", "{}", '[["\\ud83d\\ude00"]]'),
    "flag": ('"true"', "1", "0", "[true]"),
    "day": ("20240101", '"2024-02-30"', '"20240101"', "true"),
    "seen": ("1704067200", '"2024-01-01T25:00"', '["2024-01-01"]'),
}
NO_OBJECTS = ("[1]", "3", '"x"', "null", "true", "[]", '[{"id": 1}]', ' "{" ', "NaN")
NO_JSON = (
    "{", "}", '{"id": 1,}', "{'id': 1}", '{"id": 1} x', '{"id": 1}{"id": 2}', "{id: 1}", '{"id": 01}', "nul", "\x0b",
    '{"id": "\t"}', '{"id": 1}\r{"id": 2}', "\ufeff{}", "\u00a0", "id,big", '{"id": "\\x"}', "[" * 5_000, "\u2028",
)  # fmt: skip
NO_TEXT = ('{"id": 1, "note": "\udcff"}', '\udcc3{"id": 1}', '{"\udc80": 1}', "\udcff")
TORN = ('"\\ud800"', '"x\\udfff"', '"\\udc80"')
"""Half of a surrogate pair is no text."""
LINES = ("value", "torn", "object", "json", "bytes", "twice", "extra", "marker", "blank")


@settings(max_examples=60, **CALM)
@given(
    tables(),
    st.lists(st.tuples(st.sampled_from(LINES), st.integers(0, 2**20)), max_size=8),
    st.integers(0, 2**32),
    st.sampled_from(SIZES),
)
def test_every_fault_of_a_line_is_found_where_it_stands(table: Table, wanted: Wishes, seed: int, size: int) -> None:
    table.null_rate()
    chance = Random(seed)  # noqa: S311  # no secret
    later = range(2, len(table.rows) + 1)
    faults = dict(zip(chance.sample(later, min(len(wanted), len(later))), wanted, strict=False))
    data, found, total = lines_with(table, faults, chance)
    outcome = judge(data, ".jsonl", CONTRACT, size)
    assert len(table.rows) == outcome.rows
    assert {key: len(places) for key, places in found.items()} == counts_of(outcome)
    rated = next(each for each in outcome.findings if each.check == "null-rate")
    assert total == rated.total
    is_over = len(found.get(("null-rate", None, "few"), ())) > 0.5 * total
    shown = {key: places[:WITNESSES] for key, places in found.items() if key[0] != "null-rate" or is_over}
    assert shown == {key: places for key, places in places_of(outcome).items() if key in shown or key[0] != "columns"}


def lines_with(
    table: Table, faults: Mapping[int, tuple[str, int]], chance: Random
) -> tuple[bytes, dict[Key, list[Place]], int]:
    """The file, what has to be found in it and where, and how many cells of `few` can be judged."""
    pen = JsonPen(chance)
    found: dict[Key, list[Place]] = defaultdict(list)
    total = 0
    for at, row in enumerate(table.rows, 1):
        kind, number = faults.get(at, ("", 0))
        if kind in ("marker", "blank"):
            text, aspect = (("=======", "conflict-marker"), (" \t", "blank-line"), ("", "blank-line"))[
                0 if kind == "marker" else 1 + number % 2
            ]
            found["structure", aspect, None].append((None, pen.line, 1))
            pen.line_as_it_is(text, is_row=False)
        if kind in ("object", "json", "bytes"):
            texts, aspect = {
                "object": (NO_OBJECTS, "not-an-object"),
                "json": (NO_JSON, "not-json"),
                "bytes": (NO_TEXT, "invalid-bytes"),
            }[kind]
            found["structure", aspect, None].append((at, pen.line, 1))
            pen.line_as_it_is(texts[number % len(texts)])
            continue
        line, name = pen.line, FEATURES[number % len(FEATURES)]
        values = {each: pen.value(row[each], has_zone=table.has_zone) for each in FEATURES}
        pen.row(pairs_with(kind, number, name, values, chance))
        column = pen.places[-1]
        if kind == "value":
            found["dtype", None, name].append((at, line, column[name]))
        elif kind in ("torn", "twice"):
            found["structure", "invalid-bytes" if kind == "torn" else "duplicated-key", None].append((at, line, 1))
        is_spoilt = kind == "twice" and name == "few"
        total += not is_spoilt
        if values["few"] == "null" and not is_spoilt:
            found["null-rate", None, "few"].append((at, line, column["few"]))
    extra = {number % 3 for kind, number in faults.values() if kind == "extra"}
    if extra:
        found["columns", "undeclared", None] = [(None, None, None)] * len(extra)
    return pen.text.encode("utf-8", "surrogateescape"), found, total


def pairs_with(kind: str, number: int, name: str, values: dict[str, str], chance: Random) -> list[tuple[str, str]]:
    """The pairs of an object with a fault in it."""
    if kind == "value":
        values[name] = WRONG_VALUES[name][number % len(WRONG_VALUES[name])]
    elif kind == "torn":
        values[("plan", "note")[number % 2]] = TORN[number % len(TORN)]
    pairs = list(values.items())
    if kind == "twice":
        pairs.append((name, chance.choice((values[name], "null", "true", "[]"))))
    elif kind == "extra":
        pairs.append((f"more {number % 3}", "1"))
    chance.shuffle(pairs)
    return pairs


def test_nested_values_are_told_apart_as_they_are_written() -> None:
    contract = contract_of({"tags": {"unique": True}})
    lines = '{"tags": [1]}\n{"tags": [1, 2]}\n{"tags": {"1": 2}}\n{"tags":\t[1]}\n{"tags": []}\n{"tags": {}}\n'
    assert places_of(judge(lines.encode(), ".jsonl", contract)) == {("unique", None, "tags"): [(4, 4, 10)]}


SNIPPETS = (
    '{"a": 1}\n', '{"b": "x"}\n', "{", "}", "[", "]", '"', "\\", "\\u", "\\ud83d", "\\udc00", "\\\\", ":", ",", "1",
    "-", "0", ".5", "e9", "1e400", "9" * 30, "NaN", "-Infinity", "null", "true", '"a"', '"b"', '"a":', '"a":null',
    " ", "\t", "\n", "\r", "\r\n", "\0", "\ufeff", "é", "\U0001f600", "\udcff", "\udce2\udc82", "\x0b", "\u2028",
    "<<<<<<< x\n", "=======\n", "[" * 3000, '{"a":' * 3000, "]" * 3000,
)  # fmt: skip
scraps = st.lists(st.sampled_from(SNIPPETS), max_size=25).map("".join)
objects = st.lists(
    st.lists(
        st.sampled_from(('"a": 1', '"a": "1"', '"b": null', '"a": null', '"b": [1, {}]', '"": 0', '"c": NaN')),
        max_size=3,
    ).map(lambda pairs: "{" + ", ".join(pairs) + "}\n"),
    max_size=4,
).map("".join)
TWO = contract_of({"a": {"dtype": "int", "unique": True}, "b": {}})


def everything(source: Source) -> tuple[Any, ...]:
    """All that a source says, batches put together."""
    rows: dict[int, Any] = {}
    defects: Defects = {}
    records = 0
    for batch in source.batches():
        assert records + 1 == batch.first_row
        spoilt = {(name, row) for name, numbers in batch.spoilt.items() for row in numbers}
        names = batch.cells.columns
        for index, (number, cells) in enumerate(zip(batch.numbers(), batch.cells.rows(), strict=True)):
            rows[number] = [None if (name, index) in spoilt else cell for name, cell in zip(names, cells, strict=True)]
        records, defects = records + batch.records, merged(defects, batch.defects)
    found = source.find(range(1, records + 1))
    assert set(range(1, records + 1)) == set(found)
    return source.header, records, rows, defects, {row: _shown(each) for row, each in found.items()}


def _shown(row: FoundRow) -> tuple[Any, ...]:
    return row.line, row.places, row.cells


@settings(max_examples=150, **CALM)
@given(st.one_of(scraps, st.lists(st.one_of(scraps, objects), max_size=4).map("".join)))
@example('{"a": null, "a": null}\n')
@example('{"\\ud800": 1}\n')
@example('{"a":' + "[" * 400 + "]" * 400 + "}\n")
def test_any_bytes_are_read_alike_at_every_size_of_a_block(text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    try:
        whole = everything(opened(data, ".jsonl", TWO))
    except DataError:
        whole = ()
    for size in (1, 2, 3, 7, 64):
        try:
            assert whole == everything(opened(data, ".jsonl", TWO, size))
        except DataError:
            assert whole == ()
    if whole:
        assert whole[1] == judge(data, ".jsonl", TWO).rows


# Parquet: columns of every kind, and files that are damaged.

DAY, MOMENT = date(2024, 2, 29), datetime(2024, 2, 29, 1, 2, 3, 4)  # noqa: DTZ001  # without a zone it is UTC
KINDS: dict[str, tuple[pl.Series, str, list[str | None]]] = {
    "list": (pl.Series([[1, None], None, []]), "", ["[1, None]", None, "[]"]),
    "array": (pl.Series([[1, 2]], dtype=pl.Array(pl.Int64, 2)), "", ["[1, 2]"]),
    "struct": (pl.Series([{"x": 1}, {"x": None}, None]), "", ["{'x': 1}", "{'x': None}", None]),
    "list of days after 9999": (
        pl.Series([[3_000_000]]).cast(pl.List(pl.Date)), "", ["[3000000]"],
    ),
    "binary": (pl.Series([b"\xff\0", b"", None]), "", ["b'\\xff\\x00'", "b''", None]),
    "categorical": (pl.Series(["x", None, "é"], dtype=pl.Categorical), "str", ["x", None, "é"]),
    "enum": (pl.Series(["x", None], dtype=pl.Enum(["x"])), "str", ["x", None]),
    "time": (pl.Series([time(1, 2, 3, 4), None]), "str", ["01:02:03.000004", None]),
    "duration": (pl.Series([timedelta(1, 2, 3), None]), "str", ["P1DT2.000003S", None]),
    "null": (pl.Series([None, None]), "int float decimal str bool date datetime", [None, None]),
    "u8": (pl.Series([255, None], dtype=pl.UInt8), "int float decimal", ["255", None]),
    "u64": (pl.Series([2**64 - 1], dtype=pl.UInt64), "int float decimal", [str(2**64 - 1)]),
    "i128": (
        pl.Series([-(2**127), 2**127 - 1], dtype=pl.Int128), "int float decimal", [str(-(2**127)), str(2**127 - 1)],
    ),
    "u128": (pl.Series([2**128 - 1], dtype=pl.UInt128), "int float decimal", [str(2**128 - 1)]),
    "f16": (pl.Series([1.5, None], dtype=pl.Float16), "float decimal", ["1.5", None]),
    "f32": (pl.Series([0.1, 0.3], dtype=pl.Float32), "float decimal", ["0.1", "0.3"]),
    "f64, whole": (pl.Series([-0.0, 2.0**53 - 1, -3.0]), "int float decimal", ["0", str(2**53 - 1), "-3"]),
    "f64, too large to be exact": (pl.Series([2.0**53]), "float decimal", ["9007199254740992.0"]),
    "f64, not finite": (pl.Series([math.nan, math.inf]), "", ["NaN", "inf"]),
    "decimal": (pl.Series([Decimal("1.50"), None]), "float decimal", ["1.50", None]),
    "bool": (pl.Series([True, False, None]), "bool", ["true", "false", None]),
    "text": (pl.Series(["2", "2"]), "str", ["2", "2"]),
    "text of days": (pl.Series(["2024-02-29"]), "str date datetime", ["2024-02-29"]),
    "day": (pl.Series([DAY, None]), "date datetime", ["2024-02-29", None]),
    "day after 9999": (pl.Series([3_000_000]).cast(pl.Date), "", ["+10183-09-21"]),
    "day without a calendar": (pl.Series([2**31 - 1]).cast(pl.Date), "", [str(2**31 - 1)]),
    "moment": (pl.Series([MOMENT, None]), "datetime", ["2024-02-29T01:02:03.000004", None]),
    "moment in a zone": (
        pl.Series([MOMENT]).dt.replace_time_zone("Asia/Kolkata"), "datetime", ["2024-02-28T19:32:03.000004Z"],
    ),
    "moment, ns": (
        pl.Series([-1], dtype=pl.Int64).cast(pl.Datetime("ns")), "datetime", ["1969-12-31T23:59:59.999999999"],
    ),
    "moment without a calendar": (
        pl.Series([-(2**63) + 1, 2**63 - 1]).cast(pl.Datetime("us")), "", [str(-(2**63) + 1), str(2**63 - 1)],
    ),
    "moment in a zone without a calendar": (
        pl.Series([2**63 - 1]).cast(pl.Datetime("ms", "Asia/Kolkata")), "", [str(2**63 - 1)],
    ),
}  # fmt: skip
DTYPES = ("int", "float", "decimal", "str", "bool", "date", "datetime")


@pytest.mark.parametrize("size", [1, BLOCK])
@pytest.mark.parametrize("kind", KINDS)
def test_a_column_of_any_kind_is_text_and_of_the_dtypes_that_it_can_be(kind: str, size: int) -> None:
    series, fitting, texts = KINDS[kind]
    data = written(series.to_frame("a"))
    undeclared = contract_of({"a": {"unique": True}})
    batches = list(opened(data, ".parquet", undeclared, size).batches())
    assert texts == [text for batch in batches for text in batch.cells["c0"]]
    found = opened(data, ".parquet", undeclared, size).find(range(1, len(texts) + 1))
    assert {row: (text,) for row, text in enumerate(texts, 1)} == {row: each.cells for row, each in found.items()}
    values = len(texts) - texts.count(None)
    for dtype in DTYPES:
        outcome = judge(data, ".parquet", contract_of({"a": {"dtype": dtype}}), size)
        wrong = 0 if dtype in fitting.split() else values
        assert ({("dtype", None, "a"): wrong} if wrong else {}) == counts_of(outcome), dtype


@pytest.mark.parametrize("size", [1, BLOCK])
def test_no_name_of_a_column_means_anything(size: int) -> None:
    names = ["^.*$", "*", "a\n::error::x", "c0", "k0", "c1", "\0", "a.b", "$", "\u202e"]
    rows = [[index, index + 1] for index in range(len(names))]
    data = written(pl.DataFrame(dict(zip(names, rows, strict=True))))
    contract = contract_of({name: {"dtype": "int", "max": index} for index, name in enumerate(names)})
    outcome = judge(data, ".parquet", contract, size)
    assert {("range", None, name): [(2, None, None)] for name in names} == places_of(outcome)


@pytest.mark.parametrize(
    "frame", [pl.DataFrame(), pl.DataFrame({"a": []}, schema={"a": pl.Int64})], ids=["columns", "rows"]
)
def test_a_file_with_nothing_in_it_is_read(frame: pl.DataFrame) -> None:
    outcome = judge(written(frame), ".parquet", contract_of({"a": {"dtype": "int"}}))
    missing = {("columns", None, "a"): 1} if not frame.columns else {}
    assert (0, Verdict.BLOCK_AND_ROLLBACK, missing) == (outcome.rows, outcome.decision.verdict, counts_of(outcome))


VALID = pl.DataFrame(
    {
        "id": range(60),
        "text": [None if row % 7 == 0 else f"é{row}" for row in range(60)],
        "list": [[row, None] for row in range(60)],
        "day": [DAY] * 60,
        "moment": pl.Series([MOMENT] * 60).dt.replace_time_zone("UTC"),
        "amount": pl.Series([Decimal("1.5")] * 60, dtype=pl.Decimal(10, 2)),
        "time": [time(1, 2)] * 60,
        "plan": pl.Series(["p", "q"] * 30, dtype=pl.Categorical),
        "flag": [True, None] * 30,
        "share": [1.5] * 60,
    }
)
COMPRESSIONS = ("snappy", "uncompressed", "zstd", "gzip", "lz4")


def damages(data: bytes, chance: Random, count: int) -> Iterator[bytes]:
    """Files cut short, or with some bytes changed, most of them where they tell of the others."""
    for _ in range(count):
        if chance.random() < 0.2:
            yield data[: chance.randrange(len(data))]
            continue
        spoilt = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 3, 10))):
            at = chance.randrange(chance.choice((0, max(0, len(data) - 3000))), len(data))
            spoilt[at] = chance.choice((0, 255, spoilt[at] ^ 1, chance.randrange(256)))
        yield bytes(spoilt)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_a_damaged_parquet_file_is_an_error_in_one_sentence_or_read(compression: str) -> None:
    contract = contract_of({name: {} for name in VALID.columns})
    data = written(VALID, compression=compression, row_group_size=20)
    assert judge(data, ".parquet", contract).decision.verdict is Verdict.ALLOW
    spoilt = damages(data, Random(compression), 60)  # noqa: S311  # no secret
    refused = [why for why in (refusal(each, ".parquet", contract, 128 * 16) for each in spoilt) if why]
    assert len(refused) > 10
    assert [why for why in refused if not why.startswith("the Parquet file is damaged: ") or "\n" in why] == []


def refusal(data: bytes, ending: str, contract: Contract, block_size: int = BLOCK) -> str | None:
    """Why a file cannot be read; None where it can."""
    try:
        judge(data, ending, contract, block_size)
    except DataError as error:
        return error.message
    return None


# Compressed files.

PLAIN = b"a,b\n1,x\n2,y\n"
ONE_MORE = b"3,z\n"
MEMBERS: dict[str, tuple[str, bytes, int | None]] = {
    "one member": (".csv.gz", gzip.compress(PLAIN), 2),
    "two members": (".csv.gz", gzip.compress(PLAIN) + gzip.compress(ONE_MORE), 3),
    "an empty member between": (".csv.gz", gzip.compress(PLAIN) + gzip.compress(b"") + gzip.compress(ONE_MORE), 3),
    "a member that is cut in a row": (".csv.gz", gzip.compress(PLAIN + b"3") + gzip.compress(b",z\n"), 3),
    "zeros behind a member": (".csv.gz", gzip.compress(PLAIN) + b"\0\0", 2),
    "something behind a member": (".csv.gz", gzip.compress(PLAIN) + b"xx", None),
    "a member cut short": (".csv.gz", gzip.compress(PLAIN)[:-9], None),
    "a member without its check": (".csv.gz", gzip.compress(PLAIN)[:-3], None),
    "half a header": (".csv.gz", gzip.compress(PLAIN)[:5], None),
    "another check": (".csv.gz", gzip.compress(PLAIN)[:-8] + b"\0" * 8, None),
    "no gzip": (".csv.gz", PLAIN, None),
    "zstd under the wrong name": (".csv.gz", zstd.compress(PLAIN), None),
    "one frame": (".csv.zst", zstd.compress(PLAIN), 2),
    "two frames": (".csv.zst", zstd.compress(PLAIN) + zstd.compress(ONE_MORE), 3),
    "a frame to skip": (".csv.zst", b"\x50\x2a\x4d\x18\x02\0\0\0ab" + zstd.compress(PLAIN), 2),
    "something behind a frame": (".csv.zst", zstd.compress(PLAIN) + b"xx", None),
    "a frame cut short": (".csv.zst", zstd.compress(PLAIN)[:-3], None),
    "half a frame header": (".csv.zst", zstd.compress(PLAIN)[:5], None),
    "no zstd": (".csv.zst", PLAIN, None),
    "no byte": (".csv.zst", b"", None),
    "gzip under the wrong name": (".csv.zst", gzip.compress(PLAIN), None),
}  # fmt: skip


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("size", [1, BLOCK])
def test_a_compressed_file_is_read_to_its_end_or_refused(name: str, size: int) -> None:
    ending, data, rows = MEMBERS[name]
    contract = contract_of({"a": {"dtype": "int"}, "b": {}})
    if rows is None:
        with pytest.raises(DataError, match=r"^the compressed file is damaged: "):
            judge(data, ending, contract, size)
    else:
        outcome = judge(data, ending, contract, size)
        assert (rows, {}) == (outcome.rows, counts_of(outcome))


def test_an_empty_gzip_file_is_an_empty_file() -> None:
    contract = contract_of({"a": {}})
    for data in (b"", gzip.compress(b"")):
        plain, packed = judge(b"", ".csv", contract), judge(data, ".csv.gz", contract)
        assert (plain.rows, counts_of(plain)) == (packed.rows, counts_of(packed))
        assert packed.decision.verdict is Verdict.BLOCK_AND_ROLLBACK


@pytest.mark.parametrize(("ending", "compress"), [(".csv.gz", gzip.compress), (".csv.zst", zstd.compress)])
def test_a_damaged_compressed_file_is_an_error_or_read(ending: str, compress: Callable[[bytes], bytes]) -> None:
    chance = Random(ending)  # noqa: S311  # no secret
    contract = contract_of({"a": {}, "b": {}})
    text = b"a,b\n" + b"".join(b"%d,%x\n" % (row, chance.getrandbits(64)) for row in range(200))
    refused = [why for why in (refusal(each, ending, contract) for each in damages(compress(text), chance, 200)) if why]
    assert len(refused) > 50
    assert [why for why in refused if not why.startswith("the compressed file is damaged: ")] == []


def drained(data: bytes, ending: str) -> int:
    """How many bytes come out of a file."""
    with decompressed(lambda: io.BytesIO(data), f"data.csv{ending}")() as file:
        return sum(len(part) for part in iter(lambda: file.read(1 << 20), b""))


@pytest.mark.parametrize(("ending", "compress"), [(".gz", gzip.compress), (".zst", zstd.compress)])
def test_a_bomb_is_refused_beyond_what_is_free(ending: str, compress: Callable[[bytes], bytes]) -> None:
    assert drained(compress(bytes(FREE)), ending) == FREE
    with pytest.raises(DataError, match=f"^more than {MOST_RATIO} bytes come out for one that went in"):
        drained(compress(bytes(FREE + (1 << 20))), ending)


def test_a_large_file_that_is_no_bomb_is_read() -> None:
    part = zstd.compress(Random(1).randbytes(1 << 17) * 16)  # noqa: S311  # no secret
    count = (FREE >> 21) + 4
    assert drained(part * count, ".zst") == count << 21


@pytest.mark.parametrize("ending", ["", ".xlsx", ".gz", ".parquet.gz", ".csv.bz2", ".json"])
def test_a_file_whose_name_tells_no_format_is_refused_with_those_there_are(ending: str) -> None:
    with pytest.raises(DataError, match="the format of the file is not known here") as caught:
        opened(b"a\n1\n", ending, TWO)
    assert all(known in (caught.value.hint or "") for known in BY_SUFFIX)


def test_the_page_about_formats_names_every_ending_and_the_limits_of_a_bomb() -> None:
    page = (Path(__file__).parent.parent / "docs" / "formats.md").read_text(encoding="utf-8")
    table = page.split("\n\n")[2]
    named = {ending for row in table.splitlines()[2:] for ending in re.findall(r"`(\.[a-z.]+)`", row.split("|")[1])}
    assert set(BY_SUFFIX) == named
    assert f"first {FREE >> 20} MiB" in page
    assert f"more than {MOST_RATIO} bytes" in page
