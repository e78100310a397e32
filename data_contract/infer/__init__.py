"""What a data file's own past promises: a contract that nobody wrote, made of the previous version.

Only evidence makes a promise: it is true of all of the previous version, and enough of it. Certain breakage blocks;
what is improbable and legal raises an alert. `docs/implicit.md` tells which is which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from data_contract.checks.implied.dependency import Dependency
from data_contract.checks.implied.distinct_rows import DistinctRows
from data_contract.checks.implied.filled_rows import FilledRows
from data_contract.checks.implied.form import Form
from data_contract.checks.implied.header import Header
from data_contract.checks.implied.keys_kept import KeysKept
from data_contract.checks.implied.movement import Movement
from data_contract.checks.implied.order import Order
from data_contract.checks.implied.rows_kept import RowsKept
from data_contract.checks.implied.steps import Stepping
from data_contract.checks.implied.total import Sum
from data_contract.checks.implied.values_kept import ValuesKept
from data_contract.checks.rows import RowCount
from data_contract.checks.unique import RowKey, Unique
from data_contract.contract import Contract, structure_only
from data_contract.errors import Span
from data_contract.infer.columns import FEWEST_FILLED, FEWEST_SHAPED, Column, column_of
from data_contract.infer.rows import RowTraits
from data_contract.measures.batch import Defect
from data_contract.measures.cells import Cells
from data_contract.measures.filling import MOST_FEATURES
from data_contract.measures.firstrows import FirstRows, Sample
from data_contract.measures.grammar import Grammar
from data_contract.measures.sketch import Portrait, Sketch
from data_contract.model import Criticality, FindingOutcome, TextFormat, Words
from data_contract.promise import Evidence, Measure, Profile, Promise, percent

_MOST_RAGGED = 0.5
"""The share of malformed rows from which a version tells nothing."""
_DELIMITERS = (";", "\t", "|", ",")


def described(form: Contract, header: Sequence[str], path: str) -> Contract:
    """How to read a version of a file, by its header as read with the delimiter that its name promises."""
    other = next((mark for mark in _DELIMITERS if len(header) == 1 and mark in header[0]), None)
    is_text = path.lower().removesuffix(".gz").removesuffix(".zst").endswith((".csv", ".tsv", ".txt"))
    columns = (column_of(name, Portrait(), path) for name in header)
    return replace(
        form,
        format=TextFormat(delimiter=other if is_text else None),
        features={column.name: column.feature() for column in columns},
    )


def sketches(names: Iterable[str]) -> tuple[Measure, ...]:
    """What has to be measured of a version to learn what it promises; `names` are those of its columns."""
    return (FirstRows(), *(Sketch(name) for name in dict.fromkeys(names)))


def implicit_contract(base: Profile, path: str, off: Collection[str] = ()) -> Contract:
    """What the file `path` promises by its previous version, of which `sketches` were measured.

    The checks whose ids are in `off` are left out. A version that is broken itself is no witness: then nothing is
    promised but the form.
    """
    form = structure_only(path)
    if why := _unfit(base):
        return replace(form, ground=(f"its previous version {why}, so nothing but its structure was checked",))
    past = _Past(base, path)
    notes = {check for check in form.checks if check.is_note}
    kept = tuple(check for check in (*form.checks, *past.promises()) if check.id not in off and check not in notes)
    count = sum(bool(check.witness) for check in kept)
    return replace(
        form,
        key=tuple(column.values() for column in past.key),
        features={column.name: column.feature() for column in past.columns},
        checks=kept,
        ground=(f"judged by {count:,} promises that its previous version makes by itself",),
    )


def upheld(contract: Contract, base: Profile, as_of: datetime) -> Contract:
    """The contract without the implied promises that the previous version, looked at as a whole, does not keep."""
    past = Evidence(head=base, base=None, as_of=as_of)
    broken = (FindingOutcome.VIOLATED, FindingOutcome.NOT_EVALUATED)
    kept = tuple(check for check in contract.checks if not check.witness or check.judge(past).outcome not in broken)
    has_key = any(isinstance(check, RowKey) for check in kept)
    kept = tuple(check for check in kept if has_key or not isinstance(check, KeysKept | ValuesKept))
    was_implied = any(isinstance(check, RowKey) and check.witness for check in contract.checks)
    return replace(contract, checks=kept, key=contract.key if has_key or not was_implied else ())


def _unfit(base: Profile) -> str | None:
    """Why a version is no witness, if it is none."""
    ragged = sum(base.defects[each].count for each in (Defect.RAGGED_SHORT, Defect.RAGGED_LONG) if each in base.defects)
    faults = (
        (Defect.CONFLICT in base.defects, "has merge-conflict markers"),
        (Defect.ENCODING in base.defects, "is not UTF-8"),
        (not base.records, "has no rows"),
        (ragged > _MOST_RAGGED * base.records, "is mostly ragged"),
    )
    return next((fault for is_so, fault in faults if is_so), None)


@dataclass(frozen=True)
class _Past:
    """The previous version, as far as it was looked at."""

    base: Profile
    path: str

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        states = self.base.states.items()
        return tuple(
            column_of(measure.feature, state, self.path)
            for measure, state in states
            if isinstance(measure, Sketch) and isinstance(state, Portrait)
        )

    @cached_property
    def traits(self) -> RowTraits:
        sample = self.base.states.get(FirstRows())
        return RowTraits(sample=sample if isinstance(sample, Sample) else Sample(), columns=self.columns)

    @cached_property
    def key(self) -> tuple[Column, ...]:
        return self.traits.key()

    def promises(self) -> Iterator[Promise]:
        """All that it promises."""
        span, records = Span(self.path, 1), self.base.records
        # NOTE: where lines ended in both ways, either of them alone is better.
        known = {*self.base.defects, *([Defect.RETURNS] if Defect.LINE_ENDS in self.base.defects else ())}
        flaws = tuple(each for each in Defect if each.is_note and each not in known)
        yield Form(span=span, flaws=flaws, witness=("the previous version had none of it",))
        names = self.base.header
        yield Header(span=span, names=names, witness=(f"the previous version had {len(names):,} columns",))
        had = (f"the previous version had {records:,} rows",)
        yield RowCount(span=span, minimum=1, maximum=None, witness=had)
        if records >= FEWEST_FILLED and self.columns:
            yield RowsKept(span=span, names=tuple(column.name for column in self.columns), witness=had)
            yield FilledRows(span=span, witness=(f"none of the previous version's {records:,} rows was",))
        yield from self._identities(span)
        yield from self._by_key(span)
        yield from self._series(span)
        yield from self._relations(span)
        for column in self.columns:
            yield from column.promises(is_key=column in self.key)

    def _identities(self, span: Span) -> Iterator[Promise]:
        """What identifies a row."""
        records, key, traits = self.base.records, self.key, self.traits
        each: Words = (f"each of the previous version's {records:,} rows had its own",)
        if key:
            parts = tuple(column.values() for column in key)
            yield RowKey(span=span, parts=parts, highest=Criticality.MEDIUM, witness=each)
        elif traits.are_distinct():
            plain = tuple(Cells(column.name, Grammar(), (), ()) for column in self.columns)
            yield DistinctRows(
                span=span, parts=plain, witness=(f"none of {records:,} rows of the previous version did",)
            )
        for column in traits.others():
            if (column,) != key:
                yield Unique(feature=column.feature(Criticality.LOW), span=span, cells=column.values(), witness=each)

    def _by_key(self, span: Span) -> Iterator[Promise]:
        """What has to do with the same rows in both versions."""
        key, had = tuple(column.values() for column in self.key), f"the previous version had {self.base.records:,} rows"
        if len(key) == 1 and not self.key[0].is_time:
            names = tuple(column.name for column in self.columns)
            yield KeysKept(span=span, key=key[0], names=names, witness=(had,))
        gapped = (column.values() for column in self.columns if column.nulls and column.count >= FEWEST_FILLED)
        if key and (cells := tuple(gapped)[:MOST_FEATURES]):
            yield ValuesKept(span=span, key=key, cells=cells, witness=(had,))

    def _series(self, span: Span) -> Iterator[Promise]:
        """How the rows follow each other."""
        traits, seen = self.traits, f"of the previous version's {self.base.records:,} rows"
        known = (f"the previous version had {self.base.records:,} rows",)
        ordered = list(traits.ordered())
        for column, is_rising in ordered:
            feature, cells, witness = column.feature(), column.values(), (f"none {seen} had",)
            yield Order(feature=feature, span=span, cells=cells, is_rising=is_rising, witness=witness)
            yield Stepping(feature=feature, span=span, cells=cells, is_cumulative=False, witness=known)
        numbers = tuple(column.name for column in self.columns if column.is_number)
        if ordered and numbers and self.base.records >= FEWEST_SHAPED:
            yield Movement(span=span, names=numbers, witness=known)
        for column in self.columns if ordered else ():
            if not column.is_number:
                continue
            feature, cells, is_rising = column.feature(), column.values(), ordered[0][1]
            is_cumulative = is_rising and traits.cumulative(column)
            witness = (f"none {seen} had",) if is_cumulative else known
            yield Stepping(feature=feature, span=span, cells=cells, is_cumulative=is_cumulative, witness=witness)

    def _relations(self, span: Span) -> Iterator[Promise]:
        """What columns have to do with each other."""
        held = (f"it held in all {self.base.records:,} rows of the previous version",)
        for total, parts, broken in self.traits.sums():
            cells, limit = tuple(part.values() for part in parts), 2 * broken + 0.05 if broken else 0.0
            seen = (
                (f"about {percent(broken)} of the previous version's {self.base.records:,} rows did",)
                if broken
                else held
            )
            yield Sum(feature=total.feature(), span=span, total=total.values(), parts=cells, limit=limit, witness=seen)
        for key, value in self.traits.dependencies():
            position, feature = self.base.header.index(key.name) + 1, value.feature()
            yield Dependency(
                feature=feature, span=span, key=key.name, value=value.name, position=position, witness=held
            )
