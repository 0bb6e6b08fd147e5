# Everything a person needs; each target does its own set-up and is quick when run again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo dev test lint drill bench format lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## make .venv with the pinned dependencies

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Drumbeat needs Python 3.11 or newer; $(PYTHON) is older. Name one with: make PYTHON=python3.12 ..."; exit 2; }
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## run the example campaign from start to end on real servers
	@$(BIN)/drumbeat demo

dev: $(READY) ## keep the same system up until Ctrl-C, data in .drumbeat/
	@$(BIN)/drumbeat dev || [ $$? -eq 130 ] # Ctrl-C is how it ends

test: $(READY) ## all tests
	@$(BIN)/pytest -n 3 --dist worksteal --cov=domain --cov-report=term:skip-covered
	@$(BIN)/coverage report --include='domain/*' --fail-under=100 --format=total > /dev/null || { echo "A line or branch of domain/ is not under test."; exit 1; }

lint: $(READY) ## ruff, mypy, import-linter, pip check
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pip check --disable-pip-version-check

drill: $(READY) ## faults of every kind on a real system; nothing may be lost or be there twice
	@$(BIN)/drumbeat drill

bench: $(READY) ## measure what the product costs, as ratios in one run
	@$(BIN)/drumbeat bench

format: $(READY) ## let ruff format and fix what it can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## resolve the pins again (needs uv on the PATH)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --all-extras --group dev pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --constraint requirements.lock --extra parquet --extra postgres --extra ses --extra telemetry \
	    pyproject.toml -o requirements.runtime.lock
	echo 'hatchling>=1.27' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --constraint requirements.lock - -o requirements.build.lock

clean: ## remove the environment and what runs left behind
	rm -rf $(VENV) .drumbeat .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
