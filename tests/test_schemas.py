"""The JSON Schemas: made from the tables of keys, sound, and of one mind with the parsers and the JSON report."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from data_contract.case import Bench, missing, unreadable
from data_contract.conclusion import outcome_of
from data_contract.contract import structure_only
from data_contract.contract_document import CONTRACT, read_contract
from data_contract.errors import DataContractError, Rejected
from data_contract.formats.csv import CsvSource
from data_contract.keys import Listing, Named, Table, TableOrFalse
from data_contract.policy_cases import POLICY_CASES, read_cases
from data_contract.policy_document import POLICY, read_policy
from data_contract.reports import REPORTS
from data_contract.scalars import Choice, Day, Duration, Flag, Integer, Literal, Number, Share, Text, Verbatim, Version
from data_contract.schemas import SCHEMAS, schema

FOLDER = Path(__file__).parent.parent / "schemas"
FILES = sorted(file.name for file in FOLDER.glob("*.schema.json"))


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / name).read_text(encoding="utf-8")))


def test_every_schema_is_here() -> None:
    assert sorted([*SCHEMAS, "dashboard.schema.json", "report.schema.json"]) == FILES


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_in_the_repository_is_what_the_tables_say(name: str) -> None:
    assert schema(name) == json.loads((FOLDER / name).read_text(encoding="utf-8"))


def objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object in a schema."""
    if isinstance(part, dict):
        if "properties" in part and part.get("type") == "object":
            yield part
        for child in part.values():
            yield from objects(child)
    elif isinstance(part, list):
        for child in part:
            yield from objects(child)


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_valid_and_explains_every_property(name: str) -> None:
    found = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(found)
    assert list(objects(found))
    for each in objects(found):
        assert each["additionalProperties"] is False
        mute = [key for key, child in each["properties"].items() if not child.get("description", "").endswith(".")]
        assert mute == []


class Core(yaml.SafeLoader):
    """YAML 1.2: no dates, no `yes` and `no`, and exponents need no dot."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # as PyYAML has it


for tag, form in {
    "null": r"(?:~|null|Null|NULL|)",
    "bool": r"true|false",
    "int": r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+",
    "float": r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan",
}.items():
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{form})$"), None)


def instance(source: str) -> Any:
    return _value(yaml.compose(source, Loader=Core))


def _value(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _value(child) for key, child in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(child) for child in node.value]
    assert isinstance(node, yaml.ScalarNode)
    text = node.value
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text == "true"
        case "int":
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        case "float":
            return float(text.replace(".inf", "inf").replace(".nan", "nan"))
        case _:
            return text


Tree = dict[str, Any] | list[Any] | str
"""A document; a scalar stands as it is written in YAML."""
TEXTS = st.sampled_from(
    ["a", '"a b"', "NO", "007", "1.5", "true", "2026-12-31", "'x'", '"[A-Z]+"', "_a_", ".inf", '""']
)
PATTERNED = st.sampled_from(
    ["data/*.csv", "2024", "true", "/a", "../a", "48h", "48x", '"2026-12-31"', "2026-02-30", '";"', '"\\t"', "''", "ab"]
)
NUMBERS = st.sampled_from(["0", "1", "0.25", "0.4", ".5", "5.", "1e-1", "+0.3", "0.95", "2", "-1", "1e400", "0x1"])
LITERALS = st.sampled_from(["1", "2.5", "a", '"3"', "true", "null", "2026-01-01", "1e3", "007", '""'])
NAMES = st.sampled_from(["a", "b", "7", "true", "~", "A b"])


SINGLE: dict[type, st.SearchStrategy[str]] = {
    Literal: LITERALS,
    Verbatim: LITERALS,
    Duration: PATTERNED,
    Day: PATTERNED,
    Flag: st.sampled_from(["true", "false"]),
    Number: NUMBERS,
    Share: st.sampled_from(["99%", '"99.9%"', "0.99", "0%", "100%", "1", "0.5 %", "0.000%", "099%"]),
    Integer: st.sampled_from(["0", "1", "3", "10"]),
    Version: st.just("1"),
}


def written(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a kind of key, most of them fine."""
    match kind:
        case Table():
            required = {key.name: written(key.kind) for key in kind.keys if key.required}
            optional = {key.name: written(key.kind) for key in kind.keys if not key.required}
            return st.fixed_dictionaries(required, optional=optional).flatmap(_thinned(set(required)))
        case TableOrFalse():
            return st.just("false") | written(kind.table)
        case Named():
            return st.dictionaries(NAMES, written(kind.of), min_size=1, max_size=2)
        case Listing():
            return st.lists(written(kind.of), min_size=kind.minimum, max_size=2)
        case Choice():
            return st.sampled_from([option.value for option in kind.options])
        case Text():
            return PATTERNED if kind.pattern else TEXTS
        case _:
            return SINGLE[type(kind)]


def _thinned(required: set[str]) -> Callable[[dict[str, Any]], st.SearchStrategy[dict[str, Any]]]:
    """Few optional keys at a time, so that many documents are fine."""

    def thin(full: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        optional = [key for key in full if key not in required]
        kept = st.sets(st.sampled_from(optional), max_size=3) if optional else st.just(set())
        return kept.map(lambda some: {key: child for key, child in full.items() if key in required | some})

    return thin


WRONG: st.SearchStrategy[Tree] = st.sampled_from(
    [
        "a",
        '"5"',
        "5",
        "-1",
        "1.0",
        "1e9",
        "0x10",
        "true",
        "yes",
        "~",
        '""',
        "99999999999999999999",
        [],
        {},
        ["a"],
        {"a": "1"},
    ]
)


@st.composite
def documents(draw: st.DrawFn, table: Table) -> Tree:
    tree: Tree = draw(written(table))
    for _ in range(draw(st.integers(0, 2))):
        tree = draw(spoilt(tree))
    return tree


def spoilt(tree: Tree) -> st.SearchStrategy[Tree]:
    """The tree with one thing changed: a value exchanged, a key removed, a key added."""
    if isinstance(tree, dict) and tree:
        inner = st.sampled_from(sorted(tree)).flatmap(lambda key: spoilt(tree[key]).map(lambda new: {**tree, key: new}))
        less = st.sampled_from(sorted(tree)).map(lambda gone: {key: tree[key] for key in tree if key != gone})
        more = st.tuples(st.sampled_from(["unknown", "dtype", "min"]), WRONG).map(
            lambda pair: {**tree, pair[0]: pair[1]}
        )
        return st.one_of(inner, inner, inner, less, more)
    if isinstance(tree, list) and tree:
        return st.integers(0, len(tree) - 1).flatmap(
            lambda at: spoilt(tree[at]).map(lambda new: [*tree[:at], new, *tree[at + 1 :]])
        )
    return WRONG


def source_of(tree: Tree) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {source_of(child)}" for key, child in tree.items()) + "}"
    return "[" + ", ".join(map(source_of, tree)) + "]" if isinstance(tree, list) else tree


PARSERS: dict[str, tuple[Table, Callable[[bytes, str], object]]] = {
    "contract.schema.json": (CONTRACT, read_contract),
    "policy.schema.json": (POLICY, read_policy),
    "policy-cases.schema.json": (POLICY_CASES, read_cases),
}
VALIDATORS = {name: validator(name) for name in FILES}


def mistakes(name: str, source: str) -> list[str]:
    """What the parser says is wrong."""
    try:
        PARSERS[name][1](source.encode(), "file.yml")
    except Rejected as rejected:
        return [mistake.message for mistake in rejected.mistakes]
    except DataContractError as mistake:
        return [mistake.message]
    return []


def contract(dataset: str = "", feature: str = "dtype: int") -> str:
    return f"{{version: 1, dataset: {{name: d, files: [a.csv]{dataset}}}, features: {{f: {{{feature}}}}}}}"


def policy(risk: str) -> str:
    return f"{{version: 1, risk: {{{risk}}}}}"


SLA = "{window: 30d, target: 99%}"
NO_VALUE = r"'.*' is no (?:int|float|decimal|bool|date|datetime)$"
NO_NUMBER = r"expected a (?:whole )?number.*, found '.*[.ex].*'"
SCHEMA_CANNOT_SAY = {
    "that one number is above another": [
        (contract(feature="dtype: int, min: 2, max: 1"), r"`min` .* is above `max`"),
        (contract(feature="min_length: 2, max_length: 1"), r"`min_length` .* is above `max_length`"),
        (contract(", rows: {min: 2, max: 1}"), r"`min` .* is above `max`"),
        (policy("alert_threshold: 0.5, block_threshold: 0.4"), r"`alert_threshold` .* is not below `block_threshold`"),
        (policy("advisory_ceiling: 0.4"), r"`advisory_ceiling` .* does not lie between the thresholds"),
    ],
    "that one place names what another declares": [
        (contract(", key: [g]"), r"the key names '.*', which is no feature"),
        (contract(", key: [f]", "allow_null: true"), r"a feature of the key cannot be null"),
        (contract(feature=f"unique: true, sla: {SLA[:-1]}, null_rate: 0}}"), r"nothing measures the `null_rate`"),
        (contract(feature=f"unique: true, sla: {SLA[:-1]}, invalid_rate: 0}}"), r"nothing measures the `invalid_rate`"),
    ],
    "that 1 and '1' are one name": [(contract(", key: [f, f]"), r"the key names a feature twice")],
    "what a text means under a dtype and its formats": [
        (contract(feature="dtype: int, allowed: [a]"), NO_VALUE),
        (contract(feature="dtype: date, min: 2026-02-30"), NO_VALUE),
        (contract(feature='dtype: date, formats: ["%d.%m.%Y"], min: 2026-01-01'), NO_VALUE),
    ],
    "how a number is written": [
        (contract(feature="dtype: int, min: 1.0"), NO_VALUE),
        (contract(feature="dtype: decimal, min: 1e3"), NO_VALUE),
        (contract(feature="min_length: 1.0"), NO_NUMBER),
        (contract().replace("version: 1", "version: 1.0"), NO_NUMBER),
        ("{version: 1, ci: {min_coverage: 0x1}}", NO_NUMBER),
        (policy("alert_threshold: 0.1234567891"), r"the threshold .* has more than 9 decimals"),
    ],
    "that a number is finite": [
        (contract(", rows: {max_gain: 1e999}"), r"must be .*, found 1e\d+$"),
        (contract(", rows: {max_gain: .inf}"), NO_NUMBER),
        (contract(feature="dtype: float, max: 1e999"), NO_VALUE),
    ],
    "what a regular expression or a format of dates may be": [
        (contract(feature='pattern: "("'), r"'.*' is no pattern: "),
        (contract(feature='dtype: date, formats: ["%d"]'), r"the format '.*' (?:lacks|has|cannot)"),
    ],
    "which days there are": [
        ("{version: 1, waivers: [{dataset: d, check: key, until: 2026-02-30, reason: r}]}", r"there is no day '")
    ],
    "that nothing is written where ~ may be": [
        (
            "version: 1\ndataset:\n  name: d\n  files: [a.csv]\n  format:\n    null_values:\n    -\nfeatures: {f: {}}",
            r"expected a single value, found nothing",
        ),
    ],
}
"""What a JSON Schema cannot say; documents that it accepts, and what the parser says of them."""
CASES = [(reason, *case) for reason, cases in SCHEMA_CANNOT_SAY.items() for case in cases]
BEYOND = re.compile("|".join(f"(?:{message})" for _, _, message in CASES))


@pytest.mark.parametrize(("reason", "source", "message"), CASES)
def test_the_parser_refuses_what_a_schema_cannot_say(reason: str, source: str, message: str) -> None:
    name = "contract.schema.json" if "features" in source else "policy.schema.json"
    assert VALIDATORS[name].is_valid(instance(source)), reason
    assert [bool(re.match(message, mistake)) for mistake in mistakes(name, source)] == [True]


@pytest.mark.parametrize("name", SCHEMAS)
@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_schema_and_parser_accept_the_same_documents(name: str, data: st.DataObject) -> None:
    source = source_of(data.draw(documents(PARSERS[name][0])))
    errors = [error.message for error in VALIDATORS[name].iter_errors(instance(source))]
    found = mistakes(name, source)
    if not errors:
        assert [mistake for mistake in found if not BEYOND.match(mistake)] == [], source
    else:
        assert found != [], (source, errors)


@pytest.mark.parametrize("name", SCHEMAS)
def test_documents_of_both_kinds_are_drawn(name: str) -> None:
    """The law above says nothing if every document is refused."""
    drawn: set[bool] = set()

    @given(documents(PARSERS[name][0]))
    @settings(deadline=None, max_examples=60, database=None)
    def draw(tree: Tree) -> None:
        drawn.add(VALIDATORS[name].is_valid(instance(source_of(tree))))

    draw()
    assert drawn == {True, False}


SOUND = """version: 1
dataset: {name: d, files: ["*.csv"], key: [id], rows: {max_loss: 0.2}}
features:
  id: {dtype: int}
  plan: {allowed: [free, pro], max_invalid_rate: 0.1}
  day: {dtype: date, freshness: 2d, criticality: low}
  mail: {sensitive: true, min_length: 3, drift: {max_psi: 0.2}}
"""
SPOILT = "id,plan,day,mail\n1,x,2026-01-01,a\n1,,x,\n,free\n\n"
WAIVERS = """version: 1
ci: {on_not_evaluated: allow}
overrides: [{match: {path: "*.csv"}, ci: {fail_on: []}}]
waivers:
- {dataset: d, feature: plan, check: invalid-rate, up_to: 1, until: 2026-12-31, reason: r, approved_by: a}
- {dataset: d, check: columns, until: 2025-12-31, reason: r}
"""
RUNS = {
    "allowed": ("id,plan,day,mail\n1,free,2026-01-01,a@b\n", "{version: 1, ci: {on_not_evaluated: allow}}", 0),
    "blocked": (SPOILT, "{version: 1, ci: {on_not_evaluated: alert}}", 1),
    "undecided": (None, "version: 1", 2),
    "waived": ("id,plan,more\n1,x,\n", WAIVERS, 0),
    "empty": ("", "{version: 1, ci: {on_not_evaluated: allow}}", 1),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("more", ["", "missing", "unreadable", "uncontracted"])
def test_the_json_report_is_what_its_schema_says(name: str, more: str) -> None:
    data, rules, exit_code = RUNS[name]
    by, judge = read_policy(rules.encode(), "policy.yml"), read_contract(SOUND.encode(), "contract.yml")
    bench = Bench(policy=by, as_of=datetime(2026, 1, 1, tzinfo=UTC), today=date(2026, 1, 1))
    source = CsvSource(lambda: io.BytesIO((data or "").encode()), "d.csv", judge.format, tuple(judge.features))
    judged = bench.decide(unreadable(judge, "d.csv", "gone")) if data is None else bench.judge(source, "d.csv", judge)
    datasets = [judged]
    if more == "missing":
        datasets.append(bench.decide(missing(judge, judge.files)))
    elif more == "unreadable":
        datasets.append(bench.decide(unreadable(judge, "e.csv", "no such file")))
    elif more == "uncontracted":
        datasets.append(bench.judge(source, "d.csv", structure_only("d.csv")))
    report = json.loads(REPORTS["json"](outcome_of(datasets, by, datetime(2026, 1, 1, tzinfo=UTC))))
    assert [error.message for error in VALIDATORS["report.schema.json"].iter_errors(report)] == []
    assert len(report["waivers"]) == (name == "waived")
    if not more:
        assert report["exit_code"] == exit_code
