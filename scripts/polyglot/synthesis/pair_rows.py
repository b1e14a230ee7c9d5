"""Write existing pairs of a prompt and a response as synthetic rows; no language model is asked.

The pairs are the seeds' own (method public) or their translations (nllb-both), from a request table. Writes the first
`wanted` pairs under the name of a teacher, the other pairs with their reason, and counts: the same files as a
teacher's. All trials have the same pairs; their students differ by the seed of the training.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet, write_counts, write_parquet
from polyglot.core.identity import content_id, normalise
from polyglot.synthesis.methods import PAIRED
from polyglot.synthesis.parsing import same
from polyglot.synthesis.synthesise import ROW_COLUMNS, table


def from_requests(requests: Iterable[Json], *, teacher: str, trial: int, wanted: int) -> tuple[list[Json], list[Json]]:
    """Synthetic rows of the first `wanted` usable pairs, in request order, and the other ones with a reason.

    Reasons are those of answers: empty, copied (the response repeats the prompt), duplicate, surplus.
    """
    kept: list[Json] = []
    rejected: list[Json] = []
    known: set[tuple[str, str]] = set()
    for request in requests:
        prompt, response = (normalise(request[name] or "") for name in ("source_prompt", "source_response"))
        origin = (request["request_id"], teacher, request["language"], request["method"], trial)
        row = {
            "row_id": content_id(*origin, prompt, response),
            **dict(zip(("request_id", "teacher", "language", "method", "trial"), origin, strict=True)),
            "seed_ids": list(request["seed_ids"]),
            "prompt": prompt,
            "response": response,
            "request_seed": 0,
            "prompt_tokens": 0,
            "completion_tokens": 0,
        }
        reason = _reason(prompt, response, known, full=len(kept) >= wanted)
        if reason is None:
            known.add((prompt, response))
            kept.append(row)
        else:
            rejected.append({**row, "reason": reason, "text": response})
    return kept, rejected


def _reason(prompt: str, response: str, known: set[tuple[str, str]], full: bool) -> str | None:
    if not prompt or not response:
        return "empty"
    if same(prompt) == same(response):
        return "copied"
    if (prompt, response) in known:
        return "duplicate"
    return "surplus" if full else None


NEEDED = ["request_id", "method", "language", "seed_ids", "source_prompt", "source_response"]


def read_pairs(path: Path, language: str, method: str) -> list[Json]:
    """The pairs of a request table in request order. Raises InputError if it is of another language or method."""
    pairs = read_parquet(path, NEEDED)
    for column, value in (("method", method), ("language", language)):
        if not (pairs[column] == value).all():
            raise InputError(f"{path}: column {column!r} holds other values than {value!r}; remake it")
    return pairs.to_dict("records")


def parser(description: str, table: str = "--requests") -> argparse.ArgumentParser:
    """The options that every program has which files pairs as rows; `table` names the option of their table."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(table, type=Path, required=True, dest="pairs", help="table of pairs (.parquet)")
    options.add_argument("--teacher", required=True, help="name that the rows are filed under")
    options.add_argument("--language", required=True, help="ISO 639-1 code")
    options.add_argument("--trial", type=int, required=True)
    options.add_argument("--wanted", type=int, required=True, help="rows to keep")
    options.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    return options


def file_pairs(pairs: Iterable[Json], arguments: argparse.Namespace, refused: Iterable[Json] = ()) -> None:
    """Write the first `wanted` usable pairs as rows, and beside them rejects and counts.

    `refused` are rejects of a step before that belong to the teacher. Raises InputError naming the table of pairs where
    rows are wanted and no pair is usable.
    """
    wanted, out = arguments.wanted, arguments.out
    kept, rejected = from_requests(pairs, teacher=arguments.teacher, trial=arguments.trial, wanted=wanted)
    rejected += refused
    if wanted and not kept:
        raise InputError(f"{arguments.pairs}: holds no pair; look into the counts of the step before")
    write_parquet(out.with_suffix(".rejected.parquet"), table(rejected, (*ROW_COLUMNS, "reason", "text")))
    reasons = [row["reason"] for row in rejected]
    none = {"prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0}
    counts = out.with_suffix(".counts.json")
    write_counts(counts, len(kept) + len(rejected), len(kept), reasons, wanted=wanted, **none)
    write_parquet(out, table(kept, ROW_COLUMNS))


def main() -> None:
    """Parse the command line, take the pairs, write rows, rejects and counts."""
    options = parser(__doc__)
    options.add_argument("--method", required=True, choices=PAIRED)
    arguments = options.parse_args()
    file_pairs(read_pairs(arguments.pairs, arguments.language, arguments.method), arguments)


if __name__ == "__main__":
    run(main)
