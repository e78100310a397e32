"""Every check there is: one file and one row here."""

from __future__ import annotations

from data_contract.checks.allowed import Allowed
from data_contract.checks.columns import Closed, Present
from data_contract.checks.dependency import Dependency
from data_contract.checks.distinct_rows import DistinctRows
from data_contract.checks.drift import Drift
from data_contract.checks.dtype import Dtype
from data_contract.checks.error_text import ErrorText
from data_contract.checks.filled import Filled
from data_contract.checks.filled_rows import FilledRows
from data_contract.checks.form import Form
from data_contract.checks.freshness import Freshness
from data_contract.checks.header import Header
from data_contract.checks.integer_form import IntegerForm, Whole
from data_contract.checks.keys_kept import KeysKept
from data_contract.checks.length import Length
from data_contract.checks.movement import Movement
from data_contract.checks.nulls import NotNull, NullRate
from data_contract.checks.order import Order
from data_contract.checks.pattern import Pattern
from data_contract.checks.range import Range
from data_contract.checks.rows import RowCount
from data_contract.checks.rows_kept import RowsKept
from data_contract.checks.steps import Stepping
from data_contract.checks.structure import Structure
from data_contract.checks.tidy import Tidy
from data_contract.checks.total import Sum
from data_contract.checks.unique import RowKey, Unique
from data_contract.checks.validity import InvalidRate, Validity
from data_contract.checks.values_kept import ValuesKept
from data_contract.checks.volume import Volume
from data_contract.promise import CellTest, DatasetPromise, FeaturePromise, ImpliedTest, Promise

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

IMPLIED_TESTS: tuple[type[ImpliedTest], ...] = (ErrorText, IntegerForm, Whole, Tidy)
"""Those that no key asks for; only the previous version of a file without a contract does."""

IMPLIED_CHECKS: tuple[type[Promise], ...] = (
    Form,
    Header,
    RowsKept,
    KeysKept,
    ValuesKept,
    DistinctRows,
    FilledRows,
    Order,
    Stepping,
    Movement,
    Sum,
    Dependency,
    Filled,
)
"""The same, of checks that are no tests of single cells."""

CHECKS: tuple[type[CellTest] | type[Promise], ...] = (
    *CELL_TESTS,
    *IMPLIED_TESTS,
    *(check for check in (*FEATURE_CHECKS, *DATASET_CHECKS) if check is not Validity),
    *IMPLIED_CHECKS,
)
"""All of them that have a name of their own; `Validity` has that of its test."""


def id_of(check: type[CellTest] | type[Promise]) -> str:
    """What a check is called."""
    return check.id if issubclass(check, CellTest) else check.name


CHECK_IDS = frozenset(id_of(check) for check in CHECKS)
"""What a check can be called in a finding, and so in a waiver."""
