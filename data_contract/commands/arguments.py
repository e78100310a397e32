"""What the arguments of several commands mean."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.errors import UsageError
from data_contract.output import Wanted
from data_contract.reports import FORMATS

_LOG = "audit.jsonl"

if TYPE_CHECKING:
    from data_contract.pipeline import Request

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # it has no public name
else:
    Commands = object


def add_judging(command: argparse.ArgumentParser) -> None:
    """By what data is judged, when, and what fails the gate."""
    command.add_argument(
        "--contracts", action="append", metavar="DIR|FILE|GLOB", help="where the contracts are; default contracts/"
    )
    command.add_argument("--policy", metavar="FILE", help="the policy; default policy/policy.yml, if it is there")
    command.add_argument("--as-of", type=moment, metavar="TIME", help="the time to judge by, ISO 8601; default now")
    command.add_argument("--fail-on", choices=("block", "alert"), help="fail on this too, whatever the policy says")


def add_reporting(command: argparse.ArgumentParser) -> None:
    """What is told of it, and where."""
    command.add_argument(
        "--format",
        action="append",
        type=report,
        metavar="NAME[=FILE]",
        help=f"a report, on standard output or to a file: {', '.join(FORMATS)}; may be repeated; default text",
    )
    command.add_argument("--quiet", action="store_true", help="nothing on standard error but errors")


def reports_in(options: argparse.Namespace) -> Wanted:
    """The reports that are asked for. Raises `UsageError` where two want standard output."""
    formats: Wanted = options.format or [("text", None)]
    if sum(file is None for _, file in formats) > 1:
        raise UsageError("two reports want standard output", hint="give all but one a file: --format json=report.json")
    return formats


def report(text: str) -> tuple[str, str | None]:
    """A format and its file, None for standard output."""
    name, _, file = text.partition("=")
    if name not in FORMATS:
        raise argparse.ArgumentTypeError(f"'{name}' is not one of {', '.join(FORMATS)}")
    if "=" in text and not file:
        raise argparse.ArgumentTypeError(f"'{text}' names no file")
    return name, file or None


def moment(text: str) -> datetime:
    """A time, in UTC."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"'{text}' is no time in ISO 8601, such as 2026-12-31T12:00:00Z") from None


def duration(text: str) -> timedelta:
    """A length of time, in the words of a contract."""
    # NOTE: this imports a reader of YAML, which --version and --help need not wait for.
    from data_contract.scalars import duration_of

    found = duration_of(text)
    if not found:
        raise argparse.ArgumentTypeError(f"'{text}' is no duration, such as 48h or 30d")
    return found


def add_logs(command: argparse.ArgumentParser) -> None:
    """The audit logs that a command reads."""
    command.add_argument("logs", nargs="*", default=[_LOG], metavar="LOG", help=f"files or folders; default {_LOG}")


def add_change(command: argparse.ArgumentParser) -> None:
    """What is judged, and compared with what."""
    command.add_argument("paths", nargs="*", metavar="PATH", help="files or folders; none: all that contracts describe")
    base = command.add_mutually_exclusive_group()
    base.add_argument(
        "--base", metavar="REV", help="the commit to compare with; default where the branch left upstream"
    )
    base.add_argument("--no-base", action="store_true", help="compare with nothing: all that is there counts as new")
    command.add_argument("--head", metavar="REV", help="the commit to judge; default the files on disk")


def request_of(options: argparse.Namespace, now: datetime) -> Request:
    """What these arguments, and those of `check` alone, ask for."""
    from data_contract.pipeline import Request
    from data_contract.versions import NO_BASE

    return Request(
        root=Path.cwd(),
        now=now,
        as_of=options.as_of,
        paths=tuple(options.paths),
        contracts=tuple(options.contracts or ("contracts",)),
        policy=options.policy,
        base=NO_BASE if options.no_base else options.base,
        head=options.head,
        against=getattr(options, "against", None),
        audit=getattr(options, "audit", None),
        cache=getattr(options, "cache", None),
        scope=getattr(options, "scope", None),
        fail_on=options.fail_on,
    )
