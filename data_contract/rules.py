"""What the policy's rules look for beside the promises of a contract: each with its page of documentation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Something that a change may do to what judges it, or to the data as a whole; it weighs no risk."""

    id: str
    """kebab-case; names what is demanded."""
    key: str
    """The key of the policy that says what it does to a decision."""
    documentation: str
    """What, why and how to fix, as the page of a check."""


LAST_FILE = "last-file"
"""The aspect of `data-present` where a change leaves a contract without any file."""

DELETED = "deleted"
"""The aspect of `has-contract` where the file is gone."""

CONTRACT_KEPT = Rule(
    id="contract-kept",
    key="ci.on_contract_loosened",
    documentation="""No data passes only because its own contract was loosened in the same change.

Whoever may edit data may mostly edit its contract too, and raise a tolerance until the data fits. So the data is judged
by the contract as it was as well. Where that would decide worse, the decision is raised at least to
`ci.on_contract_loosened`, and the promises that only the new contract lets pass are told, on its lines.

```yaml
ci: {on_contract_loosened: alert}
```

To fix it: take the contract's change back, or have it merged first, by the people who rely on the data.""",
)

UNDER_CONTRACT = Rule(
    id="under-contract",
    key="ci.on_contract_loosened",
    documentation="""A data file that is under contract stays so.

A contract that is deleted, a glob that is narrowed, a file that is moved out of it: from then on nobody judges the
data. It comes under the same rule as a contract that is loosened.

```yaml
ci: {on_contract_loosened: alert}
```

To fix it: move the file back, or widen the globs in `files`. Where the data is no longer promised to anybody, say so to
its consumers first.""",
)

DATA_PRESENT = Rule(
    id="data-present",
    key="ci.on_missing_data",
    documentation="""The data that a contract describes is there.

A file that is deleted breaks every promise about it without breaking one. Deleting one of several comes under
`ci.on_missing_data`, and so does a file that `files` names without a wildcard and that is not there. A change that
leaves a contract without any file is blocked, unless that rule says `allow`; deleting the contract with its last file
makes nothing milder.

```yaml
ci: {on_missing_data: alert}
```

To fix it: restore the file. To retire the dataset, have its waiver for `data-present` in the policy of base first.""",
)

HAS_CONTRACT = Rule(
    id="has-contract",
    key="ci.on_uncontracted",
    documentation="""Every data file that changes has a contract.

Which files are data is told by `files` of the policy. One that no contract describes is judged by what its previous
version promises by itself, as far as it has one, and by its structure alone otherwise. Deleting one is blocked under
`implicit`: that it was there is the first thing that it promised.

```yaml
ci: {on_uncontracted: alert}
```

To fix it: write a contract whose `files` match it, or add it to `files.ignore` of the policy.""",
)

BUDGET_LEFT = Rule(
    id="budget-left",
    key="sla.on_budget_exhausted",
    documentation="""No version spends an error budget of which nothing is left.

A feature's `sla` says how many of its versions may break a promise. The log of `check --audit`, or that of the store of
`run`, tells how many did (docs/dashboard.md): where that was all that may, and this version breaks the promise again,
the decision is raised to `sla.on_budget_exhausted`. Nothing is looked for where that is `allow`, as it is by itself.

```yaml
sla: {on_budget_exhausted: block}
```

To fix it: mend the data. The budget comes back as the bad versions leave the window.""",
)

RULES = (CONTRACT_KEPT, UNDER_CONTRACT, DATA_PRESENT, HAS_CONTRACT, BUDGET_LEFT)
"""Every one there is."""
