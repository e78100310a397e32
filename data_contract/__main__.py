"""`python -m data_contract`."""

from __future__ import annotations

from data_contract.cli import run

run()
