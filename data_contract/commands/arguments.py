"""What the arguments of several commands mean."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from data_contract.output import FORMATS

_LOG = "audit.jsonl"

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # it has no public name
else:
    Commands = object


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


def add_logs(command: argparse.ArgumentParser) -> None:
    """The audit logs that a command reads."""
    command.add_argument("logs", nargs="*", default=[_LOG], metavar="LOG", help=f"files or folders; default {_LOG}")
