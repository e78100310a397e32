# Everything a person or a machine runs here; each target sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types layers schemas implicit check clean

demo: .venv/ready  ## judge the sample data by its contract
	$(BIN)/data-contract check data

test: .venv/ready  ## run the tests, with the coverage that is demanded
	$(BIN)/pytest --cov --cov-report=term

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/ready
	$(BIN)/mypy

layers: .venv/ready
	$(BIN)/lint-imports

implicit: .venv/ready  ## measure pairs of versions without a contract, and write the table of docs/implicit.md
	PYTHONPATH=. $(BIN)/python scripts/measure_implicit.py

schemas: .venv/ready  ## write the JSON Schemas anew from the tables of keys
	$(BIN)/python -m data_contract.schemas schemas

check: lint types layers test  ## all of it, before asking for a review

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
