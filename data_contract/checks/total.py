"""The check `sum`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.cells import Cells
from data_contract.measures.equation import Balance, Equation
from data_contract.model import Dimension, Unsaid
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
    """In every row a total is the sum of its parts.

    A sum that held in every row is arithmetic and no coincidence: where it breaks, a part or the total was changed and
    the other was not. Numbers are compared as floats, up to what floats cannot tell.

    No key asks for it: the previous version of a file without a contract does, where the sum held exactly in at least
    50 rows, for columns that stand side by side.

    To fix it: correct the part or the total in the rows shown.
    """

    name = "sum"
    dimension = Dimension.VALIDITY
    total: Cells
    parts: tuple[Cells, ...]

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
        measured = {"count": count, "total": total, "value": count / total}
        if not count:
            return passed(*equation, f" in each of {total:,} rows", **measured)
        said = (*share_of(count, total, "rows"), f" {verb(count, 'breaks', 'break')} ", *equation)
        return violated(*said, spots=spots(balance.broken, self.total.feature), **measured)
