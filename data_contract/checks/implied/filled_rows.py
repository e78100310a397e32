"""The check `filled-rows`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.blanks import BlankRows
from data_contract.measures.tally import Tally
from data_contract.model import Dimension
from data_contract.promise import Evidence, Judgement, Measure, Promise, passed, spots, verb, violated


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledRows(Promise):
    """Every row has at least one cell with something in it.

    A row of delimiters and nothing else is what a spreadsheet leaves where rows were cleared and not deleted. Readers
    make a row of nulls of it.

    No key asks for it: the previous version of a file without a contract does, where it had at least 20 rows and none
    of that kind.

    To fix it: delete the lines shown.
    """

    name = "filled-rows"
    dimension = Dimension.COMPLETENESS

    def measures(self) -> tuple[Measure, ...]:
        return (BlankRows(),)

    def judge(self, evidence: Evidence) -> Judgement:
        blank: Tally[int] = evidence.head.states.get(BlankRows(), Tally())
        total = evidence.head.records
        if not blank.count:
            return passed(f"none of {total:,} rows is empty", count=0, total=total)
        said = f"{blank.count:,} of {total:,} rows {verb(blank.count, 'is', 'are')} empty from end to end"
        return violated(said, count=blank.count, total=total, spots=spots(blank, None))
