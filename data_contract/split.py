"""Parts the good rows of a file from the bad ones, to the byte: put together by line numbers, they are the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_contract.checks.structure import Structure
from data_contract.contract import Contract
from data_contract.engine import validator
from data_contract.errors import DataError
from data_contract.formats.compressed import compressing
from data_contract.formats.source import Divisible, Source
from data_contract.measures.batch import Batch, Defect
from data_contract.measures.failing import Failing
from data_contract.model import Finding, FindingOutcome
from data_contract.promise import Promise

_OF_ROWS = frozenset(
    {
        Defect.RAGGED_SHORT,
        Defect.RAGGED_LONG,
        Defect.QUOTE_TEXT,
        Defect.NUL,
        Defect.ENCODING,
        Defect.NOT_JSON,
        Defect.NOT_OBJECT,
        Defect.KEY_TWICE,
    }
)
"""What can be wrong with the form of a row, and is not there any more without the row."""
_HEADER = b"row,line,lines\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A file in parts, and where the bad rows stood in it."""

    good: Path
    bad: Path
    lines: Path
    """CSV: of each bad row its number, its first line, and how many lines it has."""
    good_rows: int
    bad_rows: int


def row_checks(contract: Contract, findings: Sequence[Finding]) -> tuple[Promise, ...]:
    """The promises that are broken, where each of them is about single rows; none where anything else weighs."""
    broken = {(each.check, each.feature, each.aspect) for each in findings if each.counts or _is_ruled(each)}
    checks = tuple(check for check in contract.checks if _name(check) in broken and _is_of_rows(check))
    return checks if broken == set(map(_name, checks)) else ()


def _name(check: Promise) -> tuple[str, str | None, str | None]:
    return check.id, check.feature.name if check.feature else None, check.aspect


def _is_ruled(finding: Finding) -> bool:
    """Whether it comes under a rule of the policy, as an exhausted error budget does, which is about the whole file."""
    is_free = finding.is_inherited or finding.waived_by is not None
    return finding.rule is not None and finding.outcome is FindingOutcome.VIOLATED and not is_free


def _is_of_rows(check: Promise) -> bool:
    # NOTE: a row that repeats another one is not bad by itself: nobody knows which of the two is.
    if isinstance(check, Structure):
        return check.defect in _OF_ROWS
    return isinstance(check.failing(()), Failing)


def parted(source: Source, path: str, checks: Sequence[Promise], folder: Path) -> Parts:
    """Write the rows that keep and that break some promises to files of their own, compressed as `path` says.

    Raises `DataError` where the file cannot be parted.
    """
    if not isinstance(source, Divisible):
        raise DataError("rows of this format do not stand one after another", hint="write text")
    good, bad, lines = (folder / name for name in ("good", "bad", "lines"))
    is_bad, number, count = bad_rows(source, checks), 0, {True: 0, False: 0}
    with compressing(good, path) as kept, compressing(bad, path) as left, lines.open("wb") as told:
        told.write(_HEADER)
        upcoming = next(is_bad, None)
        for piece in source.pieces():
            if number == 0:
                left.write(piece.content)
            is_left = piece.row is not None and piece.row == upcoming
            (left if is_left else kept).write(piece.content)
            if is_left:
                told.write(f"{piece.row},{piece.line},{piece.lines}\n".encode())
                upcoming = next(is_bad, None)
            count[is_left] += piece.row is not None
            number += 1
    return Parts(good=good, bad=bad, lines=lines, good_rows=count[False], bad_rows=count[True])


def bad_rows(source: Source, checks: Sequence[Promise]) -> Iterator[int]:
    """The numbers of the rows that break one of some promises about single rows, in order."""
    columns = validator.columns_of(source)
    measures = (check.failing(()) for check in checks)
    failing = [measure.expressions(columns)[0] for measure in measures if isinstance(measure, Failing)]
    is_about_form = any(isinstance(check, Structure) for check in checks)
    for batch in source.batches():
        numbers = batch.numbers()
        found = {row for fails in columns.compute(batch.cells, failing) for row in numbers.filter(fails.is_not_null())}
        yield from sorted(found | _malformed(batch) if is_about_form else found)


def _malformed(batch: Batch) -> set[int]:
    """The rows without a cell for each column, or with a cell that nobody can make sense of."""
    numbers = batch.numbers()
    torn = {numbers[index] for indexes in batch.spoilt.values() for index in indexes}
    if batch.gaps is None:
        return torn
    return torn | set(range(batch.first_row, batch.first_row + batch.records)) - set(numbers)
