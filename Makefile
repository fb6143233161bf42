# Every target does all of its own set-up: a Python from 3.11 on, git and make are all it needs.
# `make help` lists the targets; CONTRIBUTING.md says when to use which.

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help

# The newest Python from 3.11 on that answers; `make PYTHON=/path/to/python …` overrides it.
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)

# Two environments: what `make demo` runs from, and what the gate runs in.
USE := .venv
GATE := .venv-test
PREFIX ?= $(if $(filter 0,$(shell id -u)),/usr/local,$(HOME)/.local)
# pytest processes; `make JOBS=1 …` for one
JOBS ?= 2
# for each harness
FUZZ_SECONDS ?= 60
# for the API
MINUTES ?= 10

# xdist starts its workers without -bb (bytes compared with text is an error) unless told so.
PYTEST = $(GATE)/bin/python -bb -m pytest
PARALLEL = $(if $(filter-out 1,$(JOBS)),--dist worksteal \
	--tx '$(JOBS)*popen//python=$(GATE)/bin/python -bb')

.PHONY: help demo install test test-all bench fuzz api-fuzz faults interop clean \
	format lint types layers units suite corpora docs conformance wheel

help:
	@echo 'make demo [SECONDS=20]   ten simulated meters, a broker and the bridge, on this machine'
	@echo 'make test                the whole gate: style, types, layers, tests, docs, wheel'
	@echo 'make install             for use: dlmslite and dlmslite-bridge into $(PREFIX)/bin'
	@echo 'make test-all            the tests on every Python from 3.11 on that is here'
	@echo 'make bench               speed, side by side with the peers'
	@echo 'make fuzz                every harness, FUZZ_SECONDS=60 each'
	@echo 'make api-fuzz            schemathesis against a running bridge, MINUTES=10'
	@echo 'make faults              only the tests that stop and start real processes'
	@echo 'make interop             only the tests with implementations that are not ours'
	@echo 'make clean               removes what the others made here'

# ------------------------------------------------------------------------------- set-up

# $(call environment,FOLDER,PYTHON): an empty virtual environment; a half-made one is made anew.
define environment
	@test -n '$(2)' || { echo 'dlmslite needs Python 3.11 or later; none is on the PATH.' >&2; exit 1; }
	@'$(2)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'dlmslite needs Python 3.11 or later; $(2) is not.' >&2; exit 1; }
	@'$(2)' -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo '$(2) makes no virtual environment; on Debian: apt install python3-venv' >&2; exit 1; }
	@'$(1)/bin/python' -m pip --version >/dev/null 2>&1 || '$(2)' -m venv --clear '$(1)'
endef
PIP_INSTALL = python -m pip install -qq --disable-pip-version-check

# Only pyproject.toml, where the dependencies stand, makes an environment stale.
$(USE)/ready: pyproject.toml
	$(call environment,$(USE),$(PYTHON))
	$(USE)/bin/$(PIP_INSTALL) --editable '.[all]'
	@touch $@

$(GATE)/ready: pyproject.toml
	$(call environment,$(GATE),$(PYTHON))
	$(GATE)/bin/$(PIP_INSTALL) --editable '.[all,dev,docs,peers]'
	@touch $@

# ---------------------------------------------------------------------------- for users

demo: $(USE)/ready
	$(USE)/bin/dlmslite-bridge demo $(if $(SECONDS),--seconds $(SECONDS))

# Not under this checkout, so that it may be moved or removed afterwards.
install:
	$(call environment,$(PREFIX)/lib/dlmslite,$(PYTHON))
	'$(PREFIX)/lib/dlmslite/bin/'$(PIP_INSTALL) '.[all]'
	'$(PREFIX)/lib/dlmslite/bin/'$(PIP_INSTALL) --force-reinstall --no-deps .
	@mkdir -p '$(PREFIX)/bin'
	ln -sf '$(PREFIX)/lib/dlmslite/bin/dlmslite' '$(PREFIX)/lib/dlmslite/bin/dlmslite-bridge' \
		'$(PREFIX)/bin/'

# ----------------------------------------------------------------------------- the gate

# In this order, one after the other even under `make -j`; the first failure ends it.
test:
	$(MAKE) format
	$(MAKE) lint
	$(MAKE) types
	$(MAKE) layers
	$(MAKE) units
	$(MAKE) corpora
	$(MAKE) docs
	$(MAKE) wheel

format: $(GATE)/ready
	$(GATE)/bin/ruff format --check .

lint: $(GATE)/ready
	$(GATE)/bin/ruff check .

types: $(GATE)/ready
	$(GATE)/bin/mypy --strict dlmslite dlmslite_daemon examples

layers: $(GATE)/ready
	$(GATE)/bin/lint-imports --no-logo

# The examples run here too, each as a process of its own (tests/house/test_examples.py).
units: $(GATE)/ready
	@rm -f .coverage .coverage.*
	$(PYTEST) $(PARALLEL) --cov --cov-report=
	$(GATE)/bin/coverage report --include='dlmslite/*' --fail-under=95
	$(GATE)/bin/coverage report --include='dlmslite_daemon/*' --fail-under=90

# Without coverage: what `make test-all` repeats on each interpreter.
suite: $(GATE)/ready
	$(PYTEST) $(PARALLEL)

# As their scripts run them, without a fuzzer.
corpora: $(GATE)/ready
	@for harness in fuzz/fuzz_*.py; do \
		$(GATE)/bin/python -bb -W error "$$harness" -runs=0 || exit 1; done

docs: $(GATE)/ready
	$(GATE)/bin/mkdocs build --strict --quiet --site-dir build/site

# The pages that are written by scripts: from the tests' names, and from the state tables.
conformance: $(GATE)/ready
	$(GATE)/bin/python tests/rig/conformance.py
	PYTHONPATH=. $(GATE)/bin/python tests/rig/diagrams.py

# Elsewhere: outside this checkout and without a compiler, first the core alone, then the bridge.
wheel: $(GATE)/ready
	@rm -rf build/wheel
	$(GATE)/bin/python -m build --wheel --no-isolation --outdir build/wheel . >/dev/null
	@elsewhere=$$(mktemp -d) && trap 'rm -rf "$$elsewhere"' EXIT && for extra in '' '[bridge]'; do \
		echo "installing $$(ls build/wheel)$$extra" && \
		$(GATE)/bin/python -m venv --clear "$$elsewhere" && \
		CC=false CXX=false "$$elsewhere/bin/"$(PIP_INSTALL) --no-binary crcmod --no-cache-dir \
			"$$(ls build/wheel/*.whl)$$extra" && \
		"$$elsewhere/bin/python" -I -bb -W error tests/rig/installed.py "$$extra" || exit 1; done

# Every interpreter that answers, one for each minor version, in an environment of its own.
test-all:
	@seen=; for python in python3.11 python3.12 python3.13 python3.14 python3.15 python3 \
			"$$HOME"/.pyenv/versions/*/bin/python3; do \
		version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2]); \
			sys.exit(sys.version_info < (3, 11))' 2>/dev/null) || continue; \
		case "$$seen " in *" $$version "*) continue ;; esac; \
		seen="$$seen $$version"; \
		echo "== Python $$version ($$python)"; \
		$(MAKE) suite PYTHON="$$python" GATE=".venv-test-$$version" || exit 1; \
	done; \
	test -n "$$seen" || { echo 'no Python from 3.11 on: nothing was tested' >&2; exit 1; }; \
	echo "passed on Python$$seen"

# ----------------------------------------------------------------------- and for a closer look

bench: $(GATE)/ready
	@mkdir -p build
	$(GATE)/bin/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only --quiet \
		--benchmark-json=build/bench.json --benchmark-columns=ops --benchmark-warmup=on >build/bench.log \
		|| { cat build/bench.log; exit 1; }
	@$(GATE)/bin/python tests/benchmarks/report.py build/bench.json

fuzz: $(GATE)/ready
	@$(GATE)/bin/python -c 'import atheris' 2>/dev/null || \
		echo 'atheris is not installed in $(GATE): the corpora alone are run.'
	@for harness in fuzz/fuzz_*.py; do \
		$(GATE)/bin/python "$$harness" -max_total_time=$(FUZZ_SECONDS) || exit 1; done

api-fuzz: $(GATE)/ready
	PYTHONPATH=.:tests $(GATE)/bin/python -W ignore tests/rig/api_fuzz.py $$(($(MINUTES) * 60))

faults: $(GATE)/ready
	$(PYTEST) -m e2e

interop: $(GATE)/ready
	$(PYTEST) -m interop

clean:
	rm -rf $(USE) $(GATE) .venv-test-* build dist .coverage .coverage.* .benchmarks \
		.pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
