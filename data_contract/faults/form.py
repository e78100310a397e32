"""Faults of the form: of single rows, of the columns, and of the file as a whole."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import replace
from random import Random

from data_contract.checks.columns import Closed
from data_contract.checks.rows import RowCount
from data_contract.contract import Contract
from data_contract.faults.table import CsvTable, Raw
from data_contract.faults.target import Injected, Spoilt, Target, identities_of
from data_contract.measures.batch import Defect

_CONFLICTS = ("<<<<<<< HEAD", "=======", ">>>>>>> feature/other", "||||||| merged common ancestors")


def anywhere(_: Contract) -> tuple[str | None, ...]:
    """Every dataset, as a whole."""
    return (None,)


def where_utf8(contract: Contract) -> tuple[str | None, ...]:
    """A dataset in an encoding that not all bytes are text of."""
    return (None,) if contract.format.encoding == "utf-8" else ()


def where_quoted(contract: Contract) -> tuple[str | None, ...]:
    """A dataset in which quotes mean something."""
    return (None,) if contract.format.quote else ()


def where_named(contract: Contract) -> tuple[str | None, ...]:
    """A dataset whose files name their columns."""
    return (None,) if contract.format.header else ()


def where_closed(contract: Contract) -> tuple[str | None, ...]:
    """A dataset whose files name their columns, of which all are declared."""
    return where_named(contract) if _is_closed(contract) else ()


def where_rows_are_needed(contract: Contract) -> tuple[str | None, ...]:
    """A dataset with a least number of rows."""
    return (None,) if _row_count(contract).minimum else ()


def where_rows_are_limited(contract: Contract) -> tuple[str | None, ...]:
    """A dataset with a greatest number of rows, none of which has an identity."""
    return (None,) if _row_count(contract).maximum is not None and not identities_of(contract) else ()


def named_features(contract: Contract) -> tuple[str | None, ...]:
    """All features, where files name their columns."""
    return tuple(contract.features) if contract.format.header else ()


def shorten(target: Target, random: Random) -> Spoilt | None:
    """Leave out the last cells of a row."""
    cells = target.entry.cells
    least = 1 if cells[0] else 2  # as one empty cell may be a blank line, and no row
    if len(cells) <= least:
        return None
    entry = replace(target.entry, cells=cells[: random.randrange(least, len(cells))])
    return _of_row(target, target.table.with_row(target.row, entry), Defect.RAGGED_SHORT, 0)


def lengthen(target: Target, random: Random) -> Spoilt | None:
    """Put more cells into a row than there are columns."""
    cells = target.entry.cells
    entry = replace(target.entry, cells=cells + ("more",) * random.randint(1, 3))
    return _of_row(target, target.table.with_row(target.row, entry), Defect.RAGGED_LONG, len(cells))


def open_quote(target: Target, random: Random) -> Spoilt | None:
    """Open a quote that nobody closes; only where no quote follows that would close it."""
    table, cell = target.table, random.randrange(len(target.entry.cells))
    behind = table.entries[table.index(target.row) + 1 :]
    later = [*table.spelt(target.entry.cells)[cell + 1 :]]
    later += [text for entry in behind for text in table.spelt(entry.cells)]
    if table.quote is None or any(table.quote in text for text in later):
        return None
    return _of_cell(target, cell, Raw(table.quote + _bare(target.entry.cells[cell])), Defect.QUOTE_OPEN)


def write_after_quote(target: Target, random: Random) -> Spoilt | None:
    """Close a quote and write on."""
    cell, quote = random.randrange(len(target.entry.cells)), target.table.quote or ""
    text = _bare(target.entry.cells[cell])
    return _of_cell(target, cell, Raw(f"{quote}{text}{quote} or not"), Defect.QUOTE_TEXT) if quote else None


def put_nul(target: Target, random: Random) -> Spoilt | None:
    """Put a NUL into a cell."""
    return _insert(target, random, "\0", Defect.NUL)


def put_invalid_byte(target: Target, random: Random) -> Spoilt | None:
    """Put a byte into a cell that is no UTF-8."""
    return _insert(target, random, random.choice(("\udcff", "\udcc3", "\udc80")), Defect.ENCODING)


def put_conflict_marker(target: Target, random: Random) -> Spoilt | None:
    """Put a line before a row that a merge left behind."""
    return _insert_line(target, random.choice(_CONFLICTS), Defect.CONFLICT)


def put_blank_line(target: Target, _: Random) -> Spoilt | None:
    """Put a blank line before a row."""
    return _insert_line(target, "", Defect.BLANK_LINE)


def end_otherwise(target: Target, _: Random) -> Spoilt | None:
    """End a row in another way than the first line ends."""
    table, index = target.table, target.table.index(target.row)
    is_first = index == 0 and not table.header
    if is_first or (index == len(table.entries) - 1 and not table.ends_last_line):
        return None
    entry = replace(target.entry, line_end="\r\n" if table.line_end == "\n" else "\n")
    return _of_row(target, table.with_row(target.row, entry), Defect.LINE_ENDS, 0)


def mark_byte_order(target: Target, _: Random) -> Spoilt | None:
    """Put a byte order mark before everything."""
    return Spoilt(replace(target.table, has_mark=True), (Injected("structure", Defect.BYTE_ORDER_MARK.value),))


def drop_column(target: Target, _: Random) -> Spoilt | None:
    """Take a column out."""
    column = target.column()
    if len(target.columns) < 2:
        return None
    table = _mapped(target.table, lambda cells: cells[:column] + cells[column + 1 :])
    return Spoilt(table, (Injected("columns", None, target.feature),))


def rename_column(target: Target, _: Random) -> Spoilt | None:
    """Spell the name of a column otherwise."""
    old = target.feature or ""
    new = next(name for name in (old.upper(), old + "_", old + "_2") if name not in target.columns)
    header = tuple(new if name == old else name for name in target.table.header)
    injected = [Injected("columns", None, old)]
    if _is_closed(target.contract):
        injected.append(Injected("columns", "undeclared"))
    return Spoilt(replace(target.table, header=header), tuple(injected))


def repeat_column(target: Target, _: Random) -> Spoilt | None:
    """Write a column twice, under one name."""
    column = target.column()
    table = _mapped(target.table, lambda cells: (*cells, cells[column]))
    return Spoilt(table, (Injected("structure", Defect.HEADER_DUPLICATE.value, cell=len(target.columns)),))


def add_unnamed_column(target: Target, random: Random) -> Spoilt | None:
    """Add a column without a name, as the index of a frame becomes one."""
    numbers = iter(range(-1, len(target.table.entries)))
    table = _mapped(target.table, lambda cells: (*cells, str(next(numbers))))
    table = replace(table, header=(*target.table.header, random.choice(("", " "))))
    return Spoilt(table, (Injected("structure", Defect.HEADER_EMPTY.value, cell=len(target.columns)),))


def add_column(target: Target, random: Random) -> Spoilt | None:
    """Add a column that nobody declared."""
    name = "".join(random.choices(string.ascii_lowercase, k=12))
    table = _mapped(target.table, lambda cells: (*cells, "1"))
    return Spoilt(replace(table, header=(*target.table.header, name)), (Injected("columns", "undeclared"),))


def empty_to_header(target: Target, _: Random) -> Spoilt | None:
    """Take all rows out."""
    return Spoilt(replace(target.table, entries=()), (Injected("row-count"),)) if target.table.header else None


def empty(target: Target, _: Random) -> Spoilt | None:
    """Leave nothing in the file."""
    return Spoilt(replace(target.table, header=(), entries=()), (Injected("structure", Defect.HEADER_NONE.value),))


def truncate(target: Target, _: Random) -> Spoilt | None:
    """Cut the last rows off, until one too few is left."""
    kept = _row_count(target.contract).minimum - 1
    if len(target.rows) <= kept:
        return None
    return Spoilt(replace(target.table, entries=tuple(target.rows.values())[:kept]), (Injected("row-count"),))


def multiply_rows(target: Target, _: Random) -> Spoilt | None:
    """Write rows again, until there is one too many."""
    maximum, rows = _row_count(target.contract).maximum, tuple(target.rows.values())
    if maximum is None or not rows:
        return None
    more = rows * (maximum // len(rows) + 1)
    return Spoilt(replace(target.table, entries=more[: maximum + 1]), (Injected("row-count"),))


def _of_row(target: Target, table: CsvTable, defect: Defect, cell: int) -> Spoilt:
    return Spoilt(table, (Injected("structure", defect.value, None, target.row, cell),))


def _of_cell(target: Target, cell: int, text: str, defect: Defect) -> Spoilt:
    return _of_row(target, target.with_cells({cell: text}), defect, cell)


def _insert(target: Target, random: Random, character: str, defect: Defect) -> Spoilt:
    cell = random.randrange(len(target.entry.cells))
    text = target.entry.cells[cell]
    at = random.randint(0, len(text))
    return _of_cell(target, cell, text[:at] + character + text[at:], defect)


def _insert_line(target: Target, text: str, defect: Defect) -> Spoilt:
    table = target.table.with_line(target.table.index(target.row), text)
    return Spoilt(table, (Injected("structure", defect.value),))


def _bare(text: str) -> str:
    """What can stand in a cell without quotes."""
    return "".join(character for character in text if character.isalnum())


def _mapped(table: CsvTable, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> CsvTable:
    """The table with every row changed, the header too."""
    header = change(table.header) if table.header else ()
    entries = (replace(entry, cells=change(entry.cells)) if entry.is_row else entry for entry in table.entries)
    return replace(table, header=header, entries=tuple(entries))


def _is_closed(contract: Contract) -> bool:
    return any(isinstance(check, Closed) for check in contract.checks)


def _row_count(contract: Contract) -> RowCount:
    return next(check for check in contract.checks if isinstance(check, RowCount))
