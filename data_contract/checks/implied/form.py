"""The check `form`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.batch import Defect
from data_contract.model import Dimension, Location
from data_contract.promise import Evidence, Judgement, Profile, Promise, passed, violated

_NAMES = {
    Defect.BYTE_ORDER_MARK: "a byte order mark",
    Defect.LINE_ENDS: "lines that end otherwise than the first",
    Defect.BLANK_LINE: "blank lines",
    Defect.RETURNS: "lines that end with CR and LF",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Promise):
    """The file has no byte order mark, no other line ends and no blank lines that its previous version did not have.

    Most readers make the same cells of it, and some do not: a byte order mark becomes a part of the first column's
    name, a blank line a row of nulls, the CR before a LF a part of the last cell. So it raises an alert and never
    blocks by itself. From CR and LF to LF alone is no fault.

    No key asks for it: the previous version of a file without a contract does.

    To fix it: save the file as the one before was.
    """

    name = "form"
    dimension = Dimension.STRUCTURE
    is_advisory = True
    flaws: tuple[Defect, ...]
    """What the previous version did not have."""

    def concerns(self, profile: Profile) -> bool:
        return bool(profile.possible_defects & _NAMES.keys())

    def judge(self, evidence: Evidence) -> Judgement:
        defects = evidence.head.defects
        found = [flaw for flaw in self.flaws if flaw in defects and defects[flaw].count]
        if Defect.LINE_ENDS in found and Defect.RETURNS in found:
            found.remove(Defect.RETURNS)  # NOTE: these are some lines, and not all of them
        if not found:
            return passed("the form is as it was", count=0)
        first = defects[found[0]].first[0]
        place = Location(line=first.line, column=first.column)
        said = f"the file has {', '.join(_NAMES[flaw] for flaw in found)}"
        return violated(said, count=len(found), names=frozenset(found), places=(place,))

    def measures(self) -> tuple[()]:
        return ()
