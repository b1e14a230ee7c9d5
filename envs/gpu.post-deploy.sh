#!/usr/bin/env bash
# Installs the GPU environment into the one whose `pip` comes first, from the root of the project: run by the Makefile for
# .venv, and by Snakemake, as a copy, in a new conda environment.
set -euo pipefail
pip install --no-deps --require-hashes -r envs/requirements-gpu.txt
