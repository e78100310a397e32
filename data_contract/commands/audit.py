"""`data-contract audit` and `replay`: what the audit log proves, says, and comes to again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from data_contract.commands.arguments import Commands, add_logs
from data_contract.errors import AuditError, UsageError
from data_contract.output import say, say_lines

if TYPE_CHECKING:
    from data_contract.audit import Record

_SHORTEST = 4


def add_to(commands: Commands) -> None:
    """See `Command`."""
    command = commands.add_parser("audit", help="verify or read an audit log", allow_abbrev=False)
    parts = command.add_subparsers(dest="part", required=True, metavar="verify|show")
    verify = parts.add_parser(
        "verify",
        help="whether it is what was written",
        description="Find every entry that was edited, inserted, removed or moved.",
        epilog="Exit status: 0 nothing was, 1 something was, 2 it cannot be read.",
        allow_abbrev=False,
    )
    add_logs(verify)
    verify.add_argument(
        "--head",
        action="append",
        type=_digest,
        default=[],
        metavar="DIGEST",
        help="the last digest, as it was printed; without it, nobody knows whether the end was cut off",
    )
    verify.set_defaults(run=_verify)
    show = parts.add_parser(
        "show", help="why a decision was made", description="Say why a decision was made.", allow_abbrev=False
    )
    show.add_argument("id", metavar="ID", help="the start of its digest, or `last`")
    add_logs(show)
    show.set_defaults(run=_show)
    replay = commands.add_parser(
        "replay",
        help="decide again from the audit log",
        description="Decide again from what was measured, and compare.",
        epilog="Exit status: 0 it comes to exactly the same, 1 it does not, 2 it cannot be replayed.",
        allow_abbrev=False,
    )
    replay.add_argument("id", metavar="ID", help="the start of its digest, or `last`")
    add_logs(replay)
    replay.set_defaults(run=_replay)


def _digest(text: str) -> str:
    if len(text) != 64 or text.strip("0123456789abcdef"):
        raise argparse.ArgumentTypeError(f"'{text}' is no digest: 64 hexadecimal digits")
    return text


def _verify(options: argparse.Namespace) -> int:
    from data_contract.chain import logs_in, verify

    found = verify(logs_in(options.logs), options.head)
    lines = [f"{problem.span.path}:{problem.span.line}: {problem.message}" for problem in found.problems]
    entries = "1 entry" if found.entries == 1 else f"{found.entries:,} entries"
    lines.append(f"{entries}, {len(found.problems):,} wrong" if lines else f"{entries}, all linked and unedited")
    lines += [f"{path} ends with {digest}" for path, digest in found.tails]
    if found.unproven:
        lines.append(f"unproven: whether entries were cut off the end of {', '.join(found.unproven)}; --head tells")
    say_lines(lines)
    return 1 if found.problems else 0


def _show(options: argparse.Namespace) -> int:
    from data_contract.replay import shown

    say(shown(_found(options)))
    return 0


def _replay(options: argparse.Namespace) -> int:
    from data_contract.replay import differences, replayed

    record = _found(options)
    outcome = replayed(record)
    told = [*differences(record, outcome)]
    lines = told or [f"{record.id}: {outcome.decision.verdict} at risk {outcome.decision.risk!r}, exactly as recorded"]
    say_lines(lines)
    return 1 if told else 0


def _found(options: argparse.Namespace) -> Record:
    """The entry that an id names. Raises `UsageError` where it names none, or several."""
    from data_contract.audit import is_whole, record_of
    from data_contract.chain import lines_of, logs_in

    lines = [line for log in logs_in(options.logs) for line in lines_of(log) if not line.is_torn]
    if options.id == "last":
        fitting = lines[-1:]
    elif len(options.id) < _SHORTEST:
        raise UsageError(f"'{options.id}' is too short for an id", hint=f"write {_SHORTEST} digits or more")
    else:
        fitting = [line for line in lines if line.digest.startswith(options.id)]
    if len({line.digest for line in fitting}) != 1:
        what = "names no entry" if not fitting else f"names {len(fitting)} entries"
        raise UsageError(f"'{options.id}' {what} of {', '.join(options.logs)}", hint="ids are the start of a digest")
    line = fitting[0]
    if not is_whole(line.content):
        raise AuditError("this entry was edited", at=line.span, hint="run `audit verify`")
    return record_of(line.content, line.span)
