"""The state of the data by its audit logs: laws of it and of service levels, and what the command makes of logs."""

from __future__ import annotations

import json
import random
import re
import runpy
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from data_contract.audit import NOTHING, line_of, record_of
from data_contract.cli import main
from data_contract.dashboard import html, terminal
from data_contract.dashboard import json as as_json
from data_contract.dashboard.log import (
    ActView,
    AroundView,
    DatasetView,
    DecisionView,
    EntryView,
    FindingView,
    Log,
    ReasonView,
    SlaView,
    about,
    by_dataset,
    log_of,
    read,
)
from data_contract.dashboard.sla import Event, budget, budget_at, events_of, outcome_of, seconds_left, slas_of
from data_contract.dashboard.state import State, state_of
from data_contract.dashboard.watch import watch
from data_contract.dashboard.windows import budget_by_day
from data_contract.errors import AuditError, Span, UsageError
from data_contract.model import FindingOutcome, Sla, Verdict
from tests.test_escape import HOSTILE, MARK

ROOT = Path(__file__).parent.parent
MADE = runpy.run_path(str(ROOT / "scripts" / "make_audit_log.py"))
SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas" / "dashboard.schema.json").read_text(encoding="utf-8")))
START = datetime(2026, 1, 1, tzinfo=UTC)
SOME = settings(deadline=None, max_examples=40)


def sla(window: int = 10 * 86_400, target: float = 0.9, **more: float) -> Sla:
    rates = {"null_rate": None, "invalid_rate": None} | more
    return Sla(feature="f", window=window, target=target, span=Span("c.yml", 1), **rates)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """A fortnight of the log that people see in the documentation."""
    return list(MADE["lines"](14))


@pytest.fixture
def log(lines: list[bytes], tmp_path: Path) -> Path:
    file = tmp_path / "audit.jsonl"
    file.write_bytes(b"".join(lines))
    return file


NAMES = st.sampled_from(["a", "b", "c"])
RATES = st.floats(0, 1)


@st.composite
def datasets(draw: st.DrawFn, names: st.SearchStrategy[str] = NAMES) -> DatasetView:
    findings = tuple(
        FindingView(
            check=draw(names),
            outcome=draw(st.sampled_from(FindingOutcome)),
            feature=draw(st.none() | names),
            count=draw(st.none() | st.integers(0, 9)),
            total=draw(st.none() | st.integers(0, 9)),
            rule=draw(st.sampled_from([None, None, "ci.on_missing_data"])),
        )
        for _ in range(draw(st.integers(0, 4)))
    )
    verdict = draw(st.sampled_from(Verdict))
    reasons = (ReasonView(rule="risk", verdict=verdict, message=(draw(names),)),)
    return DatasetView(
        name=draw(names),
        decision=DecisionView(verdict=verdict, risk=draw(RATES), reasons=reasons),
        path=draw(st.none() | names),
        rows=draw(st.none() | st.integers(0, 9)),
        findings=findings,
        is_part=draw(st.sampled_from([False, False, False, True])),
        slas=tuple(
            SlaView(feature=draw(names), window=draw(st.integers(1, 40)) * 86_400, target=draw(st.floats(0.01, 0.99)))
            for _ in range(draw(st.integers(0, 2)))
        ),
    )


@st.composite
def entries(draw: st.DrawFn, names: st.SearchStrategy[str] = NAMES) -> EntryView:
    judged = tuple(draw(st.lists(datasets(names), max_size=3)))
    return EntryView(
        version=1,
        at=START + timedelta(hours=draw(st.integers(0, 24 * 60))),
        command="check",
        verdict=draw(st.sampled_from(Verdict)),
        risk=draw(RATES),
        exit_code=draw(st.integers(0, 2)),
        digest=f"{draw(st.integers(0, 1 << 200)):064x}",
        circumstances=AroundView(actor=draw(st.none() | names)),
        data={each.path: draw(st.sampled_from("xyz")) for each in judged if each.path},
        datasets=judged,
        errors=tuple(draw(st.lists(names, max_size=1))),
        acts=tuple(
            ActView(action=draw(names), target=draw(names), is_done=draw(st.booleans()), detail=draw(names))
            for _ in range(draw(st.integers(0, 1)))
        ),
    )


LOGS = st.lists(entries(), min_size=1, max_size=6, unique_by=lambda entry: entry.digest)


@given(LOGS, st.randoms(use_true_random=False))
@SOME
def test_the_order_of_entries_and_what_is_there_twice_change_nothing(
    found: list[EntryView], chance: random.Random
) -> None:
    mixed = [*found, *chance.choices(found, k=2)]
    chance.shuffle(mixed)
    one, other = state_of(log_of(found)), state_of(log_of(mixed))
    told = [field.name for field in fields(State) if field.name != "repeated"]
    assert [getattr(one, name) for name in told] == [getattr(other, name) for name in told]
    assert other.repeated == one.repeated + 2


@given(LOGS)
@SOME
def test_what_comes_later_changes_nothing_of_what_was(found: list[EntryView]) -> None:
    log = log_of(found)
    middle = log.entries[len(log.entries) // 2].at
    early = tuple(entry for entry in log.entries if entry.at <= middle)
    assert state_of(log, middle) == state_of(Log(entries=early), middle)


@given(LOGS)
@SOME
def test_every_run_is_counted_once(found: list[EntryView]) -> None:
    state = state_of(log_of(found))
    assert state.entries == sum(times for _, times in state.verdicts)
    versions = [each for entry in found for each in entry.datasets if not each.is_part]
    assert sum(day.judged for day in state.trend) == len(versions)
    assert {each.name for each in state.datasets} == {each.name for each in versions}


@given(LOGS, st.permutations(range(1, 7)), st.randoms(use_true_random=False))
@SOME
def test_entries_of_the_same_time_are_in_the_order_of_their_log(
    found: list[EntryView], digests: list[int], chance: random.Random
) -> None:
    names = [f"{digest:064x}" for digest in digests[: len(found)]]
    chain = [
        msgspec.structs.replace(entry, at=START, digest=digest, previous=previous)
        for entry, digest, previous in zip(found, names, [NOTHING, *names], strict=False)
    ]
    mixed = chance.sample(chain, len(chain))
    assert [entry.digest for entry in log_of(mixed).entries] == names
    circle = [msgspec.structs.replace(chain[0], previous=names[-1]), *chain[1:]]
    assert len(log_of(circle).entries) == len(chain)


EVENTS = st.lists(
    st.builds(
        Event,
        at=st.integers(0, 40 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds)),
        outcome=st.sampled_from([each for each in FindingOutcome if each is not FindingOutcome.NOT_APPLICABLE]),
        path=st.just("a.csv"),
        version=st.just("x"),
    ),
    max_size=12,
).map(lambda events: sorted(events, key=lambda event: event.at))


@given(EVENTS, st.integers(1, 50 * 86_400), st.floats(0.01, 0.99))
@SOME
def test_the_events_of_a_window_sum(events: list[Event], window: int, target: float) -> None:
    level, now = sla(window, target), START + timedelta(days=40)
    within = [event for event in events if now - event.at < timedelta(seconds=window)]
    found = budget_at(level, events, now)
    good = sum(event.outcome is FindingOutcome.PASSED for event in within)
    assert (found.events, found.bad) == (len(within), len(within) - good)
    assert found.not_evaluated <= found.bad
    assert (found.left is None) == (found.burn_rate is None) == (not within)
    assert found.left is None or (found.left <= 1 and found.left == pytest.approx(1 - found.burn_rate))
    assert budget_at(level, events, now, 4).events <= found.events


@given(EVENTS, st.integers(1, 50 * 86_400), st.floats(0.01, 0.99), st.integers(0, 40 * 86_400))
@SOME
def test_the_last_day_of_a_budget_is_what_is_left_now(
    events: list[Event], window: int, target: float, seconds: int
) -> None:
    level, now = sla(window, target), START + timedelta(days=40, seconds=seconds)
    days = [(now - timedelta(days=back)).date() for back in (2, 1, 0)]
    told = budget_by_day(level, events, days, now)
    assert [day for day, _ in told] == days
    assert told[-1][1] == budget_at(level, events, now).left


@given(st.integers(0, 50), st.data(), st.floats(0.01, 0.99))
@SOME
def test_one_more_bad_version_never_leaves_more(count: int, data: st.DataObject, target: float) -> None:
    bad = data.draw(st.integers(0, count))
    less, more = budget(sla(target=target), count, bad), budget(sla(target=target), count + 1, bad + 1)
    assert less.left is None or more.left is None or more.left <= less.left


def test_a_budget_by_the_numbers() -> None:
    found = budget(sla(target=0.99), 200, 1)
    assert (found.allowed, found.burn_rate, found.left, found.is_exhausted) == (2.0, 0.5, 0.5, False)
    assert budget(sla(target=0.99), 100, 1).is_exhausted
    empty = budget(sla(), 0, 0)
    assert (empty.burn_rate, empty.left, empty.is_exhausted) == (None, None, False)


def test_the_forecast_is_what_is_left_at_the_recent_rate() -> None:
    level = sla(window=30 * 86_400, target=0.9)
    whole, recent = budget(level, 30, 1), budget(level, 10, 2)
    assert whole.left == pytest.approx(2 / 3)
    assert seconds_left(level, whole, recent) == pytest.approx(10 * 86_400)
    assert seconds_left(level, whole, budget(level, 10, 0)) is None
    assert seconds_left(level, whole, budget(level, 0, 0)) is None
    assert seconds_left(level, budget(level, 30, 3), recent) == 0.0


def finding(check: str, outcome: str = "passed", feature: str = "f", **more: int) -> FindingView:
    return FindingView(check=check, outcome=FindingOutcome(outcome), feature=feature, **more)


@pytest.mark.parametrize(
    ("rates", "findings", "expected"),
    [
        ({}, [finding("dtype"), finding("null-rate", "violated")], "violated"),
        ({}, [finding("dtype"), finding("null-rate", "not-evaluated")], "not-evaluated"),
        ({}, [finding("dtype"), finding("null-rate", "not-applicable")], "passed"),
        ({}, [finding("dtype", "violated", "g")], None),
        ({}, [finding("dtype", "not-applicable")], None),
        ({"null_rate": 0.2}, [finding("null-rate", "violated", count=2, total=10)], "passed"),
        ({"null_rate": 0.2}, [finding("null-rate", "passed", count=3, total=10)], "violated"),
        ({"null_rate": 0.2}, [finding("not-null", "violated", count=3, total=10), finding("dtype")], "violated"),
        ({"null_rate": 0.2}, [finding("null-rate", "not-evaluated")], "not-evaluated"),
        ({"null_rate": 0.2}, [finding("null-rate", "not-applicable")], None),
        ({"null_rate": 0.2}, [finding("dtype", "violated", count=9, total=10)], None),
        ({"invalid_rate": 0.2}, [finding("dtype", count=1, total=10), finding("range", count=1, total=10)], "passed"),
        ({"invalid_rate": 0.1}, [finding("dtype", count=1, total=10), finding("range", count=1, total=10)], "violated"),
        ({"invalid_rate": 0.1}, [finding("invalid-rate", count=1, total=10)], "passed"),
        (
            {"invalid_rate": 0.1, "null_rate": 0.1},
            [finding("invalid-rate", count=1, total=10), finding("null-rate", count=2, total=10)],
            "violated",
        ),
    ],
)
def test_a_version_is_good_or_bad(rates: dict[str, float], findings: list[FindingView], expected: str | None) -> None:
    assert outcome_of(sla(**rates), findings) == expected


def test_a_version_that_is_judged_again_is_one_event(lines: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines[0])
    judged = read([tmp_path / "a.jsonl"]).entries[0]
    later = msgspec.structs.replace(judged, at=judged.at + timedelta(days=1), digest="f" * 64)
    found = by_dataset(log_of([judged, later]).entries)["user_features"]
    level = next(each for each in slas_of(found) if each.feature == "country_code")
    assert [event.at for event in events_of(level, found)] == [later.at]
    changed = msgspec.structs.replace(later, data={})
    found = by_dataset(log_of([judged, changed]).entries)["user_features"]
    assert [event.at for event in events_of(level, found)] == [judged.at, later.at]


def test_an_entry_is_read_as_the_audit_log_reads_it(lines: list[bytes], log: Path) -> None:
    for view, line in zip(read([log]).entries, lines, strict=True):
        record = record_of(line, Span("a", 1))
        entry = record.entry
        assert line_of(entry) == line
        assert (view.digest, view.at, view.verdict, view.risk) == (record.digest, entry.at, entry.verdict, entry.risk)
        for seen, dataset in zip(view.datasets, entry.datasets, strict=True):
            assert tuple(each.sla() for each in seen.slas) == dataset.slas
            told = [(each.check, each.feature, each.outcome, each.count, each.total) for each in seen.findings]
            assert told == [
                (each.check, each.feature, each.outcome, each.count, each.total) for each in dataset.findings
            ]


def test_a_folder_of_logs_is_one_log(lines: list[bytes], log: Path, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for number, line in enumerate(reversed(lines)):
        (folder / f"{number:03}.jsonl").write_bytes(line)
    (folder / "again.jsonl").write_bytes(lines[3])
    whole, parts = read([log]), read(sorted(folder.iterdir()))
    assert (whole.entries, parts.repeated) == (parts.entries, 1)


def test_a_torn_last_line_is_skipped_and_said(lines: list[bytes], log: Path) -> None:
    log.write_bytes(b"".join(lines[:5]) + lines[5][:-20])
    state = state_of(read([log]))
    assert (state.entries, state.torn) == (5, (Span(str(log), 6),))
    assert f"{log}:6" in terminal.text(state, 500)
    assert "torn last line" in html.render(state)


@pytest.mark.parametrize("spoilt", [b"{}\n", b"x\n", b"\n", b"\xff\n", b'{"version":2}\n'])
def test_a_line_that_is_no_entry_is_an_error_with_its_place(lines: list[bytes], log: Path, spoilt: bytes) -> None:
    log.write_bytes(b"".join([*lines[:2], spoilt, lines[2]]))
    with pytest.raises(AuditError) as caught:
        read([log])
    assert caught.value.at == Span(str(log), 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":2'),
        (b'"risk":0.0', b'"risk":7.0'),
        (b'"target":0.9', b'"target":1.0'),
        (b'"window":2592000', b'"window":0'),
        (b'06:10:00+00:00"', b'06:10:00"'),
        (b'"at":"2026-08-23T06:10:00+00:00"', b'"at":"0001-01-01T00:00:00+14:00"'),
    ],
)
def test_a_log_cannot_bring_numbers_that_nothing_can_be_made_of(
    lines: list[bytes], log: Path, old: bytes, new: bytes
) -> None:
    assert old in lines[0]
    log.write_bytes(lines[0].replace(old, new))
    with pytest.raises(AuditError, match="entry"):
        read([log])


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
def test_a_time_at_the_end_of_the_calendar_is_a_time(lines: list[bytes], log: Path, at: str) -> None:
    first = lines[0].replace(b'"at":"2026-08-23T06:10:00+00:00"', f'"at":"{at}"'.encode())
    log.write_bytes(first + b"".join(lines[1:6]))
    state = state_of(read([log]))
    assert state.entries == 6
    assert SCHEMA.is_valid(json.loads(as_json.render(state)))
    html.render(state)


def test_what_is_told_of_can_be_narrowed(log: Path) -> None:
    found = read([log])
    state = state_of(about(found, "ord*"), since=timedelta(days=3))
    assert [each.name for each in state.datasets] == ["orders"]
    assert (state.entries, state.datasets[0].judged) == (3, 3)
    assert {each.whole.events for each in state.services} == {14}
    with pytest.raises(UsageError):
        state_of(about(found, "none"))
    with pytest.raises(UsageError):
        state_of(found, START)


@given(st.lists(entries(), min_size=1, max_size=4), st.none() | st.integers(0, 80))
@SOME
def test_the_json_is_what_its_schema_says(found: list[EntryView], since: int | None) -> None:
    log = log_of(found)
    state = state_of(log, START + timedelta(days=90), None if since is None else timedelta(days=since))
    assert [error.message for error in SCHEMA.iter_errors(json.loads(as_json.render(state)))] == []


class Page(HTMLParser):
    """What a browser makes of a page: its elements, their attributes and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "main", "p", "h1", "h2", "h3", "div", "span", "i", "dl", "dt"),
    *("dd", "article", "section", "svg", "path", "rect", "details", "summary", "table", "thead", "tbody", "tr", "th"),
    *("td", "footer", "strong"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "role", "aria-label", "aria-hidden", "viewbox"),
    *("preserveaspectratio", "d", "x", "y", "width", "height", "style", "scope"),
}


@given(st.lists(entries(HOSTILE), min_size=1, max_size=3))
@SOME
def test_nothing_hostile_speaks_in_the_page(found: list[EntryView]) -> None:
    state = state_of(log_of(found, [Span(f"<img>{MARK}", 1)]))
    text = html.render(state)
    page = Page(text)
    assert {tag for tag, _ in page.elements} <= ELEMENTS
    for tag, attributes in page.elements:
        assert attributes.keys() <= ATTRIBUTES, tag
        assert MARK not in "".join(value or "" for key, value in attributes.items() if key != "aria-label")
    assert "http" not in "".join(re.findall(r'="[^"]*"', text)).replace("http-equiv", "").replace("http://", "")
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066\u200b]", text)
    assert MARK in page.text


@given(st.lists(entries(HOSTILE), min_size=1, max_size=3), st.sampled_from([20, 60, 80, 120, 400]))
@SOME
def test_nothing_hostile_speaks_on_a_terminal(found: list[EntryView], width: int) -> None:
    text = terminal.text(state_of(log_of(found, [Span(f"::error::{MARK}", 1)])), width)
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e\u2066\u200b]", text)
    assert not re.search(r"^\s*::|##\[", text, re.MULTILINE)


def test_the_page_needs_nothing_else(log: Path) -> None:
    text = html.render(state_of(read([log])))
    page = Page(text)
    policy = [attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert not re.search(r"url\(|@import|https?:|<script|<link|src=|href=|\bon[a-z]+=", text)
    pictures = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert all(each["role"] == "img" and each["aria-label"] for each in pictures)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["dashboard", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_command(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, str(log), "--format", "json", "--html", str(tmp_path / "page.html"))
    assert (status, err, json.loads(out)["entries"]) == (0, "", 42)
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run(capsys, str(log), "--html", str(tmp_path / "page.html")) == (0, "", "")
    status, out, _ = run(capsys, str(log), "--as-of", "2026-08-30", "--since", "48h")
    assert (status, out.splitlines()[0].split(" · ")[1]) == (0, "6 runs")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "30"], "'30' is no duration"),
        (["--since", "0d"], "'0d' is no duration"),
        (["--watch", "--format", "json"], "--watch is for a terminal"),
        (["--dataset", "none"], "there is no entry to tell of"),
        (["nowhere.jsonl"], "nowhere.jsonl is no audit log"),
    ],
)
def test_a_mistake_is_said(log: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    try:
        status, _, err = run(capsys, str(log), *arguments)
    except SystemExit as exit_:
        status, err = int(str(exit_.code)), capsys.readouterr().err
    assert status == 2
    assert said in err


def test_watching_draws_when_a_log_grows_and_ends_well(
    log: Path, lines: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    log.write_bytes(b"".join(lines[:3]))
    drawn: list[int] = []

    def state() -> State:
        drawn.append(len(read([log]).entries))
        return state_of(read([log]))

    def steps() -> Iterator[None]:
        yield
        with log.open("ab") as file:
            file.write(lines[3])
        yield
        raise KeyboardInterrupt

    step = steps()
    assert watch([str(log)], state, lambda seconds: next(step)) == 0
    assert drawn == [3, 4]
    assert "4 runs" in capsys.readouterr().out
