# Two commands are enough: `make demo` runs the whole pipeline on two small models, `make test` the tests.
PYTHON ?= python3
VENV := .venv
SNAKEMAKE := $(VENV)/bin/snakemake
COMPILE := ../$(VENV)/bin/uv pip compile --quiet --config-file uv.toml --python-version 3.11
REQUIREMENTS := $(addprefix envs/,cpu.post-deploy.sh requirements-cpu.txt requirements-torch.txt requirements-models.txt \
	vllm/pyproject.toml)

# asked for advisories: OSV, or a mirror of its interface
OSV ?= https://api.osv.dev/v1/query

.PHONY: env env-gpu requirements advisories demo check test faults figures bench lint clean
.DELETE_ON_ERROR:

# $(1) cpu or gpu, $(2) the mark of the other environment: a .venv holds one of them
define install
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "error: Python 3.11 to 3.13 is needed; set PYTHON=python3.11")'
	@[ ! -e $(2) ] || { echo "error: $(VENV) holds the other environment ($(2)); remove $(VENV) first" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" PIP_QUIET=1 PIP_COMPILE=0 bash envs/$(1).post-deploy.sh
	@# by several processes what pip compiles in one; files for another Python stay as they are
	@$(VENV)/bin/python -m compileall -q -j 4 $(VENV)/lib > /dev/null 2>&1 || true
	touch $@
endef

env: $(VENV)/installed

$(VENV)/installed: $(REQUIREMENTS)
	$(call install,cpu,$(VENV)/installed-gpu)

env-gpu: $(VENV)/installed-gpu

$(VENV)/installed-gpu: envs/gpu.post-deploy.sh envs/requirements-gpu.txt
	$(call install,gpu,$(VENV)/installed)

# the pins anew from the .in files; what is pinned stays where it resolves (envs/uv.toml)
requirements: env
	cd envs && $(COMPILE) --override cpu-overrides.txt --no-emit-package torch cpu.in --output-file requirements-cpu.txt
	cd envs && $(COMPILE) gpu.in --output-file requirements-gpu.txt
	cd envs && $(COMPILE) validator.in --output-file requirements-validator.txt
	cd envs && $(COMPILE) advisories.in --output-file requirements-advisories.txt

$(VENV)/advisories/installed: envs/requirements-advisories.txt $(VENV)/installed
	$(PYTHON) -m venv $(VENV)/advisories
	$(VENV)/advisories/bin/pip install --quiet --no-deps --require-hashes -r envs/requirements-advisories.txt
	touch $@

# fails where a pin has a known advisory, and where none could be asked for: silence is no good news
advisories: $(VENV)/advisories/installed
	@code=0; for kind in cpu gpu models validator advisories; do \
		pins=envs/requirements-$$kind.txt report=$(VENV)/advisories/$$kind.md; rm -f $$report; \
		if $(VENV)/advisories/bin/pip-audit --vulnerability-service osv --osv-url $(OSV) --disable-pip --require-hashes --strict \
			--progress-spinner off --format markdown --output $$report -r $$pins 2> $(VENV)/advisories/$$kind.log; then \
			echo "$$pins: no known advisory"; \
		elif [ -s $$report ]; then \
			echo "$$pins:"; cat $$report; code=1; \
		else \
			echo "error: $(OSV): no index of advisories answers ($(VENV)/advisories/$$kind.log); ask where one is at hand" >&2; \
			exit 1; \
		fi; \
	done; exit $$code

# what only the tests need, apart from everything else
$(VENV)/validator/installed: envs/requirements-validator.txt
	$(PYTHON) -m venv $(VENV)/validator
	$(VENV)/validator/bin/pip install --quiet --no-deps --require-hashes -r envs/requirements-validator.txt
	touch $@

demo: env
	$(SNAKEMAKE) --profile profiles/demo
	$(SNAKEMAKE) --profile profiles/demo audit
	$(SNAKEMAKE) --profile profiles/demo --report results/demo/report.html -- reported
	$(SNAKEMAKE) --profile profiles/demo --forcerun manifest -- audit # now of the report too
	@cat results/demo/decision.md

figures: env
	$(SNAKEMAKE) --cores 2 published

# for the person who has changed one file
check: env lint $(VENV)/validator/installed
	$(VENV)/bin/pytest -n 2 --dist loadfile tests/unit tests/workflow/test_layout.py tests/workflow/test_rules.py

# three at a time, on two cores too: tests of a cluster wait more than they compute
test: env lint $(VENV)/validator/installed
	$(VENV)/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder --durations 20 -r fEs tests

# each fault in docs/faults.md and whether its test holds here
faults: env
	$(VENV)/bin/python tests/bench/bench_faults.py

lint: env
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/snakefmt --check Snakefile rules
	$(SNAKEMAKE) --lint

bench: env
	$(VENV)/bin/python tests/bench/bench_audit.py
	$(VENV)/bin/python tests/bench/bench_masking.py
	$(VENV)/bin/python tests/bench/bench_race.py
	$(VENV)/bin/python tests/bench/bench_ranking.py
	$(VENV)/bin/python tests/bench/bench_statistics.py
	$(VENV)/bin/python tests/bench/bench_training.py
	$(SNAKEMAKE) --profile profiles/demo --quiet all -- results/demo/models/smollm2-135m
	$(VENV)/bin/python tests/bench/bench_metrics.py --model results/demo/models/smollm2-135m
	$(VENV)/bin/python tests/bench/bench_kills.py
	$(VENV)/bin/python tests/bench/bench_slurm.py
	$(VENV)/bin/python tests/bench/bench_workflow.py

clean:
	rm -rf results/demo results/test results/published paper_figures/demo paper_figures/test paper_figures/published
