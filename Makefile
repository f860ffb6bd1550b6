# Everything runs in the repository's own .venv, from the lock files; nothing is installed elsewhere.
SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
BENCH := .venv/bench
# If Python may not write bytecode, each program that a test starts compiles the project again.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest
# Many tests wait for a process or a server, so two more workers than cores keep all cores busy.
TESTERS := $(shell expr 2 + $$(getconf _NPROCESSORS_ONLN))
CLUSTER := .venv/cluster
# Tests that need more than Python; they have targets of their own.
LONGER := browser oracles labels/readers manifest/readers
COEFFICIENTS := resize_core/formats/jpeg/coefficients
KERNEL := $(COEFFICIENTS)/kernel.so
INSTALL := $(BIN)/python locks/install.py
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install packages run gallery dev test coverage test-browser pictures test-oracles test-labels test-mltable test-clone test-wheel test-cluster check azurite lock bench bench-mirror soak fuzz fuzz-kernel survey

# make run RAW=... RESIZED=... BUDGET=... sets PHOTO_MIRROR_RAW and so on.
ifdef RAW
export PHOTO_MIRROR_RAW := $(RAW)
endif
ifdef RESIZED
export PHOTO_MIRROR_RESIZED := $(RESIZED)
endif
ifdef BUDGET
export PHOTO_MIRROR_BUDGET := $(BUDGET)
endif
ifdef PRESET
export PHOTO_MIRROR_PRESET := $(PRESET)
endif

GIVEN := $(if $(RAW), RAW="$(RAW)")$(if $(RESIZED), RESIZED="$(RESIZED)")$(if $(BUDGET), BUDGET="$(BUDGET)")$(if $(PRESET), PRESET="$(PRESET)")

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# With the system's compiler, or with one that pip fetches; without either, photos take longer.
$(KERNEL): $(COEFFICIENTS)/kernel.c $(COEFFICIENTS)/build.py locks/kernel.txt
	@$(PYTHON) $(COEFFICIENTS)/build.py --zig .venv/zig --lock locks/kernel.txt

# The first time, the kernel is built while packages are fetched.
.venv/run.stamp: locks/run.txt pyproject.toml | $(if $(wildcard .venv/run.stamp),$(KERNEL))
	@$(MAKE) --no-print-directory -j 2 packages $(KERNEL)
	@touch $@

packages:
	@test -x $(BIN)/python || { echo "Making .venv, with $$($(PYTHON) --version)"; $(PYTHON) -m venv .venv; }
	@$(INSTALL) locks/run.txt
	@$(BIN)/pip install --quiet --no-compile --no-deps --no-build-isolation --editable .

.venv/test.stamp: locks/test.txt .venv/run.stamp
	@$(INSTALL) locks/test.txt
	@touch $@

.venv/oracles.stamp: locks/oracles.txt .venv/test.stamp
	@$(INSTALL) locks/oracles.txt
	@touch $@

.venv/browser.stamp: locks/browser.txt .venv/test.stamp
	@$(INSTALL) locks/browser.txt
	@touch $@

# Renamed when all are created, because an existing folder is not created again.
photos/raw: | .venv/run.stamp
	@echo 'Creating a dozen sample photos in $@'
	@rm -rf $@.new
	@$(BIN)/photo-mirror samples $@.new && mv $@.new $@

install: .venv/run.stamp ## install everything that a run needs into .venv

run: .venv/run.stamp $(if $(PHOTO_MIRROR_RAW),,photos/raw) ## mirror RAW into RESIZED within BUDGET; without RAW, sample photos
	@mkdir -p photos
	@$(BIN)/photo-mirror run
	@echo 'See the runs in the Dagster UI:  make dev$(GIVEN)'
	@echo 'See photos before and after:     make gallery$(GIVEN)'

gallery: .venv/run.stamp $(if $(PHOTO_MIRROR_RAW),,photos/raw) ## write photos/gallery.html: photos before and after; RAW, RESIZED and so on as for run
	@mkdir -p photos
	@$(BIN)/photo-mirror gallery -o photos/gallery.html
	@echo 'Open it in a browser: file://$(CURDIR)/photos/gallery.html'

dev: .venv/run.stamp ## serve the Dagster UI and run its daemon on http://127.0.0.1:3000; PORT=n
	@mkdir -p photos
	@$(BIN)/photo-mirror dev $(if $(PORT),--port $(PORT))

tests/azurite/node_modules/.stamp: tests/azurite/package-lock.json .venv/test.stamp
	cd tests/azurite && $(CURDIR)/$(BIN)/npm ci --loglevel=error
	@touch $@

test: .venv/test.stamp tests/azurite/node_modules/.stamp ## run the tests
	$(PYTEST) -n $(TESTERS) --dist worksteal $(COVERAGE) $(patsubst %,--ignore=tests/%,$(LONGER))

coverage: ## run the tests, and list the lines and branches that no test reaches
	@$(MAKE) --no-print-directory test COVERAGE='--cov --cov-report=term:skip-covered'

tests/browser/node_modules/.stamp: tests/browser/package-lock.json .venv/test.stamp
	cd tests/browser && $(CURDIR)/$(BIN)/npm ci --loglevel=error
	@touch $@

test-browser: .venv/browser.stamp tests/azurite/node_modules/.stamp tests/browser/node_modules/.stamp ## test the UI in Chromium (installed by apt if missing)
	@command -v "$${CHROMIUM:-chromium}" >/dev/null || { apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; }
	$(PYTEST) tests/browser -p no:cacheprovider --timeout=900 --durations=5

pictures: .venv/browser.stamp tests/azurite/node_modules/.stamp ## take the pictures of the UI in docs/pictures; PHOTOS=folder with the names of the samples
	PHOTOS=$(abspath $(PHOTOS)) $(PYTEST) tests/browser/test_walk.py -p no:cacheprovider --timeout=900
	$(BIN)/python -m tests.browser.save_screenshot

test-oracles: .venv/oracles.stamp ## check renditions with other programs (installed by apt); EXAMPLES=n sets the number of random files
	@for tool in exiftool pngcheck tiffinfo convert; do command -v $$tool >/dev/null && continue; \
		apt-get -qq update && apt-get -qq install -y --no-install-recommends \
			libimage-exiftool-perl imagemagick pngcheck libtiff-tools >/dev/null; break; done
	ORACLE_EXAMPLES=$(EXAMPLES) $(PYTEST) tests/oracles -n 2 -p no:cacheprovider --timeout=900 --durations=5

test-labels: .venv/labels.stamp .venv/test.stamp ## read mapped labels with pycocotools, datumaro and labelformat
	$(PYTEST) tests/labels/readers -n 2 -p no:cacheprovider --durations=5

test-mltable: .venv/mltable.stamp .venv/test.stamp ## read the manifest for Azure ML with its own library (460 MB)
	$(PYTEST) tests/manifest/readers -p no:cacheprovider --durations=5

test-clone: ## run the three commands of the README in a new clone with an empty home folder
	tests/clone

test-wheel: .venv/run.stamp ## install the wheel in a new environment, outside the checkout, and use it
	tests/wheel

test-cluster: .venv/cluster.stamp tests/azurite/node_modules/.stamp ## run the tests of a cluster: Ray and Postgres
	tests/cluster/postgres
	tests/cluster/offline $(CLUSTER)/bin/pytest tests/cluster -p no:cacheprovider --timeout 400

check: .venv/test.stamp ## run ruff, ruff format, mypy --strict and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

azurite: tests/azurite/node_modules/.stamp ## run the emulator of Azure's storage (PORT=10000, PHOTOS=folder to upload)
	@$(BIN)/python -m tests.azurite.emulator $(or $(PORT),10000) $(PHOTOS)

bench: .venv/bench.stamp ## measure quality and CPU time against other tools; PHOTOS=dir, BESIDE=revision, QUICK=1
	$(BENCH)/bin/python -W ignore -m benchmarks.run $(if $(PHOTOS),--photos $(PHOTOS)) $(if $(BESIDE),--beside $(BESIDE)) $(if $(ONLY),--only '$(ONLY)') $(if $(QUICK),--quick --out .bench)
	$(if $(QUICK),,$(BENCH)/bin/python -m benchmarks.targets)

fuzz: .venv/fuzz.stamp ## fuzz shrink for SECONDS (600) at low priority; findings go to .fuzz
	@mkdir -p .fuzz/corpus
	PYTHONPATH=. nice -n 19 .venv/fuzz/bin/python tests/fuzz/shrink_any.py .fuzz/corpus \
		-max_total_time=$(or $(SECONDS),600) -timeout=300 -rss_limit_mb=3000 -max_len=60000 -artifact_prefix=.fuzz/

fuzz-kernel: ## fuzz the C kernel for SECONDS (600) at low priority with sanitizers (apt installs clang-19); findings go to .fuzz
	@command -v clang-19 >/dev/null || { apt-get -qq update && apt-get -qq install -y --no-install-recommends clang-19 libclang-rt-19-dev >/dev/null; }
	@mkdir -p .fuzz/kernel
	clang-19 -g -O1 -ffp-contract=off -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		-o .fuzz/kernel_any tests/fuzz/kernel/kernel_any.c
	nice -n 19 .fuzz/kernel_any .fuzz/kernel tests/fuzz/kernel/seeds -max_total_time=$(or $(SECONDS),600) \
		-timeout=60 -rss_limit_mb=2000 -max_len=20000 -print_final_stats=1 -artifact_prefix=.fuzz/

bench-mirror: tests/azurite/node_modules/.stamp ## measure the mirror; PHOTOS=folder of large photos, WHAT=thousand overhead memory copying
	$(BIN)/python -m benchmarks.mirror.planning
	$(if $(PHOTOS),set -e; for what in $(or $(WHAT),thousand overhead memory copying); do \
		$(BIN)/python -m benchmarks.mirror.endtoend $(PHOTOS) $$what; done)

soak: tests/azurite/node_modules/.stamp ## kill ROUNDS (100) runs, then cause faults for MINUTES (30) with COUNT (20000) photos; results of other numbers go to .bench
	@mkdir -p .bench
	$(BIN)/python -m benchmarks.mirror.kill --rounds $(or $(ROUNDS),100) $(if $(ROUNDS),--out .bench)
	$(BIN)/python -m benchmarks.mirror.soak --minutes $(or $(MINUTES),30) --photos $(or $(COUNT),20000) $(if $(MINUTES)$(COUNT),--out .bench)

survey: .venv/test.stamp ## count the outcomes of malicious files and of flipped bits
	@$(BIN)/python -m tests.resize_core.hostile_report 2>/dev/null

.venv/bench.stamp: locks/bench.txt .venv/run.stamp
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python locks/install.py locks/bench.txt
	@touch $@

.venv/cluster.stamp: locks/cluster.txt .venv/run.stamp
	@test -x $(CLUSTER)/bin/python || $(PYTHON) -m venv $(CLUSTER)
	@$(CLUSTER)/bin/python locks/install.py locks/cluster.txt
	$(CLUSTER)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/labels.stamp: locks/labels.txt
	@test -x .venv/labels/bin/python || $(PYTHON) -m venv .venv/labels
	@.venv/labels/bin/python locks/install.py locks/labels.txt
	@touch $@

.venv/mltable.stamp: locks/mltable.txt
	@test -x .venv/mltable/bin/python || $(PYTHON) -m venv .venv/mltable
	@.venv/mltable/bin/python locks/install.py locks/mltable.txt
	@touch $@

.venv/fuzz.stamp: locks/fuzz.txt .venv/run.stamp
	@test -x .venv/fuzz/bin/python || $(PYTHON) -m venv .venv/fuzz
	@.venv/fuzz/bin/python locks/install.py locks/fuzz.txt
	@touch $@

lock: ## regenerate the lock files
	locks/resolve
