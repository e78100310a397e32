"""`data-contract policy test` and `backtest`: what a policy would decide, before it does."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.commands.arguments import Commands, add_logs
from data_contract.errors import DataContractError, Rejected, UsageError, gathered
from data_contract.output import say_lines

if TYPE_CHECKING:
    from data_contract.policy import Policy

_CASES = "policy/*.cases.yml"
_POLICY = "policy/policy.yml"


def add_to(commands: Commands) -> None:
    """See `Command`."""
    command = commands.add_parser("policy", help="test a policy", allow_abbrev=False)
    parts = command.add_subparsers(dest="part", required=True, metavar="test")
    test = parts.add_parser(
        "test",
        help="whether it decides as its cases expect",
        description="Decide the cases of a policy, and compare.",
        epilog="Exit status: 0 all as expected, 1 some not, 2 cases or policy cannot be read.",
        allow_abbrev=False,
    )
    test.add_argument("cases", nargs="*", metavar="FILE", help=f"files of cases; default {_CASES}")
    test.add_argument("--policy", default=_POLICY, metavar="FILE", help=f"the policy; default {_POLICY}")
    test.set_defaults(run=_test)
    backtest = commands.add_parser(
        "backtest",
        help="what another policy would have decided",
        description="Decide what an audit log has by another policy, and tell which decisions would flip.",
        epilog="Exit status: 0 none would, 1 some would, 2 log or policy cannot be read.",
        allow_abbrev=False,
    )
    backtest.add_argument("--policy", required=True, metavar="FILE", help="the policy to try")
    add_logs(backtest)
    backtest.set_defaults(run=_backtest)


def _test(options: argparse.Namespace) -> int:
    from data_contract.policy_cases import PolicyCase, read_cases, tested

    files = options.cases or sorted(map(str, Path().glob(_CASES)))
    if not files:
        raise UsageError(f"there are no cases: no file fits {_CASES}", hint="write some, or name their file")
    cases: list[PolicyCase] = []
    mistakes: list[DataContractError] = []
    for file in files:
        with gathered(mistakes):
            cases += read_cases(_read(file), file)
    if mistakes:
        raise Rejected(mistakes)
    policy, today = _policy(options.policy), datetime.now(UTC).date()
    told = [(case, tested(case, policy, today)) for case in cases]
    lines = [f"{case.span}: {case.name}: {wrong}" for case, wrong in told if wrong]
    count = "1 case" if len(cases) == 1 else f"{len(cases)} cases"
    lines.append(f"{count} of {options.policy}, {len(lines)} not as expected" if lines else f"{count}, all as expected")
    say_lines(lines)
    return 1 if len(lines) > 1 else 0


def _backtest(options: argparse.Namespace) -> int:
    from data_contract.chain import logs_in, records_in
    from data_contract.replay import Flip, tried

    policy = _policy(options.policy)
    records = [*records_in(logs_in(options.logs))]
    judged = [record for record in records if record.entry.law]
    found: list[Flip] = [each for record in judged for each in tried(record, policy)]
    flipped = [each for each in found if each.is_other]
    severer = sum(each.is_severer for each in flipped)
    said = (
        f"{len(found):,} decisions, {len(flipped):,} would flip: {len(flipped) - severer:,} milder, {severer:,} severer"
    )
    left = len(records) - len(judged)
    runs = "1 run that had nothing to judge by was" if left == 1 else f"{left:,} runs that had nothing to judge by were"
    lines = [*map(str, flipped), said, *([f"{runs} left out"] if left else [])]
    say_lines(lines)
    return 1 if flipped else 0


def _policy(file: str) -> Policy:
    from data_contract.policy_document import read_policy

    return read_policy(_read(file), file)


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as cause:
        raise UsageError(f"{file} cannot be read: {cause.strerror}", hint="check the path") from None
