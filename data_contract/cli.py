"""The command line: arguments in, reports and an exit status out. The only module that catches errors."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from data_contract.commands import COMMANDS
from data_contract.errors import DataContractError
from data_contract.output import mistake_of, tell
from data_contract.version import __version__

COULD_NOT_DECIDE = 2
_SELDOM = 100_000
"""New objects before Python looks for cycles among them, instead of 700."""


def run() -> NoReturn:
    """The command as a process of its own, which ends with what `main` comes to as its exit status."""
    # NOTE: half of a small run is imports, which make many objects that stay and few cycles to look for.
    gc.set_threshold(_SELDOM)
    status = main()
    with suppress(OSError):
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    # NOTE: everything is written, and for Python to take its modules apart is a tenth of a small run.
    os._exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the result is the exit status: 0 passed, 1 the gate failed, 2 could not decide."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return _fail(DataContractError("interrupted"))
    except BrokenPipeError:
        # NOTE: whoever read our report stopped; Python would complain again when it flushes on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_DECIDE
    except Exception as error:  # noqa: BLE001  # a gate that crashes must not look like one that passed or failed
        return _fail(mistake_of(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="data-contract", description="A pre-merge gate for data: measure, weigh, decide.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"data-contract {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser


def _fail(error: DataContractError) -> int:
    tell(error)
    return COULD_NOT_DECIDE
