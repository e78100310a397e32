"""Every report there is: one file and one row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from data_contract.model import Outcome
from data_contract.reports import github, gitlab, json, junit, markdown, sarif, text

REPORTS: Mapping[str, Callable[[Outcome], str]] = {
    "text": text.render,
    "json": json.render,
    "markdown": markdown.render,
    "github": github.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "gitlab": gitlab.render,
}
"""By the name that `--format` knows."""
