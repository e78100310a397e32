"""The form of an entry of the audit log: what every reader takes for one, whatever it looks at.

It follows from the dataclasses that an entry is made of. Structs of msgspec with the same fields decode in an eighth of
the time, so that even who needs little of an entry can afford to have all of it looked at.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

_TIME = {"tz": True}
_SHARE = {"ge": 0, "le": 1}
_COUNT = {"ge": 0, "le": (1 << 53) - 1}

BOUNDS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("Entry", "at"): _TIME,
    ("Entry", "as_of"): _TIME,
    ("Entry", "risk"): _SHARE,
    ("Circumstances", "pull_request"): _COUNT,
    ("DatasetOutcome", "rows"): _COUNT,
    ("Decision", "risk"): _SHARE,
    ("Finding", "count"): _COUNT,
    ("Finding", "total"): _COUNT,
    ("Sla", "null_rate"): _SHARE,
    ("Sla", "invalid_rate"): _SHARE,
    ("Sla", "window"): {"gt": 0, "lt": 1 << 40},
    ("Sla", "target"): {"gt": 0, "lt": 1},
}
"""What a field may be, beyond its type: times have a zone, and numbers are such as somebody can have counted."""

WORDS: Mapping[tuple[str, str], Any] = {
    ("PolicyUsed", "scope"): Literal["introduced", "all", None],
    ("PolicyUsed", "fail_on"): Literal["block", "alert", None],
}
"""Fields that hold one of a few words."""


@cache
def form_of(kind: type) -> type[Any]:
    """A struct with the fields of a dataclass."""
    import msgspec

    hints = get_type_hints(kind)
    fields = [(each.name, _field(kind, each.name, hints[each.name]), _usual(each)) for each in dataclasses.fields(kind)]
    return msgspec.defstruct(kind.__name__, fields, kw_only=True, frozen=True, gc=False)


def _field(kind: type, name: str, hint: Any) -> Any:
    place = (kind.__name__, name)
    return WORDS.get(place) or _form(hint, BOUNDS.get(place, {}))


def _form(hint: Any, bounds: Mapping[str, Any]) -> Any:
    """A type, with structs in place of dataclasses, and bounds for what is not None."""
    import msgspec

    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return form_of(hint)
    parts = tuple(part if part is ... else _form(part, bounds) for part in get_args(hint))
    if not parts:
        return Annotated[hint, msgspec.Meta(**bounds)] if bounds and hint is not NoneType else hint
    origin = get_origin(hint)
    return reduce(or_, parts) if origin in (Union, UnionType) else origin[parts]


def _usual(field: dataclasses.Field[Any]) -> Any:
    import msgspec

    if field.default_factory is not dataclasses.MISSING:
        return msgspec.field(default_factory=field.default_factory)
    # NOTE: an entry always says of which form it is.
    is_needed = field.default is dataclasses.MISSING or field.name == "version"
    return msgspec.field() if is_needed else msgspec.field(default=field.default)
