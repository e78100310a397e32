"""The check `structure`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.measures.batch import Defect, Place
from data_contract.measures.tally import Tally
from data_contract.model import Dimension, Location
from data_contract.promise import (
    DatasetPromise,
    DatasetTerms,
    Evidence,
    Judgement,
    Profile,
    Promise,
    passed,
    verb,
    violated,
)

_KEPT = {
    Defect.RAGGED_SHORT: "no row has fewer cells than there are columns",
    Defect.RAGGED_LONG: "no row has more cells than there are columns",
    Defect.QUOTE_OPEN: "every quote is closed",
    Defect.QUOTE_TEXT: "no text follows a closing quote",
    Defect.NUL: "there is no NUL character",
    Defect.ENCODING: "every byte is text in the contract's encoding",
    Defect.CONFLICT: "there is no merge-conflict marker",
    Defect.HEADER_DUPLICATE: "no two columns have the same name",
    Defect.HEADER_EMPTY: "every column has a name",
    Defect.HEADER_NONE: "there is a header",
    Defect.NOT_JSON: "every line is JSON",
    Defect.NOT_OBJECT: "every line is an object",
    Defect.KEY_TWICE: "no object has a key twice",
    Defect.BLANK_LINE: "there is no blank line",
    Defect.LINE_ENDS: "all lines end alike",
    Defect.BYTE_ORDER_MARK: "there is no byte order mark",
}

_BROKEN = {
    Defect.RAGGED_SHORT: ("row has fewer cells than there are columns", "rows have fewer cells than there are columns"),
    Defect.RAGGED_LONG: ("row has more cells than there are columns", "rows have more cells than there are columns"),
    Defect.QUOTE_OPEN: ("quote is opened and never closed", "quotes are opened and never closed"),
    Defect.QUOTE_TEXT: ("cell has text after its closing quote", "cells have text after their closing quote"),
    Defect.NUL: ("cell holds a NUL character", "cells hold a NUL character"),
    Defect.ENCODING: (
        "place holds bytes that are no text in the contract's encoding",
        "places hold bytes that are no text in the contract's encoding",
    ),
    Defect.CONFLICT: ("line is a merge-conflict marker", "lines are merge-conflict markers"),
    Defect.HEADER_DUPLICATE: ("column has the name of an earlier one", "columns have the name of an earlier one"),
    Defect.HEADER_EMPTY: ("column has no name", "columns have no name"),
    Defect.HEADER_NONE: ("the file is empty: it has not even a header", ""),
    Defect.NOT_JSON: ("line is not JSON", "lines are not JSON"),
    Defect.NOT_OBJECT: ("line is no object", "lines are no objects"),
    Defect.KEY_TWICE: ("object has a key twice", "objects have a key twice"),
    Defect.BLANK_LINE: ("line is blank", "lines are blank"),
    Defect.LINE_ENDS: ("line ends otherwise than the first", "lines end otherwise than the first"),
    Defect.BYTE_ORDER_MARK: ("a byte order mark stands before the header", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure(DatasetPromise):
    """The file has the form that every reader reads alike.

    A row with too few or too many cells, a quote that is never closed, a NUL, bytes that are no text, a
    merge-conflict marker, two columns of one name: each reader makes something else of them, mostly in silence. Rows
    of a wrong form are counted here and nowhere else, as nobody knows which cell belongs to which column. Blank
    lines, mixed line ends and a byte order mark are notes: always shown, never weighed.

    Every dataset has this promise; no key turns it off.

    To fix it: mend the lines shown, or write the file anew with a CSV library.
    """

    name = "structure"
    dimension = Dimension.STRUCTURE
    defect: Defect

    @classmethod
    def promised(cls, terms: DatasetTerms) -> Iterator[Promise]:
        for defect in _KEPT:
            yield cls(span=terms.section.span, defect=defect)

    @property
    def aspect(self) -> str | None:
        return self.defect.value

    @property
    def is_note(self) -> bool:
        return self.defect.is_note

    def concerns(self, profile: Profile) -> bool:
        return self.defect in profile.possible_defects

    def judge(self, evidence: Evidence) -> Judgement:
        found = evidence.head.defects.get(self.defect, Tally())
        if not found.count:
            return passed(_KEPT[self.defect], count=0)
        one, many = _BROKEN[self.defect]
        said = f"{found.count:,} {verb(found.count, one, many)}" if many else one
        return violated(said, count=found.count, places=tuple(_location(place) for place in found.first))


def _location(place: Place) -> Location:
    row, line, column = (number if number > 0 else None for number in (place.row, place.line, place.column))
    return Location(row=row, line=line, column=column)
