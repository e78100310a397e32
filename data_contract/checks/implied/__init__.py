"""The checks that no key asks for, but the previous version of a file without a contract: one file and one row."""

from __future__ import annotations

from data_contract.checks.implied.dependency import Dependency
from data_contract.checks.implied.distinct_rows import DistinctRows
from data_contract.checks.implied.error_text import ErrorText
from data_contract.checks.implied.filled import Filled
from data_contract.checks.implied.filled_rows import FilledRows
from data_contract.checks.implied.form import Form
from data_contract.checks.implied.header import Header
from data_contract.checks.implied.integer_form import IntegerForm, Whole
from data_contract.checks.implied.keys_kept import KeysKept
from data_contract.checks.implied.movement import Movement
from data_contract.checks.implied.order import Order
from data_contract.checks.implied.rows_kept import RowsKept
from data_contract.checks.implied.steps import Stepping
from data_contract.checks.implied.tidy import Tidy
from data_contract.checks.implied.total import Sum
from data_contract.checks.implied.values_kept import ValuesKept
from data_contract.promise import ImpliedTest, Promise

IMPLIED_TESTS: tuple[type[ImpliedTest], ...] = (ErrorText, IntegerForm, Whole, Tidy)
"""Of single cells."""

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
