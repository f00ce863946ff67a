# Two commands do everything: `make demo` and `make test`. Each installs what it needs.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: help demo down test check bench screenshots chaos traps lock

help:  ## show the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */\1\t/' | expand -t 10

demo: $(STAMP) compiled fonts  ## build a city, narrate five cases, and leave it running: it prints its address
	@$(RUN)/mianzheng demo --keep

down:  ## end the demo city's processes
	@$(RUN)/mianzheng down

test: $(DEV_STAMP) system-packages fonts compiled  ## everything: lint, types, imports, tests
	@$(MAKE) --no-print-directory check
	$(RUN)/pytest -n 2 --dist loadfile --reruns 1 --max-suite-reruns 5 --rerun-show-tracebacks  # docs/decisions/0037

check: $(DEV_STAMP)  ## ruff, mypy --strict, packs
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/mianzheng catalogue check

bench: $(DEV_STAMP) system-packages fonts compiled  ## measure; tables on the terminal, JSON in bench/results/
	$(RUN)/python -m bench

screenshots: $(DEV_STAMP) system-packages fonts compiled  ## walk a small city's pages and renew docs/screenshots/
	$(RUN)/python -m tests.browser.screenshots

chaos: $(DEV_STAMP)  ## 200 kill -9 while cases run; prints its seed and a table
	MIANZHENG_TEST_KILLS=200 $(RUN)/pytest -q -s -p no:xdist tests/city_wide/test_kills.py

traps: $(DEV_STAMP)  ## 47 items for 20 people of each kind of dirty row: wrong grants and refusals, wanted 0
	MIANZHENG_TRAPS=20 $(RUN)/pytest -q -p no:xdist tests/city/test_traps.py

.PHONY: compiled
compiled: | $(RUN)/python  # where Python keeps no bytecode, every process and every command would compile what was edited
	@$(RUN)/python -m compileall -q src

# $(call system-package,command,Debian package,what it is for)
define system-package
	@PATH="$$PATH:/usr/sbin" command -v $(1) >/dev/null || { \
	  echo "installing $(2) ($(3))"; \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(2) >/dev/null || { \
	  echo "$(2) could not be installed here. As root: apt-get install $(2)" >&2; exit 1; }; }
endef

.PHONY: system-packages
system-packages:  # of tests and measurements: `make demo` needs none of them
	$(call system-package,mariadbd,mariadb-server,one of the four databases that the tests run)
	$(call system-package,chromium,chromium,in which the pages are tested)

.PHONY: fonts
fonts: $(STAMP)  # of the papers that a department seals; without them everything else works
	@$(RUN)/python -m mianzheng.papers.fonts || { \
	  echo "installing fonts-noto-cjk (the fonts of the papers)"; \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends fonts-noto-cjk; } >/dev/null 2>&1 || true; \
	  $(RUN)/python -m mianzheng.papers.fonts || \
	  echo "The fonts could not be installed here: papers will say 'fonts-missing'. Install Noto Serif CJK SC and Noto Sans CJK SC (Debian: fonts-noto-cjk), as root: apt-get install fonts-noto-cjk"; }

lock: $(DEV_STAMP)  ## renew requirements.txt and requirements-dev.txt from pyproject.toml
	$(RUN)/python -m pip install -q --disable-pip-version-check uv
	$(RUN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	$(RUN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.txt

$(RUN)/python:
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.txt pyproject.toml | $(RUN)/python
	$(RUN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(RUN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(DEV_STAMP): requirements-dev.txt pyproject.toml | $(RUN)/python
	$(RUN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(RUN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@ $(STAMP)
