"""What reports owe to those who read them by machine, or within a limit: GitHub, GitLab, servers that read JUnit."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from data_contract.cli import main
from data_contract.errors import Span
from data_contract.model import (
    Coverage,
    Criticality,
    DatasetOutcome,
    Decision,
    Dimension,
    Finding,
    FindingOutcome,
    Location,
    Origin,
    Outcome,
    Status,
    Unsaid,
    Verdict,
    Waiver,
)
from data_contract.reports import REPORTS, markdown
from tests.test_escape import outcomes

LINK = "https://example.org/o/r/blob/abc/"
SPAN = Span("contracts/d.yml", 4)


def finding(number: int = 0, **more: Any) -> Finding:
    told = {
        "check": "range",
        "dimension": Dimension.VALIDITY,
        "dataset": "d",
        "path": "data/a b.csv",
        "feature": f"f{number}",
        "outcome": FindingOutcome.VIOLATED,
        "message": ("too low: ", Unsaid(str(number))),
        "span": SPAN,
        "contribution": 0.5,
        "locations": (Location(row=1, line=7, column=3),),
    }
    return Finding(**(told | more))


def outcome(*findings: Finding, verdict: Verdict = Verdict.BLOCK_AND_ROLLBACK, **more: Any) -> Outcome:
    fails = verdict is Verdict.BLOCK_AND_ROLLBACK
    decision = Decision(verdict=verdict, risk=0.5, reasons=(), counterfactual=None, fails=fails)
    dataset = DatasetOutcome(
        name="d",
        path="data/a b.csv",
        contract=SPAN,
        rows=10,
        findings=findings,
        coverage=Coverage(violated=len(findings)),
        decision=decision,
    )
    told = {
        "tool_version": "0",
        "as_of": datetime(2026, 1, 1, tzinfo=UTC),
        "policy_path": None,
        "policy_is_trusted": True,
        "decision": decision,
        "exit_code": int(fails),
        "datasets": (dataset,),
        "waivers": (),
        "errors": (),
    }
    return Outcome(**(told | more))


def section(report: str, title: str) -> str:
    """What stands between a title and the next."""
    start = report.index(title)
    ends = (report.find(mark, start) for mark in ("\n\n###", "<details>", "</details>"))
    return report[start : min(end for end in (*ends, len(report)) if end > 0)]


def test_the_first_line_of_a_summary_is_the_decision_and_the_risk() -> None:
    report = markdown.render(outcome(finding()))
    assert report.splitlines()[0] == "## Data contracts: BLOCK AND ROLLBACK, risk 0.50"


def test_a_summary_tells_the_new_before_the_old_and_folds_the_old() -> None:
    old = finding(1, status=Status.INHERITED, is_inherited=True, contribution=0.0)
    report = markdown.render(outcome(old, finding(2, status=Status.INTRODUCED), base="0" * 40))
    new = section(report, "### What the change brings")
    folded = section(report, "<summary>What was there before, and decides nothing: 1</summary>")
    assert ("`f2`" in new, "`f1`" in new, "`f2`" in folded, "`f1`" in folded) == (True, False, False, True)
    assert report.index(new) < report.index(folded)


def test_a_summary_links_the_line_of_the_data_and_of_the_contract() -> None:
    report = markdown.render(outcome(finding(), origin=Origin(prefix="sub/", link=LINK)))
    assert f"[`data/a b.csv:7:3`]({LINK}sub/data/a%20b.csv?plain=1#L7)" in report
    assert f"[`contracts/d.yml:4`]({LINK}sub/contracts/d.yml?plain=1#L4)" in report


def test_json_tells_what_was_done() -> None:
    report = json.loads(REPORTS["json"](outcome(finding(), done=(("took back ", Unsaid("data/a b.csv")),))))
    assert report["done"] == ["took back data/a b.csv"]


def test_a_summary_without_a_server_links_nothing() -> None:
    assert "](" not in markdown.render(outcome(finding()))


def test_a_summary_tells_how_to_judge_again() -> None:
    report = markdown.render(outcome(origin=Origin(commands=("git fetch x", "docker run y"))))
    assert "```sh\ngit fetch x\ndocker run y\n```\n" in report


def test_what_is_waived_is_told_with_who_answers_for_it() -> None:
    waiver = Waiver(
        dataset="d", feature="f0", check="range", up_to=None, until=date(2026, 2, 1), reason="old app",
        approved_by="dana", span=Span("policy.yml", 3),
    )  # fmt: skip
    waived = section(markdown.render(outcome(finding(waived_by=waiver), verdict=Verdict.ALLOW)), "### Waived")
    assert "too low: `0`" in waived
    assert "| 2026-02-01 | `dana` | `old app` |" in waived


@settings(deadline=None, max_examples=10)
@given(outcomes(), st.integers(200, 4000))
def test_a_summary_is_never_longer_than_its_budget(outcome: Outcome, times: int) -> None:
    report = markdown.render(_many(outcome, times))
    assert len(report.encode()) <= markdown.BUDGET
    assert report.count("<details>") == report.count("</details>")


def _many(outcome: Outcome, times: int) -> Outcome:
    datasets = tuple(
        replace(each, findings=each.findings * (times // len(each.findings or (1,)) + 1)) for each in outcome.datasets
    )
    return replace(outcome, datasets=datasets * (times // 100), errors=outcome.errors * times)


def test_rows_that_do_not_fit_are_counted() -> None:
    long = "\u202e" * 120
    report = markdown.render(
        outcome(*(finding(n, aspect=str(n), feature=long, message=(Unsaid(long),) * 40) for n in range(150)))
    )
    shown = report.count("| 0.50 | `range` |")
    assert 0 < shown < 100
    assert f"\n{150 - shown:,} more are in the JSON report.\n" in report
    assert len(report.encode()) <= markdown.BUDGET


def test_junit_counts_what_it_holds() -> None:
    findings = (
        finding(0),
        finding(1, outcome=FindingOutcome.PASSED),
        finding(2, outcome=FindingOutcome.NOT_APPLICABLE),
        finding(3, outcome=FindingOutcome.NOT_EVALUATED),
        finding(4, is_inherited=True),
        finding(5, is_note=True),
    )
    (suite,) = ElementTree.fromstring(REPORTS["junit"](outcome(*findings)))
    held = {tag: len(suite.findall(f"testcase/{tag}")) for tag in ("failure", "error", "skipped")}
    assert held == {"failure": 1, "error": 1, "skipped": 3}
    counts = {"failures": "1", "errors": "1", "skipped": "3", "tests": "6", "name": "data/a b.csv"}
    assert suite.attrib == counts
    assert suite.find("testcase/failure").attrib["message"] == "data/a b.csv:7:3: too low: 0"  # type: ignore[union-attr]


def test_no_test_fails_in_junit_where_the_gate_passes() -> None:
    root = ElementTree.fromstring(REPORTS["junit"](outcome(finding(), verdict=Verdict.ALLOW_WITH_ALERT)))
    assert root.findall(".//failure") == []
    assert len(root.findall(".//skipped")) == 1


@settings(deadline=None, max_examples=40)
@given(outcomes())
def test_junit_is_xml_whatever_it_holds(outcome: Outcome) -> None:
    root = ElementTree.fromstring(REPORTS["junit"](outcome))
    suites = [each for each in root if each.attrib["name"] != "run"]
    assert [len(each) for each in suites] == [len(each.findings) for each in outcome.datasets]


@settings(deadline=None, max_examples=40)
@given(outcomes())
def test_gitlab_gets_issues_that_it_can_tell_apart(outcome: Outcome) -> None:
    issues = json.loads(REPORTS["gitlab"](outcome))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue.keys() == {"description", "check_name", "severity", "location", "fingerprint"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith("./")


def test_gitlab_shows_the_heaviest_first_with_the_place_and_the_check() -> None:
    low = finding(1, criticality=Criticality.LOW, contribution=0.3)
    issues = json.loads(REPORTS["gitlab"](outcome(low, finding(2), origin=Origin(prefix="sub/"))))
    assert [(issue["severity"], issue["description"]) for issue in issues] == [
        ("critical", "range f2: too low: 2"),
        ("minor", "range f1: too low: 1"),
    ]
    assert issues[0]["location"] == {"path": "sub/data/a b.csv", "lines": {"begin": 7}}


def test_a_fingerprint_outlives_the_lines_above_it() -> None:
    moved = finding(locations=(Location(row=2, line=8, column=3),))
    before, after = (json.loads(REPORTS["gitlab"](outcome(each)))[0] for each in (finding(), moved))
    assert before["fingerprint"] == after["fingerprint"]
    assert before["location"] != after["location"]


DRIFTING = """version: 1
dataset: {name: d, files: ['head.csv']}
features:
  plan: {drift: {max_psi: 0.1}}
  illness: {drift: {max_psi: 0.1}, sensitive: true}
"""


@pytest.mark.parametrize("name", REPORTS)
def test_values_that_drifted_are_shown_unless_they_are_sensitive(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "d.yml").write_text(DRIFTING)
    for file, plan, illness in (("base.csv", "freeplan", "influenza"), ("head.csv", "paidplan", "measles")):
        (tmp_path / file).write_text("plan,illness\n" + f"{plan},{illness}\n" * 300 + "other,other\n")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "head.csv", "--against", "base.csv", "--format", f"{name}=out"]) == 0
    report = (tmp_path / "out").read_text()
    assert "drift illness" in report.replace("`", "").replace(" | ", " ") or '"illness"' in report
    assert not re.search("influenza|measles", report)
    assert ("freeplan" in report and "paidplan" in report) == (name in ("text", "json", "markdown"))


def test_what_is_no_number_is_shown_after_all_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "contracts").mkdir()
    contract = "version: 1\ndataset: {name: d, files: ['head.csv']}\n"
    contract += "features: {x: {dtype: float, allow_nonfinite: true, drift: {max_psi: 0.1}}}\n"
    (tmp_path / "contracts" / "d.yml").write_text(contract)
    (tmp_path / "base.csv").write_text("x\n" + "1\n2\n3\nNaN\n" * 100)
    (tmp_path / "head.csv").write_text("x\n" + "-inf\n1\nNaN\nnan\ninf\n" * 100)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "head.csv", "--against", "base.csv", "--format", "json=out"]) == 0
    datasets = json.loads((tmp_path / "out").read_text())["datasets"]
    (found,) = (each for each in datasets[0]["findings"] if each["check"] == "drift")
    assert [(bar["label"], bar["base"], bar["head"]) for bar in found["distribution"]] == [
        ("-inf to 1", 0.25, 0.4),
        ("2", 0.25, 0.0),
        ("3", 0.25, 0.0),
        ("inf", 0.25, 0.6),
    ]


def written(root: Path, files: dict[str, str]) -> dict[str, bytes]:
    """Every report of one run that blocks."""
    for path, content in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["check", *(f"--format={name}=out/{name}" for name in REPORTS)]) == 1
    return {name: (root / "out" / name).read_bytes() for name in REPORTS}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The reports of one file in which a hundred thousand cells fail, each of them longer than a report may show."""
    features = "".join(f"  f{number}: {{dtype: int}}\n" for number in range(50))
    contract = f"version: 1\ndataset: {{name: d, files: ['*.csv']}}\nfeatures:\n{features}"
    cells = ",".join([f"::error::x ##[error] |`<b>\u202e%{'y' * 3000}"] * 50)
    clean = ",".join(["::error::x ##[error] |`<b>\u202e%"] * 50)
    table = ",".join(f"f{number}" for number in range(50)) + f"\n{cells}" * 20 + f"\n{clean}" * 1980 + "\n"
    return written(tmp_path_factory.mktemp("attacked"), {"contracts/d.yml": contract, "d.csv": table})


FILES = 200
CHECKS = ("unique", "null-rate", "range", "allowed", "not-null", "dtype")


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The reports of many files that break the same six promises."""
    contract = """version: 1
dataset: {name: d, files: ["data/*.csv"]}
features:
  id: {unique: true}
  age: {dtype: int, min: 0, max_null_rate: 0.1}
  plan: {allowed: [free]}
  mail: {allow_null: false}
  day: {dtype: date}
"""
    rows = "".join(f"{row % 9},{'' if row % 2 else -1},gold,,x\n" for row in range(10))
    table = f"id,age,plan,mail,day\n{rows}"
    files = {f"data/part-{number:03}.csv": table for number in range(FILES)}
    return written(tmp_path_factory.mktemp("alike"), {"contracts/d.yml": contract, **files})


MOST_BYTES = {
    "text": 100_000,
    "markdown": markdown.BUDGET,
    "github": 64 * 1024,
    "json": 20_000_000,
    "junit": 5_000_000,
    "gitlab": 5_000_000,
}


@pytest.fixture(params=["attacked", "alike"])
def large(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Of both runs the reports, by name."""
    reports: dict[str, bytes] = request.getfixturevalue(request.param)
    return reports


@pytest.mark.parametrize("name", MOST_BYTES)
def test_a_report_of_much_stays_inside_its_budget(name: str, large: dict[str, bytes]) -> None:
    assert 0 < len(large[name]) < MOST_BYTES[name]


def test_sarif_of_much_is_what_code_scanning_takes(large: dict[str, bytes]) -> None:
    """10 MB compressed, 25,000 results of which 5,000 are shown, 1,000 places each."""
    assert len(gzip.compress(large["sarif"], 1)) < 10_000_000
    (run,) = json.loads(large["sarif"])["runs"]
    assert 0 < len(run["results"]) <= 5_000
    assert all(len(each["locations"]) + len(each["relatedLocations"]) <= 100 for each in run["results"])
    assert len(run["tool"]["driver"]["rules"]) <= 25_000


def test_annotations_of_much_are_those_that_a_runner_keeps_the_last_for_the_rest(large: dict[str, bytes]) -> None:
    lines = large["github"].decode().splitlines()
    levels = [line.split(" ")[0] for line in lines]
    assert max(levels.count("::error"), levels.count("::warning")) <= 10
    assert re.fullmatch(r"::error title=data contracts::[\d,]+ more findings: see the job summary", lines[9])


def test_json_of_much_is_what_its_schema_says(large: dict[str, bytes]) -> None:
    schema = json.loads((Path(__file__).parent.parent / "schemas" / "report.schema.json").read_bytes())
    validator = Draft202012Validator(schema)
    report = json.loads(large["json"])
    broken = [each for dataset in report["datasets"] for each in dataset["findings"] if each["outcome"] == "violated"]
    assert max(len(each["locations"]) for each in broken) <= 20
    assert [error.message for error in validator.iter_errors({**report, "datasets": report["datasets"][:3]})] == []


def test_every_promise_is_in_junit_and_every_finding_in_gitlab(alike: dict[str, bytes]) -> None:
    root = ElementTree.fromstring(alike["junit"])
    assert len(root.findall(".//failure")) == len(json.loads(alike["gitlab"])) == FILES * len(CHECKS)


def test_what_many_files_say_is_told_once_with_the_files_counted(alike: dict[str, bytes]) -> None:
    text, summary, annotations = (alike[name].decode() for name in ("text", "markdown", "github"))
    for check in CHECKS:
        told = [line for line in text.splitlines() if re.match(rf"  0\.\d\d .*: {check} ", line)]
        assert len(told) == 1
        assert (
            len(re.findall(rf"^\| 0\.\d\d \| `{check}` .* and {FILES - 4} more files \|", summary, re.MULTILINE)) == 1
        )
        assert (
            len(re.findall(rf"^::error .*: {check} .*; and in {FILES - 1} more files", annotations, re.MULTILINE)) == 1
        )
        assert f"  mend {check} " in text
        assert f"- mend `{check}` " in summary
    assert text.count(f" and {FILES - 6} more files\n") == len(CHECKS)
    assert len(text.splitlines()) < 60


def test_what_a_few_files_say_is_told_of_each() -> None:
    found = [finding(1, path=f"data/{number}.csv", dataset="d") for number in range(3)]
    for name in ("text", "markdown", "github"):
        report = REPORTS[name](outcome(*found))
        assert report.count("too low") == 3
        assert "more file" not in report


def test_a_report_is_not_written_through_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept").write_text("as it was")
    for name in ("report.json", "report.json.part"):
        (tmp_path / name).symlink_to(tmp_path / "kept")
    monkeypatch.chdir(tmp_path)
    main(["check", "--format", "json=report.json"])
    assert (tmp_path / "kept").read_text() == "as it was"
    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == 2
