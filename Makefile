# `make help` lists the targets. Each does all of its own set-up, and is quick the second time.

.DEFAULT_GOAL := help
.PHONY: help lab test further check prove verify coverage mutation site look bench table levels freethreads soak leaks crashes classroom anchors compare hostile pythons values current lint format lock clean
.DELETE_ON_ERROR:

# Two environments in one folder: what a reader needs, and what the tests need beside it.
# `make lab PYTHON=/path/to/python` takes that Python; setup/environment.sh finds one by itself.
BIN := .venv/bin
READY := .venv/ready
TESTS := .venv/ready-test
SET_UP := PYTHON="$(PYTHON)" sh setup/environment.sh
NOTEBOOK := notebooks/00-start-here.ipynb
ROOT_OK := $(shell [ "$$(id -u)" = 0 ] && echo --allow-root)
SCREEN := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname)),,--no-browser)
# Four at a time, as they wait for half of their time; in the order of pyproject.toml, the longest
# files first.
BESIDE = --numprocesses 4 --dist loadfile --no-loadscope-reorder
SERIAL = $$(grep -rl --include='test_*.py' 'mark\.serial' tests)
export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

$(READY): requirements.lock pyproject.toml $(wildcard setup/*)
	@$(SET_UP) lab

$(TESTS): $(READY) requirements-test.lock
	@$(SET_UP) test

lab: $(READY) ## JupyterLab on the first notebook
	@$(BIN)/workerlab doctor || echo "JupyterLab opens all the same: what needs the rows marked ✘ will say so"
	@echo "opening JupyterLab, whose terminal knows workerlab (elsewhere: source .venv/bin/activate); Ctrl-C ends it"
	@$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=/lab/tree/$(NOTEBOOK) $(ROOT_OK) $(SCREEN)

test: $(TESTS) ## the test suite and the core of the labs' proof (twelve minutes on two cores)
	$(BIN)/python -m pytest -m "not (serial or further or nightly)" $(BESIDE)
	$(BIN)/python -m pytest -m "serial and not (further or nightly)" $(SERIAL)
	$(BIN)/workerlab verify-labs --core

# CI says WITHIN, the seconds that it has left, and FIRST, with which file to begin.
FITS = $(if $(WITHIN),-p tests.plugins.within --within $(WITHIN) --first-file $(or $(FIRST),0))

further: $(TESTS) ## the further cases of what `make test` meets once (CI runs them; eleven minutes)
	$(BIN)/python -m pytest -m "further and not (serial or nightly)" $(BESIDE) $(FITS)

check: $(READY) ## grade the labs as they are in labs/
	$(BIN)/workerlab check

prove: $(READY) ## prove the labs: starters, solutions, and all mutants against every check (half an hour)
	$(BIN)/workerlab verify-labs --full

verify: $(TESTS) ## everything, once a night: the long tests, each target quickly, the whole proof
	$(BIN)/python -m pytest -m "(further or nightly) and not serial" --numprocesses 2 --dist loadfile
	$(BIN)/python -m pytest -m "(further or nightly) and serial"
	$(BIN)/python benchmarks/quick.py
	$(BIN)/workerlab verify-labs --full

coverage: $(TESTS) ## which lines the tests reach, workers included; a report in build/coverage
	$(BIN)/coverage run -m pytest -m "not (serial or nightly)"
	-$(BIN)/coverage combine
	$(BIN)/coverage html --directory build/coverage/pages
	$(BIN)/coverage report

mutation: $(TESTS) ## are the checker, the models and the search themselves tested? Into mutants/ (an hour)
	$(BIN)/mutmut run
	$(BIN)/mutmut export-cicd-stats

site: $(TESTS) ## the chapters with their outputs, the labs and the API as pages; into build/site
	@$(BIN)/python site/make.py

look: $(TESTS) ## every chapter in JupyterLab as pictures, light and dark; into build/shots
	@$(BIN)/python tests/browser/look.py

bench: $(TESTS) ## measure speed; writes benchmarks/results.json
	$(BIN)/python benchmarks/run.py

table: $(TESTS) ## measure every fix for chapter 13; writes notebooks/data/table.json (some minutes)
	$(BIN)/python benchmarks/table.py

levels: $(TESTS) ## record every schedule of every level anew; writes notebooks/data/levels (minutes)
	$(BIN)/python benchmarks/levels.py

freethreads: $(TESTS) ## record chapter 16: FREE=python3.14t (with FastAPI and uvicorn) NEW=python3.14 (minutes)
	$(BIN)/python benchmarks/free_threads.py --free $(FREE) --interpreters $(NEW)

soak: $(TESTS) ## the same verdicts while eight processes keep the cores busy (20 minutes)
	$(BIN)/python benchmarks/soak.py

leaks: $(TESTS) ## 200 starts and stops, some by SIGKILL; counts what is left
	$(BIN)/python benchmarks/leaks.py

crashes: $(TESTS) ## a class whose grader is killed 100 times; writes benchmarks/crashes.json (minutes)
	$(BIN)/python benchmarks/crashes.py

classroom: $(TESTS) ## 200 submissions of lab 08, some of them again alone; writes benchmarks/classroom.json (20 minutes)
	$(BIN)/python benchmarks/classroom.py

anchors: $(TESTS) ## one question beside nbgrader and Otter; writes benchmarks/anchors/results.json (minutes)
	$(BIN)/python benchmarks/anchors/run.py

compare: $(TESTS) ## workerlab beside Schemathesis, frontrun and a load test; writes benchmarks/compare.json (20 minutes)
	$(BIN)/python benchmarks/compare.py

hostile: $(TESTS) ## a class full of submissions that attack the grader (some minutes)
	$(BIN)/python -m pytest tests/hostile/test_hostile.py

pythons: $(TESTS) ## engine, solutions and starters on every Python from 3.11 to 3.15 that is here
	$(BIN)/python benchmarks/pythons.py

values: $(TESTS) ## are the values in all pictures what the stores held? Writes benchmarks/values.json (an hour)
	$(BIN)/python benchmarks/values.py

current: $(TESTS) ## do chapters and labs hold with the newest releases? Says which sentences do not (an hour)
	$(BIN)/python benchmarks/current/run.py

lint: $(TESTS) ## ruff (notebooks included), mypy and codespell
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell

format: $(TESTS) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet
lock: ## make both locks anew from pyproject.toml (needs uv)
	$(LOCK) --extra fixes --extra lab --extra build --output-file requirements.lock
	$(LOCK) --all-extras --constraint requirements.lock --output-file requirements-test.lock

clean: ## remove .venv and everything that was made
	rm -rf .venv .workerlab .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
