# `make demo` and `make test` set up everything they need; nothing has to be installed before either.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PIP     = $(BIN)/python -m pip
INSTALL = $(PIP) install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test coverage lint docs package gallery bench bench-phase bench-studio bench-quality bench-identity fuzz clean

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml constraints.txt
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.tools: $(VENV)/.installed
	$(INSTALL) "pip>=25.1"
	$(INSTALL) --group test --group lint
	$(INSTALL) --no-deps aisfx
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/gramophone demo --output demo-output --overwrite

test: $(VENV)/.tools
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=2 --dist=worksteal

# The same with the lines and branches that no test reached; takes half as long again.
coverage: $(VENV)/.tools
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=2 --dist=worksteal --cov --cov-report=term

lint: $(VENV)/.tools
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The site of the documentation, in docs/_build/html; a warning fails it, and so does a page that loads from elsewhere.
docs: $(VENV)/.tools
	$(INSTALL) --group docs
	$(BIN)/sphinx-build -W --keep-going --nitpicky --quiet -b html docs docs/_build/html
	! grep -rlE '(src=|<link [^>]*href=)"https?:' docs/_build/html --include='*.html'

# Source archive and wheel, in dist/, and the tests of the package run from that wheel.
package: $(VENV)/.tools
	$(INSTALL) --group package
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	GRAMOPHONE_WHEEL=$$(echo dist/*.whl) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q tests/test_packaging.py

# Sounds, pictures and figures of docs/gallery.md, from the commands that stand there.
gallery: $(VENV)/.tools
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.gallery

bench: $(VENV)/.tools
	$(BIN)/python -m bench

bench-phase: $(VENV)/.tools
	$(BIN)/python -m bench.phase

bench-studio: $(VENV)/.tools
	$(BIN)/python -m bench.studio

# DATA names a folder of recordings; a run that is stopped goes on where it was.
bench-quality: $(VENV)/.tools
	$(BIN)/python -m bench.quality $(if $(DATA),--data $(DATA))

# The same, of what transfers keep; DATA holds clips/ and instruments/.
bench-identity: $(VENV)/.tools
	$(BIN)/python -m bench.identity $(if $(DATA),--data $(DATA))

# Mutated files for every reader; COUNT files in all, 20,000 by default.
fuzz: $(VENV)/.tools
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.fuzz $(COUNT)

clean:
	rm -rf $(VENV) demo-output test-output docs/_build dist
