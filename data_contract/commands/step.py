"""`data-contract step`: the same as a step of a GitHub workflow."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from data_contract.commands import check
from data_contract.commands.arguments import Commands
from data_contract.errors import DataContractError, Rejected, UsageError
from data_contract.output import put, reported, tell


def add_to(commands: Commands) -> None:
    """See `Command`."""
    command = commands.add_parser(
        "step",
        help="the same as a step of a GitHub workflow",
        description="Judge what the event of a GitHub workflow brings, as the inputs in the environment ask.",
        allow_abbrev=False,
    )
    command.add_argument("--into", required=True, metavar="DIR", help="where annotations, summary and outputs are left")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge and report; the reports are written whatever happens."""
    from data_contract import github, step
    from data_contract.conclusion import undecided
    from data_contract.reports import outputs

    into = Path(options.into).absolute()
    asked, mistakes = github.inputs_of(os.environ)
    inputs, more = step.entered(asked)
    for name in inputs.unknown:
        tell(UsageError(f"{name} is no input of this action", hint=f"inputs: {', '.join(github.INPUTS)}"))
    try:
        if mistakes or more:
            raise Rejected((*mistakes, *more))
        this = step.step_of(os.environ, inputs)
        outcome = this.told(check.judged(_checking(this.asked), is_told=True))
    except DataContractError as error:
        outcome = undecided(error, datetime.now(UTC))
    put(into / "outputs", outputs.render(outcome, inputs.written))
    return reported(outcome, list(github.reports_of(inputs, str(into))))


def _checking(arguments: tuple[str, ...]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    check.add_to(parser.add_subparsers())
    return parser.parse_args(["check", *arguments])
