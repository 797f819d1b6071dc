# Two commands set up everything on a bare machine with Python 3.11:
#   make run    install, then run the demo experiment
#   make test   install with the development tools, then check and test

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Without compiled files, each of the many processes that the tests start takes seconds longer.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check format notebook reference clean

run: $(VENV)/.run
	$(BIN)/seqrec run demo

# The tests run in two processes with one numeric thread each, because more threads than cores are slower.
test: check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Run docs/notebook.ipynb and store its output.
notebook: $(VENV)/.dev
	$(BIN)/python -m tests.docs.notebook

# Write the pages of docs/reference from the configuration classes.
reference: $(VENV)/.dev
	$(BIN)/python -m flows.cli.reference docs/reference

# A stamp is made only after everything before it succeeded, so an interrupted installation is repeated. Python compiles
# what it imports, so compiling everything at the start would only take time.
$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[dev,sentence-transformers,export,dask,postgres]'
	touch $(VENV)/.run $@

clean:
	rm -rf $(VENV) build *.egg-info
