"""A sample of a teacher's rows in a language: a page to read, a sheet to annotate, and the scores of these rows.

Reads the data sets (parquet) and, for each in the same order, the rows of judge, fidelity and perplexity, and of
contamination where it was measured. Writes {out}.html, {out}.csv (for annotators: no score in it) and {out}.parquet.
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.errors import InputError, run
from polyglot.files import whole, write_parquet
from polyglot.pages import render
from polyglot.samples import contaminated, draw, plain, read_cell, sheet

KEPT = ["row_id", "recipe", "size", "trial", "method", "score", "perplexity", "flags"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="data sets, parquet")
    for part in ("judge", "fidelity", "perplexity"):
        parser.add_argument(f"--{part}", type=Path, nargs="+", required=True, help="its rows, one file a data set")
    parser.add_argument("--contamination", type=Path, nargs="*", default=[], help="rows by contamination, parquet")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--language-name", required=True, help="the language's English name")
    parser.add_argument("--judge-name", required=True, help="the judge's id, for the page")
    parser.add_argument("--base", required=True, help="the student base that measured perplexity, for the page")
    parser.add_argument("--rows", type=int, required=True, help="rows to draw at most")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--templates", type=Path, required=True, help="folder of samples.html.jinja")
    parser.add_argument("--out", type=Path, required=True, help="path without ending of what is written")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    lists = {"judge": args.judge, "fidelity": args.fidelity, "perplexity": args.perplexity}
    for name, files in lists.items():
        if len(files) != len(args.data):
            raise InputError(f"--{name}: {len(files)} files for {len(args.data)} data sets; give one for each")
    parts = [dict(zip(lists, files, strict=True)) for files in zip(*lists.values(), strict=True)]
    rows = pd.concat([read_cell(data, part) for data, part in zip(args.data, parts, strict=True)])
    rows["contaminated"] = rows["row_id"].isin(contaminated(args.contamination))
    drawn = draw(rows, args.rows, args.language_name, args.seed, "samples", args.teacher, args.language)
    if drawn.empty:
        raise InputError(f"{args.data[0]}: holds no rows to sample; make it again")
    texts = drawn.assign(**{column: [plain(one or "") for one in drawn[column]] for column in ("prompt", "response")})
    page = render(
        args.templates,
        "samples.html.jinja",
        title=f"{args.teacher}: {args.language_name}",
        rows=texts.astype(object).where(texts.notna(), None).to_dict("records"),
        total=rows["row_id"].nunique(),
        args=args,
    )
    with whole(args.out.with_name(f"{args.out.name}.html")) as temporary:
        temporary.write_text(page + "\n", encoding="utf-8")
    with whole(args.out.with_name(f"{args.out.name}.csv")) as temporary:
        temporary.write_bytes(sheet(drawn, args.language))
    kept = drawn[KEPT].assign(teacher=args.teacher, language=args.language)
    kept = kept.astype({"score": "Int64", "perplexity": "float64"})
    write_parquet(args.out.with_name(f"{args.out.name}.parquet"), kept)


if __name__ == "__main__":
    run(main)
