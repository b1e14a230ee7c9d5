"""The printed numbers in resources/published/, each table behind a schema: the only way in which they are read."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.measurements import COLUMNS
from polyglot.analysis.paper import MAIN_RECIPE, MAIN_SIZE, STUDENT_BASE
from polyglot.analysis.score import INTRINSIC
from polyglot.core.errors import InputError
from polyglot.core.sheets import read_sheet
from polyglot.synthesis.methods import DIRECT


def _text(*checks: pa.Check) -> pa.Column:
    return pa.Column(str, list(checks))


def _number(*checks: pa.Check, nullable: bool = False) -> pa.Column:
    return pa.Column(float, list(checks), nullable=nullable, coerce=True)


def _table(columns: dict[str, pa.Column], key: list[str]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, unique=key, strict=True)


def schemas(teachers: list[str], languages: list[str]) -> dict[str, pa.DataFrameSchema]:
    """The schema of each file by its stem, given the closed sets of teacher ids and language codes."""
    teacher, language = _text(pa.Check.isin(teachers)), _text(pa.Check.isin(languages))
    with_average = _text(pa.Check.isin([*languages, "average"]))
    share, count, positive = pa.Check.in_range(0, 1), pa.Check.ge(1), pa.Check.gt(0)
    cell, diversity = ["teacher", "language"], pa.Check.in_range(0, 2)
    base = _text(pa.Check.isin([STUDENT_BASE, "gemma-3-4b", "qwen-3-8b", "llama-3.1-8b"]))
    method = _text(pa.Check.isin(DIRECT))
    return {
        "table01_pg_score": _table(
            {
                "teacher": teacher,
                "language": with_average,
                "pg_score": _number(),
                "standard_error": _number(pa.Check.ge(0), nullable=True),
            },
            cell,
        ),
        "table02_pg_score_by_method": _table(
            {"teacher": teacher, "language": language, "method": method, "pg_score": _number()}, [*cell, "method"]
        ),
        "table03_mixed_effects": _table(
            {"predictor": _text(), "beta": _number(), "se": _number(positive), "p": _number(share)}, ["predictor"]
        ),
        "table04_pca_variance": _table(
            {"component": pa.Column(int, count), "variance_explained": _number(share), "cumulative": _number(share)},
            ["component"],
        ),
        "table05_datasets": _table(
            {
                "dataset": _text(),
                "languages": pa.Column(int, count),
                "named_languages": _text(),
                **dict.fromkeys(DIRECT, pa.Column(bool)),
            },
            ["dataset"],
        ),
        "table06_seed_counts": _table(
            {
                "source": _text(),
                "language": _text(pa.Check.isin([*languages, "en", "all"])),
                "examples": pa.Column(int, count),
            },
            ["source", "language"],
        ),
        "table10_benchmarks": _table(
            {
                "benchmark": _text(),
                "formulation": _text(),
                "metric": _text(),
                "shots": pa.Column(int, pa.Check.ge(0)),
            },
            ["benchmark"],
        ),
        "table11_intrinsic": _table(
            {
                "teacher": teacher,
                "language": language,
                "prompt_diversity": _number(diversity),
                "response_diversity": _number(diversity),
                "perplexity": _number(count),
                "reward_score": _number(pa.Check.in_range(1, 5)),
            },
            cell,
        ),
        "table12_pgr": _table({"teacher": teacher, "language": language, "pgr": _number()}, cell),
        "table13_standard_errors": _table(
            {
                "teacher": teacher,
                "language": language,
                "pg_score": _number(),
                "standard_error": _number(positive),
            },
            cell,
        ),
        "table14_family_match_gain": _table(
            {"teacher": teacher, "student_base": base, "percent_increase": _number()}, ["teacher", "student_base"]
        ),
        "table15_best_method_gain": _table(
            {"language": language, "method": method, "teacher": teacher, "percent_increase": _number()},
            ["language", "method", "teacher"],
        ),
        "table16_olmo32b": _table({"teacher": teacher, "language": with_average, "pg_score": _number()}, cell),
        "table18_tagalog_seed": TAGALOG_SEEDS,
        "table19_filbench": _table({"model": _text(), "filbench_score": _number(pa.Check.in_range(0, 100))}, ["model"]),
        "figure02_pg_score_by_base": _table(
            {"teacher": teacher, "student_base": base, "pg_score_mean_ar_de_id": _number()},
            ["teacher", "student_base"],
        ),
        "figure03_loadings": _table(
            {
                "metric": _text(pa.Check.isin([*INTRINSIC, "prompt_length", "response_length"])),
                "component": pa.Column(int, count),
                "loading": _number(pa.Check.in_range(-1, 1)),
            },
            ["metric", "component"],
        ),
        "figure04_points": _table(
            {"language": language, "drawn_measured": _number(share), "drawn_predicted": _number(share)},
            ["language", "drawn_measured", "drawn_predicted"],
        ),
        "figure07_rank_correlations": _table(
            {"weight_a": _number(share), "weight_b": _number(share), "rho": _number(pa.Check.in_range(-1, 1))},
            ["weight_a", "weight_b"],
        ),
        "figure09_filbench": _table({"step": _text(), "filbench_score": _number(pa.Check.in_range(0, 100))}, ["step"]),
        "released_code": _table({name: _text() for name in ("quantity", "printed", "in_code", "source")}, ["quantity"]),
        "implied_anchors": _table(
            {
                "language": language,
                "base_score": _number(share, nullable=True),
                "reference_score": _number(share, nullable=True),
                "teachers_on_line": pa.Column(int, pa.Check.ge(0)),
            },
            ["language"],
        ),
    }


TEACHERS = _table(
    {
        "teacher": _text(),
        "provider": _text(),
        "size_b": _number(pa.Check.gt(0), nullable=True),
        "languages": pa.Column(str, coerce=True),
        "license": _text(),
    },
    ["teacher"],
)
LANGUAGES = _table(
    {
        "language": _text(pa.Check.str_length(2, 3)),
        "name": _text(),
        "family": _text(),
        "script": _text(),
        "joshi_level": pa.Column(int, pa.Check.in_range(0, 5)),
        "common_crawl_pct": _number(pa.Check.in_range(0, 100)),
    },
    ["language"],
)
SEEDS = _table(
    {"source": _text(), "language": _text(), "examples": pa.Column(int, pa.Check.ge(1))}, ["source", "language"]
)
TAGALOG_SEEDS = _table({"source": _text(), "examples": pa.Column(int, pa.Check.ge(1))}, ["source"])
CLAIMS = _table(
    {
        "claim_id": _text(),
        "where": _text(),
        "quantity": _text(),
        "statement": _text(),
        "paper_value": pa.Column(str, coerce=True),
        "unit": _text(),
    },
    ["claim_id"],
)
# Tables whose rows are a full grid: a row that is left out is a missing cell too.
_GRIDS = {
    "table01_pg_score": ["teacher", "language"],
    "table11_intrinsic": ["teacher", "language"],
    "table12_pgr": ["teacher", "language"],
    "table13_standard_errors": ["teacher", "language"],
    "figure03_loadings": ["metric", "component"],
    "figure02_pg_score_by_base": ["teacher", "student_base"],
    "table02_pg_score_by_method": ["teacher", "language", "method"],
    "table16_olmo32b": ["teacher", "language"],
}


def load(folder: str | Path) -> dict[str, pd.DataFrame]:
    """All printed tables by file stem, plus `table07_teachers`, `table08_languages` and `claims`.

    Raises InputError that names the file, the line and the column of a missing, repeated, unknown or impossible value.
    """
    folder = Path(folder)
    tables = {
        "table07_teachers": read_sheet(folder / "table07_teachers.csv", TEACHERS),
        "table08_languages": read_sheet(folder / "table08_languages.csv", LANGUAGES),
        "claims": read_sheet(folder / "claims.csv", CLAIMS),
    }
    teachers = sorted(tables["table07_teachers"]["teacher"])
    languages = sorted(tables["table08_languages"]["language"])
    for name, schema in schemas(teachers, languages).items():
        tables[name] = read_sheet(folder / f"{name}.csv", schema)
    for name, key in _GRIDS.items():
        check_grid(folder / f"{name}.csv", tables[name], key)
    for name in ("table11_intrinsic", "table12_pgr"):
        missing = sorted(set(teachers) - set(tables[name]["teacher"]))
        if missing:
            raise InputError(f"{folder / name}.csv: no row for teacher {missing[0]}, which table07_teachers.csv lists")
    return tables


def seeds(table06: str | Path, table18: str | Path) -> pd.DataFrame:
    """The printed seed counts by source and language: Table 6 without its totals, and Table 18, which is Tagalog."""
    main, tagalog = read_sheet(table06, SEEDS), read_sheet(table18, TAGALOG_SEEDS).assign(language="tl")
    return pd.concat([main[main["source"] != "total"], tagalog], ignore_index=True)


def measurements(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Tables 11 and 12 and the implied anchors as rows of measurements.csv, for the student base that they print.

    The student's score is recovered from PGR and the anchors: base + PGR · (reference − base). Where no anchors are
    known (Japanese) it stays empty and only `pgr_reported` is there. Everything that is not printed is empty.
    """
    rows = tables["table11_intrinsic"].merge(tables["table12_pgr"], on=["teacher", "language"], validate="one_to_one")
    rows = rows.merge(tables["implied_anchors"].drop(columns="teachers_on_line"), on="language", how="left")
    rows = rows.rename(columns={"reward_score": "judge_score", "pgr": "pgr_reported"}).assign(
        student_base=STUDENT_BASE, recipe=MAIN_RECIPE, size=MAIN_SIZE, trial=1
    )
    gap = rows["reference_score"] - rows["base_score"]
    rows["student_score"] = rows["base_score"] + rows["pgr_reported"] * gap
    return rows.reindex(columns=COLUMNS)


def teachers(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Facts about teachers as every study has them: teacher, size_b, performance (not printed), languages evaluated."""
    rows = tables["table07_teachers"][["teacher", "size_b"]].sort_values("teacher", ignore_index=True)
    return rows.assign(performance=np.nan, languages=0)


def check_grid(path: Path, rows: pd.DataFrame, key: list[str]) -> None:
    """Raise InputError for the first combination of the key columns that has no row."""
    present = set(rows[key].itertuples(index=False, name=None))
    for combination in product(*(sorted(rows[column].unique()) for column in key)):
        if combination not in present:
            values = ", ".join(map(str, combination))
            raise InputError(f"{path}: no row for {values} (columns {', '.join(key)}); add it")
