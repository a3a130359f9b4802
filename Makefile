# Two commands: `make run` serves the dashboard, `make test` proves it.
PORT ?= 8501
VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := $(VENV)/bin/python
WORKERS ?= -n 2 --dist loadfile --no-loadscope-reorder
# The one without windows draws the same in half the time.
CHROMIUM ?= $(shell command -v chromium-headless-shell || command -v chromium)
CJK_FONT := /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

# Tests start servers and commands by the dozen; what was compiled once is kept for the next.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-all bench check system help

help:  ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

run: $(VENV)/run.stamp  ## Serve on http://127.0.0.1:8501, with the demo district if there is no database
	@$(PY) -m gate --port $(PORT)

test: $(VENV)/test.stamp system check  ## Everything, in its ci size
	@CHROMIUM=$(CHROMIUM) YIPING_TEST_SIZE=ci $(PY) -m pytest $(WORKERS)

test-all: $(VENV)/test.stamp system check  ## The same tests, in full size
	@CHROMIUM=$(CHROMIUM) YIPING_TEST_SIZE=full $(PY) -m pytest $(WORKERS)

check: $(VENV)/test.stamp  ## Form, lint and types
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy

bench: $(VENV)/test.stamp  ## Print the measurements
	@for file in benchmarks/[a-z]*.py; do $(PY) -m $$(echo $${file%.py} | tr / .) || exit 1; done

system:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! (command -v chromium-headless-shell >/dev/null && [ -e $(CJK_FONT) ]); then \
		apt-get update -q && apt-get install -y -q chromium-headless-shell fonts-noto-cjk; \
	fi; \
	if ! { command -v chromium-headless-shell || command -v chromium; } >/dev/null || [ ! -e $(CJK_FONT) ]; then \
		echo "Tests need a browser and Chinese fonts: sudo apt-get install chromium-headless-shell fonts-noto-cjk"; exit 1; \
	fi

$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed: sudo apt-get install python3 python3-venv"; exit 1; fi
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.txt | $(VENV)/bin/python
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt $(VENV)/run.stamp
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
