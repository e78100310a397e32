"""The check `columns`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Self

from data_contract.keys import Key
from data_contract.measures.batch import Defect
from data_contract.measures.cells import Cells
from data_contract.model import Dimension, Location, Scale, Unsaid, Words
from data_contract.promise import (
    DatasetPromise,
    DatasetTerms,
    Evidence,
    FeaturePromise,
    Judgement,
    Promise,
    Terms,
    not_applicable,
    not_evaluated,
    passed,
    verb,
    violated,
)
from data_contract.scalars import Choice
from data_contract.strictness import along


class Openness(StrEnum):
    """What a column that no feature declares is."""

    CLOSED = "closed"
    OPEN = "open"


COLUMNS = Key(
    "columns",
    Choice(Openness),
    "Whether an undeclared column is a finding (closed, when absent) or not (open).",
    absent=Openness.CLOSED,
    strictness=along(Openness.OPEN, Openness.CLOSED),
)

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Present(FeaturePromise):
    """Every declared feature has its column in the file, spelt as in the contract.

    A column that is gone, or renamed, or written with another case, is null for whoever reads it by name. The other
    checks of the feature are then `not-evaluated`: nobody knows.

    ```yaml
    features:
      user_id: {}
    ```

    To fix it: put the column back under its name. Where it went for good, remove the feature and tell the consumers.
    """

    name = "columns"
    dimension = Dimension.SCHEMA

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        yield cls(feature=terms.feature, span=terms.feature.span, cells=cells)

    def judge(self, evidence: Evidence) -> Judgement:
        if Defect.HEADER_NONE in evidence.head.defects:
            return not_evaluated("the file has no header", is_explained=True)
        # NOTE: where objects name their keys, a file without a row has no columns to tell of.
        is_told_by_rows = Defect.NOT_OBJECT in evidence.head.possible_defects
        if is_told_by_rows and not (evidence.head.header or evidence.head.records):
            return not_applicable("there is no row that could tell of ", self.label)
        if evidence.head.times[self.cells.feature]:
            return passed("the column ", self.label, " is there", count=0, total=1)
        said: Words = ("the column ", self.label, " is missing")
        folded = {name.strip().casefold(): name for name in evidence.head.header}
        wanted = self.cells.feature.strip().casefold()
        close = get_close_matches(wanted, folded, n=1, cutoff=0.8)
        if len(evidence.head.header) == 1 and (
            other := next((mark for mark in ";\t|," if mark in evidence.head.header[0]), "")
        ):
            said += (f": the header is one cell with {other!r} in it, so `format.delimiter` may be wrong",)
        elif close and not (self.feature and self.feature.sensitive):
            said += (": the file has ", Unsaid(repr(folded[close[0]])))
        return violated(*said, scale=Scale.WHOLE, count=1, total=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(DatasetPromise):
    """The file has no column that the contract does not declare.

    Nobody promised anything about such a column, yet `SELECT *` will read it. It raises an alert and never blocks by
    itself: columns are mostly added on purpose.

    ```yaml
    dataset:
      columns: closed
    ```

    To fix it: declare the column as a feature, or set `columns: open`.
    """

    name = "columns"
    dimension = Dimension.SCHEMA
    keys = (COLUMNS,)
    is_advisory = True
    declared: frozenset[str]
    sensitive: frozenset[str]
    """Of the declared features, those whose values are never shown."""

    @classmethod
    def promised(cls, terms: DatasetTerms) -> Iterator[Promise]:
        if terms.section.meant(COLUMNS) is Openness.CLOSED:
            sensitive = frozenset(name for name, feature in terms.features.items() if feature.sensitive)
            yield cls(span=terms.section.at(COLUMNS), declared=frozenset(terms.cells), sensitive=sensitive)

    @property
    def aspect(self) -> str | None:
        return "undeclared"

    def keeping(self, secrets: frozenset[str]) -> Self:
        return replace(self, sensitive=self.sensitive | secrets)

    def judge(self, evidence: Evidence) -> Judgement:
        extra = [name for name in dict.fromkeys(evidence.head.header) if name.strip() and name not in self.declared]
        if not extra:
            return passed("every column is declared", count=0, total=len(evidence.head.header))
        measured = {"count": len(extra), "total": len(evidence.head.header), "names": frozenset(extra)}
        # NOTE: where the header was lost, the first row stands in its place, and its cells are no names.
        if not self.sensitive <= set(evidence.head.header):
            are = verb(len(extra), "column is", "columns are")
            return violated(
                f"{len(extra):,} {are} not declared, and may hold values of a sensitive feature", **measured
            )
        names = Unsaid(", ".join(extra[:_SHOWN]))
        more = f" and {len(extra) - _SHOWN} more" if len(extra) > _SHOWN else ""
        said = f"{len(extra):,} {verb(len(extra), 'column is', 'columns are')} not declared: "
        places = tuple(Location(value=name) for name in extra[:_SHOWN])
        return violated(said, names, more, places=places, **measured)
