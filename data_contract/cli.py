"""The command line: arguments in, reports and an exit status out. The only module that catches errors."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from data_contract.errors import DataContractError, Rejected, UsageError, gathered
from data_contract.version import __version__

if TYPE_CHECKING:
    from data_contract.model import Outcome

COULD_NOT_DECIDE = 2
_FORMATS = ("text", "json", "markdown", "github", "sarif", "junit", "gitlab")
_PROGRESS_EVERY = 1 << 20
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
        return _step(options) if options.command == "step" else _check(options)
    except DataContractError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return _fail(DataContractError("interrupted"))
    except BrokenPipeError:
        # NOTE: whoever read our report stopped; Python would complain again when it flushes on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return COULD_NOT_DECIDE
    except Exception as error:  # noqa: BLE001  # a gate that crashes must not look like one that passed or failed
        return _fail(_mistake(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="data-contract", description="A pre-merge gate for data: measure, weigh, decide.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"data-contract {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="judge data files by their contracts",
        description="Judge data files by their contracts.",
        epilog="Exit status: 0 passed, 1 the gate failed, 2 could not decide.",
        allow_abbrev=False,
    )
    check.add_argument("paths", nargs="*", metavar="PATH", help="files or folders; none: all that contracts describe")
    check.add_argument(
        "--contracts", action="append", metavar="DIR|FILE|GLOB", help="where the contracts are; default contracts/"
    )
    check.add_argument("--policy", metavar="FILE", help="the policy; default policy/policy.yml, if it is there")
    base = check.add_mutually_exclusive_group()
    base.add_argument(
        "--base", metavar="REV", help="the commit to compare with; default where the branch left upstream"
    )
    base.add_argument("--no-base", action="store_true", help="compare with nothing: all that is there counts as new")
    check.add_argument("--head", metavar="REV", help="the commit to judge; default the files on disk")
    check.add_argument("--against", metavar="FILE", help="the previous version of PATH: what it has too is not new")
    check.add_argument("--scope", choices=("introduced", "all"), help="judge what is new, or all; default the policy's")
    check.add_argument("--fail-on", choices=("block", "alert"), help="fail on this too, whatever the policy says")
    check.add_argument(
        "--format",
        action="append",
        type=_format,
        metavar="NAME[=FILE]",
        help=f"a report, on standard output or to a file: {', '.join(_FORMATS)}; may be repeated; default text",
    )
    check.add_argument("--cache", metavar="DIR", type=Path, help="keep what was measured of base there, for next time")
    check.add_argument("--as-of", type=_moment, metavar="TIME", help="the time to judge by, ISO 8601; default now")
    check.add_argument("--quiet", action="store_true", help="nothing on standard error but errors")
    step = commands.add_parser(
        "step",
        help="the same as a step of a GitHub workflow",
        description="Judge what the event of a GitHub workflow brings, as the inputs in the environment ask.",
        allow_abbrev=False,
    )
    step.add_argument("--into", required=True, metavar="DIR", help="where annotations, summary and outputs are left")
    return parser


def _format(text: str) -> tuple[str, str | None]:
    name, _, file = text.partition("=")
    if name not in _FORMATS:
        raise argparse.ArgumentTypeError(f"'{name}' is not one of {', '.join(_FORMATS)}")
    if "=" in text and not file:
        raise argparse.ArgumentTypeError(f"'{text}' names no file")
    return name, file or None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"'{text}' is no time in ISO 8601, such as 2026-12-31T12:00:00Z") from None


def _check(options: argparse.Namespace) -> int:
    formats: list[tuple[str, str | None]] = options.format or [("text", None)]
    if sum(file is None for _, file in formats) > 1:
        raise UsageError("two reports want standard output", hint="give all but one a file: --format json=report.json")
    # NOTE: an unset variable of a script must not say that there is nothing to compare with.
    if options.base == "":
        raise UsageError("--base is empty", hint="name a commit; to compare with nothing, write --no-base")
    if options.against is not None and len(options.paths) != 1:
        raise UsageError("--against is the previous version of one PATH", hint="name exactly one file")
    if options.against is not None and (options.base or options.no_base or options.head):
        raise UsageError("--against stands in place of --base, --no-base and --head", hint="leave one of them out")
    return _reported(_judged(options, is_told=("text", None) in formats), formats)


def _step(options: argparse.Namespace) -> int:
    """The same for a step of a workflow; the reports are written whatever happens."""
    from data_contract import github, step
    from data_contract.pipeline import undecided
    from data_contract.reports import outputs

    into = Path(options.into).absolute()
    asked, mistakes = github.inputs_of(os.environ)
    inputs, more = step.entered(asked)
    for name in inputs.unknown:
        _tell(UsageError(f"{name} is no input of this action", hint=f"inputs: {', '.join(github.INPUTS)}"))
    try:
        if mistakes or more:
            raise Rejected((*mistakes, *more))
        this = step.step_of(os.environ, inputs)
        outcome = this.told(_judged(_parser().parse_args(["check", *this.arguments]), is_told=True))
    except DataContractError as error:
        outcome = undecided(error, datetime.now(UTC))
    _replace(into / "outputs", outputs.render(outcome, inputs.written))
    return _reported(outcome, list(github.reports_of(inputs, str(into))))


def _reported(outcome: Outcome, formats: Sequence[tuple[str, str | None]]) -> int:
    """The exit status, once every report is written."""
    mistakes: list[DataContractError] = []
    # NOTE: files first: whoever reads standard output may stop reading it.
    for name, file in sorted(formats, key=lambda wanted: wanted[1] is None):
        with gathered(mistakes):
            _write(outcome, name, file)
    if mistakes:
        raise Rejected(mistakes)
    return outcome.exit_code


def _judged(options: argparse.Namespace, *, is_told: bool) -> Outcome:
    """What the run comes to; what kept it from deciding is told here unless the report will."""
    # NOTE: this imports polars, which --version and --help need not wait for.
    from data_contract.pipeline import Request, check, undecided
    from data_contract.versions import NO_BASE

    now = datetime.now(UTC)
    request = Request(
        root=Path.cwd(),
        now=now,
        as_of=options.as_of,
        paths=tuple(options.paths),
        contracts=tuple(options.contracts or ("contracts",)),
        policy=options.policy,
        base=NO_BASE if options.no_base else options.base,
        head=options.head,
        against=options.against,
        cache=options.cache,
        scope=options.scope,
        fail_on=options.fail_on,
    )
    shows_progress = sys.stderr is not None and sys.stderr.isatty() and not options.quiet
    try:
        return check(request, _progress()) if shows_progress else check(request)
    except Exception as error:  # noqa: BLE001  # whatever happened, the reports are written and say so
        known = error if isinstance(error, DataContractError) else _mistake(error)
        if not is_told:
            _tell(known)
        return undecided(known, request.as_of or now)


def _mistake(error: Exception) -> DataContractError:
    """What to say of an error that nobody raised on purpose."""
    if os.environ.get("DATA_CONTRACT_DEBUG"):
        raise error
    hint = "this is a mistake in data-contract: set DATA_CONTRACT_DEBUG=1 for the traceback, and report it"
    return DataContractError(f"{type(error).__name__}: {error}", hint=hint)


def _write(outcome: Outcome, name: str, file: str | None) -> None:
    from data_contract.reports import REPORTS

    if file is not None:
        _replace(Path(file), REPORTS[name](outcome))
    elif name == "text" and sys.stdout.isatty():
        from data_contract.reports.terminal import show

        show(outcome)
    else:
        sys.stdout.write(REPORTS[name](outcome))
        sys.stdout.flush()


def _replace(file: Path, report: str) -> None:
    """Write a report as a whole or not at all."""
    part = file.with_name(file.name + ".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # NOTE: a link that somebody committed under this name would lead anywhere.
        part.unlink(missing_ok=True)
        with part.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as opened:
            opened.write(report)
        part.replace(file)
    except OSError as cause:
        part.unlink(missing_ok=True)
        raise UsageError(f"the report {file} cannot be written: {cause.strerror}", hint="check the path") from None


def _progress() -> Callable[[str, int], None]:
    told = 0

    def tell(path: str, rows: int) -> None:
        nonlocal told
        told = 0 if rows < told else told
        if rows - told >= _PROGRESS_EVERY:
            told = rows
            from data_contract.reports.escape import printable

            # NOTE: the next line that anybody writes covers it, as the cursor goes back to its start.
            sys.stderr.write(f"\x1b[K{printable(path)}: {rows:,} rows\r")
            sys.stderr.flush()

    return tell


def _fail(error: DataContractError) -> int:
    _tell(error)
    return COULD_NOT_DECIDE


def _tell(error: DataContractError) -> None:
    from data_contract.reports.escape import log_line

    for mistake in error.mistakes if isinstance(error, Rejected) else (error,):
        for line in str(mistake).splitlines():
            sys.stderr.write(f"{log_line(line)}\n")
