"""Leave out the synthetic rows that a judge scored below a limit, before they are mixed.

Reads the rows of one method and the judge's score of each. Writes the rows that stay, those that go with the reason
(low_score, or unjudged where the judge gave no valid answer) and their score, and counts.
"""

import argparse
from pathlib import Path

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_counts, write_parquet


def main() -> None:
    """Parse the command line, choose, write rows, rejects and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=Path, required=True, help="synthetic rows (.parquet)")
    parser.add_argument("--scores", type=Path, required=True, help="row_id and score of each (.parquet)")
    parser.add_argument("--least", type=int, required=True, help="lowest score that stays")
    parser.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    arguments = parser.parse_args()
    rows = read_parquet(arguments.rows, ["row_id"])
    scores = read_parquet(arguments.scores, ["row_id", "score"]).set_index("row_id")["score"]
    if set(scores.index) != set(rows["row_id"]) or not scores.index.is_unique:
        raise InputError(f"{arguments.scores}: not the scores of the rows of {arguments.rows}; judge them again")
    result = rows["row_id"].map(scores).astype("Int64")
    low = (result < arguments.least).fillna(False)
    unjudged = result.isna()
    kept = rows[~low & ~unjudged]
    if len(rows) and kept.empty:
        raise InputError(f"{arguments.rows}: no row has score {arguments.least} or more; lower quality.judge_score")
    rejected = rows.assign(score=result, reason=["unjudged" if item else "low_score" for item in unjudged])[
        low | unjudged
    ]
    write_parquet(arguments.out.with_suffix(".rejected.parquet"), rejected)
    write_counts(arguments.out.with_suffix(".counts.json"), len(rows), len(kept), rejected["reason"])
    write_parquet(arguments.out, kept)


if __name__ == "__main__":
    run(main)
