"""Writes the JSON Schemas of contracts, policies and their cases, from the tables that also read them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from data_contract.contract_document import CONTRACT
from data_contract.keys import Schema, Table
from data_contract.policy_cases import POLICY_CASES
from data_contract.policy_document import POLICY

_DRAFT = "https://json-schema.org/draft/2020-12/schema"

SCHEMAS: dict[str, tuple[str, str, Table]] = {
    "contract.schema.json": ("Data contract", "What one dataset promises.", CONTRACT),
    "policy.schema.json": ("Data contract policy", "What is done about broken promises.", POLICY),
    "policy-cases.schema.json": ("Data contract policy cases", "What a policy has to decide.", POLICY_CASES),
}
"""By file name: title, description, and the table of keys."""


def schema(name: str) -> Schema:
    """The JSON Schema (draft 2020-12) of one file that people write."""
    title, description, table = SCHEMAS[name]
    return {"$schema": _DRAFT, "title": title, "description": description} | table.schema()


def main(folder: str) -> None:
    """Write every schema into a folder."""
    for name in SCHEMAS:
        text = json.dumps(schema(name), indent=2, ensure_ascii=False)
        (Path(folder) / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
