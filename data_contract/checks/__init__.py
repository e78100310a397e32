"""Every check there is: one file and one row here."""

from __future__ import annotations

from data_contract.checks.allowed import Allowed
from data_contract.checks.columns import Closed, Present
from data_contract.checks.drift import Drift
from data_contract.checks.dtype import Dtype
from data_contract.checks.freshness import Freshness
from data_contract.checks.length import Length
from data_contract.checks.nulls import NotNull, NullRate
from data_contract.checks.pattern import Pattern
from data_contract.checks.range import Range
from data_contract.checks.rows import RowCount
from data_contract.checks.structure import Structure
from data_contract.checks.unique import RowKey, Unique
from data_contract.checks.validity import InvalidRate, Validity
from data_contract.checks.volume import Volume
from data_contract.promise import CellTest, DatasetPromise, FeaturePromise

CELL_TESTS: tuple[type[CellTest], ...] = (Dtype, Range, Allowed, Pattern, Length)
"""In the order in which a cell is judged: it counts at the first one it breaks."""

FEATURE_CHECKS: tuple[type[FeaturePromise], ...] = (
    Present,
    NotNull,
    NullRate,
    Validity,
    InvalidRate,
    Unique,
    Freshness,
    Drift,
)

DATASET_CHECKS: tuple[type[DatasetPromise], ...] = (Structure, Closed, RowCount, RowKey, Volume)

CHECK_IDS = frozenset(
    {test.id for test in CELL_TESTS}
    | {check.name for check in (*FEATURE_CHECKS, *DATASET_CHECKS) if check is not Validity}
)
"""What a check can be called in a finding, and so in a waiver."""
