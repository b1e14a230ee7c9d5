"""The observations behind the scores of one student base in one language: items answered and rows measured.

`items`, a row an item: benchmark, whether that decides (counts in a model's score), item_id, weight and stratum in its
benchmark's score, then a column of scores for `base`, `reference` and each student
(`teacher/language/recipe-size/trial`), in [0, 1] or, of native text, bits per byte below zero; empty where a model has
no record of the item. `rows`, a row a (data set, request): `data` as above, request_id, and the row's part in each
metric.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from polyglot.core.errors import InputError
from polyglot.core.files import read_jsonl, read_parquet, write_parquet
from polyglot.evaluation.standard_errors import standard_errors, weigh
from polyglot.metrics.registry import ROW_VALUES, SCREENED_VALUES, metric_file
from polyglot.study.design import Cell

Table = tuple[str, str]  # student base and language
ITEM = ["benchmark", "decides", "item_id", "weight", "stratum"]


@dataclass(frozen=True)
class Observations:
    """Both tables of one student base and language."""

    items: pd.DataFrame
    rows: pd.DataFrame

    @property
    def deciding(self) -> pd.DataFrame:
        """The items of the benchmarks whose mean is a model's score."""
        return self.items[self.items["decides"]]

    @classmethod
    def read(cls, table: str | Path, names: Iterable[str]) -> "Observations":
        """The observations of the data sets `names`, which lie beside a table of measurements."""
        of_items, of_rows = (Path(table).with_suffix(f".{name}.parquet") for name in ("items", "rows"))
        names = list(dict.fromkeys(names))
        items = read_parquet(of_items, [*ITEM, "base", "reference", *names])[[*ITEM, "base", "reference", *names]]
        rows = read_parquet(of_rows, ["data", "request_id", *ROW_VALUES])
        return cls(items, rows[rows["data"].isin(names)])

    def write(self, table: Path) -> None:
        """Write them beside a table of measurements."""
        write_parquet(table.with_suffix(".items.parquet"), self.items)
        write_parquet(table.with_suffix(".rows.parquet"), self.rows)


def read_items(folders: Mapping[str, Path], metrics: Mapping[str, str], deciding: Collection[str]) -> pd.DataFrame:
    """The table of items; `folders` are those of each model's evaluations, `metrics` maps benchmarks to metrics.

    Raises InputError where an item occurs twice among the records of a model.
    """
    tables = []
    for benchmark, metric in metrics.items():
        parts: list[pd.DataFrame] = []
        columns = {}
        for model, folder in folders.items():
            path = folder / f"{benchmark}.samples.jsonl"
            records = read_jsonl(path)
            ids = pd.Index([record["item_id"] for record in records], dtype=object)
            if not ids.is_unique:
                raise InputError(f"{path}: item {ids[ids.duplicated()][0]} occurs twice; evaluate again")
            columns[model] = pd.Series([float(record["correct"]) for record in records], index=ids)
            if records:
                parts.append(weigh(records, metric).set_index(ids))
        if parts:
            weights = pd.concat(parts)
            weights = weights[~weights.index.duplicated()]
            table = weights.join(pd.DataFrame(columns)).rename_axis("item_id").reset_index()
            tables.append(table.assign(benchmark=benchmark, decides=benchmark in deciding))
    names = [*ITEM, *folders]
    if not tables:
        return pd.DataFrame(columns=names).astype({"decides": bool, "weight": float, **dict.fromkeys(folders, float)})
    return pd.concat(tables, ignore_index=True)[names]


def read_rows(data: Path, intrinsic: Path, student_base: str) -> pd.DataFrame:
    """The rows of one data set (the file of its frozen rows) with the values in its folder of intrinsic metrics."""
    rows = read_parquet(data, ["row_id", "request_id"])[["row_id", "request_id"]]
    sources = {**ROW_VALUES, **SCREENED_VALUES}
    for metric in dict.fromkeys(sources.values()):
        path = (intrinsic / metric_file(metric, student_base)).with_suffix(".parquet")
        columns = [column for column, source in sources.items() if source == metric]
        values = read_parquet(path, ["row_id", *columns])[["row_id", *columns]]
        rows = rows.merge(values, on="row_id", how="left", validate="one_to_one")
    return rows.drop(columns="row_id").astype(dict.fromkeys(sources, "float32"))


def data_names(rows: pd.DataFrame) -> list[str]:
    """The data set of each row of measurements or scores, as observations name it."""
    return [Cell(*cell).data for cell in rows[list(Cell._fields)].itertuples(index=False)]


def read_observations(folder: Path, rows: pd.DataFrame) -> dict[Table, Observations]:
    """The observations behind `rows` of measurements or scores, by student base and language."""
    return {
        (base, language): Observations.read(folder / base / f"{language}.csv", data_names(part))
        for (base, language), part in rows.groupby(["student_base", "language"])
    }


def score_errors(items: pd.DataFrame, values: np.ndarray) -> np.ndarray:
    """Standard error of the mean over benchmarks of each column of `values` (items, columns).

    The values are scores or differences of scores, item by item; items that a column lacks are left out of it. NaN
    where a benchmark has fewer than two items.
    """
    places = list(items.groupby("benchmark", sort=False).indices.values())
    weights, strata = items["weight"].to_numpy(), items["stratum"].to_numpy()
    squares = np.full((len(places), values.shape[1]), np.nan)
    for number, place in enumerate(places):
        for column in range(values.shape[1]):
            known = place[~np.isnan(values[place, column])]
            if len(known) > 1:
                part = values[known, column][:, None]
                squares[number, column] = standard_errors(part, weights[known], strata[known])[0] ** 2
    return np.sqrt(squares.sum(axis=0)) / len(places) if places else np.full(values.shape[1], np.nan)


def influences(rows: pd.DataFrame) -> np.ndarray:
    """Each row's share in the error of its data set's four intrinsic features, (rows, 4); squares sum to the variance.

    `rows` are those of one data set. The features are both diversities, the judge score and −log(1 + perplexity), as in
    score.features. A diversity is a mean over pairs, in each of which a row has a part: twice its mean distance. A row
    without a value (a judge's invalid answer) is not part of that mean.
    """
    values = rows[list(ROW_VALUES)].to_numpy(dtype=float)
    count = np.sum(~np.isnan(values), axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.nansum(values, axis=0) / count
        scale = np.where(count > 1, 1 / np.sqrt(count * (count - 1.0)), np.nan)
    slopes = np.array([2.0, 2.0, 1.0, -1 / (1 + means[3])])
    return np.where(np.isnan(values), 0.0, values - means) * scale * slopes
