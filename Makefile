# Two commands matter to a newcomer: `make demo` and `make test`. Both set up their own environment.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help install demo test soak lint format docs lock bench clean

help: ## what can be asked for
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# The stamp holds the environment to the pinned requirements: a changed pin reinstalls, nothing else does.
$(STAMP): requirements/dev.txt pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "imagepull needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "setting up $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . 2>$(VENV)/install.log || { cat $(VENV)/install.log; exit 1; }
	@touch $@

install: $(STAMP) ## make .venv with the console script imagepull

demo: $(STAMP) ## the bot in a workspace in the browser, with nothing else installed
	@$(BIN)/imagepull demo

test: $(STAMP) ## the house rules and every test
	@sh tests/run

soak: $(STAMP) ## kill it again and again, and see what people are told; some minutes
	@for f in tests/soak/*.py; do $(BIN)/python -m tests.soak.$$(basename $$f .py) || exit 1; done

lint: $(STAMP) ## the house rules alone
	@sh tests/run --lint-only

format: $(STAMP) ## let ruff lay out the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

docs: $(STAMP) ## write the pages that are generated
	@$(BIN)/python -m bot.cli.settings_pages docs
	@$(BIN)/python -m bot.cli.knowledge_pages .
	@$(BIN)/imagepull playbooks check --fix
	@$(BIN)/python -m tests.fault_matrix docs
	@$(BIN)/python -m tests.attacks docs
	@$(BIN)/python deploy/fence.py > deploy/rbac/tier-3-fence.yaml
	@$(BIN)/python -m deploy.generate
	@$(BIN)/python -m deploy.rights_page docs

# Versions younger than a week are left alone: most bad releases are withdrawn within days.
lock: $(STAMP) ## renew the hash-pinned requirements
	@$(BIN)/python requirements/lock.py

bench: $(STAMP) ## the measurements, side by side
	@for f in benchmarks/*.py; do name=$$(basename $$f .py); echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

clean: ## remove what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
