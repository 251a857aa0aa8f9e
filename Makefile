# make help

VENV := .venv
BIN := $(VENV)/bin
PREFIX := /opt/aliwatch
# The service runs as another user, who cannot read a Python in root's or anyone's home.
SERVICE_PYTHON := /usr/bin/python3
BUILD := build
PYTEST_ARGS :=
SECONDS := 60
NEWEST_FIRST := python3 python3.11 python3.12 python3.13 python3.14
find_python = $(shell for p in $(NEWEST_FIRST); do \
	$$p -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys.executable)' \
	2>/dev/null && break; done)
PYTHON = $(find_python)

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-system check format lint types contracts units coverage diagram-check \
	corpus fuzz wheel wheel-test diagram lock install uninstall clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.ready ## see the whole thing work, on invented mail, without a network
	@$(BIN)/aliwatch demo

test: $(VENV)/.ready ## the tests (the long ones and those for a real systemd apart)
	$(BIN)/pytest -n auto --dist worksteal -m "not systemd and not long" $(PYTEST_ARGS)

test-long: $(VENV)/.ready ## the long tests; in CI they run against the wheel, with all others
	$(BIN)/pytest -n auto --dist worksteal -m long $(PYTEST_ARGS)

test-system: $(VENV)/.ready ## the service under a real systemd in a container; needs root
	$(BIN)/pytest -m systemd $(PYTEST_ARGS)

check: format lint types contracts units coverage diagram-check ## all the gates but the tests

format: $(VENV)/.ready
	$(BIN)/ruff format --check watcher tests config

lint: $(VENV)/.ready
	$(BIN)/ruff check watcher tests config

types: $(VENV)/.ready
	$(BIN)/mypy watcher tests

contracts: $(VENV)/.ready
	$(BIN)/lint-imports

units: $(VENV)/.ready
	$(BIN)/pytest -q tests/unit/test_units.py

# What decides without doing must be tried in full by the tests that need no server.
coverage: $(VENV)/.ready
	@mkdir -p $(BUILD)
	$(BIN)/coverage run --data-file=$(BUILD)/.coverage --source=watcher.domain,watcher.flow,watcher.rules \
		-m pytest -q --no-header $(wildcard tests/unit tests/property)
	$(BIN)/coverage report --data-file=$(BUILD)/.coverage --fail-under=99

corpus: $(VENV)/.ready ## how well the rules read the invented mails, and what forgeries came to
	$(BIN)/python tests/fuzz/forgeries.py
	$(BIN)/python tests/benchmarks/corpus.py

fuzz: $(VENV)/.ready ## read damaged mails for a while (SECONDS=60)
	$(BIN)/python tests/fuzz/read_mail.py --seconds $(SECONDS)

diagram: $(VENV)/.ready ## draw ARCHITECTURE.md's diagram from the table of a case's life
	$(BIN)/python -m watcher.app.diagram

diagram-check: $(VENV)/.ready
	@if [ -e watcher/app/diagram.py ]; then $(BIN)/python -m watcher.app.diagram --check; fi

wheel: $(VENV)/.ready ## build the wheel into dist/
	.ci/wheel $(abspath $(VENV)) dist

# The copy has no watcher/: what the tests import can only be the wheel's.
wheel-test: wheel ## the tests once more, against the built wheel in a clean environment
	rm -rf $(BUILD)/wheel-test
	mkdir -p $(BUILD)/wheel-test/copy
	.ci/venv $(BUILD)/wheel-test/venv $(PYTHON) all
	.ci/pip $(BUILD)/wheel-test/venv $(PYTHON) install --quiet --no-deps dist/aliwatch-*.whl
	tar -cf - --exclude=__pycache__ --exclude=./watcher --exclude=./$(VENV) --exclude=./$(BUILD) \
		--exclude=./dist --exclude=./.git --exclude='./*.egg-info' --exclude='./.*_cache' . \
		| tar -xf - -C $(BUILD)/wheel-test/copy
	cd $(BUILD)/wheel-test/copy && ../venv/bin/pytest -n auto --dist worksteal -m "not systemd" $(PYTEST_ARGS)

lock: $(VENV)/.ready ## write requirements.lock anew (UPGRADE=--upgrade for newer versions)
	.ci/lock $(BIN)/uv $(UPGRADE)

install: ## install the service (as root), or update it
	@.ci/install $(PREFIX) $(SERVICE_PYTHON)

uninstall: ## take the service away; settings and state stay
	@.ci/uninstall $(PREFIX)

clean: ## remove what these commands made
	rm -rf $(VENV) $(BUILD) dist *.egg-info .coverage .hypothesis .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: requirements.lock pyproject.toml .ci/venv .ci/pip
	@test -n "$(PYTHON)" || { echo "aliwatch needs Python 3.11 or newer:" \
		"sudo apt-get install python3"; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON); this is done once"
	@.ci/venv $(VENV) $(PYTHON) all
	@.ci/pip $(VENV) $(PYTHON) install --quiet --no-deps --no-build-isolation -e .
	@touch $@
