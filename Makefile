# `make` alone lists what there is. Everything runs in .venv/, which is made from requirements-dev.txt when that changes.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-from-requirements
LOCAL_DIR ?= .local
# Chalice names its runtime after the Python that runs it, and the deployed functions run on 3.11.
PYTHON_VERSION := 3.11

# What the local stage reads; each can be given on the command line: PORT=8010 make run
export PORT INBOX_PORT AWS_PORT LOCAL_DIR
# What `make chaos` reads.
export IDEAS SEED

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## Make the environment (.venv/)

$(STAMP): requirements.txt requirements-dev.txt
	@bash infra/local/make_venv.sh "$(PYTHON)" "$(PYTHON_VERSION)" "$(VENV)" "$(STAMP)"

# What comes from npm lies in the environment too: tools that look at pages, nothing that ships. The order-only prerequisite makes
# the folder first, and does not install them again when a Python package changes.
NODE_STAMP := .made-from-package-lock
$(VENV)/node/%/$(NODE_STAMP): infra/node/%/package.json infra/node/%/package-lock.json | $(STAMP)
	@bash infra/local/need.sh npm npm
	@bash infra/local/install_from_npm.sh infra/node/$* "$(VENV)/node/$*" "$@"

.PHONY: run
run: $(STAMP) ## Start the local stage: site, inbox and cloud on this machine (Ctrl-C or `make stop` ends it)
	@exec $(BIN)/python -m infra.local run

.PHONY: stop
stop: ## End the local stage that `make run` started
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m infra.local stop; else echo "Nothing is running."; fi

.PHONY: demo
demo: $(STAMP) ## Fill the running local stage with ideas in every state
	@$(BIN)/python -m infra demo --stage local

.PHONY: deploy
deploy: $(STAMP) ## Deploy a stage: make deploy STAGE=dev
	@test -n "$(STAGE)" || { echo 'Which stage? make deploy STAGE=dev' >&2; exit 2; }
	@$(BIN)/python -m infra deploy --stage "$(STAGE)"

.PHONY: bench
bench: $(STAMP) $(VENV)/node/bench/$(NODE_STAMP) chromium ## Measure what one idea costs (AWS calls, units), and what Lighthouse says of the pages
	@$(BIN)/python -m infra bench

.PHONY: faults
faults: $(STAMP) ## Push ideas through the engine while everything goes wrong: make faults CASES=10000 SEED=1
	@$(BIN)/python -m tests.faults --cases $(or $(CASES),10000) --seed $(or $(SEED),1)

.PHONY: chaos
chaos: $(STAMP) ## Kill functions and restart the cloud under 200 ideas: make chaos IDEAS=200 SEED=1
	@$(BIN)/python -m infra.local.chaos

.PHONY: mutants
mutants: $(STAMP) ## Change the domain in one place at a time and see the tests fail; call it again to go on
	@$(BIN)/python -m infra.mutants --minutes "$(or $(MINUTES),20)" --must "$(or $(MUST),0)" $(ONLY)

.PHONY: format
format: $(STAMP) ## Let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: check
check: $(STAMP) ## Lint, types, layers, CloudFormation templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint infra/stacks/*.yaml

.PHONY: chromium
chromium: ## See that Chromium is here for the browser tests
	@bash infra/local/need.sh chromium chromium fonts-dejavu-core

.PHONY: java
java: ## See that Java is here for the Nu Html Checker
	@bash infra/local/need.sh java default-jre-headless

.PHONY: screenshots
screenshots: $(STAMP) chromium ## Take a picture of every page and mail, into .local/screenshots/
	@$(BIN)/python -m tests.browser.pictures $(ONLY)

.PHONY: test
test: $(STAMP) $(VENV)/node/tests/$(NODE_STAMP) chromium java check ## All checks and all tests
	$(BIN)/pytest --maxfail=5

.PHONY: clean
clean: stop ## Remove the environment, the caches, and the local stage with all that it stored
	rm -rf $(VENV) .local .chalice/deployments .chalice/deployed/local.json
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
