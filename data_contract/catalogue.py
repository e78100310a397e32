"""Every check there is, whoever asks for it: what documentation and rule catalogues are made of."""

from __future__ import annotations

from data_contract.checks import CELL_TESTS, DATASET_CHECKS, FEATURE_CHECKS
from data_contract.checks.implied import IMPLIED_CHECKS, IMPLIED_TESTS
from data_contract.checks.validity import Validity
from data_contract.promise import CellTest, Promise

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
