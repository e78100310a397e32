"""A policy as people write it: its keys, and how a document that has them becomes a `Policy`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from data_contract.checks import CHECK_IDS
from data_contract.document import digest_of, read_document
from data_contract.errors import PolicyError, Span
from data_contract.keys import Key, Listing, Reading, Section, Table
from data_contract.model import Dimension, Waiver
from data_contract.policy import (
    DIGITS,
    CiRules,
    FailOn,
    Floor,
    OnNotEvaluated,
    OnUncontracted,
    Override,
    Policy,
    RiskRules,
    Rules,
    Scope,
    SlaRules,
)
from data_contract.rules import RULES
from data_contract.scalars import GLOB, Choice, Day, Duration, Flag, Integer, Number, Text, Version

WAIVABLE = CHECK_IDS | {rule.id for rule in RULES}
"""The ids of what a waiver can be for."""


def _one_of(ids: Iterable[str]) -> Text:
    known = sorted(ids)
    return Text("|".join(known), f"the id of a check ({', '.join(known)})")


_SHARE = Number(minimum=0, maximum=1)
_THRESHOLD = Number(above=0, below=1)
WEIGHTS = tuple(
    Key(dimension.value, _SHARE, f"How much an excess of {dimension.value} weighs, from 0 to 1. Absent: 1.")
    for dimension in Dimension
)
ALERT = Key("alert_threshold", _THRESHOLD, "The smallest risk that is an alert. Absent: 0.25.")
BLOCK = Key("block_threshold", _THRESHOLD, "The smallest risk that is a block; above the alert's. Absent: 0.4.")
CEILING = Key(
    "advisory_ceiling",
    Number(minimum=0, below=1),
    "The most that advisory findings come to together; below the block threshold. Absent: 0.9 of the way to it.",
)
WEIGHT = Key("weights", Table(WEIGHTS), "How much each dimension weighs; it scales the excess, never the floor.")
RISK = Key("risk", Table((ALERT, BLOCK, CEILING, WEIGHT)), "How a risk is made and read.")

CI_KEYS: tuple[Key[Any], ...] = (
    Key("fail_on", Listing(Choice(FailOn)), "The decisions that fail the gate; [] for shadow mode. Absent: [block]."),
    Key("scope", Choice(Scope), "Judge what the change brings, or all of head. Absent: introduced."),
    Key("on_uncontracted", Choice(OnUncontracted), "A changed data file without a contract. Absent: implicit."),
    Key("on_contract_loosened", Choice(Floor), "Data that passes only as its contract was loosened. Absent: alert."),
    Key("on_contract_tightened", Choice(Floor), "Old data that breaks a promise that is new. Absent: alert."),
    Key(
        "on_missing_data",
        Choice(Floor),
        "A contract that matches no file; `run` does not ask, as nothing coming is ordinary. Absent: alert.",
    ),
    Key(
        "on_not_evaluated",
        Choice(OnNotEvaluated),
        "Coverage below min_coverage. Absent: error, which is exit status 2.",
    ),
    Key("min_coverage", _SHARE, "The share of the applicable promises that must be judged, from 0 to 1. Absent: 1."),
)
CI = Key("ci", Table(CI_KEYS), "What a decision does to the gate.")

SLA_KEYS: tuple[Key[Any], ...] = (
    Key(
        "on_budget_exhausted",
        Choice(Floor),
        "A version that breaks what a feature's `sla` counts, when the audit log leaves it no budget. Absent: allow.",
    ),
)
SLA = Key("sla", Table(SLA_KEYS), "What a service level does to the gate; needs `check --audit`.")

DATA = Key("data", Listing(GLOB), "Globs of the files that are data.")
IGNORE = Key("ignore", Listing(GLOB), "Globs of the files that are not, whatever `data` says.")
MAX_BYTES = Key("max_bytes", Integer(minimum=1), "The largest data file that is read. Absent: 17179869184, 16 GiB.")
FILES = Key("files", Table((DATA, IGNORE, MAX_BYTES)), "Which changed files are data, contract or not.")

MATCH_DATASET = Key("dataset", Text(), "A glob of dataset names.")
MATCH_PATH = Key("path", GLOB, "A glob of data files, from the root.")
MATCH = Key(
    "match", Table((MATCH_DATASET, MATCH_PATH)), "Which datasets it holds for: all keys must match.", required=True
)
OVERRIDES = Key("overrides", Listing(Table((MATCH, RISK, CI, SLA))), "Rules for some datasets; the last match wins.")

DATASET = Key("dataset", Text(), "The dataset's name.", required=True)
FEATURE = Key("feature", Text(), "The feature's name. Absent: a check of the dataset as a whole.")
CHECK = Key("check", _one_of(WAIVABLE), "The check's id, such as null-rate.", required=True)
UP_TO = Key("up_to", Number(minimum=0), "The largest measured value that is still waived. Absent: any.")
UNTIL = Key("until", Day(), "The last day on which it holds.", required=True)
REASON = Key("reason", Text(r"[\s\S]*\S[\s\S]*", "a reason"), "Why the broken promise is accepted.", required=True)
APPROVED_BY = Key("approved_by", Text(), "Who accepts it.")
WAIVERS = Key(
    "waivers",
    Listing(Table((DATASET, FEATURE, CHECK, UP_TO, UNTIL, REASON, APPROVED_BY))),
    "Broken promises that somebody answers for, until a day.",
)
OFF = Key("off", Listing(_one_of(CHECK_IDS)), "The ids of checks that no previous version implies here, such as order.")
IMPLICIT = Key("implicit", Table((OFF,)), "What the previous version of a file without a contract promises by itself.")
SPLIT_ROWS = Key(
    "split_rows",
    Flag(),
    "Whether good rows go on without the bad ones, where a file is blocked for bad rows alone. Absent: false.",
    absent=False,
)
QUARANTINE = Key("quarantine", Table((SPLIT_ROWS,)), "What `data-contract run` does with data that is blocked.")
VERSION = Key("version", Version(1), "The version of this form: 1.", required=True)
COOL_DOWN = Key("cool_down", Duration(), "After which a promise that is still broken is told again. Absent: 24h.")
ALERTS = Key("alerts", Table((COOL_DOWN,)), "How often `data-contract run` tells people of the same thing.")
POLICY = Table((VERSION, RISK, CI, SLA, FILES, IMPLICIT, QUARANTINE, ALERTS, OVERRIDES, WAIVERS))


def read_policy(source: bytes, path: str) -> Policy:
    """Read a policy.

    Raises `Rejected`, with every mistake in it, or `PolicyError` when it is no document at all.
    """
    reading = Reading(PolicyError)
    node = read_document(source, path, PolicyError)
    document = POLICY.read(node, reading)
    reading.finish()
    assert document is not None
    policy = _policy(document, path, reading)
    reading.finish()
    return replace(policy, text=source.decode("utf-8", "replace"), digest=digest_of(node))


def _policy(document: Section, path: str, reading: Reading) -> Policy:
    risk, ci, files = document.get(RISK), document.get(CI), document.get(FILES)
    implicit, quarantine, alerts = document.get(IMPLICIT), document.get(QUARANTINE), document.get(ALERTS)
    cool_down = alerts.get(COOL_DOWN) if alerts else None
    rules = Rules(
        risk=RiskRules(**_risk(risk)),
        ci=CiRules(**_plain(ci, CI_KEYS)),
        sla=SlaRules(**_plain(document.get(SLA), SLA_KEYS)),
    )
    default = Policy()
    policy = Policy(
        path=path,
        rules=rules,
        data=_or(files.get(DATA) if files else None, default.data),
        ignore=_or(files.get(IGNORE) if files else None, default.ignore),
        max_bytes=(files.get(MAX_BYTES) if files else None) or default.max_bytes,
        implied_off=frozenset(_or(implicit.get(OFF) if implicit else None, ())),
        cool_down=default.cool_down if cool_down is None else cool_down,
        splits_rows=quarantine is not None and quarantine.meant(SPLIT_ROWS),
        overrides=tuple(_override(section) for section in document.get(OVERRIDES) or ()),
        waivers=tuple(_waiver(section) for section in document.get(WAIVERS) or ()),
    )
    _refuse_inverted(rules.risk, risk.at(ALERT) if risk else document.span, reading)
    for override in policy.overrides:
        _refuse_inverted(replace(rules.risk, **override.risk), override.span, reading)
    return policy


def _refuse_inverted(risk: RiskRules, span: Span, reading: Reading) -> None:
    low, high = risk.alert_threshold, risk.block_threshold
    if overlong := next((each for each in (low, high) if round(each, DIGITS) != each), None):
        reading.refuse(
            f"the threshold {overlong!r} has more than {DIGITS} decimals", span, "a risk has no more: round it"
        )
    elif low >= high:
        reading.refuse(f"`alert_threshold` {low:g} is not below `block_threshold` {high:g}", span, "swap them")
    elif not low <= risk.ceiling < high:
        hint = f"write a number from {low:g} to just under {high:g}"
        reading.refuse(f"`advisory_ceiling` {risk.ceiling:g} does not lie between the thresholds", span, hint)


def _risk(section: Section | None) -> dict[str, Any]:
    if section is None:
        return {}
    found: dict[str, Any] = {key.name: section.get(key) for key in (ALERT, BLOCK, CEILING) if key in section}
    if weights := section.get(WEIGHT):
        found["weights"] = {Dimension(key.name): weights.get(key) for key in WEIGHTS if key in weights}
    return found


def _plain(section: Section | None, keys: Sequence[Key[Any]]) -> dict[str, Any]:
    return {key.name: section.get(key) for key in keys if key in section} if section else {}


def _override(section: Section) -> Override:
    match = section.get(MATCH)
    return Override(
        dataset=match.get(MATCH_DATASET) if match else None,
        path=match.get(MATCH_PATH) if match else None,
        risk=_risk(section.get(RISK)),
        ci=_plain(section.get(CI), CI_KEYS),
        sla=_plain(section.get(SLA), SLA_KEYS),
        span=section.span,
    )


def _waiver(section: Section) -> Waiver:
    until = section.get(UNTIL)
    assert until is not None
    return Waiver(
        dataset=section.get(DATASET) or "",
        feature=section.get(FEATURE),
        check=section.get(CHECK) or "",
        up_to=section.get(UP_TO),
        until=until,
        reason=section.get(REASON) or "",
        approved_by=section.get(APPROVED_BY),
        span=section.span,
    )


def _or(found: tuple[str, ...] | None, default: tuple[str, ...]) -> tuple[str, ...]:
    return default if found is None else found
