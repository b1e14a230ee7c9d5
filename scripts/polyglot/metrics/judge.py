"""Judge score of a data set: the mean of a judge's valid scores of its rows, 1 to 5.

Reads the frozen rows (parquet: row_id, prompt, response), a judge's answers about their texts (see
`metrics.judge_rows`) and the templates of its question. Writes the mean of the valid scores and the rate of invalid
answers as JSON, and each row's score, feedback and raw answer as parquet. Rows that were too long for the judge are
counted ("cut"); so is feedback that repeats an example of the question or is the same for most rows
("repeated_feedback"), and so are invalid answers by their reason ("invalid"): "malformed" is one that ended by itself.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json, read_parquet, write_json, write_parquet
from polyglot.metrics.row_scores import pair_ids, scores_of
from polyglot.metrics.rubric import STYLES, Rubric, parse, repeats, summarise


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--answers", type=Path, nargs="+", required=True, help="the judge's answers about their texts")
    parser.add_argument("--judge", required=True, help="the judge's name, for the record")
    parser.add_argument("--style", choices=STYLES, required=True, help="the form of question and answer")
    parser.add_argument("--templates", type=Path, required=True, help="folder of the templates and schema.json")
    parser.add_argument("--language-name", required=True, help="English name of the rows' language")
    parser.add_argument(
        "--max-tokens", type=int, help="tokens of an answer; leave out where its length was not constrained"
    )
    parser.add_argument("--invalid-limit", type=float, required=True, help="accepted share of invalid answers")
    parser.add_argument("--least-rows", type=int, required=True, help="with fewer rows there is something wrong")
    parser.add_argument("--out", type=Path, required=True, help="the figures, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row scores, parquet")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    rows = read_parquet(args.data, ["row_id", "prompt", "response"])
    answered = scores_of(args.answers, pair_ids(rows, args.language_name))
    rubric = Rubric(args.templates, args.style, args.language_name)
    constraint = rubric.constraint(args.max_tokens)
    ended = answered["finish_reason"] == "stop"
    parsed = [
        parse(text, constraint) if whole else (None, None) for text, whole in zip(answered["text"], ended, strict=True)
    ]
    scores = [score for score, _ in parsed]
    figures = summarise(scores, args.invalid_limit, args.judge, args.data, args.least_rows)
    table = pd.DataFrame({"row_id": rows["row_id"], "score": pd.array(scores, dtype="Int64")})
    table["feedback"] = [feedback for _, feedback in parsed]
    table["repeated"] = repeats([feedback for _, feedback in parsed], rubric.examples(constraint))
    table["text"] = answered["text"]
    table["cut"] = answered["cut"]
    figures |= {"repeated_feedback": int(table["repeated"].sum()), "cut": int(table["cut"].sum())}
    ends = [end if end != "stop" else "malformed" for end in answered["finish_reason"]]
    reasons = Counter(end for end, score in zip(ends, scores, strict=True) if score is None)
    figures["invalid"] = dict(sorted(reasons.items()))
    notes(args, figures)
    write_parquet(args.rows, table)
    write_json(args.out, figures)


def notes(args: argparse.Namespace, figures: Json) -> None:
    """Say on stderr that scores or feedback hardly depend on the rows."""
    if figures["distinct_scores"] == 1:
        print(f"note: {args.judge} gave every row of {args.data} the same score", file=sys.stderr)
    if figures["repeated_feedback"]:
        count = f"{figures['repeated_feedback']} of {figures['rows']} rows"
        print(
            f"note: {args.judge} repeated an example or itself as its feedback on {count} of {args.data}",
            file=sys.stderr,
        )


if __name__ == "__main__":
    run(main)
