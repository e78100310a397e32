"""Tells people of broken promises, once each: when new, when worse, after a while, and when they are kept again.

What was told is remembered beside the data. A message goes to one webhook, in the form that Slack and those that
imitate it understand. Whether it arrives changes no decision.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data_contract.audit import Act
from data_contract.model import DatasetOutcome, Finding, FindingOutcome, Status, Verdict, plain
from data_contract.reports.escape import printable
from data_contract.reports.words import name_of, raised, shown_risk
from data_contract.webhook import Webhook

_WORSE = 0.1
"""By which a contribution has to grow to be told before that."""
_MOST_LINES = 20
_LONGEST = 300
_READABLE = "readable"
"""The aspect under which it is remembered that a file could not be read at all: no promise of it was judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A broken promise that people know of."""

    check: str
    feature: str | None = None
    aspect: str | None = None
    contribution: float
    """When it was told last."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What people do not know yet of a dataset."""

    dataset: DatasetOutcome
    broken: tuple[Finding, ...]
    """New, worse, or told too long ago."""
    recovered: tuple[Finding, ...]
    """Kept again."""
    memory: tuple[Told, ...]
    """What people know once it is told."""

    def __bool__(self) -> bool:
        return bool(self.broken or self.recovered)


def news_of(dataset: DatasetOutcome, memory: Iterable[Told], now: datetime, cool_down: timedelta) -> News:
    """What has to be told of a decision, to people who know what is in `memory`."""
    known = {(each.check, each.feature, each.aspect): each for each in memory}
    is_quiet = dataset.decision.verdict is Verdict.ALLOW
    # NOTE: what a new promise reveals is as old as the data, and news.
    new = (finding for finding in raised(dataset) if not finding.is_inherited or finding.status is Status.REVEALED)
    asking = [] if is_quiet else [*new]
    found = {_identity(finding, dataset): finding for finding in asking}
    broken = {key: each for key, each in found.items() if _is_due(each, known.get(key), now, cool_down)}
    ended = {_identity(finding, dataset): finding for finding in (*dataset.findings, *_readable(dataset))}
    kept = {key: ended[key] for key in known if key in ended and ended[key].outcome is FindingOutcome.PASSED}
    # NOTE: what could not be judged is not kept again; of what is no longer promised there is nothing to tell.
    open_still = {key for key in known if key not in found and key not in kept and (key in ended or not dataset.rows)}
    return News(
        dataset=dataset,
        broken=tuple(broken.values()),
        recovered=tuple(kept.values()),
        memory=(
            *(_told(key, finding, now) if key in broken else known[key] for key, finding in found.items()),
            *(each for key, each in known.items() if key in open_still),
        ),
    )


def together(whole: DatasetOutcome, parts: Iterable[DatasetOutcome]) -> DatasetOutcome:
    """A file as people are told of it: with what its good rows break by themselves, where these were judged too."""
    known = {_identity(finding, whole) for finding in raised(whole)}
    new = [each for part in parts for each in raised(part) if _identity(each, part) not in known]
    told = [replace(each, message=("without the bad rows, ", *each.message)) for each in new]
    return replace(whole, findings=(*whole.findings, *told))


def _readable(dataset: DatasetOutcome) -> Iterator[Finding]:
    """That the file could be read, in the place of each finding that would say so if it could not."""
    if dataset.rows is not None:
        for finding in dataset.findings:
            said = ("the file can be read",)
            yield replace(finding, aspect=_READABLE, outcome=FindingOutcome.PASSED, message=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Herald:
    """Tells one webhook what it does not know yet."""

    webhook: Webhook
    cool_down: timedelta
    """After which a promise that is still broken is told again."""

    def tell(self, dataset: DatasetOutcome, memory: bytes | None, now: datetime) -> tuple[Act, bytes] | None:
        """How telling ended and what is known then, where there is news; what could not be told stays news."""
        news = news_of(dataset, _remembered(memory), now, self.cool_down)
        if not news:
            return None
        act = self.webhook.send(message_of(news))
        return act, _written(news.memory) if act.is_done else memory or _written(())

    def say(self, news: Iterable[str]) -> Act:
        """Tell what is news in any case, a sentence each."""
        return self.webhook.send(_message([printable(each, None) for each in news]))


def _remembered(memory: bytes | None) -> tuple[Told, ...]:
    """What people know; nothing where it cannot be read, so that they are rather told twice than never."""
    import msgspec

    try:
        known = msgspec.json.decode(memory, type=tuple[Told, ...]) if memory else ()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()
    return tuple(each for each in known if each.at.tzinfo)


def _written(memory: tuple[Told, ...]) -> bytes:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(memory), indent=2) + b"\n"


_Key = tuple[str, str | None, str | None]


def _identity(finding: Finding, dataset: DatasetOutcome) -> _Key:
    return finding.check, finding.feature, finding.aspect if dataset.rows is not None else _READABLE


def _is_due(finding: Finding, told: Told | None, now: datetime, cool_down: timedelta) -> bool:
    if told is None or finding.contribution >= told.contribution + _WORSE:
        return True
    # NOTE: a time to come is that of a clock that was ahead, and nobody knows when it was told.
    return not timedelta(0) <= now - told.at < cool_down


def _told(key: _Key, finding: Finding, now: datetime) -> Told:
    check, feature, aspect = key
    return Told(check=check, feature=feature, aspect=aspect, contribution=finding.contribution, at=now)


def message_of(news: News) -> str:
    """The news as JSON; what strangers wrote can address nobody, link nowhere and format nothing."""
    dataset, decision = news.dataset, news.dataset.decision
    where = printable(dataset.path or dataset.name)
    lines = [f"{decision.verdict} · risk {shown_risk(decision.risk)} · {printable(dataset.name)} · {where}"]
    lines += [f"• {name_of(each)}: {_said(each)}" for each in news.broken]
    lines += [f"• kept again: {name_of(each)}{_aspect(each)}: {_said(each)}" for each in news.recovered]
    return _message(lines)


def _message(lines: list[str]) -> str:
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"and {len(lines) - _MOST_LINES} more"]
    text = "\n".join(map(_escaped, lines))
    return json.dumps({"text": text, "mrkdwn": False, "unfurl_links": False})


def _said(finding: Finding) -> str:
    return printable(plain(finding.message), _LONGEST)


def _aspect(finding: Finding) -> str:
    return f" ({finding.aspect})" if finding.aspect else ""


def _escaped(text: str) -> str:
    """The three characters that Slack reads (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
