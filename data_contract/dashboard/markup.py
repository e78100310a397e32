"""Elements of HTML and SVG; whatever is no element itself is escaped on its way into one."""

from __future__ import annotations

from data_contract.model import Unsaid
from data_contract.reports.escape import html_text


class Markup(str):
    """HTML that may stand as it is; made by `tag` alone, or of what is written in this package."""

    __slots__ = ()


_VOID = ("meta",)


def tag(_name: str, *inside: str, **attributes: str | float | None) -> Markup:
    """An element; `class_` is the attribute `class`, `aria_label` is `aria-label`, and None is none."""
    given = "".join(f' {_attribute(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None)
    if _name in _VOID:
        return Markup(f"<{_name}{given}>")
    return Markup(f"<{_name}{given}>{joined(*inside)}</{_name}>")


def joined(*parts: str) -> Markup:
    """Parts after each other."""
    return Markup("".join(map(_text, parts)))


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return _text(value) if isinstance(value, str) else f"{value:.6g}"


def _text(part: str) -> str:
    if isinstance(part, Markup):
        return part
    return html_text(part) if isinstance(part, Unsaid) else html_text(part, None)
