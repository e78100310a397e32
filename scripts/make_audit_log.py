"""Writes an audit log of 90 days that nobody lived through: three datasets, judged for real, the same at every run.

`user_features` loses more and more ages to a slow drift until somebody mends it. `orders` has one very bad day, and is
mended the next morning. `sessions` is quiet, but for some late files and a column that comes and goes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from data_contract.audit import NOTHING, Act, Entry, PolicyUsed, digest_in, line_of
from data_contract.case import Bench, Past
from data_contract.conclusion import outcome_of
from data_contract.contract import Contract
from data_contract.contract_document import read_contract
from data_contract.formats.csv import CsvSource
from data_contract.model import Circumstances, DatasetOutcome, Verdict
from data_contract.policy import Policy
from data_contract.policy_document import read_policy
from data_contract.recording import recorded

FIRST = date(2026, 8, 23)
DAYS = 90
BAD_DAY, MENDED = 52, 71
"""Of `orders`, and of the ages of `user_features`: days from the first."""

POLICY = """version: 1
risk: {alert_threshold: 0.25, block_threshold: 0.4}
ci: {scope: all}
"""
USERS = """version: 1
dataset:
  name: user_features
  files: ["data/users/*.csv"]
  key: [user_id]
  rows: {min: 50, max_loss: 0.2}
features:
  user_id: {dtype: int, criticality: high}
  user_age: {dtype: float, max_null_rate: 0.3, min: 0, max: 130, sla: {null_rate: 0.25, window: 30d, target: 90%}}
  country_code: {dtype: str, allow_null: false, pattern: "[A-Z]{2}", sla: {window: 30d, target: 95%}}
  plan: {dtype: str, allowed: [free, pro, team], max_invalid_rate: 0.02}
"""
ORDERS = """version: 1
dataset:
  name: orders
  files: ["data/orders/*.csv"]
  key: [order_id]
  rows: {min: 50, max_loss: 0.5}
features:
  order_id: {dtype: int, criticality: high}
  amount: {dtype: decimal, min: 0, max_invalid_rate: 0.01, sla: {invalid_rate: 0.005, window: 60d, target: 97%}}
  currency: {dtype: str, allowed: [EUR, USD, GBP], sla: {window: 60d, target: 99%}}
  shipped: {dtype: date, max_null_rate: 0.6}
"""
SESSIONS = """version: 1
dataset:
  name: sessions
  files: ["data/sessions/*.csv"]
  rows: {min: 20}
features:
  session: {dtype: str, unique: true, min_length: 8}
  started: {dtype: datetime, freshness: 36h, sla: {window: 30d, target: 80%}}
  pages: {dtype: int, min: 1, max: 500, max_invalid_rate: 0.02}
"""

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One of the datasets, and what its file of a day is like."""

    contract: Contract
    source: Callable[[int], bytes]
    hour: int
    """When it is judged."""


def _file(header: Row, rows: Iterator[Row]) -> bytes:
    return "".join(f"{','.join(row)}\n" for row in (header, *rows)).encode()


def users(day: int) -> bytes:
    """Ages go missing, a little more each day; a blip of unknown plans on a Monday."""
    chance = random.Random(day)  # noqa: S311  # made-up data
    missing = 0.16 + (0.0025 * day if day < MENDED else 0.01)
    plans = ("free", "pro", "team", "gold") if day == 33 else ("free", "pro", "team")

    def rows() -> Iterator[Row]:
        for user in range(1, 161 + day):
            age = "" if chance.random() < missing else f"{chance.gauss(40, 9):.1f}"
            country = "" if day == 18 and user == 41 else chance.choice(("DE", "US", "NO", "BR"))
            yield str(user), age, country, chance.choice(plans)

    return _file(("user_id", "user_age", "country_code", "plan"), rows())


def orders(day: int) -> bytes:
    """On the bad day a deployment upstream loses currencies, and signs."""
    chance = random.Random(1000 + day)  # noqa: S311  # made-up data
    is_bad = day == BAD_DAY

    def rows() -> Iterator[Row]:
        for number in range(1, 121 + chance.randrange(40)):
            amount = f"{'-' if is_bad and chance.random() < 0.2 else ''}{chance.uniform(5, 400):.2f}"
            currency = "" if is_bad and number % 3 == 0 else chance.choice(("EUR", "USD", "GBP"))
            currency = "eur" if (is_bad and number % 7 == 0) or (day in (23, 80) and number == 9) else currency
            yield str(day * 1000 + number), amount, currency, "" if chance.random() < 0.4 else "2026-08-20"

    return _file(("order_id", "amount", "currency", "shipped"), rows())


def sessions(day: int) -> bytes:
    """Late on some days; on others with a column that nobody declared."""
    chance = random.Random(2000 + day)  # noqa: S311  # made-up data
    late = timedelta(days=3 if day % 13 == 9 else 0)
    more = ("referrer",) if 60 <= day < 63 or day >= 88 else ()
    newest = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(days=day) - late

    def rows() -> Iterator[Row]:
        for number in range(60 + chance.randrange(20)):
            started = newest - timedelta(minutes=17 * number)
            yield f"s{day:03}{number:05}", f"{started:%Y-%m-%dT%H:%M:%SZ}", str(chance.randrange(1, 40)), *more

    return _file(("session", "started", "pages", *more), rows())


@cache
def policy() -> Policy:
    """What decides."""
    return read_policy(POLICY.encode(), "policy/policy.yml")


@cache
def datasets() -> tuple[Dataset, ...]:
    """The three of them."""
    found = ((USERS, users, 6), (ORDERS, orders, 7), (SESSIONS, sessions, 9))
    return tuple(
        Dataset(contract=read_contract(text.encode(), f"contracts/{source.__name__}.yml"), source=source, hour=hour)
        for text, source, hour in found
    )


def judged(dataset: Dataset, day: int, at: datetime) -> DatasetOutcome:
    """What the gate comes to on a day, compared with the day before."""
    contract = dataset.contract

    def opened(day: int) -> CsvSource:
        content = dataset.source(day)
        return CsvSource(lambda: io.BytesIO(content), "a.csv", contract.format, tuple(contract.features))

    past = Past(open=lambda: opened(day - 1)) if day else Past()
    path = contract.files[0].replace("*", f"{FIRST + timedelta(days=day)}")
    return Bench(policy=policy(), as_of=at, today=at.date()).judge(opened(day), path, contract, past)


def entry_of(dataset: Dataset, day: int, at: datetime) -> Entry:
    """The run of a day."""
    found = judged(dataset, day, at)
    outcome = outcome_of([found], policy(), at)
    content = hashlib.sha256(dataset.source(day)).hexdigest()
    return Entry(
        at=at,
        as_of=at,
        tool_version="0.1.0",
        command="check",
        circumstances=Circumstances(actor=("dana", "kim", "nightly")[day % 3], pull_request=400 + day * 3 % 97),
        head=hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest(),
        law=PolicyUsed(path=policy().path, text=policy().text, is_trusted=True),
        contracts={dataset.contract.span.path: dataset.contract.digest},
        data={found.path or "": content},
        datasets=(recorded(found),),
        verdict=outcome.decision.verdict,
        risk=outcome.decision.risk,
        exit_code=outcome.exit_code,
        acts=tuple(_acts(outcome.decision.verdict, day, found.path or "")),
    )


def _acts(verdict: Verdict, day: int, path: str) -> Iterator[Act]:
    if verdict is Verdict.BLOCK_AND_ROLLBACK:
        yield Act(action="quarantine", target=path, is_done=True)
        yield Act(action="rollback", target=path, is_done=day != BAD_DAY, detail="the store did not answer in 30 s")
    if verdict is not Verdict.ALLOW:
        yield Act(action="alert", target="hooks.example.org", is_done=day % 4 != 0, detail=f"status {500 + day % 4}")


def entries(days: int = DAYS) -> Iterator[Entry]:
    """The runs of so many days, the oldest first; none follows another yet."""
    for day in range(days):
        for dataset in datasets():
            moment = datetime(FIRST.year, FIRST.month, FIRST.day, dataset.hour, 10, tzinfo=UTC) + timedelta(days=day)
            yield entry_of(dataset, day, moment)


def lines(days: int = DAYS) -> Iterator[bytes]:
    """The log, line by line."""
    previous = NOTHING
    for entry in entries(days):
        line = line_of(replace(entry, previous=previous))
        previous = digest_in(line)
        yield line


def main(file: str, days: int = DAYS) -> None:
    """Write the log."""
    Path(file).write_bytes(b"".join(lines(days)))


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("file", metavar="FILE", help="the log to write")
    asked.add_argument("days", nargs="?", type=int, default=DAYS, metavar="DAYS", help=f"default {DAYS}")
    given = asked.parse_args()
    main(given.file, given.days)
