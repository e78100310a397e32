"""What an exhausted error budget does to a decision, and that the audit log can prove it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_contract.audit import Record, digest_in, line_of
from data_contract.chain import logs_in, records_in
from data_contract.cli import main
from data_contract.link import Link
from data_contract.model import FindingOutcome
from tests.repository import Repository, put

CASES = Path(__file__).parent / "cases"
CHECK = ["check", "--as-of", "2026-11-23", "--audit", "audit.jsonl"]


@pytest.fixture
def exhausted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that breaks a promise of which the log says that its budget is exhausted."""
    put(CASES / "sla-budget-exhausted" / "head", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_decision_is_replayed_without_the_past(exhausted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(CHECK) == 1
    last = (exhausted / "audit.jsonl").read_bytes().splitlines(keepends=True)[-1]
    (exhausted / "audit.jsonl").write_bytes(last)
    capsys.readouterr()
    assert main(["replay", "last"]) == 0
    assert "BLOCK_AND_ROLLBACK at risk 0.0, exactly as recorded" in capsys.readouterr().out


def test_the_policy_says_how_severe_it_is(exhausted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = exhausted / "policy" / "policy.yml"
    policy.write_text(policy.read_text().replace("block", "alert"))
    assert main([*CHECK, "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["decision"] == "ALLOW_WITH_ALERT"
    assert [reason["rule"] for reason in report["reasons"]] == ["sla.on_budget_exhausted"]


def test_somebody_can_answer_for_it(exhausted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (exhausted / "policy" / "policy.yml").open("a") as policy:
        waiver = "{dataset: users, feature: age, check: budget-left, until: 9999-12-31, reason: r}"
        policy.write(f"waivers: [{waiver}]\n")
    assert main([*CHECK, "--format", "json"]) == 0
    assert [waiver["check"] for waiver in json.loads(capsys.readouterr().out)["waivers"]] == ["budget-left"]


def test_a_past_that_cannot_be_read_is_no_decision(exhausted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = exhausted / "audit.jsonl"
    log.write_bytes(b"{}\n" + log.read_bytes())
    assert main(CHECK) == 2
    assert "audit.jsonl:1:1: this is no entry of an audit log" in capsys.readouterr().out


def test_a_folder_of_logs_is_one_past(exhausted: Path) -> None:
    folder = exhausted / "logs"
    folder.mkdir()
    assert main([*CHECK[:-1], "logs/"]) == 0
    (exhausted / "audit.jsonl").rename(folder / "b.jsonl")
    assert main([*CHECK[:-1], "logs/"]) == 1


RUN = ["run", "incoming", "--store", "lake", "--as-of", "2026-11-23"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store whose log says that a budget is exhausted, and a file that came and breaks the promise again."""
    put(CASES / "run-budget-exhausted" / "head", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


AHEAD = datetime(2999, 1, 1, tzinfo=UTC)


def _next(last: Record, at: datetime, *, is_bad: bool) -> bytes:
    """The next line of a log, about a version of another file."""
    (dataset,) = last.entry.datasets
    outcome = FindingOutcome.NOT_EVALUATED if is_bad else FindingOutcome.PASSED
    findings = tuple(replace(each, outcome=outcome, count=0) for each in dataset.findings)
    other = replace(dataset, path="other.csv", findings=findings)
    return line_of(replace(last.entry, previous=last.digest, at=at, datasets=(other,), data={}))


@pytest.mark.parametrize(("is_bad", "expected"), [(True, 1), (False, 0)])
def test_a_clock_that_was_ahead_gives_no_budget_back(exhausted: Path, is_bad: bool, expected: int) -> None:
    log = exhausted / "audit.jsonl"
    for at, is_one_bad in ((datetime(2026, 11, 24, tzinfo=UTC), is_bad), (AHEAD, False)):
        last = [*records_in([log])][-1]
        log.write_bytes(log.read_bytes() + _next(last, at, is_bad=is_one_bad))
    assert main(CHECK) == expected


def test_a_run_forgets_nothing_for_a_clock_that_was_ahead(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit = store / "lake" / "audit"
    line = _next([*records_in(logs_in([str(audit)]))][-1], AHEAD, is_bad=True)
    (audit / "00000006.jsonl").write_bytes(line)
    (store / "lake" / "head.json").write_text(Link(6, digest_in(line)).text())
    assert main(RUN) == 1
    assert "of 6 versions in 36400d, 3 broke what its `sla` counts and 2.4 may" in capsys.readouterr().out


def test_the_dashboard_tells_what_is_left_now(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit = store / "lake" / "audit"
    (audit / "00000006.jsonl").write_bytes(_next([*records_in(logs_in([str(audit)]))][-1], AHEAD, is_bad=False))
    for more, events in (([], 6), (["--as-of", "2026-11-24T22:48:19Z"], 4)):
        assert main(["dashboard", "lake/audit", "--format", "json", *more]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["slas"][0]["whole"]["events"], told["as_of"] < "2998-12-31T00:00:01") == (events, True)


def _entries(store: Path) -> int:
    return len([*records_in(logs_in([str(store / "lake" / "audit")]))])


def test_a_run_decides_it_once_and_the_entry_proves_it(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [main(RUN), main(RUN), _entries(store)] == [1, 1, 6]
    assert "already quarantined as lake/users/quarantine/00000006-" in capsys.readouterr().out
    for past in [*(store / "lake" / "audit").iterdir()]:
        if past.name != "00000006.jsonl":
            past.unlink()
    assert main(["replay", "last", "lake/audit"]) == 0
    assert "BLOCK_AND_ROLLBACK at risk 0.0, exactly as recorded" in capsys.readouterr().out


def test_a_run_counts_what_it_decided_before(store: Path) -> None:
    other = store / "other"
    for number, age in enumerate((30, 31, 32, "", "", ""), 1):
        (store / "incoming" / f"users-{number}.csv").write_text(f"id,age\n1,30\n2,{age}\n3,{age}\n4,53\n5,4{number}\n")
    (store / "incoming" / "users.csv").unlink()
    assert main([*RUN, "--store", "other", "--all"]) == 1
    quarantined = [path.name for path in (other / "users" / "quarantine").glob("*/users-*.csv")]
    assert quarantined == ["users-6.csv"]


def test_a_run_does_not_ask_where_the_policy_does_not(store: Path) -> None:
    (store / "lake" / "audit" / "00000001.jsonl").write_bytes(b"{}\n")
    assert main(RUN) == 2
    (store / "policy" / "policy.yml").write_text("version: 1\n")
    assert main(RUN) == 0


def test_a_file_that_was_split_is_one_version(store: Path) -> None:
    policy = store / "policy" / "policy.yml"
    policy.write_text(SPLIT.replace("block", "allow"))
    (store / "incoming" / "users.csv").write_text("id,age\n1,30\nx,53\n5,48\n")
    assert main(RUN) == 1
    policy.write_text(SPLIT)
    spent = store / "incoming" / "users.csv"
    spent.write_text("id,age\n1,30\n2,\n3,\n4,53\n")
    # NOTE: 2 of 6 versions broke it, and 2.4 of 6 may: so they would of 7.
    assert main(RUN) == 0
    spent.write_text("id,age\n1,30\n2,\n3,\n4,54\n")
    # NOTE: 3 of 7 did, and 2.8 of 7 may; of 8, with the good rows alone, 3.2 might.
    assert main(RUN) == 1


SPLIT = "version: 1\nquarantine: {split_rows: true}\nsla: {on_budget_exhausted: block}\n"
WAIVED = "waivers: [{dataset: users, feature: age, check: budget-left, until: 9999-12-31, reason: r}]\n"


@pytest.mark.parametrize(
    ("age", "more", "is_split"),
    [("", "", False), ("30", "", True), ("", WAIVED, True)],
    ids=["spent", "kept", "waived"],
)
def test_a_file_that_an_error_budget_blocks_is_not_split(store: Path, age: str, more: str, is_split: bool) -> None:
    (store / "policy" / "policy.yml").write_text(SPLIT + more)
    (store / "incoming" / "users.csv").write_text(f"id,age\n1,30\nx,{age}\ny,{age}\n4,53\n5,48\n")
    assert main(RUN) == 1
    current = json.loads((store / "lake" / "users" / "current.json").read_text())
    assert (current["version"][:8], current["rows"]) == (("00000007", 3) if is_split else ("00000005", 5))


def test_good_rows_that_are_judged_again_spend_nothing_beside_their_file(store: Path) -> None:
    (store / "contracts" / "users.yml").write_text(
        'version: 1\ndataset: {name: users, files: ["incoming/users*.csv"]}\nfeatures:\n  age: {dtype: int, max: 120}\n'
        "  zip: {max_null_rate: 0.9, sla: {null_rate: 0.02, window: 30d, target: 99%}}\n"
    )
    (store / "incoming" / "users.csv").write_text("age,zip\n30,1\n31,\n32,3\n33,\n200,5\n")
    for more in ("", "alerts: {cool_down: 12h}\n"):
        (store / "policy" / "policy.yml").write_text(SPLIT + more)
        assert main([*RUN, "--store", "other"]) == 1
    accepted = [path.parent.name[:8] for path in (store / "other" / "users" / "accepted").glob("*/users.csv")]
    assert sorted(accepted) == ["00000002", "00000004"]


@pytest.mark.parametrize(
    ("stands", "comes", "expected"),
    [("block", "alert", (1, 0)), ("allow", "block", (0, 1)), ("allow", "alert", (0, 0))],
)
def test_the_policy_that_a_change_proposes_counts_budgets_too(
    exhausted: Path, capsys: pytest.CaptureFixture[str], stands: str, comes: str, expected: tuple[int, int]
) -> None:
    policy = exhausted / "policy" / "policy.yml"
    policy.write_text(f"version: 1\nsla: {{on_budget_exhausted: {stands}}}\n")
    repository = Repository(exhausted)
    repository.write("data/users.csv", "id,age\n1,30\n")
    repository.commit()
    put(CASES / "sla-budget-exhausted" / "head" / "data", exhausted / "data")
    policy.write_text(f"version: 1\nsla: {{on_budget_exhausted: {comes}}}\n")
    main([*CHECK, "--base", "HEAD", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert (report["exit_code"], report["proposed"]["exit_code"]) == expected
