"""A pull request for tests: a contract, data that keeps it, data that does not, and the event that tells of it."""

from __future__ import annotations

from typing import Any

CONTRACT = """\
version: 1
dataset: {name: d, files: ["data/*.csv"], key: [id]}
features:
  id: {dtype: int}
  age: {dtype: int, min: 0, max_invalid_rate: 0.01}
"""
ROWS = "id,age\n" + "".join(f"{row},{row}\n" for row in range(1, 101))
ALERTING = ROWS.replace("\n5,5\n6,6\n", "\n5,-5\n6,-6\n")


def event(base: str, head: str, **more: Any) -> dict[str, Any]:
    """What GitHub tells of a pull request from one commit into another."""
    request = {"base": {"sha": base, "ref": "main"}, "head": {"sha": head, "ref": "feature"}}
    return {"number": 7, "pull_request": request, "repository": {"default_branch": "main"}, **more}
