"""What a change of each key counts as, where it stands, and how it is told."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from data_contract.case import Bench, Past
from data_contract.contract import Contract, structure_only
from data_contract.contract_document import CONTRACT, read_contract
from data_contract.errors import Span
from data_contract.evolution import Breaks, ContractChange, compare
from data_contract.formats import open_source
from data_contract.formats.source import Source
from data_contract.keys import Key, Named, Table, TableOrFalse
from data_contract.model import Unsaid, plain
from data_contract.policy import Policy, Scope
from data_contract.reports.escape import sentence
from data_contract.strictness import Direction

TIGHTENED, LOOSENED, NEUTRAL = Direction


def contract(dataset: str = "", features: str = "a: {}", files: str = "*.csv") -> Contract:
    """A contract; the keys of its dataset as a mapping's inside."""
    return read_contract(
        f'version: 1\ndataset: {{name: d, files: ["{files}"], {dataset}}}\nfeatures: {{{features}}}\n'.encode(), "c.yml"
    )


def of_feature(keys: str) -> Contract:
    return contract(features=f"a: {{{keys}}}")


def directions(changes: tuple[ContractChange, ...]) -> dict[str, Direction]:
    return {change.path: change.direction for change in changes}


def leaves(table: Table, prefix: str = "") -> Iterator[tuple[str, Key[Any]]]:
    """Every key that has a value of its own, with its path."""
    for key in table.keys:
        path = f"{prefix}{key.name}"
        match key.kind:
            case Table() as inner:
                yield from leaves(inner, f"{path}.")
            case Named(of=Table() as inner):
                yield from leaves(inner, f"{path}.a.")
            case TableOrFalse(table=inner):
                yield path, key
                yield from leaves(inner, f"{path}.")
            case _:
                yield path, key


LEAVES = dict(leaves(CONTRACT))


@pytest.mark.parametrize("path", LEAVES)
def test_every_key_of_a_contract_says_how_its_change_is_classified(path: str) -> None:
    assert LEAVES[path].strictness is not None


SLA = "sla: {window: 30d, target: 99%"
"""A service level, to be closed."""
NULLS = f"max_null_rate: 0.3, {SLA}"
DATASET = {
    "rows.min": ("rows: {min: 2}", "rows: {min: 3}", "rows: {min: +2}"),
    "rows.max": ("rows: {max: 9}", "rows: {max: 5}", "rows: {max: 09, min: 1}"),
    "rows.max_loss": ("rows: {max_loss: 0.5}", "rows: {max_loss: 0.2}", "rows: {max_loss: 5e-1}"),
    "rows.max_gain": ("rows: {max_gain: 2}", "rows: {max_gain: 0}", "rows: {max_gain: 2.0}"),
    "columns": ("columns: open", "columns: closed", 'columns: "open"'),
    "key": ("", "key: [a, b]", "rows: {}"),
    "sample": ("sample: {}", "sample: false", "sample: {confidence: 0.95}"),
    "sample.confidence": ("sample: {confidence: 0.95}", "sample: {confidence: 0.9}", "sample: {}"),
}
"""Of the keys of a dataset: loose, tight, and the loose one in other words."""
FEATURE = {
    "criticality": ("criticality: low", "criticality: high", 'criticality: "low"'),
    "sensitive": ("sensitive: false", "sensitive: true", ""),
    "dtype": ("dtype: float", "dtype: int", "dtype: 'float'"),
    "allow_nonfinite": ("dtype: float, allow_nonfinite: true", "dtype: float, allow_nonfinite: false", None),
    "min": ("dtype: float, min: 1", "dtype: float, min: 1.5", "dtype: float, min: 1.0"),
    "max": (
        "dtype: datetime, max: 2026-01-02",
        "dtype: datetime, max: 2026-01-01",
        "dtype: datetime, max: 2026-01-02T00:00Z",
    ),
    "allowed": ("dtype: int, allowed: [1, 2]", "dtype: int, allowed: [2]", 'dtype: int, allowed: [02, "1"]'),
    "pattern": ("", "pattern: x", None),
    "min_length": ("", "min_length: 1", "min_length: 0"),
    "max_length": ("max_length: 9", "max_length: 8", "max_length: +9"),
    "allow_null": ("allow_null: true", "allow_null: false", ""),
    "max_null_rate": ("max_null_rate: 0.3", "max_null_rate: 0.2", "max_null_rate: .30"),
    "max_invalid_rate": ("pattern: x, max_invalid_rate: 0.1", "pattern: x", "pattern: x, max_invalid_rate: 1e-1"),
    "unique": ("unique: false", "unique: true", ""),
    "freshness": ("dtype: date, freshness: 2d", "dtype: date, freshness: 47h", "dtype: date, freshness: 48h"),
    "sla": ("unique: true", f"unique: true, {SLA}}}", "unique: true, sla: false"),
    "sla.target": (
        f"unique: true, {SLA}}}",
        f"unique: true, {SLA.replace('99%', '99.9%')}}}",
        f"unique: true, {SLA.replace('99%', '0.990')}}}",
    ),
    "sla.null_rate": (f"{NULLS}, null_rate: 0.2}}", f"{NULLS}, null_rate: 0.1}}", f"{NULLS}, null_rate: 0.20}}"),
    "sla.invalid_rate": (
        f"dtype: int, {SLA}, invalid_rate: 0.2}}",
        f"dtype: int, {SLA}, invalid_rate: 0.1}}",
        f"dtype: int, {SLA}, invalid_rate: .2}}",
    ),
    "drift.max_psi": ("drift: {max_psi: 0.2}", "drift: {max_psi: 0.1}", "drift: {max_psi: 0.20}"),
}
"""The same of a feature's."""
UNTOLD = {
    "dataset.format.delimiter": ("", "format: {delimiter: ';'}", 'format: {delimiter: ";"}'),
    "dataset.format.quote": ("", "format: {quote: ''}", None),
    "dataset.format.encoding": ("", "format: {encoding: latin-1}", None),
    "dataset.format.header": ("format: {header: true}", "format: {header: false}", None),
    "dataset.format.null_values": ("", 'format: {null_values: ["", NA]}', 'format: {null_values: ["NA", ""]}'),
    "features.a.null_values": ("", 'null_values: ["", NA]', 'null_values: ["NA", "", NA]'),
    "features.a.sla.window": (
        f"unique: true, {SLA}}}",
        f"unique: true, {SLA.replace('30d', '31d')}}}",
        f"unique: true, {SLA.replace('30d', '744h')}}}",
    ),
    "features.a.formats": ("dtype: date", 'dtype: date, formats: ["%d.%m.%Y"]', None),
}
"""Keys whose change may loosen either way: a value, another, and that in other words."""
SILENT = {
    "dataset.owner": "owner: x",
    "dataset.description": "description: x",
    "features.a.description": "description: x",
}
ELSEWHERE = {"version", "dataset.name", "dataset.files"}
"""These have tests of their own; of the version there is only one."""


def test_an_example_of_every_key_is_tried() -> None:
    tried = {f"dataset.{name}" for name in DATASET} | {f"features.a.{name}" for name in FEATURE}
    assert tried | UNTOLD.keys() | SILENT.keys() | ELSEWHERE == LEAVES.keys()


def pair(path: str, *keys: str) -> list[Contract]:
    if path.startswith("features"):
        return [of_feature(text) for text in keys]
    return [contract(text, "a: {}, b: {}") for text in keys]


TOLD = {f"dataset.{name}": texts for name, texts in DATASET.items()}
TOLD |= {f"features.a.{name}": texts for name, texts in FEATURE.items()}


@pytest.mark.parametrize("path", TOLD)
def test_a_change_has_a_direction(path: str) -> None:
    loose, tight = pair(path, *[text for text in TOLD[path][:2] if text is not None])
    tightened, loosened = compare(loose, tight), compare(tight, loose)
    assert {path: TIGHTENED} == directions(tightened)
    assert {path: LOOSENED} == directions(loosened)
    assert [change.breaks for change in (*tightened, *loosened)] == [Breaks.PRODUCERS, Breaks.CONSUMERS]


@pytest.mark.parametrize("path", UNTOLD)
def test_a_change_that_cannot_be_told_may_loosen(path: str) -> None:
    one, other = pair(path, *[text for text in UNTOLD[path][:2] if text is not None])
    for changes in (compare(one, other), compare(other, one)):
        assert {path: LOOSENED} == directions(changes)
        assert changes[0].note


def test_a_dataset_of_another_name_may_loosen() -> None:
    source = 'version: 1\ndataset: {name: NAME, files: ["*.csv"]}\nfeatures: {a: {}}\n'
    one, other = (read_contract(source.replace("NAME", name).encode(), "c.yml") for name in ("d", "e"))
    (change,) = compare(one, other)
    assert (change.path, change.before, change.after, change.direction) == ("dataset.name", "d", "e", LOOSENED)


SAME = [(path, texts[0], texts[2]) for path, texts in TOLD.items() if texts[2] is not None]
SAME += [(path, texts[1], texts[2]) for path, texts in UNTOLD.items() if texts[2]]


@pytest.mark.parametrize(("path", "one", "other"), SAME)
def test_the_same_in_other_words_is_no_change(path: str, one: str, other: str) -> None:
    assert compare(*pair(path, one, other)) == ()


@pytest.mark.parametrize(("path", "text"), SILENT.items())
def test_words_for_people_are_neutral(path: str, text: str) -> None:
    without, having = pair(path, "", text)
    (change,) = compare(without, having)
    assert (path, None, "x", NEUTRAL, Breaks.NOBODY) == (
        change.path,
        change.before,
        change.after,
        change.direction,
        change.breaks,
    )


def test_comments_blanks_and_the_order_of_keys_are_no_change() -> None:
    one = b'version: 1\ndataset: {name: d, files: ["*.csv"], key: [a, b]}\nfeatures: {a: {dtype: int, min: 1}, b: {}}\n'
    other = b"""# a comment
dataset:
  key: ['b', a]   # another

  files:
    - '*.csv'
  name: d
features:
  b: {}
  a:
    min: 1
    dtype: int
version: 1
"""
    assert compare(read_contract(one, "c.yml"), read_contract(other, "d.yml")) == ()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("data/*.csv", "data/2026.csv", LOOSENED),
        ("data/*.csv", "data/**/*.csv", TIGHTENED),
        ("data/*.csv", "data/*", TIGHTENED),
        ("data/*.csv", 'data/*.csv", "more/*.csv', TIGHTENED),
        ("data/*.csv", "other/*.csv", LOOSENED),
        ("data/?.csv", "data/*.csv", TIGHTENED),
        ("data/*.csv", "data/?.csv", LOOSENED),
        ("data/*.csv", 'data/*.csv", "data/a.csv', NEUTRAL),
    ],
)
def test_globs_that_reach_fewer_files_loosen(before: str, after: str, expected: Direction) -> None:
    assert {"dataset.files": expected} == directions(compare(contract(files=before), contract(files=after)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("dtype: int", "", LOOSENED),
        ("", "dtype: str", TIGHTENED),
        ("dtype: str", "dtype: int", TIGHTENED),
        ("dtype: decimal", "dtype: int", TIGHTENED),
        ("dtype: datetime", "dtype: date", TIGHTENED),
        ("dtype: date", "dtype: datetime", LOOSENED),
        ("dtype: int", "dtype: date", LOOSENED),
        ("dtype: bool", "dtype: int", LOOSENED),
    ],
)
def test_a_dtype_that_accepts_less_is_tighter(before: str, after: str, expected: Direction) -> None:
    assert {"features.a.dtype": expected} == directions(compare(of_feature(before), of_feature(after)))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("allow_null: false", "max_null_rate: 0.0", {"allow_null": NEUTRAL, "max_null_rate": NEUTRAL}),
        ("allow_null: false", "max_null_rate: 0.3", {"allow_null": LOOSENED, "max_null_rate": LOOSENED}),
        ("allow_null: false, max_null_rate: 0", "allow_null: false", {"max_null_rate": NEUTRAL}),
        ("max_null_rate: 0.3", "allow_null: false", {"allow_null": TIGHTENED, "max_null_rate": TIGHTENED}),
        ("max_null_rate: 1", "", {}),
        ("pattern: x, max_invalid_rate: 0", "pattern: x", {}),
        ("", "dtype: date, formats: ['%d.%m.%Y']", {"dtype": TIGHTENED, "formats": NEUTRAL}),
        ("", "dtype: float, allow_nonfinite: true", {"dtype": TIGHTENED, "allow_nonfinite": NEUTRAL}),
        ("dtype: decimal, min: 0.5", "dtype: int, min: 0", {"dtype": TIGHTENED, "min": LOOSENED}),
        (
            "dtype: datetime, max: 2026-01-01T12:00",
            "dtype: date, max: 2026-01-01",
            {"dtype": TIGHTENED, "max": TIGHTENED},
        ),
        ("dtype: int, min: 1", "dtype: date, min: 2026-01-01", {"dtype": LOOSENED, "min": LOOSENED}),
        ("pattern: x", "pattern: y", {"pattern": LOOSENED}),
        ("dtype: datetime, formats: ['%d.%m.%Y']", "dtype: date, formats: ['%d.%m.%Y']", {"dtype": LOOSENED}),
        ("dtype: int, allowed: [1, 2]", "dtype: int, allowed: [1, 3]", {"allowed": LOOSENED}),
        ("dtype: float, allowed: [1, 2]", "dtype: int, allowed: [1]", {"dtype": TIGHTENED, "allowed": TIGHTENED}),
        ("unique: true", "dtype: int, unique: true", {"dtype": TIGHTENED}),
        ("dtype: decimal, unique: true", "dtype: int, unique: true", {"dtype": TIGHTENED}),
        ("dtype: decimal, allowed: [1]", "dtype: int, allowed: [1]", {"dtype": TIGHTENED}),
        ("null_values: ['']", "", {"null_values": NEUTRAL}),
        (f"{NULLS}}}", f"{NULLS}, null_rate: 0.2}}", {"sla.null_rate": LOOSENED}),
        (f"{NULLS}, null_rate: 0.2}}", f"{NULLS}}}", {"sla.null_rate": LOOSENED}),
    ],
)
def test_keys_that_depend_on_others(before: str, after: str, expected: dict[str, Direction]) -> None:
    found = directions(compare(of_feature(before), of_feature(after)))
    assert {f"features.a.{name}": direction for name, direction in expected.items()} == found


def test_what_a_key_promises_anyway_is_neutral() -> None:
    by_features = contract("key: [a]", "a: {unique: true, allow_null: false}, b: {criticality: high}")
    by_key = contract("key: [a]", "a: {}, b: {criticality: high}")
    names = ("features.a.allow_null", "features.a.unique")
    assert dict.fromkeys(names, NEUTRAL) == directions(compare(by_features, by_key))


def test_what_a_float_cannot_tell_apart_may_be_two_keys() -> None:
    of_floats, of_ints = (contract("key: [a, b]", f"a: {{dtype: {dtype}}}, b: {{}}") for dtype in ("float", "int"))
    data = "a,b\n9007199254740992,x\n9007199254740993,x\n"
    assert severity(of_floats, data) > severity(of_ints, data)
    assert directions(compare(of_floats, of_ints)) == {"features.a.dtype": LOOSENED}


def test_a_part_of_a_key_matters_as_much_as_its_most_critical_one() -> None:
    medium = contract("key: [a, b]", "a: {}, b: {criticality: high}")
    low = contract("key: [a, b]", "a: {criticality: low}, b: {criticality: high}")
    assert directions(compare(medium, low)) == {"features.a.criticality": NEUTRAL}


@pytest.mark.parametrize(("before", "after"), [("[a]", "[a, b]"), ("[a, b]", "[a]"), ("[a]", "[b]")])
def test_another_key_may_loosen(before: str, after: str) -> None:
    one, other = (contract(f"key: {names}", "a: {}, b: {}") for names in (before, after))
    (change,) = compare(one, other)
    assert (change.path, change.direction, bool(change.note)) == ("dataset.key", LOOSENED, True)


AS_OF = datetime(2026, 1, 4, tzinfo=UTC)
BENCH = Bench(policy=Policy(), as_of=AS_OF, today=AS_OF.date(), scope=Scope.ALL)


def severity(judge: Contract, data: str, past: str | None = None, ending: str = ".csv") -> int:
    def source(text: str) -> Source:
        return open_source(lambda: io.BytesIO(text.encode()), f"d{ending}", judge.format, tuple(judge.features))

    judged = BENCH.judge(source(data), f"d{ending}", judge, Past(open=None if past is None else lambda: source(past)))
    return judged.decision.verdict.severity


ONES = "a\n" + "1\n" * 300
SPELT = "a\n" + "1\n01\n001\n" * 100
ENTANGLED: dict[str, tuple[str, str, str, str | None]] = {
    "invalid and tolerated, no longer unique": (
        "pattern: '.*', max_invalid_rate: 0.6, unique: true",
        "pattern: '.*', max_invalid_rate: 0.6, unique: true, max_length: 1",
        "a\nxx\nxx\ny\nz\n",
        None,
    ),
    "invalid and tolerated, no longer in the distribution": (
        "pattern: '.*', max_invalid_rate: 0.6, drift: {max_psi: 0.1}",
        "pattern: '.*', max_invalid_rate: 0.6, drift: {max_psi: 0.1}, max_length: 1",
        ONES + "22\n" * 300,
        ONES,
    ),
    "any spelling of an allowed value": ("dtype: str, allowed: [1]", "dtype: int, allowed: [1]", "a\n01\n", None),
    "digits that a float cannot hold": (
        "dtype: float, unique: true",
        "dtype: int, unique: true",
        "a\n9007199254740992\n9007199254740993\n",
        None,
    ),
    "another distribution": ("drift: {max_psi: 0.1}", "dtype: int, drift: {max_psi: 0.1}", ONES, SPELT),
    "a date is a whole day": (
        "dtype: datetime, freshness: 48h",
        "dtype: date, freshness: 48h",
        "a\n2026-01-01\n",
        None,
    ),
}
"""Tighter by themselves, these let data pass that broke the old contract: before, after, the data, its past."""


@pytest.mark.parametrize("name", ENTANGLED)
def test_what_loosens_another_promise_is_loosened(name: str) -> None:
    before, after, data, past = ENTANGLED[name]
    base, head = of_feature(before), of_feature(after)
    assert severity(base, data, past) > severity(head, data, past)
    (change,) = compare(base, head)
    assert (change.direction, change.breaks, bool(change.note)) == (LOOSENED, Breaks.CONSUMERS, True)


def test_an_unsure_sample_is_judged_more_harshly_than_a_whole_file() -> None:
    unsure, whole = (contract(keys, "a: {max_null_rate: 0.5}, b: {}") for keys in ("sample: {confidence: 0.2}", ""))
    data = "a,b\n1,x\n,x\n"
    assert severity(unsure, data) > severity(whole, data)
    assert directions(compare(unsure, whole)) == {"dataset.sample": LOOSENED}


def test_where_a_file_tells_numbers_from_text_an_int_is_no_text() -> None:
    text, number = (contract(features=f"a: {{dtype: {dtype}}}", files="*.jsonl") for dtype in ("str", "int"))
    data = '{"a": 1}\n'
    assert severity(text, data, ending=".jsonl") > severity(number, data, ending=".jsonl")
    assert directions(compare(text, number)) == {"features.a.dtype": LOOSENED}


def test_a_feature_that_came_may_have_been_an_undeclared_column() -> None:
    base, head = contract(), contract(features="a: {}, b: {}")
    assert severity(base, "a,b\n1,2\n") > severity(head, "a,b\n1,2\n")
    (change,) = compare(base, head)
    assert (
        change.path,
        change.before,
        change.after,
        change.direction,
        change.breaks,
    ) == ("features.b", None, "{}", LOOSENED, Breaks.PRODUCERS)


def test_a_feature_that_came_where_columns_are_open_is_tighter() -> None:
    base, head = contract("columns: open"), contract("columns: open", "a: {}, b: {dtype: int}")
    (change,) = compare(base, head)
    assert (
        change.path,
        change.after,
        change.direction,
        change.breaks,
    ) == ("features.b", "{dtype: int}", TIGHTENED, Breaks.PRODUCERS)
    assert head.features["b"].span == change.span


def test_a_feature_that_went_breaks_consumers() -> None:
    base, head = contract(features="a: {}, b: {dtype: int}"), contract()
    (change,) = compare(base, head)
    assert ("features.b", "{dtype: int}", None, LOOSENED, Breaks.CONSUMERS, Span("c.yml", 3, 1)) == (
        change.path,
        change.before,
        change.after,
        change.direction,
        change.breaks,
        change.span,
    )


@pytest.mark.parametrize(("header", "expected"), [("false", {"features": LOOSENED}), ("true", {})])
def test_without_a_header_the_order_of_features_matters(header: str, expected: dict[str, Direction]) -> None:
    one, other = (contract(f"format: {{header: {header}}}", features) for features in ("a: {}, b: {}", "b: {}, a: {}"))
    assert expected == directions(compare(one, other))


def test_a_contract_that_came_or_went() -> None:
    (came,), (went,) = compare(None, contract()), compare(contract(), None)
    assert (came.direction, came.breaks, came.before, came.after) == (TIGHTENED, Breaks.PRODUCERS, None, "d")
    assert (went.direction, went.breaks, went.before, went.after) == (LOOSENED, Breaks.CONSUMERS, "d", None)
    assert contract().span == came.span == went.span
    assert () == compare(None, None) == compare(structure_only("a.csv"), None)


LONG = """version: 1
dataset:
  name: d
  files: ["*.csv"]
  rows: {max_loss: 0.2}
  sample:
    confidence: 0.9
features:
  a:
    min_length: 1
    drift: {max_psi: 0.1}
"""


@pytest.mark.parametrize(
    ("old", "new", "path", "line"),
    [
        ("max_loss: 0.2", "max_loss: 0.3", "dataset.rows.max_loss", 5),
        ("  rows: {max_loss: 0.2}\n", "  rows: {}\n", "dataset.rows.max_loss", 5),
        ("  rows: {max_loss: 0.2}\n", "", "dataset.rows.max_loss", 2),
        ("  sample:\n    confidence: 0.9\n", "", "dataset.sample", 2),
        ("confidence: 0.9", "confidence: 0.8", "dataset.sample.confidence", 7),
        ("min_length: 1", "min_length: 2", "features.a.min_length", 10),
        ("    min_length: 1\n", "", "features.a.min_length", 9),
        ("    drift: {max_psi: 0.1}\n", "", "features.a.drift.max_psi", 9),
    ],
)
def test_a_change_stands_where_its_key_is_or_would_be(old: str, new: str, path: str, line: int) -> None:
    (change,) = compare(read_contract(LONG.encode(), "c.yml"), read_contract(LONG.replace(old, new).encode(), "c.yml"))
    assert (path, "c.yml", line) == (change.path, change.span.path, change.span.line)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("max_null_rate: 0.3", "max_null_rate: 0.5", "features.a.max_null_rate: 0.3 → 0.5"),
        ("max_length: 3", "", "features.a.max_length is gone; it was 3"),
        ("", "allowed: [x, 'NO']", 'features.a.allowed is new: [x, "NO"]'),
        (
            "pattern: x",
            "pattern: y",
            "features.a.pattern: x → y (which of the two holds for more data cannot be told)",
        ),
    ],
)
def test_a_change_is_told_in_a_sentence(before: str, after: str, expected: str) -> None:
    (change,) = compare(of_feature(before), of_feature(after))
    assert expected == plain(change.message)


def test_what_a_stranger_wrote_is_escaped_before_it_is_shown() -> None:
    hostile = '"a\\n::error::x"'
    base, head = (contract(features=f"{hostile}: {{pattern: {pattern}}}") for pattern in ('"x"', '"\\n::error::y"'))
    (change,) = compare(base, head)
    strange = [part for part in change.message if "::" in part]
    assert len(strange) == 2
    assert all(isinstance(part, Unsaid) for part in strange)
    assert "\n" not in sentence(change.message)
