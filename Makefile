# The commands a newcomer types. Everything lives in .venv; outside this folder only uv's cache of packages grows (~/.cache/uv, 800 MB).
BIN := .venv/bin

# The newest of these that there is: 3.13 does the same work in less time (docs/decisions/0019).
ifeq ($(strip $(PYTHON)),)
override PYTHON := $(shell for python in $$(which -a python3.13 python3.12 python3.11) python3; do \
	"$$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; done; echo "$$python")
endif
# The environment's own pip; where a system's Python comes without one, the pip of another Python.
PIP = $$($(BIN)/python -m pip --version >/dev/null 2>&1 && echo $(BIN)/python || echo python3) -m pip --quiet --disable-pip-version-check --python $(BIN)/python

.PHONY: help env run docs test test-whole test-spaces coverage check fmt bench bench-risk bench-large bench-stored pressure screenshots soak soak-pages soak-description soak-tariff soak-zoo rates soak-commits soak-before soak-upgrade soak-restore soak-failover soak-hang bench-vacuum bench-observing try-deliveries try-bare sbom kit release audit lock clean

help:
	@echo "make run       the demonstration: simulated authorities, sample declarations, their decisions"
	@echo "make test      the everyday tests: Python, pip and make are enough"
	@echo "make test-whole  all tests, also what needs programs of the system or is long; names first what is missing"
	@echo "make test-spaces  all tests, and all of the spaces of which the others take an even part"
	@echo "make coverage  all tests, and which lines they run"
	@echo "make check     lint, types, import rules, configuration and golden cases"
	@echo "make fmt       format, and mend what the linter can mend"
	@echo "make bench     figures of this machine (AGAINST=REV: beside another commit; CELLS=all: beside its peers)"
	@echo "make bench-large  what a declaration costs beside ever more draws, documents, rows of tables and stored declarations"
	@echo "make bench-observing  what figures, log lines and traces cost, against a gateway in which observing does nothing"
	@echo "make bench-stored DATABASE=URL GATEWAY=URL DECLARATIONS=N  synthetic declarations into the database of a running gateway"
	@echo "make screenshots  the pictures of docs, from the demonstration"
	@echo "make pressure  what others notice while one client wants too much"
	@echo "make soak-tariff  an extraction of TARIC of so many GIGABYTES, in bounded memory"
	@echo "make bench-risk  how often what a risk pack orders first is wrong, on labelled declarations; what 5,000 rows cost"
	@echo "make rates     how many ordinary declarations are held without need, and how many go that lack a paper, by trade"
	@echo "make soak-zoo  every bad adapter of the zoo against every check of the conformance kit"
	@echo "make soak-commits  two processes that receive and decide the same declarations from both ends"
	@echo "make soak-before AGAINST=REV  an older commit takes over from this one, before what it cannot read is written"
	@echo "make soak-upgrade [AGAINST=REV]  an upgrade and a way back under load, through the delivered proxy"
	@echo "make soak-restore  backups restored on Debian's PostgreSQL 17: what is lost, and how long it takes (DECLARATIONS=20000 SECONDS=90)"
	@echo "make soak-failover  a standby takes over on Debian's PostgreSQL 17 under load (SECONDS=15)"
	@echo "make soak-hang  a process is killed with 6 and with 64 hanging certificates in hand: what others get (SECONDS=75 PER_SECOND=10)"
	@echo "make bench-vacuum  dead rows of the hot tables after a load (STORED=100000 LIVES=5000)"
	@echo "make soak-pages  every page and state in every width, colour, language and way of reading"
	@echo "make soak-description  calls made from the API's description, and a client generated of it"
	@echo "make soak      declarations of every kind of life under kills and outages"
	@echo "make try-deliveries  image, unit and all else of deploy/ tried as far as this machine can (ONLY=image); writes deploy/tried.toml"
	@echo "make try-bare  make test in an empty Debian that has Python, pip and make alone (COMMIT=HEAD)"
	@echo "make docs      the guide: all pages of docs/ with a search, served at /docs/guide"
	@echo "make sbom      dist/sbom.json: what an installation consists of, as CycloneDX"
	@echo "make kit       dist/kit: the wheels that partners install, of contract and kit"
	@echo "make release   dist/release: wheels, guide, SBOM and the image's recipe of this commit, with checksums, tried"
	@echo "make audit     known faults of what an installation consists of"
	@echo "make lock      the versions of what is needed, anew"
	@echo "make clean     without the environment and caches"

env: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml client/pyproject.toml contract/pyproject.toml kit/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12 env"; exit 1; }
	@echo "Making the environment in .venv with $$($(PYTHON) -V) (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip .venv
	@$(BIN)/python -m ensurepip >/dev/null 2>&1 || python3 -m pip --version >/dev/null || { echo "pip is missing. On Debian and Ubuntu: apt-get install python3-pip"; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@$(PIP) install --require-hashes -r .venv/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock \
		|| $(PIP) install --require-hashes -r requirements.lock # where only pip is told of the way to the packages
	@$(PIP) install --no-deps --no-build-isolation -e contract -e client -e kit -e .
	@touch $@

run: env gateway/guide/index.html
	@$(BIN)/gateway demo

# The guide that a gateway serves at /docs/guide, and that its wheel takes along.
docs: env
	@$(BIN)/python -m tools.guide

gateway/guide/index.html: .venv/.ready $(wildcard docs/*.md docs/*/*.md adapters/*/README.md tools/guide/* tools/guide/theme/*)
	@$(BIN)/python -m tools.guide

# Five workers whatever the cores: the tests of running gateways wait half of the time. A file is run by one worker, in the order of
# tests/conftest.py. Bytecode is kept whatever the shell says: without it each process of the tests compiles the gateway anew.
SPREAD := -n 5 --dist loadfile --no-loadscope-reorder

test: env
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q $(SPREAD)

test-whole test-spaces: env
	@$(BIN)/python -m tests.builders.programs
	@TESTS=$(@:test-%=%) PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q $(SPREAD)

coverage: env
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q $(SPREAD) --cov --cov-report=term

check: env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry --no-ansi gateway adapters
	@$(BIN)/deptry --no-ansi --ignore DEP002,DEP004 tests tools
	@$(BIN)/deptry --no-ansi --config client/pyproject.toml --known-first-party gateway_client client/gateway_client
	@$(BIN)/python -m tools.code_lines
	@$(BIN)/gateway check --cases tests/cases

fmt: env
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# With AGAINST=REV: what a declaration costs here and at that commit, in pairs (PAIRS=5 DECLARATIONS=1000 PROCESSES=1).
# With CELLS=all, default, or names of docs/performance.md: the gateway beside its peers in these cells alone (TURNS=3 SECONDS=4 KEEP=1).
bench: env
	@$(BIN)/python -m tests.benchmarks$(if $(strip $(AGAINST)),.against,$(if $(strip $(CELLS)),.comparison))

# Some parts of it alone: PARTS=draws,documents,tables,stored,clocks (SECONDS=6 STORED=100000 SUSPENDED=1000000 EXPIRING=10000).
bench-large: env
	@$(BIN)/python -m tests.benchmarks.large

# Precision of a pack on the labelled corpus beside chance, and what 5,000 rows cost (seconds; GATEWAY_CORPUS names the corpus).
bench-risk: env
	@$(BIN)/python -m tests.benchmarks.risk

# In pairs (PAIRS=5 DECLARATIONS=1000 CELLS=lines,traces).
bench-observing: env
	@$(BIN)/python -m tests.benchmarks.observing

# Ten declarations are lodged and copied, 50,000 in a commit; it may be done again on the same database.
bench-stored: env
	@$(BIN)/python -m tests.benchmarks.stored "$(DATABASE)" "$(GATEWAY)" "$(DECLARATIONS)"

# What others notice of floods, waiting readers, large messages and silent connections (SECONDS=30 CELLS=twice,tenfold).
pressure: env
	@$(BIN)/python -m tests.benchmarks.pressure

# In the system's Chromium.
screenshots: env
	@$(BIN)/python -m tests.screenshots

# Every page and state in every width, colour, language and way of reading, in the system's Chromium (about ten minutes).
soak-pages: env
	@$(BIN)/python -m tests.soak.pages

# With schemathesis and openapi-python-client in a folder of their own (some minutes).
soak-description: env
	@$(BIN)/python -m tests.soak.description

soak: env
	@$(BIN)/python -m tests.soak

# How often 200 ordinary declarations are decided right, by trade.
rates: env
	@$(BIN)/python -m tests.rates

# Every beast of the zoo against every check (some ten minutes).
soak-zoo: env
	@$(BIN)/python -m tests.soak.zoo

# 20,000 declarations (some minutes).
soak-commits: env
	@$(BIN)/python -m tests.soak.commits

soak-before: env
	@$(BIN)/python -m tests.soak.version_before $(AGAINST)

# Two replicas behind haproxy and PgBouncer, under RATE=20 declarations a second, SECONDS=10 a stage (some two minutes).
soak-upgrade: env
	@$(BIN)/python -m tests.soak.upgrade $(AGAINST)
# By the commands of docs/operators-backup.md (some minutes).
soak-restore: env
	@$(BIN)/python -m tests.soak.restore $(or $(strip $(DECLARATIONS)),20000) $(or $(strip $(SECONDS)),90)

soak-failover: env
	@$(BIN)/python -m tests.soak.fail_over $(or $(strip $(SECONDS)),15)

# With one gateway and with two (some eight minutes).
soak-hang: env
	@$(BIN)/python -m tests.soak.hang

# With the settings that docs/operators-backup.md recommends and without (some minutes).
bench-vacuum: env
	@$(BIN)/python -m tests.benchmarks.bloat $(or $(strip $(STORED)),100000) $(or $(strip $(LIVES)),5000)

soak-tariff: env
	@$(BIN)/python -m tests.soak.tariff

# As root, with Debian's mmdebstrap, buildah, bubblewrap and what else it names (some ten minutes).
try-deliveries: env
	@$(BIN)/python -m tests.deploy.trials $(ONLY)

# As root, with Debian's mmdebstrap (as long as the tests, and a minute).
try-bare:
	@tools/try-bare $(COMMIT)

# In a folder of their own: nothing that serves needs them.
.venv/supply/.ready: env tools/supply.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/supply
	@$(BIN)/uv pip install --quiet --python .venv/supply/bin/python --require-hashes -r tools/supply.lock
	@touch $@

sbom: .venv/supply/.ready
	@mkdir -p dist
	@.venv/supply/bin/python -W ignore -m cyclonedx_py requirements deploy/container/requirements.lock --pyproject pyproject.toml --output-reproducible -o dist/sbom.json
	@echo "dist/sbom.json"

# Of a commit: wheels, guide, dist/sbom.json, the image's recipe and their checksums, in dist/release, tried in an empty environment.
kit: env
	@cd contract && ../$(BIN)/python -m hatchling build -t wheel -d ../dist/kit
	@cd kit && ../$(BIN)/python -m hatchling build -t wheel -d ../dist/kit

release: sbom
	@$(BIN)/python -m tools.release

# Strict: what could not be looked up is a failure, and never taken for sound.
audit: .venv/supply/.ready
	@.venv/supply/bin/pip-audit --strict --require-hashes --disable-pip -r deploy/container/requirements.lock

LOCKED := $(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate --quiet
OWN := --no-emit-package eu-single-window-gateway-client --no-emit-package eu-single-window-contract --no-emit-package eu-single-window-kit

lock: env
	@$(LOCKED) --all-extras $(OWN) pyproject.toml -o requirements.lock
	@$(LOCKED) --extra pdf $(OWN) -c requirements.lock pyproject.toml -o deploy/container/requirements.lock
	@$(LOCKED) -c requirements.lock deploy/container/build.in -o deploy/container/build.lock
	@$(LOCKED) tests/soak/description.in -o tests/soak/description.lock
	@$(LOCKED) tools/supply.in -o tools/supply.lock
	@$(LOCKED) tests/benchmarks/peers/bare_python.in -o tests/benchmarks/peers/bare_python.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
