"""What the command leaves in the world: reports as whole files, commentary on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.errors import DataContractError, Rejected, UsageError, gathered, remedy

if TYPE_CHECKING:
    from data_contract.model import Outcome

_PROGRESS_EVERY = 1 << 20

Wanted = Sequence[tuple[str, str | None]]
"""Reports: format, and file or None for standard output."""


def reported(outcome: Outcome, wanted: Wanted) -> int:
    """The exit status, once every report is written."""
    mistakes: list[DataContractError] = []
    # NOTE: files first: whoever reads standard output may stop reading it.
    for name, file in sorted(wanted, key=lambda each: each[1] is None):
        with gathered(mistakes):
            _write(outcome, name, file)
    if mistakes:
        raise Rejected(mistakes)
    return outcome.exit_code


def _write(outcome: Outcome, name: str, file: str | None) -> None:
    from data_contract.reports import REPORTS

    if file is not None:
        put(Path(file), REPORTS[name](outcome))
    elif name == "text" and sys.stdout.isatty():
        from data_contract.reports.terminal import show

        show(outcome)
    else:
        say(REPORTS[name](outcome))


def say(text: str) -> None:
    """Write to standard output, at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def say_lines(lines: Iterable[str]) -> None:
    """Write lines to standard output, in which strangers may have a say."""
    from data_contract.reports.escape import log_line

    say("".join(f"{log_line(line)}\n" for line in lines))


def put(file: Path, content: str | bytes) -> None:
    """Write a file as a whole or not at all. Raises `UsageError` where that is not possible."""
    part = file.with_name(file.name + ".part")
    if _is_log(file):
        raise UsageError(f"{file} is an audit log, which this would erase", hint="name another file")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # NOTE: a link that somebody committed under this name would lead anywhere.
        part.unlink(missing_ok=True)
        with part.open("xb") as opened:
            opened.write(content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace"))
        part.replace(file)
    except OSError as cause:
        part.unlink(missing_ok=True)
        raise UsageError(f"{file} cannot be written: {cause.strerror}", hint=remedy(cause, "check the path")) from None


def _is_log(file: Path) -> bool:
    """Whether a file ends as an audit log does."""
    from data_contract.audit import LONGEST_END, digest_in

    try:
        with file.open("rb") as opened:
            opened.seek(max(opened.seek(0, os.SEEK_END) - LONGEST_END, 0))
            return bool(digest_in(opened.read()))
    except OSError:
        return False


def progress(*, is_quiet: bool) -> Callable[[str, int], None]:
    """Tells, on one line of a terminal if there is one, how far a file has been read."""
    told = 0
    if is_quiet or sys.stderr is None or not sys.stderr.isatty():
        return lambda path, rows: None

    def tell_rows(path: str, rows: int) -> None:
        nonlocal told
        told = 0 if rows < told else told
        if rows - told >= _PROGRESS_EVERY:
            told = rows
            from data_contract.reports.escape import printable

            # NOTE: the next line that anybody writes covers it, as the cursor goes back to its start.
            sys.stderr.write(f"\x1b[K{printable(path)}: {rows:,} rows\r")
            sys.stderr.flush()

    return tell_rows


def tell(error: DataContractError) -> None:
    """Say on standard error what is wrong, where, and what to do."""
    for mistake in error.mistakes if isinstance(error, Rejected) else (error,):
        for line in str(mistake).splitlines():
            warn(line)


def warn(said: str) -> None:
    """Say on standard error what is going on."""
    from data_contract.reports.escape import log_line

    sys.stderr.write(f"{log_line(said)}\n")
    sys.stderr.flush()


def mistake_of(error: Exception) -> DataContractError:
    """What to say of an error; one that nobody raised on purpose is a mistake of ours."""
    if isinstance(error, DataContractError):
        return error
    if os.environ.get("DATA_CONTRACT_DEBUG"):
        raise error
    hint = "this is a mistake in data-contract: set DATA_CONTRACT_DEBUG=1 for the traceback, and report it"
    return DataContractError(f"{type(error).__name__}: {error}", hint=hint)
