"""`data-contract run`: judge what comes in, and let into a store only what may."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.commands.arguments import Commands, add_judging, add_reporting, reports_in
from data_contract.errors import UsageError
from data_contract.output import mistake_of, progress, reported, tell, warn

if TYPE_CHECKING:
    from data_contract.ingest import Request
    from data_contract.model import Outcome
    from data_contract.stores.store import Store


def add_to(commands: Commands) -> None:
    """See `Command`."""
    command = commands.add_parser(
        "run",
        help="let incoming data into a store, or into its quarantine",
        description="Judge incoming data by its contracts; promote what may pass, quarantine what may not.",
        epilog="Exit status: 0 all promoted, 1 something blocked, 2 could not decide, or not act.",
        allow_abbrev=False,
    )
    command.add_argument("incoming", metavar="INCOMING", help="a file, or a folder of files; it is only read")
    command.add_argument("--store", required=True, metavar="DIR|URL", help="where data is kept once it is judged")
    command.add_argument("--all", action="store_true", help="take every file of a dataset in order, not one alone")
    command.add_argument("--dry-run", action="store_true", help="change nothing; say what would be done")
    command.add_argument(
        "--wait", type=_seconds, default=60.0, metavar="SECONDS", help="for another run in the store; default 60"
    )
    add_judging(command)
    add_reporting(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge, act, report, and say by the exit status how it ended."""
    formats = reports_in(options)
    return reported(_ingested(options, is_told=("text", None) in formats), formats)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds")
    return seconds


def _refuse_overlap(incoming: str, kept: Path) -> None:
    """Raise `UsageError` where one lies in the other: what is kept would come in again."""
    came, kept = Path(incoming).resolve(), kept.resolve()
    if came.is_relative_to(kept) or kept.is_relative_to(came):
        message = f"the store and {incoming} lie in each other"
        raise UsageError(message, hint="keep each in a folder of its own")


def _ingested(options: argparse.Namespace, *, is_told: bool) -> Outcome:
    """What the run comes to; what kept it from deciding is told unless the report will."""
    # NOTE: this imports polars, which --version and --help need not wait for.
    from data_contract.conclusion import undecided
    from data_contract.ingest import ingest
    from data_contract.stores import LocalStore, store_at

    now = datetime.now(UTC)
    request = _request(options, now)
    try:
        store = store_at(options.store)
        if isinstance(store, LocalStore):
            _refuse_overlap(options.incoming, store.root)
        with (
            _rehearsed(store) if options.dry_run else nullcontext(store) as stage,
            stage.lock(options.wait, lambda said: None if options.quiet else warn(said)),
        ):
            outcome = ingest(request, stage, progress(is_quiet=options.quiet))
        if options.dry_run:
            said = ("nothing was changed: this is what a run would do",)
            outcome = replace(outcome, done=(said, *outcome.done), audited=None)
    except Exception as error:  # noqa: BLE001  # whatever happened, the reports are written and say so
        outcome = undecided(mistake_of(error), request.as_of or now)
    if not is_told:
        for mistake in outcome.errors:
            tell(mistake)
    return outcome


@contextmanager
def _rehearsed(store: Store) -> Iterator[Store]:
    """The same store, in which nothing changes."""
    from data_contract.stores.rehearsal import Rehearsal

    with tempfile.TemporaryDirectory(prefix="data-contract-") as folder:
        yield Rehearsal(store, Path(folder))


def _request(options: argparse.Namespace, now: datetime) -> Request:
    from data_contract.github import circumstances_of
    from data_contract.ingest import Request
    from data_contract.webhook import VARIABLE

    return Request(
        root=Path.cwd(),
        incoming=options.incoming,
        now=now,
        as_of=options.as_of,
        takes_all=options.all,
        contracts=tuple(options.contracts or ("contracts",)),
        policy=options.policy,
        fail_on=options.fail_on,
        circumstances=circumstances_of(os.environ),
        webhook=None if options.dry_run else os.environ.get(VARIABLE) or None,
    )
