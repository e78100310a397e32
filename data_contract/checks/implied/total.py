"""The check `sum`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data_contract.measures.cells import Cells
from data_contract.measures.equation import Balance, Equation
from data_contract.model import Dimension, Scale, Unsaid
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    not_applicable,
    not_evaluated,
    passed,
    share_of,
    spots,
    verb,
    violated,
)

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Promise):
    """In every row a total is the sum of its parts, or in as many as it mostly was.

    A sum that held in every row is arithmetic and no coincidence: where it breaks, a part or the total was changed and
    the other was not. Where it held in nine rows of ten, as of rounded numbers, it raises an alert when more than twice
    as many rows and a twentieth break it, and never blocks by itself. Numbers are compared as floats, up to what floats
    cannot tell.

    No key asks for it: the previous version of a file without a contract does, where the sum held in at least 50 rows,
    for columns that stand side by side.

    To fix it: correct the part or the total in the rows shown.
    """

    name = "sum"
    dimension = Dimension.VALIDITY
    total: Cells
    parts: tuple[Cells, ...]
    limit: float = 0.0
    """The share of the rows, in [0, 1), that may break it."""

    def measures(self) -> tuple[Measure, ...]:
        return (Equation(self.total, self.parts),)

    def judge(self, evidence: Evidence) -> Judgement:
        balance = evidence.head.states.get(Equation(self.total, self.parts))
        if not isinstance(balance, Balance):
            return not_evaluated("a column is missing", is_explained=True)
        if not balance.rows:
            return not_applicable("there is no row with a number in all of them")
        names = [part.feature for part in self.parts]
        more = f" + {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        equation = (Unsaid(self.total.feature), " = ", Unsaid(" + ".join(names[:_SHOWN])), more)
        count, total = balance.broken.count, balance.rows
        measured: dict[str, Any] = {"count": count, "total": total, "value": count / total}
        if not count:
            return passed(*equation, f" in each of {total:,} rows", **measured)
        said = (*share_of(count, total, "rows"), f" {verb(count, 'breaks', 'break')} ", *equation)
        if self.limit:
            measured |= {"limit": self.limit, "scale": Scale.RATE, "is_mild": True}
        if count / total <= self.limit:
            return passed(*said, **measured)
        return violated(*said, spots=spots(balance.broken, self.total.feature), **measured)
