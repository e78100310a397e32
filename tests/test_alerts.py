"""Alerts: each broken promise once, sent to a real server, and never in the way of a decision."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from data_contract.alerts import News, Told, message_of
from data_contract.alerts import news_of as news_after
from data_contract.errors import Span
from data_contract.model import (
    Coverage,
    DatasetOutcome,
    Decision,
    Dimension,
    Finding,
    FindingOutcome,
    Unsaid,
    Verdict,
)
from data_contract.webhook import Webhook
from tests.webhook import server, talker

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COOL_DOWN = timedelta(days=1)


def news_of(dataset: DatasetOutcome, memory: Sequence[Told], now: datetime) -> News:
    return news_after(dataset, memory, now, COOL_DOWN)


def broken(feature: str, contribution: float = 0.3) -> Finding:
    return Finding(
        check="not-null",
        dimension=Dimension.COMPLETENESS,
        dataset="d",
        path="d.csv",
        feature=feature,
        outcome=FindingOutcome.VIOLATED,
        message=("1 of 3 rows has no ", Unsaid(feature)),
        span=Span("d.yml", 1),
        contribution=contribution,
    )


def kept(feature: str) -> Finding:
    return replace(broken(feature, 0.0), outcome=FindingOutcome.PASSED, message=("no row lacks ", Unsaid(feature)))


def judged(*findings: Finding, verdict: Verdict = Verdict.ALLOW_WITH_ALERT) -> DatasetOutcome:
    decision = Decision(verdict=verdict, risk=0.3, reasons=(), counterfactual=None, fails=False)
    return DatasetOutcome(
        name="d", path="d.csv", contract=None, rows=3, findings=findings, coverage=Coverage(), decision=decision
    )


def told(news: News) -> tuple[list[str | None], list[str | None]]:
    return [each.feature for each in news.broken], [each.feature for each in news.recovered]


def test_a_broken_promise_is_told_once() -> None:
    first = news_of(judged(broken("a"), broken("b")), (), NOW)
    again = news_of(judged(broken("a"), broken("b"), broken("c")), first.memory, NOW + timedelta(hours=1))
    assert told(first) == (["a", "b"], [])
    assert told(again) == (["c"], [])
    assert not news_of(judged(broken("a"), broken("b"), broken("c")), again.memory, NOW + timedelta(hours=2))


def test_it_is_told_again_when_it_worsens_and_not_when_it_wavers() -> None:
    memory = news_of(judged(broken("a", 0.3)), (), NOW).memory
    assert told(news_of(judged(broken("a", 0.39)), memory, NOW)) == ([], [])
    worse = news_of(judged(broken("a", 0.41)), memory, NOW)
    assert told(worse) == (["a"], [])
    assert told(news_of(judged(broken("a", 0.45)), worse.memory, NOW)) == ([], [])


def test_worsening_by_small_steps_is_told_too() -> None:
    memory = news_of(judged(broken("a", 0.3)), (), NOW).memory
    for contribution in (0.34, 0.38):
        memory = news_of(judged(broken("a", contribution)), memory, NOW).memory
    assert told(news_of(judged(broken("a", 0.42)), memory, NOW)) == (["a"], [])


def test_it_is_told_again_after_a_while() -> None:
    memory = news_of(judged(broken("a")), (), NOW).memory
    assert not news_of(judged(broken("a")), memory, NOW + COOL_DOWN - timedelta(seconds=1))
    assert told(news_of(judged(broken("a")), memory, NOW + COOL_DOWN)) == (["a"], [])


def test_it_is_told_again_where_nobody_knows_when_it_was_told() -> None:
    memory = news_of(judged(broken("a")), (), NOW + timedelta(days=365)).memory
    again = news_of(judged(broken("a")), memory, NOW)
    assert told(again) == (["a"], [])
    assert not news_of(judged(broken("a")), again.memory, NOW + timedelta(seconds=1))


def test_it_is_told_once_that_a_promise_is_kept_again() -> None:
    memory = news_of(judged(broken("a"), broken("b")), (), NOW).memory
    news = news_of(judged(kept("a"), broken("b")), memory, NOW)
    assert told(news) == ([], ["a"])
    clean = news_of(judged(kept("a"), kept("b"), verdict=Verdict.ALLOW), news.memory, NOW)
    assert told(clean) == ([], ["b"])
    assert not news_of(judged(kept("a"), kept("b"), verdict=Verdict.ALLOW), clean.memory, NOW)


def test_what_could_not_be_judged_is_not_kept_again() -> None:
    memory = news_of(judged(broken("a")), (), NOW).memory
    unknown = replace(broken("a"), outcome=FindingOutcome.NOT_EVALUATED, is_explained=True)
    news = news_of(judged(unknown, broken("b")), memory, NOW)
    assert told(news) == (["b"], [])
    assert not news_of(judged(broken("a"), broken("b")), news.memory, NOW)


def test_of_what_is_no_longer_promised_nothing_is_told() -> None:
    memory = news_of(judged(broken("a")), (), NOW).memory
    news = news_of(judged(kept("b"), verdict=Verdict.ALLOW), memory, NOW)
    assert (told(news), news.memory) == (([], []), ())


@pytest.mark.parametrize(
    "finding",
    [
        replace(broken("a"), is_inherited=True),
        replace(broken("a"), is_note=True),
        replace(broken("a"), outcome=FindingOutcome.PASSED),
    ],
)
def test_what_weighs_nothing_is_not_told(finding: Finding) -> None:
    assert not news_of(judged(finding), (), NOW)


def test_a_message_says_what_and_where_and_speaks_for_nobody_else() -> None:
    hostile = replace(broken("<!channel>"), message=("x ", Unsaid("<https://evil.example|click>\n*b*")))
    key = replace(kept("x"), check="key", feature=None)
    news = news_of(judged(hostile, key), (Told(check="key", contribution=0.4, at=NOW),), NOW)
    message = json.loads(message_of(news))
    assert message["text"].splitlines() == [
        "ALLOW_WITH_ALERT · risk 0.30 · d · d.csv",
        "• not-null &lt;!channel&gt;: x &lt;https://evil.example|click&gt;\\u000a*b*",
        "• kept again: key: no row lacks x",
    ]
    assert message["mrkdwn"] is False


def test_a_message_of_many_findings_is_short() -> None:
    news = news_of(judged(*(broken(f"f{number}") for number in range(500))), (), NOW)
    lines = json.loads(message_of(news))["text"].splitlines()
    assert (len(lines), lines[-1]) == (21, "and 481 more")


def test_a_message_arrives_as_it_is() -> None:
    with server(200) as (address, heard):
        act = Webhook(address=address).send('{"text": "é"}')
    assert heard == [("/services/secret", '{"text": "é"}'.encode())]
    assert (act.action, act.target, act.is_done, act.detail) == ("alert", "127.0.0.1", True, None)


def test_a_busy_server_is_asked_again() -> None:
    with server(503, 429, 200) as (address, heard):
        act = Webhook(address=address).send("{}")
    assert (len(heard), act.is_done) == (3, True)


@pytest.mark.parametrize(("status", "tries"), [(503, 3), (404, 1), (302, 1)])
def test_a_refusal_is_told_and_goes_nowhere_else(status: int, tries: int) -> None:
    with server(status) as (address, heard):
        act = Webhook(address=address).send("{}")
    assert [path for path, _ in heard] == ["/services/secret"] * tries
    assert (act.is_done, act.detail) == (False, f"status {status}")


def test_nobody_there_is_told_without_the_secret() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        act = Webhook(address=f"http://127.0.0.1:{unused.getsockname()[1]}/services/secret").send("{}")
    assert (act.is_done, act.detail) == (False, "it cannot be reached")


@pytest.mark.parametrize("address", ["", "no address", "ftp://host/secret", "http://[::1/secret", "http://a b/secret"])
def test_an_address_that_is_none_is_told_without_the_secret(address: str) -> None:
    act = Webhook(address=address).send("{}")
    assert not act.is_done
    assert "secret" not in f"{act.target}{act.detail}"


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("start", "more", "pause"),
    [
        (OK + b"Content-Length: 100000\r\n\r\n", b"x", 0.02),
        (OK + b"\r\n", b"x" * 1_000_000, 0.0),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.02),
    ],
    ids=["slow", "endless", "chunked"],
)
def test_nobody_reads_what_is_answered(start: bytes, more: bytes, pause: float) -> None:
    with talker(start, more, pause) as (address, heard):
        hook = Webhook(address=address)
        assert [hook.send("{}").is_done, hook.send("{}").is_done, len(heard)] == [True, True, 2]


@pytest.mark.parametrize(
    ("start", "more"),
    [(OK + b"X: ", b"x"), (OK, b"X: 1\r\n"), (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, b"H"), (b"", b"")],
    ids=["header", "headers", "continue", "silence"],
)
def test_an_answer_that_never_comes_is_waited_for_once(start: bytes, more: bytes) -> None:
    with talker(start, more, 0.02) as (address, heard):
        hook = Webhook(address=address, patience=0.3)
        details = [hook.send("{}").detail for _ in range(50)]
    assert details == ["it did not answer in time", *["not tried, as a message before it did not arrive"] * 49]
    assert len(heard) == 1


def test_a_body_after_a_refusal_is_not_read_either() -> None:
    with talker(b"HTTP/1.1 503 Busy\r\n\r\n", b"x" * 1_000_000) as (address, heard):
        hook = Webhook(address=address)
        assert hook.send("{}").detail == "status 503"
    assert len(heard) == 3


def test_a_webhook_that_refuses_one_message_is_handed_the_next() -> None:
    with server(400, 200) as (address, heard):
        hook = Webhook(address=address)
        assert [hook.send("{}").is_done, hook.send("{}").is_done, len(heard)] == [False, True, 2]


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X:1\r\n" * 200]
)
def test_what_is_no_answer_is_told_as_that(answer: bytes) -> None:
    with talker(answer, b"\r\n") as (address, _):
        assert Webhook(address=address).send("{}").detail == "it cannot be reached"
