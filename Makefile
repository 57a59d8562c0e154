# make test: everything. make demo: see it work. make help: the rest.

PYTHON ?= python3
VENV   ?= .venv
DEMO   ?= .venv-demo

# More for pytest, and for the demo: make test PYTEST_ARGS="-k preflight"
PYTEST_ARGS ?=
DEMO_ARGS   ?=

# make bench BENCH_ARGS="--quick --goals"; make bench-servers BENCH_SERVERS_ARGS=--quick
BENCH_ARGS ?=
BENCH_SERVERS_ARGS ?=
BENCH_STORES_ARGS ?=

# The goals were written against this one; it stands apart, where no import finds it by accident.
OLDER_FLASK_CORS := build/peers/older-flask-cors
OLDER_VERSION    := 6.0.2

# Seconds for each target of make fuzz.
FUZZ_SECONDS ?= 60

BIN      := $(VENV)/bin
DEMO_BIN := $(DEMO)/bin
TESTED   := build/tested
PIP_ARGS := --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env programs wheel test lint format docs demo fuzz mutants soak bench bench-servers bench-stores dist clean

help: ## Say what can be made
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name what; do printf '  make %-13s %s\n' "$$name" "$$what"; done

test: env programs lint docs wheel ## Lint, type-check, build, and test the built wheel
	@env -u PYTHONPATH DIST_UNDER_TEST="$(CURDIR)/$(TESTED)" \
		$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist worksteal \
		--cov --cov-report term-missing:skip-covered $(PYTEST_ARGS)
	@$(BIN)/python tools/coverage_gate.py

lint: env ## Check style and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: env ## Repair style and layout where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: env ## Build the documentation into docs/_build/html
	$(BIN)/sphinx-build --quiet -W -n --keep-going docs docs/_build/html

demo: $(DEMO)/.stamp ## Start an API and a page on two origins, and watch the guard decide
	@$(DEMO_BIN)/python examples/demo $(DEMO_ARGS)

fuzz: env ## Fuzz the parsers and the decision: make fuzz FUZZ_SECONDS=600
	$(BIN)/pip install $(PIP_ARGS) --group fuzz
	$(BIN)/python fuzz/run.py --seconds $(FUZZ_SECONDS)

mutants: env ## Break the protocol in one place after the other; a test has to notice
	$(BIN)/pip install $(PIP_ARGS) --group mutants
	$(BIN)/python tools/mutants.py

soak: env ## Send a million requests through one process, and watch its memory
	$(BIN)/python tests/hostile/soak.py

bench: env $(OLDER_FLASK_CORS)/.stamp ## Measure in process, with the others in the same run: about 9 minutes
	$(BIN)/pip install $(PIP_ARGS) --group bench
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

bench-servers: env $(OLDER_FLASK_CORS)/.stamp ## Measure through gunicorn, granian and nginx, with wrk: about 8 minutes
	$(BIN)/pip install $(PIP_ARGS) --group bench-servers
	$(BIN)/python -m benchmarks.servers --json build/bench-servers.json $(BENCH_SERVERS_ARGS)

bench-stores: env ## Measure origins in a database, on a real PostgreSQL: about 3 minutes
	$(BIN)/pip install $(PIP_ARGS) --group bench-servers
	$(BIN)/python -m benchmarks.stores --json $(BENCH_STORES_ARGS)

dist: env ## Build the wheel and the sdist into dist/
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist

env: $(VENV)/.stamp ## Create or update the environment of the contributors

# The sdist is built from the tree and the wheel from the sdist, so what is tested is what the
# sdist leads to.
wheel: env
	@rm -rf $(TESTED)
	$(BIN)/python -m build --no-isolation --outdir $(TESTED)
	@$(BIN)/pip install $(PIP_ARGS) --force-reinstall --no-deps $(TESTED)/*.whl

programs:
	@tools/ensure_programs.sh

$(VENV)/.stamp: pyproject.toml
	@tools/create_environment.sh "$(PYTHON)" "$(VENV)"
	$(BIN)/pip install $(PIP_ARGS) --group dev
	$(BIN)/pip install $(PIP_ARGS) --no-build-isolation .
	@touch $@

# Editable, so that the demo shows the code as it stands.
$(DEMO)/.stamp: pyproject.toml
	@tools/create_environment.sh "$(PYTHON)" "$(DEMO)"
	$(DEMO_BIN)/pip install $(PIP_ARGS) --editable .
	@touch $@

$(OLDER_FLASK_CORS)/.stamp:
	$(BIN)/pip install $(PIP_ARGS) --no-deps --upgrade --target $(OLDER_FLASK_CORS) \
		Flask-Cors==$(OLDER_VERSION)
	@touch $@

clean: ## Remove what was built, the environments too
	rm -rf $(VENV) $(DEMO) .cache .hypothesis build dist docs/_build
	rm -f .coverage .coverage.* coverage.xml
	find . -type d -name __pycache__ -prune -exec rm -rf {} +
