"""A pre-merge gate for data: measures files against contracts, turns what it measured into risk, and decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_contract.version import __version__

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    import polars as pl

    from data_contract.contract import Contract
    from data_contract.model import Outcome
    from data_contract.policy import Policy

__all__ = ["__version__", "check"]


def check(
    frame_or_path: pl.DataFrame | pl.LazyFrame | pd.DataFrame | str | PathLike[str],
    contract: Contract | str | PathLike[str],
    policy: Policy | str | PathLike[str] | None = None,
) -> Outcome:
    """Judge one frame or file by one contract.

    Args:
        frame_or_path: The data: a frame of polars or pandas, or the path of a file (the contract's globs need not
            match it).
        contract: The contract, or the path of its YAML file.
        policy: The policy, or the path of its YAML file; None for the built-in defaults.

    Returns:
        The outcome that the command line reports: `outcome.decision.verdict`, `outcome.decision.risk` in [0, 1],
        `outcome.datasets[0].findings` with counts and places. Places in a frame have rows and no lines.

    Raises:
        Rejected: The contract or the policy is mistaken; every mistake is in `mistakes`.
        ContractError, PolicyError: It is no document that could be read.
        UsageError: A path cannot be read.
        DataError: The object given as data is neither a frame nor a path.
    """
    # NOTE: `import data_contract` stays light; polars takes a tenth of a second to import.
    from data_contract.api import check as check_

    return check_(frame_or_path, contract, policy)
