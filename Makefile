# Two commands do all the set-up on a fresh machine with Python >= 3.11 (and Node >= 20 for the web client):
#   make run    the service with the web client, on SQLite
#   make test   checks and all tests
#   make demo   reads the emotions of faces in a generated clip
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CI ?=
# how long the web client is used by `make soak`
SOAK_MINUTES ?= 60

# tests of pure code
PURE := tests/golden tests/music/test_song.py tests/music/test_mood.py tests/music/test_catalogue.py \
	tests/sinks/test_accumulator.py tests/sinks/test_captions.py tests/sinks/test_events.py tests/sinks/test_table.py \
	tests/inference/test_preprocess.py tests/inference/test_quality.py tests/test_concurrency.py tests/test_landmarks.py \
	tests/test_phrases.py tests/test_reference.py tests/test_repository.py tests/test_spells.py tests/test_tracking.py \
	tests/training/test_metrics.py tests/training/test_settings.py

.PHONY: run demo test quick check web web-check web-test docs setup setup-dev soak bench lock contracts clean

# builds the web client where there is Node
run: setup
	$(BIN)/feeling serve

demo: setup
	$(BIN)/feeling demo --out out/demo

test: setup-dev check
	$(BIN)/python -m pytest -q -m "not soak"
	sh scripts/web.sh test

soak: setup-dev
	$(BIN)/python -m pytest -q -m soak --timeout 3600
	sh scripts/web.sh soak --minutes $(SOAK_MINUTES)

# format, types and what needs neither servers nor films nor networks
quick: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -m "not soak" $(PURE)

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	sh scripts/web.sh check

bench: setup-dev
	$(BIN)/python benchmarks/recognition.py

contracts: setup-dev
	$(BIN)/python -m tests.golden.make
	$(BIN)/python -m feeling_manager.service.openapi > contracts/openapi.json

web: setup
	sh scripts/web.sh build

docs: setup-dev
	$(BIN)/python scripts/reference.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

# -- environment ---------------------------------------------------------------------------------------------------

setup: $(VENV)/.run

setup-dev: $(VENV)/.dev

$(VENV)/.venv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Feeling Manager needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The project itself is installed in place, without its dependencies: the hashed locks bring those.
$(VENV)/.run: $(VENV)/.venv requirements/run.txt pyproject.toml
	$(BIN)/python -m pip install -q --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	sh scripts/system.sh libgl
	$(BIN)/feeling models prepare
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt requirements/train.txt
	$(BIN)/python -m pip install -q --require-hashes -r requirements/dev.txt
	sh scripts/system.sh test
	@touch $@

# Locks without addresses, for every platform. torch has a file of its own: its builds differ from place to place.
lock:
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 --extra serve --extra pandas -o requirements/run.txt pyproject.toml requirements/build.in
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		--python-version 3.11 --extra dev -c requirements/run.txt -o requirements/dev.txt pyproject.toml requirements/build.in

clean:
	rm -rf $(VENV) out build dist
