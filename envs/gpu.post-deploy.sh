#!/usr/bin/env bash
# Snakemake runs a copy of this in the new environment, from the root of the project.
set -euo pipefail
pip install -r envs/requirements-gpu.txt
