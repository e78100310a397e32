"""The Python interface: one frame or file, one contract, one outcome."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.contract import Contract
from data_contract.engine import loader
from data_contract.formats.frame import FrameSource
from data_contract.model import Outcome
from data_contract.pipeline import Bench, Request, judge_path, outcome_of
from data_contract.policy import Policy

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
    if not isinstance(contract, Contract):
        (contract,) = loader.load_contracts(root, (os.fspath(contract),))
    if policy is None:
        policy = Policy()
    elif not isinstance(policy, Policy):
        policy = loader.load_policy(root, os.fspath(policy), is_asked_for=True)
    bench, request = Bench(policy=policy, as_of=now, today=now.date()), Request(root=root, as_of=now, today=now.date())
    if isinstance(frame_or_path, str | os.PathLike):
        dataset = judge_path(bench, request, os.fspath(frame_or_path), contract)
    else:
        dataset = bench.judge(FrameSource(frame_or_path), "<frame>", contract)
    return outcome_of([dataset], policy, now)
