"""`data-contract rollback`: the patch that takes back what a change may not bring."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.commands.arguments import Commands, add_change, add_judging, request_of
from data_contract.errors import DataContractError, Rejected, UsageError, gathered
from data_contract.output import put, tell

if TYPE_CHECKING:
    from data_contract.model import DatasetOutcome, Outcome


def add_to(commands: Commands) -> None:
    """See `Command`."""
    command = commands.add_parser(
        "rollback",
        help="write the patch that takes back the files that are blocked",
        description="Judge a change, and write the patch that makes of every blocked file what it is in base.",
        epilog="Exit status: 0 nothing is blocked, 1 there is a patch, 2 not all could be decided, or be in it.",
        allow_abbrev=False,
    )
    add_change(command)
    add_judging(command)
    command.add_argument("--output", metavar="FILE", help="where to write it; default standard output")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge, and write the patch for `git apply`."""
    from data_contract.pipeline import judge
    from data_contract.restoring import restoring

    ruling = judge(request_of(options, datetime.now(UTC)))
    if ruling.base is None:
        raise UsageError("there is no base to go back to", hint="name a commit with --base")
    patches, mistakes = dict[str, bytes](), [*_undecided(ruling.outcome)]
    for path in dict.fromkeys(_blocked(ruling.outcome)):
        with gathered(mistakes):
            patches[path] = restoring(ruling.base, path, ruling.head)
    for path in (path for path, patch in patches.items() if not patch):
        hint = "mend the data, or what judges it"
        tell(DataContractError(f"{path} is blocked, and the same in base: there is nothing to go back to", hint=hint))
    if patches or not mistakes:
        _write(b"".join(patches.values()), options.output)
    if mistakes:
        raise Rejected(mistakes)
    return 1 if patches else 0


def _write(whole: bytes, file: str | None) -> None:
    if file:
        put(Path(file), whole)
    else:
        sys.stdout.buffer.write(whole)
        sys.stdout.flush()


def _blocked(outcome: Outcome) -> Iterator[str]:
    """The files that are blocked, or cannot be read, and under which names they stood in base."""
    from data_contract.model import Verdict

    for dataset in outcome.datasets:
        if dataset.decision.verdict is Verdict.BLOCK_AND_ROLLBACK and not _is_open(dataset):
            yield from filter(None, (dataset.path, dataset.before))


def _undecided(outcome: Outcome) -> Iterator[DataContractError]:
    """Why nobody knows whether files that can be read are to be taken back."""
    paths = {dataset.path for dataset in outcome.datasets if _is_open(dataset)}
    yield from (error for error in outcome.errors if error.at is None or error.at.path in paths)


def _is_open(dataset: DatasetOutcome) -> bool:
    """Whether a file can be read, and was not decided about."""
    return dataset.decision.is_undecided and dataset.rows is not None
