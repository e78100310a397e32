"""The service level of a feature as a contract states it: which versions are good, and how many have to be."""

from __future__ import annotations

from collections.abc import Sequence

from data_contract.checks import CELL_TESTS
from data_contract.checks.nulls import NotNull, NullRate
from data_contract.checks.validity import InvalidRate
from data_contract.keys import Key, Reading, Section, Table, TableOrFalse
from data_contract.model import Sla
from data_contract.promise import Promise
from data_contract.scalars import Duration, Number, Share
from data_contract.strictness import ADDED, LARGER, SMALLER, Effect, Strictness, anything, may_loosen

NULL_CHECKS = frozenset({NotNull.name, NullRate.name})
"""The ids of the checks that measure how many values are missing."""
INVALID_CHECKS = frozenset({InvalidRate.name, *(test.id for test in CELL_TESTS)})
"""The ids of those that measure how many are invalid: the first alone, or the others together."""


def _bounded(before: float | None, after: float | None) -> Effect:
    if before is None or after is None:
        return may_loosen("other promises count")
    return SMALLER.effect(before, after)


_RATE = Number(minimum=0, maximum=1, hint="write 0.02 for 2 %")
_BOUND = Strictness("smaller is tighter, anything else may loosen", _bounded)
NULL_RATE = Key(
    "null_rate", _RATE, "The share of rows without a value up to which a version is good.", strictness=_BOUND
)
INVALID_RATE = Key(
    "invalid_rate",
    _RATE,
    "The share of invalid values up to which a version is good. Absent, as `null_rate`: every promise counts.",
    strictness=_BOUND,
)
WINDOW = Key(
    "window",
    Duration(is_positive=True),
    "How far back versions are counted, such as 30d.",
    required=True,
    strictness=anything("other versions count"),
)
TARGET = Key(
    "target",
    Share(),
    "The share of the versions that have to be good, such as 99% or 0.99.",
    required=True,
    strictness=LARGER,
)
SLA = Key(
    "sla",
    TableOrFalse(Table((NULL_RATE, INVALID_RATE, WINDOW, TARGET))),
    "false, or how often the feature has to keep its promises; the dashboard tells how it does (docs/dashboard.md).",
    strictness=ADDED,
)

_MEASURED_BY = (
    (NULL_RATE, NULL_CHECKS, "promise `max_null_rate` or `allow_null: false` beside it"),
    (INVALID_RATE, INVALID_CHECKS, "promise a dtype, a range, a set, a pattern or a length beside it"),
)


def sla_of(section: Section, feature: str, promises: Sequence[Promise], reading: Reading) -> Sla | None:
    """The service level that a feature's keys state, if they do; mistakes go to `reading`."""
    stated = section.get(SLA)
    if stated is None:
        return None
    ids = {promise.id for promise in promises}
    for key, checks, hint in _MEASURED_BY:
        if key in stated and not ids & checks:
            reading.refuse(f"nothing measures the `{key.name}` of the feature", stated.at(key), hint)
    window, target = stated.get(WINDOW), stated.get(TARGET)
    if window is None or target is None:
        return None
    return Sla(
        feature=feature,
        null_rate=stated.get(NULL_RATE),
        invalid_rate=stated.get(INVALID_RATE),
        window=int(window.total_seconds()),
        target=target,
        span=section.at(SLA),
    )
