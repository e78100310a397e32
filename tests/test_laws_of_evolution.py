"""The law of a contract's changes: where none is loosened, no data fares better under the new contract.

Contracts are drawn, changed in the key that is being tried and sometimes in another one, and judged for real.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from data_contract.case import Bench, Past
from data_contract.contract import Contract
from data_contract.contract_document import read_contract
from data_contract.errors import Rejected
from data_contract.evolution import ContractChange, compare
from data_contract.formats import open_source
from data_contract.formats.source import Source
from data_contract.model import DatasetOutcome, plain
from data_contract.policy import Policy, Scope
from data_contract.strictness import Direction

Tree = dict[str, Any]
AS_OF = datetime(2026, 1, 4, tzinfo=UTC)
EXAMPLES, ROUNDS = 15, 2
BENCH = Bench(policy=Policy(), as_of=AS_OF, today=date(2026, 1, 4), scope=Scope.ALL)

NUMBERS = ["0", "1", "2", "5"]
DAYS = ["2026-01-01", "2026-01-02", '"2026-01-03T12:00"']
DIGITS = ["1", "01", "2", "5"]
FRACTIONS = ["1", "01", "1.0", "1e0", "2.5"]
HUGE = ["9007199254740992", "9007199254740993", "9007199254740993.0"]
MOMENTS = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-03T00:00", "2026-01-03T12:00"]
GERMAN = ["01.02.2026", "02.01.2026"]
WORDS = ["x", "yy", "NA", "1"]
FLAGS = ["true", "True", "false"]
EVERYWHERE = [DIGITS, FRACTIONS, HUGE, MOMENTS, GERMAN, WORDS, FLAGS, ["nan", "1", "inf"]]
POOLS = {
    "int": [DIGITS, HUGE, FRACTIONS],
    "float": [FRACTIONS, HUGE, ["nan", "1", "inf"]],
    "decimal": [FRACTIONS, HUGE],
    "date": [MOMENTS, GERMAN],
    "datetime": [MOMENTS, GERMAN],
    "bool": [FLAGS],
}
"""Cells that mean something to a dtype, and some that do not."""

FEATURE_VALUES: dict[str, list[str]] = {
    "criticality": ["low", "medium", "high"],
    "sensitive": ["true", "false"],
    "description": ["a", "b"],
    "null_values": ['[""]', '["", NA]', "[NA]", "[]"],
    "dtype": ["int", "float", "decimal", "str", "bool", "date", "datetime"],
    "formats": ['["%Y-%m-%d"]', '["%d.%m.%Y"]', '["%d.%m.%Y", "%m.%d.%Y"]', '["%m.%d.%Y", "%d.%m.%Y"]'],
    "allow_nonfinite": ["true", "false"],
    "min": NUMBERS + DAYS,
    "max": NUMBERS + DAYS,
    "allowed": ["[1]", '["01"]', "[1, 2]", '["1.0"]', "[1, 2, 5]", "[x, yy]", "[x]", "[2026-01-03]", "[true]"],
    "pattern": ['"[0-9]+"', '"[0-9.]+"', '".*"'],
    "min_length": ["0", "1", "2"],
    "max_length": ["1", "2", "10"],
    "allow_null": ["true", "false"],
    "max_null_rate": ["0", "0.0", "0.2", "0.5", "1"],
    "max_invalid_rate": ["0", "0.2", "0.6", "1"],
    "unique": ["true", "false"],
    "freshness": ["12h", "24h", "30h", "2d", "48h"],
    "drift": ["{max_psi: 0.02}", "{max_psi: 0.2}", "{max_psi: 0.20}", "{max_psi: 2}"],
}
DATASET_VALUES: dict[str, list[str]] = {
    "owner": ["a", "b"],
    "description": ["a", "b"],
    "rows": [
        "{min: 0}",
        "{min: 1}",
        "{min: 3}",
        "{max: 3}",
        "{max: 5, max_loss: 0.2}",
        "{max_loss: 0.2}",
        "{max_loss: 0.5}",
        "{max_loss: 1}",
        "{max_gain: 0}",
        "{max_gain: 1, min: 2}",
    ],
    "format": ["{header: false}", '{null_values: [NA, ""]}', '{null_values: [""]}', "{encoding: utf-8}"],
    "sample": ["false", "{}", "{confidence: 0.95}", "{confidence: 0.7}", "{confidence: 0.3}"],
    "columns": ["open", "closed"],
    "key": ["[a]", "[b]", "[a, b]", "[b, a]"],
}
BESIDE = {
    "formats": ["date", "datetime"],
    "freshness": ["date", "datetime"],
    "allow_nonfinite": ["float"],
    "min": ["int", "float", "decimal", "date", "datetime"],
    "max": ["int", "float", "decimal", "date", "datetime"],
}
"""The dtypes that a key needs."""


@st.composite
def features(draw: st.DrawFn, wanted: str | None = None) -> Tree:
    """The keys of a feature, such as go together; `wanted` is given room."""
    found = dict(draw(st.just({}) | st.sampled_from(ENTANGLED))) if wanted else {}
    if wanted in BESIDE and found.get("dtype") not in BESIDE[wanted]:
        found["dtype"] = draw(st.sampled_from(BESIDE[wanted]))
    if not found and draw(st.booleans()):
        found["dtype"] = draw(st.sampled_from(FEATURE_VALUES["dtype"]))
    if wanted == "max_invalid_rate":
        found["max_length"] = "1"
    fitting = [name for name in OTHERS if name not in BESIDE or found.get("dtype") in BESIDE[name]]
    for name in draw(st.lists(st.sampled_from(fitting), max_size=1)):
        found[name] = draw(st.sampled_from(FEATURE_VALUES[name]))
    return found


ENTANGLED = [
    {"unique": "true", "max_invalid_rate": "0.6", "max_length": "10"},
    {"drift": "{max_psi: 0.02}", "max_invalid_rate": "0.6", "max_length": "10"},
    {"allowed": "[1]"},
    {"unique": "true"},
    {"drift": "{max_psi: 0.02}"},
    {"dtype": "datetime", "freshness": "24h"},
]
"""Promises that judge by what another key says."""
OTHERS = ["criticality", "max_invalid_rate", "max_invalid_rate", "unique", "drift", "allowed", "max_null_rate"]
OTHERS += ["min_length", "freshness", "formats"]


@st.composite
def datasets(draw: st.DrawFn) -> Tree:
    names = draw(st.lists(st.sampled_from(["rows", "columns", "key", "sample"]), max_size=1))
    return {name: draw(st.sampled_from(DATASET_VALUES[name])) for name in names}


@st.composite
def contracts(draw: st.DrawFn, place: str, name: str, glob: str) -> tuple[str, str]:
    """Two contracts, as written, that differ in one key, and sometimes in a second one."""
    wanted = name if place == "feature" else None
    tree = {"dataset": draw(datasets()), "a": draw(features(wanted)), "b": draw(st.just({}) | features())}
    pair = [dict(tree), dict(tree)]
    values = (FEATURE_VALUES if place == "feature" else DATASET_VALUES).get(name, [])
    for side, value in zip(pair, draw(st.permutations([None, *values]))[:2] if values else (), strict=False):
        _set(side, "a" if place == "feature" else "dataset", name, value)
    if draw(st.integers(0, 3)) == 0:
        where = draw(st.sampled_from(["a", "a", "dataset"]))
        second = draw(st.sampled_from(sorted(FEATURE_VALUES if where == "a" else DATASET_VALUES)))
        values = (FEATURE_VALUES if where == "a" else DATASET_VALUES)[second]
        _set(pair[1], where, second, draw(st.none() | st.sampled_from(values)))
    if place == "features":
        pair[draw(st.integers(0, 1))]["c"] = draw(features())
        if draw(st.booleans()):
            pair[1] = dict(reversed(pair[1].items()))
    return _source(pair[0], glob), _source(pair[1], glob)


def read(source: str) -> Contract:
    try:
        return read_contract(source.encode(), "c.yml")
    except Rejected:
        assume(False)
        raise


def _set(tree: Tree, where: str, name: str, value: str | None) -> None:
    """Give a key another value, or take it away."""
    tree[where] = {key: old for key, old in tree[where].items() if key != name} | ({name: value} if value else {})


def _source(tree: Tree, glob: str) -> str:
    def flow(keys: Tree) -> str:
        return "{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}"

    dataset = flow({"name": "d", "files": f'["{glob}"]'} | tree["dataset"])
    named = flow({name: flow(keys) for name, keys in tree.items() if name != "dataset"})
    return f"version: 1\ndataset: {dataset}\nfeatures: {named}\n"


Rows = list[tuple[str, ...]]


@st.composite
def tables(draw: st.DrawFn, dtypes: Sequence[str | None]) -> Rows:
    """Rows of three columns, most of whose cells mean something; many rows at times, as drift needs them."""
    pools = [draw(st.sampled_from(POOLS.get(dtype or "", EVERYWHERE))) for dtype in dtypes]
    row = st.tuples(*(st.sampled_from([*pool, *pool, ""]) for pool in pools))
    return draw(st.lists(row, max_size=5)) * draw(st.sampled_from([1, 1, 70])) + draw(st.lists(row, max_size=2))


def _file(rows: Rows, columns: Sequence[str], ending: str) -> bytes:
    if ending == ".csv":
        lines = [",".join(columns), *(",".join(row[: len(columns)]) for row in rows)]
        return "".join(f"{line}\n" for line in lines).encode()
    return "".join(json.dumps(dict(zip(columns, map(_value, row), strict=False))) + "\n" for row in rows).encode()


def _value(text: str) -> Any:
    """What a cell is in a file that tells: a number where it looks like one that JSON can write."""
    return json.loads(text) if re.fullmatch(r"true|-?[1-9][0-9]*(\.[0-9]+)?(e0)?", text) else text or None


def _judge(contract: Contract, data: bytes, against: bytes | None, ending: str) -> DatasetOutcome:
    def opened(content: bytes) -> Source:
        return open_source(lambda: io.BytesIO(content), f"d{ending}", contract.format, tuple(contract.features))

    return BENCH.judge(
        opened(data), f"d{ending}", contract, Past(open=None if against is None else lambda: opened(against))
    )


def _dtype(contract: Contract, name: str) -> str | None:
    return contract.features[name].dtype if name in contract.features else None


def is_loosened(changes: Sequence[ContractChange]) -> bool:
    return any(change.direction is Direction.LOOSENED for change in changes)


TRIED = [("feature", name) for name in FEATURE_VALUES] + [("dataset", name) for name in DATASET_VALUES]
TRIED += [("features", "came or went")]


@pytest.mark.parametrize(("place", "name"), TRIED)
@given(data=st.data())
@settings(deadline=None, max_examples=EXAMPLES)
def test_data_never_fares_better_unless_something_was_loosened(place: str, name: str, data: st.DataObject) -> None:
    ending = data.draw(st.sampled_from([".csv", ".csv", ".jsonl"]))
    base, head = map(read, data.draw(contracts(place, name, f"*{ending}")))
    if is_loosened(compare(base, head)):
        base, head = head, base
    changes = compare(base, head)
    if is_loosened(changes):
        event("loosened both ways")
        return
    columns = data.draw(st.sampled_from(["ab", "ab", "abc", "a"]))
    dtypes = [data.draw(st.sampled_from([_dtype(base, column), _dtype(head, column)])) for column in "abc"]
    for _ in range(ROUNDS):
        rows = data.draw(tables(dtypes))
        past = data.draw(st.none() | tables(dtypes))
        old, new = (
            _judge(judge, _file(rows, columns, ending), None if past is None else _file(past, columns, ending), ending)
            for judge in (base, head)
        )
        told = [plain(change.message) for change in changes]
        assert new.decision.verdict.severity >= old.decision.verdict.severity, told
        assert bool(new.decision.risk) >= bool(old.decision.risk), told
        if all(change.direction is Direction.NEUTRAL for change in changes):
            assert (new.decision.risk, new.decision.verdict) == (old.decision.risk, old.decision.verdict), told
            event("neutral")
        event("tightened, and seen to be" if new.decision.risk > old.decision.risk else "no difference seen")
