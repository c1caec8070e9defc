# make bench: the quick grid and its report, in an environment of its own and from nothing: with
#             a home of its own, so that what another checkout has measured proves nothing here.
# make check: lint, types and the fast tests, in the same environment: a minute or two.
# make test:  lint, types and all tests.
# make families: is any symmetry invented in some 150 architectures? An hour or so.
# make test-cuda: the laws that hold on any device, on a CUDA device where there is one.
# make peers: other programs of the package registry beside this one, on the same weights, each in an
#             environment of its own: results/peers. Half an hour; the trained pair needs MNIST.
# make docs:  the reference of the Python interface, from its docstrings, and the guide beside it.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: bench check families peers test test-cuda lint docs clean

BENCH := build/bench

bench: $(VENV)/installed
	@rm -rf $(BENCH)
	$(BIN)/basinbench run quick --workers 2 --home $(BENCH)/home --results $(BENCH)/results
	$(BIN)/basinbench report quick --results $(BENCH)/results --out $(BENCH)/reports
	@echo 'look at $(BENCH)/reports/site/index.html'

# One thread a worker: two that share two cores slow each other down.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal

check: lint
	$(PYTEST) -m 'not slow'

test: lint
	$(PYTEST)

# One process: several would share the device and its memory.
test-cuda: $(VENV)/installed-for-tests
	$(BIN)/python -m pytest -m device --device auto

# Architecture families of torchvision, timm, transformers and diffusers, traced and proved.
families: $(VENV)/installed-for-tests
	$(BIN)/python -m pip install --quiet --editable '.[families]'
	OMP_NUM_THREADS=1 $(BIN)/python tests/benchmarks/families.py --out build/families.csv

peers: $(VENV)/installed
	OMP_NUM_THREADS=1 $(BIN)/python tests/benchmarks/peers/compare.py --build build/peers --out results/peers

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PYTHONPATH=$(VENV)/src $(BIN)/lint-imports --no-cache
	$(BIN)/pyright --pythonpath $(BIN)/python

DOCS := build/docs

docs: $(VENV)/installed-for-docs
	@rm -rf $(DOCS)
	$(BIN)/python -m pdoc --output-directory $(DOCS) --docformat markdown basinbench basinbench.methods
	$(BIN)/python -c 'from basinbench.reports.page.guide import guide_page; print(guide_page())' \
	> $(DOCS)/guide.html
	@echo 'look at $(DOCS)/index.html and $(DOCS)/guide.html'

clean:
	rm -rf $(VENV) build *.egg-info

# The package is installed in place: the checkout is what runs, so that a change of the code
# needs no new installation, and rows of the results can name its commit.
$(VENV)/installed: pyproject.toml | $(BIN)/python
	@echo 'installing into $(VENV): a few minutes, torch is large'
	@$(BIN)/python -m pip install --quiet --editable '.[run,report]'
	@$(FITS)
	@touch $@

# An editable install is a hook of Python's import that a type checker cannot follow: it finds
# the `basinbench` of the tests through these links.
LINKED := $(wildcard *.py) $(patsubst %/__init__.py,%,$(wildcard */__init__.py))

$(VENV)/installed-for-tests: pyproject.toml | $(BIN)/python
	@echo 'installing into $(VENV): a few minutes, torch is large'
	@$(BIN)/python -m pip install --quiet --editable '.[run,report,test]'
	@$(BIN)/python -m pip install --quiet --editable '.[ray,slurm]' || \
	echo 'without Ray or submitit: the tests of these engines say so and are skipped'
	@$(FITS)
	@rm -rf $(VENV)/src && mkdir -p $(VENV)/src/basinbench
	@for item in $(LINKED); do ln -sfn ../../../$$item $(VENV)/src/basinbench/$$item; done
	@touch $(VENV)/installed $@

$(VENV)/installed-for-docs: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --editable '.[run,report,docs]'
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || \
	{ echo 'basinbench needs Python 3.11 or newer; there is no $(PYTHON): make PYTHON=...' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "basinbench needs Python 3.11 or newer; $(PYTHON) is older: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The registry's torchvision does not load beside a CPU-only torch from elsewhere.
FITS = $(BIN)/python -c 'import torch, torchvision; torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)' || \
	{ echo 'torch and torchvision in $(VENV) do not fit: install both from one index, then make again' >&2; exit 1; }
