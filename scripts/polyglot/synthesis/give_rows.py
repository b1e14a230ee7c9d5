"""File the pairs of one source as the rows of a teacher: data that a user brings or that are public. Nobody is asked.

Reads the source's seed table, whose personal data are masked and whose languages are judged, and its rejects, which
are refused answers of this teacher. Writes rows, rejected rows and counts, the same files as a teacher's. All trials
have the same pairs, in an order that the seed gives; their students differ by the seed of the training.
"""

from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet
from polyglot.core.identity import content_id, shuffled
from polyglot.synthesis.methods import GIVEN
from polyglot.synthesis.pair_rows import file_pairs, parser

NEEDED = ["seed_id", "language", "split", "prompt", "response", "origin"]


def in_order(rows: pd.DataFrame, language: str, seed: int) -> list[Json]:
    """The training rows of a language with a response as pairs, in seeded order."""
    by_id = {row["seed_id"]: row for row in rows.to_dict("records") if row["split"] == "train" and row["response"]}
    return [
        {
            "request_id": content_id(GIVEN, language, seed_id),
            "method": GIVEN,
            "language": language,
            "seed_ids": [seed_id],
            "source_prompt": by_id[seed_id]["prompt"],
            "source_response": by_id[seed_id]["response"],
        }
        for seed_id in shuffled(by_id, seed, language, GIVEN)
    ]


def refusals(rows: pd.DataFrame, teacher: str, trial: int) -> list[Json]:
    """Rows of a seed table that become no pair, with their reason, in the form of refused answers."""
    return [
        {
            "row_id": content_id(GIVEN, teacher, trial, row["origin"], row["reason"]),
            "request_id": content_id(GIVEN, row["language"], row["seed_id"]),
            "teacher": teacher,
            "language": row["language"],
            "method": GIVEN,
            "trial": trial,
            "seed_ids": [row["seed_id"]],
            "prompt": row["prompt"],
            "response": row["response"],
            "request_seed": 0,
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "reason": row["reason"],
            "text": row["response"] or "",
        }
        for row in rows.to_dict("records")
    ]


def main() -> None:
    """Parse the command line, take the source's pairs in a language, write rows, rejects and counts."""
    options = parser(__doc__, "--seeds")
    options.add_argument("--rejected", type=Path, required=True, help="the source's rejected rows (.parquet)")
    options.add_argument("--seed", type=int, required=True, help="the study's seed")
    arguments = options.parse_args()
    seeds, rejected = read_parquet(arguments.pairs, NEEDED), read_parquet(arguments.rejected, [*NEEDED, "reason"])
    seeds, rejected = (table[table["language"] == arguments.language] for table in (seeds, rejected))
    if seeds.empty:
        raise InputError(f"{arguments.pairs}: holds no row in {arguments.language}; take it out of the design")
    unpaired = pd.concat(
        [
            seeds[seeds["split"] != "train"].assign(reason="held_out"),
            seeds[(seeds["split"] == "train") & ~seeds["response"].astype(bool)].assign(reason="no_response"),
            rejected,
        ]
    )
    refused = refusals(unpaired, arguments.teacher, arguments.trial)
    file_pairs(in_order(seeds, arguments.language, arguments.seed), arguments, refused)


if __name__ == "__main__":
    run(main)
