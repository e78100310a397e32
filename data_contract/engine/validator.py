"""Measures a source, judges what was measured, and finds the places. It knows nothing of risk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl

from data_contract.contract import Contract
from data_contract.formats.source import FoundRow, Source
from data_contract.measures.batch import SEED, Batch, Columns, Defects, column_name, merged
from data_contract.measures.distinct import Distinct, repeats
from data_contract.measures.failures import Failures
from data_contract.model import Feature, Finding, FindingOutcome, Location, Unsaid, Words
from data_contract.promise import Evidence, Judgement, Measure, Profile, Promise, Spot, not_evaluated

Watch = Callable[[int], None]
"""Is told, after each batch, how many rows have been read."""

Judged = Sequence[tuple[Promise, Judgement]]


def measure(source: Source, measures: Iterable[Measure], watch: Watch = lambda _: None, seed: int = SEED) -> Profile:
    """Read a source once and count what the measures ask for; once more only where a value may repeat.

    Profiles can be compared if their hashes have the same `seed`. Raises `DataError` when the source cannot be read.
    """
    columns = columns_of(source, seed)
    once = columns.index
    countable = [each for each in dict.fromkeys(measures) if set(each.features()) <= once.keys()]

    asked = {each: each.expressions(columns) for each in countable}
    states: dict[Measure, Any] = {each: each.empty() for each in countable}
    defects: Defects = {}
    records = 0
    for batch in _ahead(source.batches()):
        for each, state in _states(asked, batch, columns):
            states[each] = states[each].merge(state)
        defects = merged(defects, batch.defects)
        records += batch.records
        watch(records)
    hashes = {each: states[each] for each in countable if isinstance(each, Distinct)}

    def again(features: Collection[str], rows: pl.Series | None) -> Iterator[Batch]:
        return _ahead(source.again({once[feature] for feature in features}, rows))

    repeated: dict[Measure, Failures] = dict(repeats(hashes, again, columns))
    states |= {each: state.counted() for each, state in hashes.items()}
    return Profile(
        header=source.header,
        times=Counter(source.header),
        records=records,
        possible_defects=source.possible_defects,
        defects=defects,
        states=states,
        repeats=repeated,
    )


def columns_of(source: Source, seed: int = SEED) -> Columns:
    """The columns of a source that can be told apart by their names."""
    names = source.columns
    times = Counter(names)
    return Columns({name: index for index, name in enumerate(names) if times[name] == 1}, source.has_kinds, seed)


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, the next one always being read while this one is measured."""
    with ThreadPoolExecutor(1) as reader:
        upcoming = reader.submit(next, batches, None)
        while (batch := upcoming.result()) is not None:
            upcoming = reader.submit(next, batches, None)
            yield batch


def _states(
    asked: Mapping[Measure, Sequence[pl.Expr]], batch: Batch, columns: Columns
) -> Iterable[tuple[Measure, Any]]:
    """The state of each measure over one batch; those that read the same rows are computed together."""
    groups: dict[frozenset[int], tuple[Batch, list[Measure]]] = {}
    for each in asked:
        needed = [column_name(columns.index[feature]) for feature in each.features()]
        left_out = frozenset(row for name in needed for row in batch.spoilt.get(name, ()))
        if left_out not in groups:
            groups[left_out] = (batch.without(needed), [])
        groups[left_out][1].append(each)
    for part, members in groups.values():
        every = [expression for each in members for expression in asked[each]]
        computed = iter(columns.compute(part.cells, every))
        for each in members:
            yield each, each.state([next(computed) for _ in asked[each]], part)


def judge(contract: Contract, evidence: Evidence) -> Judged:
    """What each promise of the contract comes to, in its order."""
    concerned = (check for check in contract.checks if check.concerns(evidence.head))
    return [(check, check.judge(evidence)) for check in concerned]


def without_base(judged: Judged, problem: str) -> Judged:
    """The judgements where a version before is there and could not be read."""
    why = not_evaluated("the version before could not be read: ", Unsaid(problem))
    return [(check, why if check.needs_base else judgement) for check, judgement in judged]


def findings_of(contract: Contract, path: str, judged: Judged, source: Source) -> tuple[Finding, ...]:
    """One finding for every judgement, the broken ones with their first places."""
    rows = {spot.row for _, judgement in judged for spot in judgement.spots}
    found = source.find(rows) if rows else {}
    locate = _Locator(contract, source.header, found)
    return tuple(_finding(contract, path, check, judgement, locate) for check, judgement in judged)


def unreadable(contract: Contract, path: str, reason: Words) -> tuple[Finding, ...]:
    """One finding for every promise of the contract, when the file could not be read at all."""
    nothing = Judgement(outcome=FindingOutcome.NOT_EVALUATED, message=("the file could not be read: ", *reason))
    locate = _Locator(contract, (), {})
    return tuple(_finding(contract, path, check, nothing, locate) for check in contract.checks)


class _Locator:
    """Turns the spots of a judgement into locations."""

    def __init__(self, contract: Contract, header: Sequence[str], found: Mapping[int, FoundRow]) -> None:
        self._secrets, self._found = contract.secrets, found
        self._index = {name: index for index, name in enumerate(header)}
        names = [part.feature for part in contract.key]
        shows_key = self._secrets.isdisjoint(names)
        self._key = [name for name in names if name in self._index] if shows_key else []

    def location(self, spot: Spot) -> Location:
        """Where a spot stands, and what is there."""
        row = self._found.get(spot.row)
        if row is None:
            return Location(row=spot.row, why=spot.why)
        key = {name: row.cells[self._index[name]] or "" for name in self._key}
        index = self._index.get(spot.feature or "")
        if index is None:
            return Location(row=spot.row, line=row.line, column=None, key=key or None, why=spot.why)
        line, column = row.places[index]
        value = None if spot.feature in self._secrets else row.cells[index]
        return Location(row=spot.row, line=line, column=column, key=key or None, value=value, why=spot.why)


def _finding(contract: Contract, path: str, check: Promise, judgement: Judgement, locate: _Locator) -> Finding:
    feature: Feature | None = check.feature
    is_told = check.witness and judgement.outcome is FindingOutcome.VIOLATED
    return Finding(
        check=check.id,
        dimension=check.dimension,
        dataset=contract.name,
        path=path,
        feature=feature.name if feature else None,
        aspect=check.aspect,
        outcome=judgement.outcome,
        message=(*judgement.message, "; ", *check.witness) if is_told else judgement.message,
        span=check.span,
        criticality=check.criticality,
        scale=judgement.scale,
        is_advisory=check.is_advisory or judgement.is_mild,
        is_note=check.is_note,
        is_implied=bool(check.witness),
        count=judgement.count,
        total=judgement.total,
        value=judgement.value,
        limit=judgement.limit,
        is_explained=judgement.is_explained,
        status=judgement.status,
        introduced=judgement.introduced,
        judged_limit=judgement.judged_limit,
        locations=judgement.places or tuple(locate.location(spot) for spot in judgement.spots),
        distribution=judgement.distribution,
    )
