# make demo        set up, fetch model and footage, dub them, say where to look
# make test        set up, lint, all tests but the long host and farm ones; those of one Blender too
# make quick       the fast subset, for one's own loop
# make test-hosts  the long host and farm tests, in three Blenders
# make blender     build the Blender extension into dist/, and let Blender judge it
# make blender-assets   make the node groups again, after an operator changed
# make screenshots      the pictures of docs/blender.md, from a real Blender with a window (root, Debian)
# make nuke        write the Nuke groups and their docs again, after an operator changed
# make bench       time and memory      make lint      make clean
# PYTHON=/path/to/python3.11 chooses another Python.

DUB := .venv/bin/dub
PYTEST := .venv/bin/python -m pytest
READY_DEMO := .venv/.ready-demo
READY_TEST := .venv/.ready-test
READY_BPY := .venv-bpy-one-ready
READY_BLENDER := .venv-bpy-ready
SETUP_INPUTS := constraints.txt pyproject.toml .ci/setup

export PYTHON
# Idle OpenMP threads that spin slow the other worker down.
export OMP_WAIT_POLICY := PASSIVE

.PHONY: help demo test quick test-hosts blender blender-assets screenshots nuke bench lint clean
.NOTPARALLEL:

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: $(READY_DEMO)
	$(DUB) demo --out out/demo

test: lint $(READY_BPY)
	$(DUB) models fetch
	$(PYTEST) -n 2 -m "not hosts"

quick: lint
	$(PYTEST) -n 2 -m "not slow and not hosts and not bpy"

# Exit code 5 is pytest's "no test was chosen".
test-hosts: $(READY_TEST) $(READY_BLENDER)
	@status=0; $(PYTEST) -m "hosts or bpy" || status=$$?; \
	if [ $$status = 5 ]; then echo "No test is marked 'hosts' yet: nothing was run."; exit 0; fi; \
	exit $$status

blender: $(READY_DEMO) $(READY_BLENDER)
	.venv/bin/python blender_addon/build_extension.py --validate-with .venv-bpy-4.5/bin/python

blender-assets: $(READY_BLENDER)
	.venv-bpy-4.2/bin/python blender_addon/make_assets.py

screenshots: $(READY_DEMO)
	$(DUB) models fetch
	tests/hosts/blender/window/screenshots

nuke: $(READY_TEST)
	.venv/bin/python -m nuke_plugin.generate
	.venv/bin/python tests/nuke_plugin/golden_scripts.py --write

bench: $(READY_TEST)
	@test -f shared_core/cli/bench.py || { echo "There is no 'dub bench' yet."; exit 2; }
	$(DUB) bench

lint: $(READY_TEST)
	.venv/bin/ruff check .

clean:
	rm -rf out build dist .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -path './.venv*' -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY_DEMO): $(SETUP_INPUTS)
	@.ci/setup demo

$(READY_BPY): .ci/setup
	@.ci/setup bpy

$(READY_BLENDER): .ci/setup
	@.ci/setup blender

$(READY_TEST): $(SETUP_INPUTS)
	@.ci/setup test
