.PHONY: test help
PYTHON ?= python3
STAMP := .venv/installed

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(STAMP): requirements.lock pyproject.toml
	@echo "making .venv from requirements.lock"
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --require-hashes -r requirements.lock
	.venv/bin/pip install --quiet --no-deps -e .
	@touch $@

test: $(STAMP)  ## run the test suite
	.venv/bin/python -m pytest tests/workerlab -q
