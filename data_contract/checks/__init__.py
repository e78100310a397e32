"""The checks that a contract asks for: one file and one row here. Those that nobody asks for are in `implied`."""

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

IMPLIED_IDS = frozenset(
    {
        "dependency",
        "distinct-rows",
        "error-text",
        "filled",
        "filled-rows",
        "form",
        "header",
        "integer-form",
        "keys-kept",
        "movement",
        "order",
        "rows-kept",
        "steps",
        "sum",
        "tidy",
        "values-kept",
        "whole",
    }
)
"""What those in `implied` are called: a policy may name them in a run that has no need of them."""

CHECK_IDS = frozenset(
    {
        *(test.id for test in CELL_TESTS),
        *(check.name for check in (*FEATURE_CHECKS, *DATASET_CHECKS) if check is not Validity),
        *IMPLIED_IDS,
    }
)
"""What a check can be called in a finding, and so in a waiver. `Validity` has the name of its test."""
