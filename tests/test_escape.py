"""Hostile text in cells, names, paths, contracts and policies never speaks from a report."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, date, datetime

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contract.case import Bench, missing, unreadable
from data_contract.conclusion import outcome_of
from data_contract.contract_document import read_contract
from data_contract.formats.csv import CsvSource
from data_contract.model import Origin, Outcome
from data_contract.policy_document import read_policy
from data_contract.reports import REPORTS
from data_contract.reports.terminal import show
from data_contract.reports.words import waivers_needed

SOME = settings(deadline=None, max_examples=40)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MARK = "☠"
"""Stands in every hostile text, so that a report can be searched for it."""
PIECES = (
    *("::error::", "::stop-commands::x", "##[error]", "##[", "##", "[", "]", "::", ":", ",", "=", "%0A", "%", "#"),
    *("`", "``", "```", "|", "\\", "\\|", "[a](http://b)", "<img src=x>", "*", "_", "http://c", "- ", "é", "{", "}"),
    *("\n", "\r", "\r\n", "\t", "\v", "\x1b[31m", "\0", "\x7f", "\x85", "\x9b", "\u2028", "\u2029", "\u00a0", " "),
    *("\u202e", "\u2066", "\u061c", "\u200b", "\u200f", "\u2060", "\ufeff", "\u00ad", "\U000e0041", "\U0001d173"),
    *('"', "'", "''", "&a", "*a", "!t", "~", "null", "\U0001f600", "x" * 200),
)
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=5).flatmap(
    lambda pieces: st.permutations([*pieces, MARK]).map("".join)
)
PATTERNS = st.sampled_from(
    [MARK, f"{MARK}|`", f"(?:{MARK}\\|a)`", f"{MARK}##\\[error]|::", f"[{MARK}\u202e]", f"\n{MARK}"]
)


def yaml_text(text: str) -> str:
    """Any text as a double-quoted scalar."""
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08x}" for c in text) + '"'


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    """What comes of a hostile file, contract and policy, read by the real program."""
    names = draw(st.lists(HOSTILE, min_size=2, max_size=4, unique=True))
    name, path = draw(HOSTILE), draw(HOSTILE | st.just(f"a\udcff{MARK}"))
    promises = [
        f"{yaml_text(names[0])}: {{dtype: int, allow_null: false, criticality: low}}",
        f"{yaml_text(names[1])}: {{allowed: [{yaml_text(draw(HOSTILE))}], pattern: {yaml_text(draw(PATTERNS))}}}",
        f"{yaml_text(draw(HOSTILE) + 'gone')}: {{}}",
    ]
    glob = re.sub(r"[\[\]{}\0]|//|\.\.", "_", draw(HOSTILE))
    contract = f"version: 1\ndataset: {{name: {yaml_text(name)}, files: [{yaml_text('a' + glob)}], "
    contract = contract.replace("\\U0000000a", "_")  # a glob is one line
    contract += f"key: [{yaml_text(names[0])}]}}\nfeatures: {{{', '.join(promises)}}}"

    file = io.StringIO()
    writer = csv.writer(file, quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])), lineterminator="\n")
    rows = draw(st.lists(st.lists(st.just("") | HOSTILE, min_size=1, max_size=4), max_size=5))
    writer.writerows([names, *(row * len(names) if len(row) == 1 else row for row in rows)])
    data = file.getvalue().encode("utf-8", "surrogateescape") + draw(st.just(b"") | st.just(b"\xff,\x9b,\n"))

    undecided = draw(st.sampled_from(["error", "block"]))
    waived = f"{{dataset: {yaml_text(name)}, check: columns, until: {draw(st.sampled_from([2020, 2030]))}-01-01, "
    waived += f"reason: {yaml_text(draw(HOSTILE))}, approved_by: {yaml_text(draw(HOSTILE))}}}"
    policy = f"version: 1\nci: {{on_not_evaluated: {undecided}}}\noverrides: [{{match: {{}}}}]\nwaivers: [{waived}]"
    by = read_policy(policy.encode(), draw(HOSTILE))
    judge = read_contract(contract.encode(), draw(HOSTILE))
    bench = Bench(policy=by, as_of=datetime(2026, 1, 1, tzinfo=UTC), today=date(2026, 1, 1))
    source = CsvSource(lambda: io.BytesIO(data), path, judge.format, tuple(judge.features))
    datasets = [bench.judge(source, path, judge)]
    datasets += draw(
        st.sampled_from(
            [[], [bench.decide(missing(judge, judge.files))], [bench.decide(unreadable(judge, path, draw(HOSTILE)))]]
        )
    )
    diffs = st.sampled_from([None, (), (range(1, 3), range(5, 9))])
    datasets = [replace(each, diff=draw(diffs)) for each in datasets]
    places = st.builds(
        Origin,
        prefix=st.sampled_from(["", f"{MARK}](x)/|/"]),
        link=st.sampled_from([None, "https://example.org/o/r/blob/0/"]),
        commands=st.sampled_from([(), (f"run '{MARK}' ``` `",)]),
    )
    return replace(outcome_of(datasets, by, NOW), origin=draw(places), base=draw(st.sampled_from([None, "0" * 40])))


def terminal(outcome: Outcome) -> str:
    with redirect_stdout(io.StringIO()) as shown:
        show(outcome)
    return shown.getvalue()


def rendered(outcome: Outcome) -> Iterator[tuple[str, str]]:
    yield from ((name, render(outcome)) for name, render in REPORTS.items())
    yield "terminal", terminal(outcome)


VISIBLE_FORMATS = (range(0x600, 0x606), (0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD), range(0x13430, 0x13440))
SILENT = {
    char
    for char in map(chr, range(0x110000))
    if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs")
    and not any(ord(char) in each for each in VISIBLE_FORMATS)
} - {"\n"}
"""Every control, and every character that turns, joins or hides text."""


@given(outcomes())
@SOME
def test_no_report_holds_a_character_that_does_something(outcome: Outcome) -> None:
    for name, report in rendered(outcome):
        assert (name, set(report) & SILENT) == (name, set())


def is_command(line: str) -> bool:
    """Whether a runner takes a line for a command: `::` at its trimmed start, or the old form anywhere in it."""
    return line.strip().startswith("::") or "##[" in line


@given(outcomes())
@SOME
def test_no_line_is_a_command_that_was_not_meant(outcome: Outcome) -> None:
    for name, report in rendered(outcome):
        meant = [line for line in report.splitlines() if is_command(line)]
        assert (name, meant) == (name, report.splitlines() if name == "github" else [])
        assert (name, "##[" in report) == (name, False)


def unescaped(text: str) -> str:
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def command(line: str) -> tuple[str, dict[str, str], str]:
    """Level, properties and message, as a runner reads them."""
    info, _, message = line.strip().removeprefix("::").partition("::")
    level, _, given_ = info.partition(" ")
    pairs = [pair.partition("=") for pair in given_.split(",") if pair]
    assert len({name for name, _, _ in pairs}) == len(pairs)
    return level, {name: unescaped(value) for name, _, value in pairs}, unescaped(message)


def shown(text: str) -> str:
    """A path as people see it: what does something is spelt out."""
    codes = {char: f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}" for char in {*SILENT, "\n"}}
    return "".join(codes.get(char, char) for char in text).replace("##[", "##\\[")


@given(outcomes())
@SOME
def test_every_annotation_has_our_properties_and_no_others(outcome: Outcome) -> None:
    files = {each.path for each in outcome.datasets} | {
        each.contract.path for each in outcome.datasets if each.contract
    }
    wanted = {shown(outcome.origin.from_top(path)) for path in files if path is not None}
    for line in REPORTS["github"](outcome).splitlines():
        level, properties, message = command(line)
        assert level in ("error", "warning")
        assert properties.keys() <= {"file", "line", "col", "title"}
        assert properties.get("file") is None or properties["file"] in wanted
        assert all(properties[name].isdecimal() for name in ("line", "col") if name in properties)
        assert message
        assert "\n" not in message


def spans(cell: str) -> tuple[str, list[str]]:
    """What stands outside of code spans, and what inside, by the rules of GFM; every span must be closed."""
    outside, inside, at = "", [], 0
    while at < len(cell):
        if cell[at] == "\\":
            outside, at = outside + cell[at : at + 2], at + 2
        elif cell[at] != "`":
            outside, at = outside + cell[at], at + 1
        else:
            fence = re.compile("`+").match(cell, at)
            assert fence is not None
            closing = re.compile(f"(?<!`){fence.group()}(?!`)").search(cell, fence.end())
            assert closing is not None, f"a code span is open in {cell!r}"
            inside.append(cell[fence.end() : closing.start()])
            at = closing.end()
    return outside, inside


def columns(row: str) -> list[str]:
    """The cells of a table's row, cut before code spans are found, as GFM does."""
    cells = re.split(r"(?<!\\)\|", row)
    assert (cells[0], cells[-1]) == ("", "")
    return [cell.replace("\\|", "|") for cell in cells[1:-1]]


@given(outcomes())
@SOME
def test_markdown_shows_hostile_text_in_code_alone(outcome: Outcome) -> None:
    width, is_code = 0, False
    for line in REPORTS["markdown"](outcome).splitlines():
        if line.startswith("```"):
            is_code = not is_code
        elif not is_code:
            cells = columns(line) if line.startswith("|") else [line]
            width = 0 if not line.startswith("|") else width or len(cells)
            assert len(cells) == (width or 1)
            assert MARK not in "".join(spans(cell)[0] for cell in cells)
    assert not is_code


@given(outcomes())
@SOME
def test_json_says_every_text_as_it_is(outcome: Outcome) -> None:
    report = json.loads(REPORTS["json"](outcome))
    assert [(each["name"], each["path"]) for each in report["datasets"]] == [(e.name, e.path) for e in outcome.datasets]
    values = [location.value for each in outcome.datasets for f in each.findings for location in f.locations]
    assert values == [at["value"] for each in report["datasets"] for f in each["findings"] for at in f["locations"]]


@given(outcomes())
@SOME
def test_the_waivers_to_paste_name_the_findings(outcome: Outcome) -> None:
    flip = outcome.decision.counterfactual
    assert flip is not None
    wanted = {(f.dataset, f.feature, f.check) for f in flip.findings}
    found = yaml.safe_load("\n".join(waivers_needed(outcome))) or []
    assert {(each["dataset"], each.get("feature"), each["check"]) for each in found} == wanted


SECRETS = [f"Zq7{index}secret" for index in range(4)]
SENSITIVE = """
version: 1
dataset: {name: people, files: [people.csv], key: [id, token]}
features:
  id: {dtype: int, max: 2}
  token: {sensitive: true, min_length: 99}
  mail: {sensitive: true, dtype: int, unique: true, allow_null: false}
  code: {sensitive: true, allowed: [a], max_invalid_rate: 0.1}
  plan: {allowed: [free]}
"""
SECRET = st.sampled_from(SECRETS)
LINES = st.builds(
    str.format,
    st.sampled_from(
        [
            *("id,token,mail,code,plan", "id,token,e-mail,code,plan", "id,token,token,code,plan", "token,mail"),
            *("1,{0},{1},{2},free", "1,{0},{1},{2},gold", "x,{0},,{2},", "{0},{1}", "x,{0},{1},{2},free,{0}"),
            *('1,"{0}"{1},{2},free', '1,"{0},{1},{2},free', "\0,{0}\0,{1},{2},\0", "<<<<<<< {0}", ""),
        ]
    ),
    *(SECRET, SECRET, SECRET),
)


@given(st.booleans(), st.lists(LINES, max_size=6))
@SOME
def test_no_report_shows_a_value_of_a_sensitive_feature(has_header: bool, lines: list[str]) -> None:
    data = "\n".join(["id,token,mail,code,plan"] * has_header + lines).encode()
    contract, policy = read_contract(SENSITIVE.encode(), "contract.yml"), read_policy(b"version: 1", "policy.yml")
    source = CsvSource(lambda: io.BytesIO(data), "people.csv", contract.format, tuple(contract.features))
    judged = Bench(policy=policy, as_of=NOW, today=NOW.date()).judge(source, "people.csv", contract)
    for name, report in rendered(outcome_of([judged], policy, NOW)):
        assert (name, [secret for secret in SECRETS if secret in report]) == (name, [])
