# The commands a newcomer types. Everything lives in .venv; nothing outside this folder is changed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: env run test check bench soak lock clean

env: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12 env"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making the environment in .venv (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: env
	@$(BIN)/gateway demo

# Three workers whatever the cores: the tests of running gateways wait most of the time.
test: env
	@$(BIN)/python -m pytest -q -n 3 --dist loadgroup

check: env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@TRACES_AUTHENTICATION_KEY=- CATCH_API_KEY=- DUAL_USE_CLIENT_ID=- DUAL_USE_CLIENT_SECRET=- $(BIN)/gateway check --cases tests/cases

bench: env
	@$(BIN)/python -m tests.benchmarks

soak: env
	@$(BIN)/python -m tests.soak

lock: env
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --all-extras --no-emit-index-url --no-annotate --quiet pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
