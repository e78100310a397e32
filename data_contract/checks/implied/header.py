"""The check `header`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from data_contract.measures.batch import Defect
from data_contract.measures.signatures import Signature, Signatures
from data_contract.model import Dimension, Scale, Unsaid, Words
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    not_applicable,
    not_evaluated,
    passed,
    verb,
    violated,
)

_SAME = 0.75
"""The share of a column's distinct values that another one has when it is taken for the same under a new name."""
_SHOWN = 5
_MOST_COMPARED = 40
"""Columns that are compared with each other; with more it would take too long, and nobody would read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header(Promise):
    """The file has every column that its previous version had, under the same name and in the same order.

    A column that is gone, or renamed, is null for whoever reads it by name; a header that was lost, or a delimiter that
    changed, takes all of them at once. That is told as one finding, in which a name that is new and has the values of
    one that is gone is a rename. A column that was added or moved, and two that have each other's values, raise an
    alert and never block by themselves.

    No key asks for it: the previous version of a file without a contract does. A name needs no evidence but itself.

    To fix it: put the columns back under their names. Where the change is meant, tell the consumers and waive it once:
    the new version is the next one's past.
    """

    name = "header"
    dimension = Dimension.SCHEMA
    names: tuple[str, ...]
    """Those of the previous version, in its order."""

    def measures(self) -> tuple[Measure, ...]:
        return (Signatures(),)

    def judge(self, evidence: Evidence) -> Judgement:
        head = evidence.head
        if Defect.HEADER_NONE in head.defects:
            return not_evaluated("the file has no header", is_explained=True)
        if Defect.NOT_OBJECT in head.possible_defects and not head.records:
            return not_applicable("there is no row that could tell of columns")
        gone = [name for name in dict.fromkeys(self.names) if name not in head.header]
        new = [name for name in dict.fromkeys(head.header) if name not in self.names]
        if gone:
            said = self._lost(head.header, len(gone)) or _changed(gone, new, evidence)
            return violated(*said, scale=Scale.WHOLE, count=len(gone), total=len(self.names), names=frozenset(gone))
        if new:
            said = (f"{len(new):,} {verb(len(new), 'column was', 'columns were')} added: ", *_listed(new))
            return violated(*said, count=len(new), total=len(head.header), names=frozenset(new), is_mild=True)
        if [name for name in head.header if name in self.names] != list(self.names):
            return violated("the columns stand in another order", scale=Scale.WHOLE, count=1, is_mild=True)
        if swapped := next(_swapped(self.names, evidence), None):
            one, other = map(Unsaid, swapped)
            said = ("the values of ", one, " stand under ", other, ", and the other way round")
            return violated(*said, scale=Scale.WHOLE, count=1, is_mild=True)
        return passed(f"all {len(self.names):,} columns are there", count=0, total=len(self.names))

    def _lost(self, header: Sequence[str], gone: int) -> Words:
        """What became of the header as a whole, if all of it is gone."""
        if gone < len(self.names):
            return ()
        if len(header) == 1 and (other := next((mark for mark in ";\t|," if mark in header[0]), "")):
            return (f"the delimiter changed: the header is one cell with {other!r} in it",)
        if any(_is_number(name) for name in header) and not any(_is_number(name) for name in self.names):
            return ("the header is gone: the first line reads ", *_listed(header))
        return ()


def _changed(gone: Sequence[str], new: Sequence[str], evidence: Evidence) -> Words:
    """Which columns were renamed, and which are gone."""
    renamed = dict(_renamed(gone, new, evidence))
    left, added = [name for name in gone if name not in renamed], [n for n in new if n not in renamed.values()]
    parts: list[Words] = []
    if renamed:
        arrows = [f"{name} → {renamed[name]}" for name in renamed]
        parts.append(("renamed: ", *_listed(arrows)))
    if left:
        parts.append((f"{len(left):,} {verb(len(left), 'column is', 'columns are')} missing: ", *_listed(left)))
    if added:
        parts.append((f"{len(added):,} {verb(len(added), 'column is', 'columns are')} new: ", *_listed(added)))
    return tuple(word for index, part in enumerate(parts) for word in (("; ",) if index else ()) + part)


def _swapped(names: Sequence[str], evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Pairs of columns each of which has the values of the other, and hardly any of its own."""
    before, after = _signatures(evidence)
    moved = [name for name in names if before.likeness(name, after, name) < 1 - _SAME]
    for one, other in combinations(moved[:_MOST_COMPARED], 2):
        if min(before.likeness(one, after, other), before.likeness(other, after, one)) >= _SAME:
            yield one, other


def _signatures(evidence: Evidence) -> tuple[Signature, Signature]:
    """Those of the previous version and of this one; without a previous version twice the same."""
    head, base = evidence.head, evidence.base or evidence.head
    before, after = (profile.states.get(Signatures(), Signature()) for profile in (base, head))
    return before, after


def _renamed(gone: Sequence[str], new: Sequence[str], evidence: Evidence) -> list[tuple[str, str]]:
    """Each name that is gone with the new one that has its values, the likest first."""
    before, after = _signatures(evidence)
    every = product(gone[:_MOST_COMPARED], new[:_MOST_COMPARED])
    pairs = sorted(((before.likeness(old, after, name), old, name) for old, name in every), reverse=True)
    found: dict[str, str] = {}
    for likeness, old, name in pairs:
        if likeness >= _SAME and old not in found and name not in found.values():
            found[old] = name
    return [(old, found[old]) for old in gone if old in found]


def _listed(names: Sequence[str]) -> Words:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return (Unsaid(", ".join(names[:_SHOWN])), more)


def _is_number(text: str) -> bool:
    return text.strip().removeprefix("-").replace(".", "", 1).isdigit()
