"""How far mixtures of teachers lead the best of their own teachers, with intervals: is it worth mixing?

Reads scores.csv, ranking.csv and the observations behind them; writes mixtures.csv (a row a score, student base,
language and mixture; language `all` is the mean over languages) and mixtures.md. Leads are differences of estimates of
ranking.csv; errors come from the same draws, in which students answered the same items and the same trials are drawn,
so that what mixture and teachers share cancels.

Which teacher is the best is read from the same data, and the highest of several estimates is too high. The interval
does not take it as known: a mixture leads the best of its teachers by the least of its leads over each of them, so the
interval is made of those of all these leads. Its lower end is the least of their lower ends, 97.5 % each, for one of
them is of the teacher that is truly best; its upper end is the least of their upper ends, 97.5 % all together. It holds
the truth in at least 95 %, whoever is the best.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.decision_words import mixture_line
from polyglot.analysis.observations import Observations, Table, read_observations
from polyglot.analysis.ranking import ALL, RANKED, RANKING, draws_of
from polyglot.analysis.ranking_page import NAMES
from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import main_block
from polyglot.core.errors import run
from polyglot.core.files import Json, whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import check, read_sheet, write_sheet

_number = pa.Column(float, nullable=True, coerce=True)
LEADS = pa.DataFrameSchema(
    {
        "score": pa.Column(str, pa.Check.isin(RANKED)),
        **{name: pa.Column(str) for name in ("student_base", "language", "mixture", "best")},
        **{name: _number for name in ("lead", "low", "high")},
    },
    unique=["score", "student_base", "language", "mixture"],
    strict=True,
    ordered=True,
)


def lead(estimate: np.ndarray, drawn: np.ndarray) -> tuple[int, float, float, float]:
    """The place of the best teacher, the mixture's lead over it, and the lead's 95 % interval.

    `estimate` (1 + T,) and `drawn` (draws, 1 + T) are the mixture's score and those of its teachers, all finite.
    """
    leads, errors = estimate[0] - estimate[1:], (drawn[:, :1] - drawn[:, 1:]) - (estimate[0] - estimate[1:])
    spread = errors.std(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = np.nan_to_num(errors / spread).max(axis=1)  # a teacher whose rows are the mixture's has no error
    low = (leads + np.quantile(errors, 0.025, axis=0)).min()
    high = (leads + np.quantile(largest, 0.975) * spread).min()
    return int(estimate[1:].argmax()), float(leads.min()), float(low), float(high)


def of_base(
    base: str,
    rows: pd.DataFrame,
    ranking: pd.DataFrame,
    observations: Mapping[Table, Observations],
    mixtures: Mapping[str, Sequence[str]],
    seed: int,
) -> list[Json]:
    """The rows of mixtures.csv of one student base; `rows` and `ranking` are those of scores.csv and ranking.csv.

    A mixture is compared with those of its teachers that have the score there; where none has, it has no row.
    """
    teachers, languages = sorted(rows["teacher"].unique()), sorted(rows["language"].unique())
    draws = draws_of(base, rows, observations, seed)
    places = {**{language: [place] for place, language in enumerate(languages)}, ALL: list(range(len(languages)))}
    result = []
    for (score, language), part in ranking.groupby(["score", "language"]):
        table = part.set_index("teacher").reindex(teachers)
        drawn = draws.drawn[score][:, :, places[language]].mean(axis=2)
        for mixture in sorted(set(mixtures) & set(table.index)):
            known = [name for name in mixtures[mixture] if name in table.index and pd.notna(table.at[name, "estimate"])]
            if not known or pd.isna(table.at[mixture, "estimate"]):
                continue
            compared = [teachers.index(name) for name in (mixture, *known)]
            best, *numbers = lead(table["estimate"].to_numpy(float)[compared], drawn[:, compared])
            if table.loc[[mixture, *known], "low"].isna().any():  # an anchor is not valid
                numbers[1:] = [np.nan, np.nan]
            key = {"score": score, "student_base": base, "language": language, "mixture": mixture, "best": known[best]}
            result.append({**key, **dict(zip(("lead", "low", "high"), numbers, strict=True))})
    return result


def page(table: pd.DataFrame, mixtures: Mapping[str, Sequence[str]]) -> str:
    """The leads by gain in sentences, then every lead in a table for each student base."""
    blocks = [
        "# Mixtures of teachers",
        "A mixture's students against those of the best of its own teachers, on as many rows for the same requests."
        " Which teacher is the best is not taken as known: the interval, 95 %, holds whoever of them it is.",
    ]
    for base, part in table.groupby("student_base", sort=False):
        gains = part[(part["score"] == "gain") & (part["language"] == ALL)]
        lines = [f"- {mixture_line({**row, 'teachers': mixtures[row['mixture']]})}" for row in gains.to_dict("records")]
        cells = [
            [
                row.mixture,
                row.language,
                NAMES[row.score],
                row.best,
                written(row.lead, signed=True),
                written(row.low, unknown="n/a"),
                written(row.high, unknown="n/a"),
            ]
            for row in part.itertuples()
        ]
        headers = ["mixture", "language", "score", "best of its teachers", "lead", "low", "high"]
        blocks += [f"## Students of {base}", "\n".join(lines), markdown_table(cells, headers)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def main() -> None:
    """Parse the command line, compare, write the table and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--ranking", required=True, help="ranking.csv of the study")
    parser.add_argument("--observations", type=Path, required=True, help="folder of {student_base}/{language} tables")
    parser.add_argument("--mixtures", type=json.loads, required=True, help="JSON: mixture → its teachers")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--seed", required=True, type=int, help="the study's seed")
    parser.add_argument("--out", required=True, type=Path, help="mixtures.csv to write, .md beside it")
    arguments = parser.parse_args()
    scores = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    ranking = read_sheet(arguments.ranking, RANKING)
    rows: list[Json] = []
    for base, part in scores.groupby("student_base"):
        own, observed = ranking[ranking["student_base"] == base], read_observations(arguments.observations, part)
        rows += of_base(base, part, own, observed, arguments.mixtures, arguments.seed)
    table = pd.DataFrame(rows, columns=list(LEADS.columns)).sort_values(list(LEADS.unique), ignore_index=True)
    table = check(table, LEADS, arguments.out)
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table, arguments.mixtures), encoding="utf-8")


if __name__ == "__main__":
    run(main)
