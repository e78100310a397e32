"""Writes the reference pages of `docs/` from the docstrings of the checks and the tables of keys."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from data_contract.catalogue import CHECKS, id_of
from data_contract.contract_document import CONTRACT
from data_contract.keys import Key, Listing, Named, Table, TableOrFalse
from data_contract.policy_cases import POLICY_CASES
from data_contract.policy_document import POLICY
from data_contract.rules import RULES

CHECKS_INTRO = """\
# Checks

A check is one promise of a contract. Each ends as `passed`, `violated`, `not-applicable` (there was nothing to judge)
or `not-evaluated` (nobody knows, which is never taken for passed). A cell counts once, at the first check it fails:
structure, columns, dtype, not-null, then range, allowed, pattern, length, then key.
"""

RULES_INTRO = """
# Rules

What a change may do beside breaking a promise. A rule weighs no risk: a key of the policy says what it does to the
decision. It can be waived by its id, as a check can.
"""

CONTRACT_INTRO = """\
# The keys of a contract

One YAML file a dataset. Values are taken as written and understood by the key they belong to, so that `NO` is Norway
and `007` keeps its zeros. Aliases, anchors, tags and duplicate keys are errors, and so is any key that is not here.

The last column tells how a change of the key counts. Tighter promises more; what is not tighter is loosened; saying the
same in other words is neutral. Removing a feature loosens. Adding one tightens, or loosens where columns are closed, as
its column was forbidden before.
"""

POLICY_INTRO = """\
# The keys of a policy

One YAML file for a repository: what is done about a broken promise.
"""

CASES_INTRO = """\
# The keys of a policy's cases

`policy/*.cases.yml`: what a policy has to decide. `data-contract policy test` decides each case by the policy as a run
would, and ends with exit status 1 where the decision is another one than expected. Keep it beside the policy, and run
it wherever the policy changes.

```yaml
version: 1
cases:
  - name: a null rate a little over its limit is an alert
    findings: [{check: null-rate, feature: user_age, value: 0.31, limit: 0.3}]
    expect: ALLOW_WITH_ALERT
```
"""


def pages() -> dict[str, str]:
    """The text of each page by its file name."""
    return {
        "checks.md": CHECKS_INTRO + "".join(_checks()),
        "contract.md": CONTRACT_INTRO + "".join(_keys("", CONTRACT.keys)),
        "policy.md": POLICY_INTRO + "".join(_keys("", POLICY.keys)),
        "policy-cases.md": CASES_INTRO + "".join(_keys("", POLICY_CASES.keys)),
    }


def _checks() -> Iterator[str]:
    for check in sorted(CHECKS, key=id_of):
        keys = ", ".join(f"`{key.name}`" for key in check.keys)
        asked = f"Asked for by {keys}.\n\n" if keys else ""
        yield f"\n## {id_of(check)}\n\n{asked}{inspect.getdoc(check)}\n"
    yield RULES_INTRO
    yield from (f"\n## {rule.id}\n\n{rule.documentation}\n" for rule in RULES)


def _keys(prefix: str, keys: Sequence[Key[Any]]) -> Iterator[str]:
    is_classified = any(key.strictness for key in keys)
    more = (" a change |", "---|") if is_classified else ("", "")
    yield f"\n## {f'`{prefix}`' if prefix else 'At the top'}\n\n| key | meaning |{more[0]}\n|---|---|{more[1]}\n"
    for key in keys:
        required = " **Required.**" if key.required else ""
        change = f" {key.strictness.says if key.strictness else 'as its keys'} |" if is_classified else ""
        yield f"| `{key.name}` | {key.description}{required} |{change}\n"
    for key in keys:
        inner, suffix = _inner(key.kind)
        if inner:
            yield from _keys(f"{prefix}{'.' if prefix else ''}{key.name}{suffix}", inner)


def _inner(kind: Any) -> tuple[Sequence[Key[Any]], str]:
    match kind:
        case Table():
            return kind.keys, ""
        case TableOrFalse():
            return kind.table.keys, ""
        case Named(of=Table() as table):
            return table.keys, ".NAME"
        case Listing(of=Table() as table):
            return table.keys, "[]"
        case _:
            return (), ""


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (Path(__file__).parent.parent / "docs" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
