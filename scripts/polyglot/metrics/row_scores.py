"""Scores of texts: a text is scored once, whatever data sets hold it, also when a study grows.

A table of scores has a line a text: its id, what it was scored with, and the scores. A metric of a data set looks its
rows' scores up. Where a table is made again with more texts, the scores that it holds stay, if code and settings are
the same; deleting it scores all texts anew.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError
from polyglot.core.files import read_parquet, write_parquet
from polyglot.core.identity import content_id
from polyglot.core.provenance import sha256_of

KEYS = ["text_id", "made_with"]


def pair_ids(rows: pd.DataFrame, *about: str) -> list[str]:
    """The id of each row's prompt and response as one text, and of what the question about them tells besides."""
    return [content_id(*about, *pair) for pair in zip(rows["prompt"], rows["response"], strict=True)]


def read_pairs(files: Sequence[Path], *about: Sequence[str]) -> pd.DataFrame:
    """The distinct pairs (text_id, prompt, response) of tables of rows, in their order.

    `about` gives each table a value that belongs to the question (the language that a judge is told); pairs of tables
    with another value are other pairs, and the values stand in columns "about0", ….
    """
    tables = []
    for number, file in enumerate(files):
        values = {f"about{place}": column[number] for place, column in enumerate(about)}
        rows = read_parquet(file, ["prompt", "response"])[["prompt", "response"]].assign(**values)
        tables.append(rows.assign(text_id=pair_ids(rows, *values.values())))
    return pd.concat(tables).drop_duplicates("text_id", ignore_index=True)


def score_once(
    out: Path,
    texts: pd.DataFrame,
    made_with: str | Sequence[str],
    score: Callable[[pd.DataFrame], pd.DataFrame],
) -> None:
    """Write to `out` the scores of `texts` (column text_id), in their order.

    `score` gives the columns of the texts that it gets, a line each; those that `out` holds of the same `made_with`,
    which is that of all texts or of each, and the same code it does not get.
    """
    code = [sha256_of(file) for file in _code()]
    stamps = pd.Series(made_with, index=texts["text_id"], dtype=object)
    stamps = stamps.map({each: content_id(each, *code) for each in stamps.unique()})
    known = read_parquet(out, KEYS) if out.exists() else pd.DataFrame(columns=KEYS)
    known = known[known["text_id"].map(stamps) == known["made_with"]]
    new = texts[~texts["text_id"].isin(known["text_id"])].reset_index(drop=True)
    print(f"{len(new)} texts to score, {len(known)} scored before", file=sys.stderr)
    tables = [known] if len(known) else []
    if len(new) or not tables:  # a table without texts has its columns too
        scored = score(new)
        tables.append(pd.concat([new[["text_id"]].assign(made_with=new["text_id"].map(stamps)), scored], axis=1))
    write_parquet(out, pd.concat(tables).set_index("text_id").loc[texts["text_id"]].reset_index())


def scores_of(paths: Sequence[Path], text_ids: Sequence[str]) -> pd.DataFrame:
    """The lines of tables of scores for some texts, in the order of `text_ids`. Raises InputError where one lacks.

    Rows of a mixture have theirs in the table of each teacher; of a text that two of them wrote the first one's counts.
    """
    table = pd.concat([read_parquet(path, KEYS) for path in paths]).drop_duplicates("text_id").set_index("text_id")
    lacking = next((text_id for text_id in text_ids if text_id not in table.index), None)
    if lacking:
        files, it = ", ".join(map(str, paths)), "it" if len(paths) == 1 else "them"
        raise InputError(f"{files}: holds no score of text {lacking}; delete {it} and run the same command again")
    return table.loc[list(text_ids)].reset_index()


def _code() -> list[str]:
    """Files of the project's modules that this program has loaded, by path."""
    loaded = [module for name, module in sys.modules.items() if name.startswith("polyglot.") or name == "__main__"]
    files = [getattr(module, "__file__", None) or "" for module in loaded]
    return sorted({file for file in files if "/polyglot/" in file})
