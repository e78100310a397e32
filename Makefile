# Everything a person or a machine runs here; each target sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
TOOLS := .venv-tools/bin
MULTITOOL := .venv-tools/sarif/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
IMAGE ?= data-contract-action

.PHONY: demo test lint types layers schemas implicit check lint-action lint-sarif image test-image lock clean

demo: .venv/ready  ## judge the sample data by its contract
	$(BIN)/data-contract check data

test: .venv/ready  ## run the tests, with the coverage that is demanded
	$(BIN)/pytest --cov --cov-report=term

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/ready
	$(BIN)/mypy
	$(BIN)/mypy entrypoint

layers: .venv/ready
	$(BIN)/lint-imports

implicit: .venv/ready  ## measure pairs of versions without a contract, and write the table of docs/implicit.md
	PYTHONPATH=. $(BIN)/python scripts/measure_implicit.py

schemas: .venv/ready  ## write the JSON Schemas anew from the tables of keys
	$(BIN)/python -m data_contract.schemas schemas

check: lint types layers test  ## all of it, before asking for a review

lint-action: .venv-tools/ready  ## what GitHub and others will make of our files
	$(TOOLS)/zizmor --offline --no-progress --quiet --persona auditor --strict-collection .
	$(TOOLS)/actionlint -no-color -oneline
	$(TOOLS)/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(TOOLS)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(TOOLS)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(TOOLS)/hadolint --no-color --failure-threshold info Dockerfile
	$(TOOLS)/yamllint --strict action.yml .github .pre-commit-hooks.yaml contracts policy

lint-sarif: .venv/ready .venv-tools/sarif/ready  ## what Microsoft's validator makes of our reports
	$(BIN)/python scripts/validate_sarif.py $(MULTITOOL)

image:  ## build the container that the action runs in
	docker build --network host --tag $(IMAGE) .

test-image: .venv/ready .venv-tools/ready  ## run it: needs an engine, and the image
	PATH="$$PWD/$(TOOLS):$$PATH" $(BIN)/pytest -m container -n 0 tests/container

lock: .venv-tools/ready  ## write anew what the image holds
	sed '/^[^#]/,$$d' requirements-image.txt > requirements-image.new
	$(TOOLS)/uv pip compile pyproject.toml --python-version 3.13 --python-platform linux --only-binary :all: \
	  --generate-hashes --no-header --no-annotate --quiet >> requirements-image.new
	mv requirements-image.new requirements-image.txt

.venv-tools/ready: .ci/tools.txt
	$(PYTHON) -m venv .venv-tools
	$(TOOLS)/pip install --quiet --disable-pip-version-check --requirement .ci/tools.txt
	touch $@

.venv-tools/sarif/ready:
	npm install --silent --no-audit --no-fund --prefix .venv-tools/sarif @microsoft/sarif-multitool@5.7.0
	chmod u+x $(MULTITOOL)
	touch $@

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv .venv-tools .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
