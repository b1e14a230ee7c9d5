"""Translate the texts of requests with NLLB: prompts, and responses where the requests carry any.

Reads a request table and a CTranslate2 folder. Writes the same table with `source_prompt` and `source_response` in the
target language, in the same order; NAME.rejected.parquet holds the rows of which a text failed, with the reason, which
text it was and what came of it; NAME.counts.json what was seen, kept and rejected. Finished chunks lie in NAME.chunks/
until everything is written: a killed job goes on from them.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from polyglot.core.accelerators import check_cards
from polyglot.core.chunks import Chunks
from polyglot.core.engine import prepare_environment
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet, write_counts, write_parquet
from polyglot.synthesis.nllb import COMPUTE_TYPES, Model, Settings, Translation, translate
from polyglot.synthesis.select_requests import COLUMNS

TEXTS = ("source_prompt", "source_response")


def translations(model: Model, texts: list[str], language: str, chunks: Chunks) -> list[Translation]:
    """The translations of one chunk of texts."""

    def made() -> Iterator[Json]:
        for translation in translate(texts, model, model.target, language):
            yield {"text": translation.text, "reason": translation.reason}

    return [Translation(**row) for row in chunks.answers(texts, made)]


def translated(rows: list[Json], made: dict[str, list[Translation]]) -> tuple[list[Json], list[Json]]:
    """Rows with their texts translated, and those of which one failed, with `reason`, `failed` and `text`."""
    kept, rejected = [], []
    for number, row in enumerate(rows):
        results = {name: made[name][number] for name in made}
        failed = next((name for name, result in results.items() if result.reason), None)
        if failed:
            result = results[failed]
            rejected.append({**row, "reason": result.reason, "failed": failed, "text": result.text})
        else:
            kept.append({**row, **{name: result.text for name, result in results.items()}})
    return kept, rejected


def main() -> None:
    """Parse the command line, translate, write rows, rejects and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="CTranslate2 folder")
    parser.add_argument("--requests", type=Path, required=True, help="request table (.parquet)")
    parser.add_argument("--language", required=True, help="ISO 639-1 code of the language to translate into")
    parser.add_argument("--source-code", required=True, help="FLORES-200 code of the language of the requests")
    parser.add_argument("--target-code", required=True, help="FLORES-200 code of --language")
    parser.add_argument("--beam-size", type=int, required=True)
    parser.add_argument("--max-input-tokens", type=int, required=True, help="longest sentence")
    parser.add_argument("--max-output-tokens", type=int, required=True, help="longest translation of a sentence")
    parser.add_argument("--batch-tokens", type=int, required=True, help="tokens in one batch")
    parser.add_argument("--compute-type", choices=COMPUTE_TYPES, required=True)
    parser.add_argument("--gpus", type=int, required=True, help="0 is the CPU")
    parser.add_argument("--chunk-size", type=int, required=True, help="rows translated and kept at a time")
    parser.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    arguments = parser.parse_args()
    prepare_environment()
    check_cards(arguments.gpus)
    limits = (arguments.max_input_tokens, arguments.max_output_tokens, arguments.batch_tokens)
    model = Model(
        arguments.model,
        arguments.source_code,
        arguments.target_code,
        Settings(arguments.beam_size, *limits),
        compute_type=arguments.compute_type,
        device="cuda" if arguments.gpus else "cpu",
        threads=int(os.environ.get("OMP_NUM_THREADS", "1")),
    )
    table = read_parquet(arguments.requests, COLUMNS)[COLUMNS].astype(object)
    rows = table.where(table.notna(), None).to_dict("records")
    # the responses are translated where the requests carry them: all or none do
    names = [name for name in TEXTS if any(row[name] is not None for row in rows)]
    chunks = Chunks(arguments.out.with_suffix(".chunks"), model.fingerprint, arguments.language)
    made: dict[str, list[Translation]] = {name: [] for name in names}
    for start in tqdm(range(0, len(rows), arguments.chunk_size), desc="translating", unit="chunk"):
        part = rows[start : start + arguments.chunk_size]
        for name in names:
            made[name] += translations(model, [row[name] or "" for row in part], arguments.language, chunks)
    kept, rejected = translated(rows, made)
    if rows and not kept:
        raise InputError(
            f"{arguments.requests}: no text was translated; the reasons are in {chunks.folder}; correct the settings"
        )
    write_parquet(
        arguments.out.with_suffix(".rejected.parquet"),
        pd.DataFrame(rejected, columns=[*COLUMNS, "reason", "failed", "text"]),
    )
    reasons = [row["reason"] for row in rejected]
    write_counts(arguments.out.with_suffix(".counts.json"), len(rows), len(kept), reasons, texts=names)
    write_parquet(arguments.out, pd.DataFrame(kept, columns=COLUMNS))
    chunks.remove()


if __name__ == "__main__":
    run(main)
