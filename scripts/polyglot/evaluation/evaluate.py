"""Evaluate a model on every benchmark of a language or of several, in one engine.

Reads a model folder, the benchmarks' items and the task files. Writes, for each benchmark, {benchmark}.json (score,
standard error, chance, number and hash of the items) and {benchmark}.samples.jsonl (prompt, likelihoods or text,
and prediction of each item, enough to recompute the score) into the folder --out of the language. A benchmark that the
language lacks gets an empty score and the reason.
"""

import argparse
import json
from pathlib import Path

from polyglot.core.engine import prepare_environment
from polyglot.core.errors import InputError, run
from polyglot.core.files import write_json, write_jsonl
from polyglot.evaluation.asking import evaluate
from polyglot.evaluation.economy import load_model
from polyglot.evaluation.items import parse_benchmarks


def main() -> None:
    """Parse the command line, ask the model, write results and records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--name", required=True, help="the model's name in the results")
    parser.add_argument("--language", nargs="+", required=True)
    parser.add_argument(
        "--benchmarks",
        type=json.loads,
        nargs="+",
        required=True,
        help='for each language a JSON list of {"benchmark", "formulation", "metric", "shots", "items", "shot_items", '
        '"max_gen_toks", "protocol"}; items is null if the language has no such task, '
        "protocol is plain (the default) or chat",
    )
    parser.add_argument("--tasks", type=Path, required=True, help="folder of the task files")
    parser.add_argument("--dtype", required=True, choices=["float32", "bfloat16"])
    parser.add_argument(
        "--max-model-len", type=int, required=True, help="context in tokens; longer prompts are an error"
    )
    parser.add_argument("--gpus", type=int, required=True, help="tensor-parallel width; 0 is the CPU")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--limit", type=lambda text: None if text == "none" else int(text), help="first items, or none")
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="for each language a folder for the results")
    arguments = parser.parse_args()
    by_language = [parse_benchmarks(entries) for entries in arguments.benchmarks]
    if not len(arguments.language) == len(by_language) == len(arguments.out):
        raise InputError("--language, --benchmarks, --out: give as many of each, one for each language")
    prepare_environment()
    lm = None
    if any(benchmark.items is not None for benchmarks in by_language for benchmark in benchmarks):
        lm = load_model(
            arguments.model,
            dtype=arguments.dtype,
            max_model_len=arguments.max_model_len,
            gpus=arguments.gpus,
            seed=arguments.seed,
        )
    for language, benchmarks, out in zip(arguments.language, by_language, arguments.out, strict=True):
        results = evaluate(lm, benchmarks, language=language, tasks=arguments.tasks, limit=arguments.limit)
        for result, records in results:
            write_jsonl(out / f"{result['benchmark']}.samples.jsonl", records)
            write_json(out / f"{result['benchmark']}.json", {"model": arguments.name, **result})


if __name__ == "__main__":
    run(main)
