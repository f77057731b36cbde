# Everything a developer does with the portal; docs/operating.md tells how to run it for real.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
PORT ?= 8000
PYTEST_ARGS ?=
SCALE ?= small
# One test process more than cores, so that none is idle while a browser draws; more than four make each other late.
PROCESSES ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); echo $$((n > 3 ? 4 : n + 1)))

BIN := .venv/bin
STRICT := --strict-markers --strict-config -p no:cacheprovider
FOR_TESTS := DJANGO_SETTINGS_MODULE=config.settings_test
LIKE_PRODUCTION := DEBUG=0 BASE_URL=https://savitarna.example ALLOWED_HOSTS=savitarna.example \
	DATABASE_URL=postgresql://nobody@localhost/never-asked ACTIVATION_KEY=only-for-the-check \
	SECRET_KEY=only-for-the-check-of-settings-never-for-a-portal-0123456789

# Where a machine without a browser got one.
WITH_BROWSER := if [ -d .data/browsers ]; then export PLAYWRIGHT_BROWSERS_PATH="$(CURDIR)/.data/browsers"; fi;

export PORT
# What the caller's shell is set up for must not lead into another project.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV DJANGO_SETTINGS_MODULE
# Without compiled files every process compiles everything again: of the tests a tenth.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run stop test drill bench check words

help: ## say what there is
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1 — \2/p' Makefile

run: .venv/.synced ## prepare everything and serve the portal (PORT=8000)
	@$(BIN)/python -m config.run

stop: ## end the running portal and the embedded databases
	@if [ -e .venv/.synced ]; then \
		$(BIN)/python -m config.run stop; \
		$(BIN)/python -m config.devdb stop; \
		$(BIN)/python -m config.devdb stop --test; \
	fi

test: .venv/.synced words ## run the tests (PYTEST_ARGS="-k invoices" runs a part)
	@.ci/browser
	@$(WITH_BROWSER) $(BIN)/python -m pytest -n $(PROCESSES) --dist=worksteal $(PYTEST_ARGS)

drill: .venv/.synced words ## run the long proofs: races, kills, fuzzing in full numbers
	@.ci/browser
	@DRILL=1 $(BIN)/python -m pytest tests/drills -o addopts="$(STRICT)" -s -p no:randomly $(PYTEST_ARGS)
	@$(WITH_BROWSER) DRILL=1 $(BIN)/python -m pytest tests/test_bad_input.py tests/test_access_matrix.py \
		tests/browser/test_pages.py tests/demo/test_town.py -n $(PROCESSES) --dist=worksteal -q

bench: .venv/.synced words ## measure
	@$(BIN)/python -m benchmarks --scale $(SCALE)

check: .venv/.synced ## look for faults without running: style, types, imports, migrations, settings, libraries
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/python -m mypy .
	$(BIN)/lint-imports
	find . -name '*.html' -path '*templates/*' -not -path './.*' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2 --check
	$(FOR_TESTS) $(BIN)/python manage.py makemigrations --check --dry-run
	$(LIKE_PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@.ci/audit

words: .venv/.synced
	@$(FOR_TESTS) $(BIN)/python manage.py compile_translations

# uv is several times as fast as pip; where it cannot be had or finds no index, pip does the same work.
# Like pip it trusts the certificates of the system, a company's own among them.
.venv/.synced: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || { echo "Virtual environment …"; $(PYTHON) -m venv --clear .venv; }
	@echo "Libraries …"
	@if [ -z "$${HOME:-}" ] || ! mkdir -p "$${XDG_CACHE_HOME:-$$HOME/.cache}/uv" 2>/dev/null \
		|| [ ! -w "$${XDG_CACHE_HOME:-$$HOME/.cache}/uv" ]; then \
		mkdir -p -m 700 .data; \
		export UV_CACHE_DIR=.data/uv-cache; \
	fi; \
	export UV_SYSTEM_CERTS=true; \
	pip="$(BIN)/python -m pip install --quiet --disable-pip-version-check"; \
	[ -x $(BIN)/uv ] || $$pip uv || true; \
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.txt 2>.venv/uv.log \
		|| $$pip --require-hashes -r requirements-dev.txt \
		|| { cat .venv/uv.log >&2; exit 1; }
	@touch $@
