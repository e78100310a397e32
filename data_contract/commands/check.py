"""`data-contract check`: judge data files by their contracts."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.commands.arguments import (
    Commands,
    add_change,
    add_judging,
    add_reporting,
    reports_in,
    request_of,
)
from data_contract.errors import DataContractError, UsageError
from data_contract.output import mistake_of, progress, put, reported, tell

if TYPE_CHECKING:
    from data_contract.model import Outcome
    from data_contract.pipeline import Request, Ruling


def add_to(commands: Commands) -> None:
    """See `Command`."""
    command = commands.add_parser(
        "check",
        help="judge data files by their contracts",
        description="Judge data files by their contracts.",
        epilog="Exit status: 0 passed, 1 the gate failed, 2 could not decide.",
        allow_abbrev=False,
    )
    add_change(command)
    add_judging(command)
    command.add_argument("--against", metavar="FILE", help="the previous version of PATH: what it has too is not new")
    command.add_argument(
        "--scope", choices=("introduced", "all"), help="judge what is new, or all; default the policy's"
    )
    command.add_argument(
        "--audit", metavar="FILE|DIR/", help="an audit log to add the decision to, or a folder for a new one"
    )
    command.add_argument(
        "--cache", metavar="DIR", type=Path, help="where to keep what was measured of base, for next time"
    )
    command.add_argument("--attestation", metavar="FILE", help="an in-toto statement of the decision, to be signed")
    add_reporting(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge, report, and say by the exit status how it ended."""
    formats = reports_in(options)
    # NOTE: an unset variable of a script must not say that there is nothing to compare with.
    if options.base == "":
        raise UsageError("--base is empty", hint="name a commit; to compare with nothing, write --no-base")
    if options.against is not None and len(options.paths) != 1:
        raise UsageError("--against is the previous version of one PATH", hint="name exactly one file")
    if options.against is not None and (options.base or options.no_base or options.head):
        raise UsageError("--against stands in place of --base, --no-base and --head", hint="leave one of them out")
    return reported(judged(options, is_told=("text", None) in formats), formats)


def judged(options: argparse.Namespace, *, is_told: bool) -> Outcome:
    """What the run comes to, once it is in the audit log; what kept it from deciding is told unless the report will."""
    # NOTE: this imports polars, which --version and --help need not wait for.
    from data_contract.conclusion import undecided
    from data_contract.pipeline import judge

    now = datetime.now(UTC)
    request = request_of(options, now)
    ruling: Ruling | None = None
    try:
        ruling = judge(request, progress(is_quiet=options.quiet))
        if options.audit is not None:
            ruling = _held(ruling, request, options.audit)
        outcome = ruling.outcome
    except Exception as error:  # noqa: BLE001  # whatever happened, the reports are written and say so
        known = mistake_of(error)
        if not is_told:
            tell(known)
        outcome = undecided(known, request.as_of or now)
    return _proved(outcome, ruling, request, options) if options.audit or options.attestation else outcome


def _held(ruling: Ruling, request: Request, place: str) -> Ruling:
    """The ruling, as far as no feature is beyond the error budget that the audit log leaves it."""
    if not any(contract.slas for contract in (*ruling.law.contracts, *ruling.law.past)):
        return ruling
    # NOTE: this imports a reader of logs, which runs without service levels need not wait for.
    from data_contract.dashboard.exhausted import held

    return held(ruling, request, place)


def _proved(outcome: Outcome, ruling: Ruling | None, request: Request, options: argparse.Namespace) -> Outcome:
    """The outcome, once it is in the audit log and attested; a decision that cannot be proved later is none."""
    import json

    from data_contract.attestation import statement_of
    from data_contract.audit import unwritten
    from data_contract.chain import append
    from data_contract.conclusion import unproven
    from data_contract.github import circumstances_of
    from data_contract.recording import entry_of

    try:
        entry = entry_of(outcome, ruling, request, circumstances_of(os.environ))
        record = append(options.audit, entry) if options.audit else unwritten(entry)
        if options.attestation:
            put(Path(options.attestation), json.dumps(statement_of(record), indent=2) + "\n")
        return replace(outcome, audited=record.digest if options.audit else None)
    except DataContractError as error:
        tell(error)
        return unproven(outcome, [error])
