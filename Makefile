# Every target does its own set-up: Python ≥ 3.11, make and a package registry are all it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help demo test faults soak browser lint bench docs lock wheel clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 20

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "frictionbot needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)  ## the whole loop on sessions that ship with the package, against a local GitHub stand-in
	$(BIN)/frictionbot demo

test: $(READY)  ## all tests
	$(BIN)/pytest -n auto -q

faults: $(READY)  ## the fault suite: over 1,000 schedules of kills, cuts, lags and limits (SEED=NAME plays one again)
	$(BIN)/python -m tests.faults.run_faults $(if $(PLANT),--plant $(PLANT)) $(SEED)

soak: $(READY)  ## twenty minutes of real workers under kills, outages and full disks (SEED=NAME plays one again, MINUTES=N)
	$(BIN)/python -m tests.soak.run_soak $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(PLANT),--plant $(PLANT))

browser: $(READY)  ## a maintainer's day on the sandbox's page in a real browser (CHROMIUM=/path/to/chrome)
	$(BIN)/pytest -q -p no:xdist tests/browser/browser_page.py

lint: $(READY)  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## speed and memory, as ratios against orjson.loads
	$(BIN)/python bench/run.py

docs: $(READY)  ## write the generated files: rule catalogue, JSON Schema, template reference, command help
	$(BIN)/frictionbot docs write

lock: $(READY)  ## pin the dependencies again, with hashes
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --constraint requirements.lock --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements-runtime.lock
	echo 'hatchling>=1.27' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --constraint requirements.lock --generate-hashes --no-emit-index-url --no-emit-find-links --no-header - -o requirements-build.lock

wheel: $(READY)  ## build the package into dist/
	$(BIN)/python -m hatchling build -t wheel

clean:  ## remove the environment and everything built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
