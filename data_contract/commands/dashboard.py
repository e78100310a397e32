"""`data-contract dashboard`: what audit logs say of the data they are about."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.commands.arguments import Commands, add_logs, duration, moment
from data_contract.errors import UsageError
from data_contract.output import put, say

if TYPE_CHECKING:
    from data_contract.dashboard.state import State


def add_to(commands: Commands) -> None:
    """See `Command`."""
    command = commands.add_parser(
        "dashboard",
        help="the state of the data, from audit logs",
        description="Tell the state of the data from audit logs alone.",
        epilog="Exit status: 0 it is told, 2 it cannot be.",
        allow_abbrev=False,
    )
    add_logs(command)
    command.add_argument("--since", type=duration, metavar="30d", help="how far back to tell of; default all of it")
    command.add_argument("--dataset", metavar="GLOB", help="the datasets to tell of, by name; default all")
    command.add_argument(
        "--as-of", type=moment, metavar="TIME", help="the time to tell of, ISO 8601; default that of the newest entry"
    )
    command.add_argument("--format", choices=("text", "json"), help="on standard output; default text")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page that needs nothing else")
    command.add_argument("--watch", action="store_true", help="tell it anew whenever a log grows, until Ctrl-C")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Tell the state, in every form that is asked for."""
    if options.watch and (options.html or options.format == "json"):
        raise UsageError("--watch is for a terminal", hint="leave out --html and --format")
    if options.watch:
        from data_contract.dashboard.watch import watch

        return watch(options.logs, lambda: _state(options))
    state = _state(options)
    if options.html:
        from data_contract.dashboard import html

        put(options.html, html.render(state))
    match options.format or (None if options.html else "text"):
        case "json":
            from data_contract.dashboard import json

            say(json.render(state))
        case "text":
            from data_contract.dashboard import terminal

            terminal.show(state)
    return 0


def _state(options: argparse.Namespace) -> State:
    from data_contract.chain import logs_in
    from data_contract.dashboard.log import about, read, until
    from data_contract.dashboard.state import state_of

    now = datetime.now(UTC)
    # NOTE: who tells of a time to come has what is entered until then.
    log = until(read(logs_in(options.logs)), max(now, options.as_of or now))
    return state_of(log if options.dataset is None else about(log, options.dataset), options.as_of, options.since)
