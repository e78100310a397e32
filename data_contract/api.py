"""The Python interface: one frame or file, one contract, one outcome."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.case import Bench, examined
from data_contract.conclusion import outcome_of
from data_contract.contract import Contract
from data_contract.engine import loader
from data_contract.formats.frame import FrameSource
from data_contract.model import Outcome
from data_contract.policy import Policy
from data_contract.tree import Folder

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


def check(
    frame_or_path: pl.DataFrame | pl.LazyFrame | pd.DataFrame | str | os.PathLike[str],
    contract: Contract | str | os.PathLike[str],
    policy: Policy | str | os.PathLike[str] | None = None,
) -> Outcome:
    """See `data_contract.check`."""
    root, now = Path.cwd(), datetime.now(UTC)
    tree = Folder(root)
    if not isinstance(contract, Contract):
        (contract,) = loader.load_contracts(tree, (os.fspath(contract),))
    if policy is None:
        policy = Policy()
    elif not isinstance(policy, Policy):
        policy = loader.named_policy(tree, os.fspath(policy))
    bench = Bench(policy=policy, as_of=now, today=now.date())
    if isinstance(frame_or_path, str | os.PathLike):
        path = tree.place(os.fspath(frame_or_path))
        case = examined(contract, path, lambda: loader.open_target(tree, path, contract, policy.max_bytes), now)
        dataset = bench.decide(case)
    else:
        dataset = bench.judge(FrameSource(frame_or_path), "<frame>", contract)
    return outcome_of([dataset], policy, now)
