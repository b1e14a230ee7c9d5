"""A seeded sample of a teacher's rows in a language for human eyes, with the scores and flags that each row has."""

import csv
import io
import math
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from polyglot.errors import InputError
from polyglot.files import read_parquet
from polyglot.identity import shuffled

ROW = ["row_id", "recipe", "size", "trial", "method", "prompt", "response"]
PARTS = {  # what is joined to the rows, by row_id
    "judge": ["score", "feedback", "cut"],
    "fidelity": ["prompt_language", "prompt_ok", "response_language", "response_ok"],
    "perplexity": ["perplexity"],
}
SHEET = ["row", "language", "method", "prompt", "response", "annotator", "fluency", "cultural_fit", "comment"]
PREFIX = "row-"  # keeps a spreadsheet from reading an id of digits, or 12e45678…, as a number
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula
CELL = 32_000  # characters; a spreadsheet's cell ends at 32,767
FAR = 3.0  # an outlier is further from the median of the log than this many scaled median absolute deviations
SCALED = 1.4826  # times the median absolute deviation: the standard deviation of normal values


def read_cell(data: Path, parts: dict[str, Path]) -> pd.DataFrame:
    """The rows of one data set with each part's columns beside them. Raises InputError where a part lacks a row."""
    table = read_parquet(data, ROW)[ROW]
    for part, path in parts.items():
        columns = PARTS[part]
        values = read_parquet(path, ["row_id", *columns]).drop_duplicates("row_id").set_index("row_id")
        lacking = set(table["row_id"]) - set(values.index)
        if lacking:
            raise InputError(f"{path}: has no row {min(lacking)} of {data}; make it again")
        table[columns] = values.loc[table["row_id"], columns].to_numpy()
    return table.assign(outlier=outliers(table["perplexity"].tolist()))


def outliers(perplexities: Sequence[float | None]) -> list[bool]:
    """Which rows are far from the others: by the median and the median absolute deviation of log perplexity."""
    logs = np.array([math.nan if one is None or math.isnan(one) else math.log(one) for one in perplexities])
    if np.isnan(logs).all():
        return [False] * len(logs)
    distance = np.abs(logs - np.nanmedian(logs))
    spread = SCALED * np.nanmedian(distance)
    return [bool(spread and one > FAR * spread) for one in distance]


def flags(row: pd.Series, language: str) -> list[str]:
    """What a reader should know of a row, in words."""
    found = [
        f"{text} not in {language} ({row[f'{text}_language']})"
        for text in ("prompt", "response")
        if not row[f"{text}_ok"]
    ]
    if pd.isna(row["perplexity"]):
        found.append("perplexity could not be measured")
    elif row["outlier"]:
        found.append("perplexity outlier")
    if pd.isna(row["score"]):
        found.append("invalid answer of the judge")
    if row["cut"]:
        found.append("judged without its end, which was too long")
    if row["contaminated"]:
        found.append("shares text with a benchmark")
    return found


def draw(rows: pd.DataFrame, count: int, language: str, *seed: object) -> pd.DataFrame:
    """At most `count` rows in a seeded order, with their flags; which ones depends on ids and seed alone."""
    rows = rows.drop_duplicates("row_id").set_index("row_id")
    chosen = rows.loc[shuffled(rows.index, *seed)[:count]].reset_index()
    chosen["flags"] = [flags(row, language) for _, row in chosen.iterrows()]
    return chosen


def plain(text: str) -> str:
    """`text` without characters that no page or spreadsheet can show; line breaks and tabs stay."""
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
        else "\N{REPLACEMENT CHARACTER}"
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
    )


def guarded(text: str) -> str:
    """`text` as a spreadsheet's cell: short enough, and never a formula."""
    text = plain(text)
    if len(text) > CELL:
        text = text[:CELL] + " [… cut here: the cell is full]"
    return "'" + text if text.lstrip(" \n").startswith(FORMULA) else text


def sheet(rows: pd.DataFrame, language: str) -> bytes:
    """The annotators' sheet: CSV in UTF-8 with BOM, columns `SHEET`, the last four empty; no score is shown."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(SHEET)
    for row in rows.itertuples():
        texts = (guarded(row.prompt), guarded(row.response))
        writer.writerow([f"{PREFIX}{row.row_id}", language, row.method, *texts, "", "", "", ""])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def contaminated(paths: Iterable[Path]) -> set[str]:
    """Ids of the rows that share text with a benchmark, of the tables that say so."""
    found: set[str] = set()
    for path in paths:
        table = read_parquet(path, ["row_id", "share"])
        found |= set(table.loc[table["share"] > 0, "row_id"])
    return found
