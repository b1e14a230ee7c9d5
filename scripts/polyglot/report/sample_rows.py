"""Sample a teacher's rows in a language: a page to read, a sheet to annotate, and the scores of these rows.

Reads the data sets (parquet) and, for each in the same order, the rows of judge, fidelity and perplexity, and of
contamination if it was measured. The sample is seeded. Writes {out}.html with scores and flags, {out}.csv for
annotators (without scores) and {out}.parquet.
"""

import argparse
import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, whole, write_parquet
from polyglot.core.identity import shuffled
from polyglot.report.page import render

ROW = ["row_id", "recipe", "size", "trial", "method", "prompt", "response"]
PARTS = {  # tables joined to the rows by row_id
    "judge": ["score", "feedback", "cut"],
    "fidelity": ["prompt_language", "prompt_ok", "response_language", "response_ok"],
    "perplexity": ["perplexity"],
}
SHEET = ["row", "language", "method", "prompt", "response", "annotator", "fluency", "cultural_fit", "comment"]
PREFIX = "row-"  # keeps a spreadsheet from reading an id such as 12e45678… as a number
# how a spreadsheet's formula begins, in any width, also behind spaces and signs that nobody sees
FORMULA = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠﹢﹣﹦﹫]|[ \n]*\t")
CELL = 32_000  # characters; a spreadsheet's cell holds 32,767
FAR = 3.0  # outliers lie more scaled median absolute deviations than this from the median of the log
SCALED = 1.4826  # times the median absolute deviation gives the standard deviation of normal values


def read_cell(data: Path, parts: dict[str, Path]) -> pd.DataFrame:
    """The rows of one data set with the columns of each part. Raises InputError if a part lacks a row."""
    table = read_parquet(data, ROW)[ROW]
    for part, path in parts.items():
        columns = PARTS[part]
        values = read_parquet(path, ["row_id", *columns]).drop_duplicates("row_id").set_index("row_id")
        missing = set(table["row_id"]) - set(values.index)
        if missing:
            raise InputError(f"{path}: has no row {min(missing)} of {data}; measure the data set again")
        table[columns] = values.loc[table["row_id"], columns].to_numpy()
    return table.assign(outlier=outliers(table["perplexity"].tolist()))


def outliers(perplexities: Sequence[float | None]) -> list[bool]:
    """Whether each row is far from the others, by the median and median absolute deviation of log perplexity."""
    logs = np.array(
        [
            math.nan if perplexity is None or math.isnan(perplexity) else math.log(perplexity)
            for perplexity in perplexities
        ]
    )
    if np.isnan(logs).all():
        return [False] * len(logs)
    distance = np.abs(logs - np.nanmedian(logs))
    spread = SCALED * np.nanmedian(distance)
    return [bool(spread and value > FAR * spread) for value in distance]


def flags(row: pd.Series, language: str) -> list[str]:
    """The flags of a row, as phrases for the reader."""
    results = [
        f"{text} not in {language} ({row[f'{text}_language']})"
        for text in ("prompt", "response")
        if pd.notna(row[f"{text}_ok"]) and not row[f"{text}_ok"]
    ]
    if pd.isna(row["perplexity"]):
        results.append("perplexity could not be measured")
    elif row["outlier"]:
        results.append("perplexity outlier")
    if pd.isna(row["score"]):
        results.append("invalid answer of the judge")
    if row["cut"]:
        results.append("judged without its end, which was too long")
    if row["contaminated"]:
        results.append("shares text with a benchmark")
    return results


def draw(rows: pd.DataFrame, count: int, language: str, *seed: object) -> pd.DataFrame:
    """At most `count` rows in a seeded order, with their flags; the choice depends only on ids and seed."""
    rows = rows.drop_duplicates("row_id").set_index("row_id")
    chosen = rows.loc[shuffled(rows.index, *seed)[:count]].reset_index()
    chosen["flags"] = [flags(row, language) for _, row in chosen.iterrows()]
    return chosen


def plain(text: str) -> str:
    """`text` without control characters and surrogates, which no page shows; line breaks and tabs stay."""
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
        else "\N{REPLACEMENT CHARACTER}"
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
    )


def guarded(text: str) -> str:
    """`text` as a spreadsheet's cell: cut to the cell's capacity, and never a formula."""
    text = plain(text)
    if len(text) > CELL:
        text = text[:CELL] + " [… cut here: the cell is full]"
    return "'" + text if FORMULA.match(text) else text


def sheet(rows: pd.DataFrame, language: str) -> bytes:
    """The annotators' sheet: CSV in UTF-8 with BOM, columns `SHEET`, the last four empty; it shows no score."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(SHEET)
    for row in rows.itertuples():
        texts = (guarded(row.prompt), guarded(row.response))
        writer.writerow([f"{PREFIX}{row.row_id}", language, row.method, *texts, "", "", "", ""])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def contaminated(paths: Iterable[Path]) -> set[str]:
    """Ids of the rows that share text with a benchmark, from the contamination tables."""
    result: set[str] = set()
    for path in paths:
        table = read_parquet(path, ["row_id", "share"])
        result |= set(table.loc[table["share"] > 0, "row_id"])
    return result


SCORES = ["row_id", "recipe", "size", "trial", "method", "score", "perplexity", "flags"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="data sets, parquet")
    for part in ("judge", "fidelity", "perplexity"):
        parser.add_argument(f"--{part}", type=Path, nargs="+", required=True, help="its rows, one file per data set")
    parser.add_argument("--contamination", type=Path, nargs="*", default=[], help="rows by contamination, parquet")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--language-name", required=True, help="the language's English name")
    parser.add_argument("--judge-name", required=True, help="the judge's id, for the page")
    parser.add_argument("--base", required=True, help="the student base that measured perplexity, for the page")
    parser.add_argument("--rows", type=int, required=True, help="rows to draw at most")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--templates", type=Path, required=True, help="folder of samples.html.jinja")
    parser.add_argument("--out", type=Path, required=True, help="path of the outputs, without ending")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    lists = {"judge": args.judge, "fidelity": args.fidelity, "perplexity": args.perplexity}
    for name, files in lists.items():
        if len(files) != len(args.data):
            raise InputError(f"--{name}: {len(files)} files for {len(args.data)} data sets; give one file for each")
    parts = [dict(zip(lists, files, strict=True)) for files in zip(*lists.values(), strict=True)]
    rows = pd.concat([read_cell(data, part) for data, part in zip(args.data, parts, strict=True)])
    rows["contaminated"] = rows["row_id"].isin(contaminated(args.contamination))
    drawn = draw(rows, args.rows, args.language_name, args.seed, "samples", args.teacher, args.language)
    if drawn.empty:
        raise InputError(f"{args.data[0]}: holds no rows to sample; mix the data set again")
    texts = drawn.assign(**{column: [plain(text or "") for text in drawn[column]] for column in ("prompt", "response")})
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
    scores = drawn[SCORES].assign(teacher=args.teacher, language=args.language)
    scores = scores.astype({"score": "Int64", "perplexity": "float64"})
    write_parquet(args.out.with_name(f"{args.out.name}.parquet"), scores)


if __name__ == "__main__":
    run(main)
