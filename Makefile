# `make` lists the verbs. Each sets up what it needs; a second run finds everything in place.
# Needs Python 3.11 or newer and make, nothing else.

SUITABLE := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUITABLE)' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
CASES ?= 2000

# A stamp carries the checksum of what it was made from, so that a checkout's file times mean nothing.
checksum = $(shell cat $(1) 2>/dev/null | cksum | tr -d ' ')
EXPLORER_SOURCES := $(sort $(wildcard explorer/*.json explorer/*.js explorer/*.html explorer/src/*))
LIBRARIES := $(VENV)/.libraries-$(call checksum,requirements/dev.lock)
PROJECT := $(VENV)/.project-$(call checksum,requirements/dev.lock pyproject.toml)
CLIENTS := tests/clients/node_modules/.installed-$(call checksum,tests/clients/package-lock.json)
EXPLORER := api/static/explorer/.built-$(call checksum,$(EXPLORER_SOURCES))

.DEFAULT_GOAL := help
.PHONY: help setup explorer clients demo test check lint types arrows browser fuzz bench contracts lock clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(PROJECT) $(EXPLORER) ## install the locked libraries into .venv and build the explorer

explorer: $(EXPLORER) ## build GraphiQL into api/static/explorer

clients: $(CLIENTS) ## install the clients of others that the tests run against a live server

demo: setup ## start a filled demo server: make demo ARGS="--port 8000 --members 200"
	$(BIN)/stamkund demo $(ARGS)

test: setup clients ## run every test; those in the browser where there is Chromium
	$(BIN)/pytest -n auto --dist worksteal --ignore=tests/browser $(ARGS)
	$(BIN)/pytest -n 2 -rs tests/browser

check: test lint types arrows ## test, lint, types and arrows: what has to pass before a commit is shared

lint: $(PROJECT) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(PROJECT) ## mypy --strict
	$(BIN)/mypy

arrows: $(PROJECT) ## import-linter's contracts and the privacy of nouns
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q tests/architecture/test_arrows.py

browser: setup clients ## drive the explorer and the demo's phones in headless Chromium
	$(BIN)/pytest tests/browser $(ARGS)

fuzz: setup ## send both doors 2,000 operations, right and wrong: make fuzz CASES=9000
	STAMKUND_TEST_FUZZ_CASES=$(CASES) $(BIN)/pytest tests/e2e/test_fuzz.py $(ARGS)

bench: $(PROJECT) ## measure the write path
	$(BIN)/python benchmarks/write_path.py --json $(ARGS)

contracts: $(PROJECT) ## export what the app team builds on, and the schema of programs
	$(BIN)/stamkund contracts $(ARGS)
	$(BIN)/stamkund program schema --to examples/programs/program.schema.json

lock: $(PROJECT) ## choose versions anew, within pyproject.toml's and package.json's ranges
	$(COMPILE) pyproject.toml --output-file requirements/run.lock
	$(COMPILE) --extra embedded --group dev --constraint requirements/run.lock \
		pyproject.toml --output-file requirements/dev.lock
	explorer/npm.sh $(CURDIR)/$(BIN)/python run lock
	explorer/npm.sh $(CURDIR)/$(BIN)/python --prefix ../tests/clients run lock

COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock"

clean: ## remove everything that set-up made; the data in .stamkund stays
	rm -rf $(VENV) api/static/explorer explorer/node_modules tests/clients/node_modules build dist
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(LIBRARIES):
	@test -n "$(PYTHON)" && "$(PYTHON)" -c '$(SUITABLE)' || { \
		echo "Stamkund needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3"; \
		exit 1; }
	@rm -rf $(VENV)
	"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

$(PROJECT): $(LIBRARIES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -f $(VENV)/.project-*
	@touch $@

$(EXPLORER): | $(LIBRARIES)
	explorer/npm.sh $(CURDIR)/$(BIN)/python ci --loglevel=error
	explorer/npm.sh $(CURDIR)/$(BIN)/python run build -- --logLevel=warn
	@touch $@

$(CLIENTS): | $(LIBRARIES)
	explorer/npm.sh $(CURDIR)/$(BIN)/python --prefix ../tests/clients ci --loglevel=error
	@touch $@
