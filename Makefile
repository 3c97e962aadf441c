# `make help` lists the targets. Each does all of its own set-up, and is quick the second time.

.DEFAULT_GOAL := help
.PHONY: help lab test check verify site look bench table soak leaks crashes classroom anchors hostile pythons lint format lock clean
.DELETE_ON_ERROR:

# The first Python from 3.11 on that this machine has; `make test PYTHON=/path/to/python` takes another.
PYTHON ?= $(shell for python in python3.12 python3.11 python3.13 python3 python; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := .venv/bin
READY := .venv/ready
NOTEBOOK := notebooks/00-start-here.ipynb
ROOT_OK := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)
SCREEN := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname)),,--no-browser)

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

# Made in a folder of its own first, so that an interrupted set-up is never taken for a whole one.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11, 3.12 or 3.13 found"; \
		echo "  mend: install one, or: make PYTHON=/path/to/python3.12"; exit 1; }
	@rm -f $(READY)
	@test -x $(BIN)/python || { echo "making .venv with $$($(PYTHON) --version)"; \
		rm -rf .venv && $(PYTHON) -m venv .venv || { \
		echo "error: .venv cannot be made here"; \
		echo "  mend: is the folder writable, and the venv module installed (Debian: python3-venv)?"; \
		exit 1; }; }
	@echo "installing what requirements.lock lists (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@echo "installing workerlab"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@mkdir -p .venv/share/jupyter/lab/settings
	@cp docker/overrides.json .venv/share/jupyter/lab/settings/overrides.json
	@touch $(READY)

lab: $(READY) ## JupyterLab on the first notebook
	@$(BIN)/workerlab doctor
	@echo "opening JupyterLab; Ctrl-C ends it"
	@$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=/lab/tree/$(NOTEBOOK) $(ROOT_OK) $(SCREEN)

test: $(READY) ## the whole test suite, and the labs proved
	@test -d solutions || { echo "error: this is a copy for students, without tests and solutions"; \
		echo "  mend: make check grades your labs"; exit 1; }
	$(BIN)/python -m pytest
	$(BIN)/workerlab verify-labs

check: $(READY) ## grade the labs as they are in labs/
	$(BIN)/workerlab check

verify: $(READY) ## prove the labs: starters fail, solutions pass, mutants die by name
	$(BIN)/workerlab verify-labs --full

site: $(READY) ## the chapters with their outputs, the labs and the API as pages; into build/site
	@$(BIN)/python site/make.py

look: $(READY) ## every chapter in JupyterLab as pictures, light and dark; into build/shots
	@$(BIN)/python tests/browser/look.py

bench: $(READY) ## measure speed; writes benchmarks/results.json
	$(BIN)/python benchmarks/run.py

table: $(READY) ## measure every fix for chapter 13; writes notebooks/data/table.json (some minutes)
	$(BIN)/python benchmarks/table.py

soak: $(READY) ## the same verdicts while eight processes keep the cores busy (20 minutes)
	$(BIN)/python benchmarks/soak.py

leaks: $(READY) ## 200 starts and stops, some by SIGKILL; counts what is left
	$(BIN)/python benchmarks/leaks.py

crashes: $(READY) ## a class whose grader is killed 100 times; writes benchmarks/crashes.json (minutes)
	$(BIN)/python benchmarks/crashes.py

classroom: $(READY) ## 200 submissions of lab 08, some of them again alone; writes benchmarks/classroom.json (20 minutes)
	$(BIN)/python benchmarks/classroom.py

anchors: $(READY) ## one question beside nbgrader and Otter; writes benchmarks/anchors/results.json (minutes)
	$(BIN)/python benchmarks/anchors/run.py

hostile: $(READY) ## a class full of submissions that attack the grader (some minutes)
	$(BIN)/python -m pytest tests/hostile/test_hostile.py

pythons: $(READY) ## the engine's own tests on every Python from 3.11 to 3.13 that is here
	sh benchmarks/pythons.sh

lint: $(READY) ## ruff, notebooks included
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## make requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean: ## remove .venv and everything that was made
	rm -rf .venv .workerlab .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
