"""Rank the teachers of a study: every score and rank with its interval, and which teachers cannot be told apart.

Reads scores.csv and the observations behind it; writes ranking.csv (a row a score, student base, language and teacher;
language `all` is the mean over languages), ranking.weights.csv (that mean of PG-Scores with other weights of their
halves), ranking.json (the sizes of the errors, and what would halve them) and ranking.md. Only the main block is
ranked. Intervals are 95 %, from one resampling of items, rows and trials. A score has no interval where the study has
no observations, and pg_score none where an anchor is not valid.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa
from scipy.special import gammaincinv

from polyglot.analysis.observations import Observations, Table, data_names, influences, read_observations
from polyglot.analysis.ranking_page import page
from polyglot.analysis.resampling import Draws, Panel, resample
from polyglot.analysis.score import SCORES, WEIGHTS, features, pg_score
from polyglot.analysis.summaries import cells, main_block, short_cells
from polyglot.core.errors import run
from polyglot.core.files import Json, whole, write_json
from polyglot.core.identity import derive_seed
from polyglot.core.sheets import check, read_sheet, write_sheet

ALL = "all"
RANKED = ["gain", "pg_score", "pg_score_gain"]
DRAWS = 2000
_number = pa.Column(float, nullable=True, coerce=True)
RANKED_COLUMNS = {
    **{name: _number for name in ("estimate", "low", "high")},
    **{name: pa.Column("Int64", nullable=True, coerce=True) for name in ("rank_low", "rank_high")},
    "p_best": pa.Column(float, pa.Check.in_range(0, 1), nullable=True, coerce=True),
    "tie_group": pa.Column("Int64", pa.Check.ge(1), nullable=True, coerce=True),
    "smallest_difference": _number,
}
RANKING = pa.DataFrameSchema(
    {
        "score": pa.Column(str, pa.Check.isin(RANKED)),
        **{name: pa.Column(str) for name in ("student_base", "language", "teacher")},
        **RANKED_COLUMNS,
    },
    unique=["score", "student_base", "language", "teacher"],
    strict=True,
    ordered=True,
)
WEIGHTED = pa.DataFrameSchema(
    {
        "student_base": pa.Column(str),
        "weight": pa.Column(float, pa.Check.in_range(0, 1), coerce=True),
        "teacher": pa.Column(str),
        **RANKED_COLUMNS,
    },
    unique=["student_base", "weight", "teacher"],
    strict=True,
    ordered=True,
)


class Ranked(NamedTuple):
    """The ranks of T teachers, each (T,); `smallest` is the smallest difference from the best that would have shown."""

    low: np.ndarray
    high: np.ndarray
    rank_low: np.ndarray
    rank_high: np.ndarray
    p_best: np.ndarray
    tie_group: np.ndarray
    smallest: np.ndarray


def rank(estimate: np.ndarray, drawn: np.ndarray) -> Ranked:
    """Rank two or more teachers by a score: `estimate` (T,), `drawn` (draws, T), all finite.

    Intervals of ranks hold 95 % of the draws on average over teachers (`rank_runs`). Teachers form tie groups from the
    best down: a group holds all that cannot be told from its first at 95 % over all comparisons with it (one-sided,
    after Hsu's multiple comparisons with the best), by the errors of differences, in which what the teachers share
    cancels.
    """
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    likely = _shrunk(estimate, drawn)
    ranks = _ranks(likely)
    best = ranks == 1
    groups, smallest = np.zeros(len(estimate), dtype=int), np.zeros(len(estimate))
    rest = np.argsort(-estimate, kind="stable")
    while len(rest):
        least = differences_seen(estimate, drawn, rest[0])
        if not groups.any():
            smallest = least
        tied = estimate[rest[0]] - estimate[rest] <= least[rest]
        groups[rest[tied]] = groups.max() + 1
        rest = rest[~tied]
    rank_low, rank_high = rank_runs(ranks)
    return Ranked(
        low, high, rank_low, rank_high, (best / best.sum(axis=1, keepdims=True)).mean(axis=0), groups, smallest
    )


def differences_seen(estimate: np.ndarray, drawn: np.ndarray, first: int, level: float = 0.95) -> np.ndarray:
    """The smallest lead of teacher `first` over each other one that is told from none, at `level` over all comparisons.

    For itself: that over the teacher it is easiest to tell from.
    """
    errors = (drawn[:, [first]] - drawn) - (estimate[first] - estimate)
    spread = errors.std(axis=0)
    others = np.arange(len(estimate)) != first
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = np.nan_to_num(errors[:, others] / spread[others]).max(axis=1)
    least = max(np.quantile(largest, level), 0.0) * spread
    least[first] = least[others].min()
    return least


def _ranks(drawn: np.ndarray) -> np.ndarray:
    """The ranks of teachers in each draw, (draws, T), from 1, the highest; equal teachers take turns from draw to draw.

    Students that answer alike are equal in every draw, and yet neither of two is the first alone.
    """
    draws, teachers = drawn.shape
    number = np.arange(draws)[:, None]
    turn = (np.arange(teachers) + number // 2) % teachers
    turn = np.where(number % 2, teachers - 1 - turn, turn)  # the other way about in every second draw
    above = drawn[:, None, :] - drawn[:, :, None]
    before = (np.abs(above) <= 1e-12) & (turn[:, None, :] < turn[:, :, None])
    return 1 + ((above > 1e-12) | before).sum(axis=2)


def _shrunk(estimate: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Draws about estimates that are shrunk to their mean, up to a factor, so that ranks do not count errors twice.

    Estimates are spread by real differences and by their errors; draws about them would be spread by errors once more.
    The errors' variance is taken from the middle 68 % of draws, for a ratio's have long tails. The estimates' spread is
    itself that of a sample: over the draws the variance behind it runs through the quantiles of T·spread / χ², or a
    spread that is large by chance would be read as real differences. Its T − 1 degrees of freedom and T / 2 more are a
    prior that leans to no difference: without it teachers that hardly differ have ranks that are too sure.
    """
    errors = drawn - estimate
    apart = errors - errors.mean(axis=1, keepdims=True)
    upper, lower = np.percentile(apart, [84.13, 15.87], axis=0)
    noise, spread = np.square((upper - lower) / 2).mean(), estimate.var()
    if not spread:
        return errors
    draws, teachers = drawn.shape
    # of a chi-squared variable with 1.5 T - 1 degrees of freedom; importing scipy.stats takes longer than all of this
    quantiles = 2 * gammaincinv((1.5 * teachers - 1) / 2, (np.arange(draws) + 0.5) / draws)
    real = np.maximum(1 - noise * quantiles / (teachers * spread), 0.0)
    return np.sqrt(real)[:, None] * (estimate - estimate.mean()) + errors


def rank_runs(ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last rank of each teacher's run of ranks, each (T,), from the ranks in each draw, (draws, T).

    A run's share of the draws is the nearest to 95 % that whole ranks allow, of several the shortest. Of ten teachers
    that nothing tells apart nine ranks hold 90 % and ten hold all, so that the shares could all miss on one side: while
    their mean over teachers is below 95 %, the run that gains most by another rank gets it (the average coverage of
    empirical Bayes intervals: Morris 1983).
    """
    draws, teachers = ranks.shape
    counts = np.array([np.bincount(column, minlength=teachers + 1) for column in ranks.T])
    below = counts.cumsum(axis=1) / draws  # [t, r]: share of draws in which teacher t's rank is r or better
    runs = np.array([_nearest(row) for row in below])
    while (share := _shares(below, runs)).mean() < 0.95 - 1e-9:
        # by the rank before a run's first, by the rank after its last
        wider = np.stack([runs - np.array([1, 0]), runs + np.array([0, 1])])
        inside = (wider >= 0).all(axis=2) & (wider <= teachers).all(axis=2)
        gains = np.where(inside, [_shares(below, part.clip(0, teachers)) - share for part in wider], -1.0)
        side, teacher = np.unravel_index(gains.argmax(), gains.shape)
        runs[teacher] = wider[side, teacher]
    return runs[:, 0] + 1, runs[:, 1]


def _shares(below: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """The share of draws within each teacher's run; a run (a, b) has the ranks a + 1 to b."""
    places = np.arange(len(runs))
    return below[places, runs[:, 1]] - below[places, runs[:, 0]]


def _nearest(below: np.ndarray) -> tuple[int, int]:
    """The run (a, b) of one teacher whose share is nearest to 95 %; of several the shortest."""
    teachers = len(below) - 1
    runs = [(low, high) for low in range(teachers) for high in range(low + 1, teachers + 1)]
    return min(runs, key=lambda run: (round(abs(below[run[1]] - below[run[0]] - 0.95), 9), run[1] - run[0], run[0]))


def panel(rows: pd.DataFrame, items: pd.DataFrame, observed_rows: pd.DataFrame, teachers: list[str]) -> Panel:
    """The panel of one language: its rows of scores.csv, the items that count, and the observed rows of its data sets.

    Items that a model lacks are left out for all.
    """
    names = {teacher: data_names(part) for teacher, part in rows.groupby("teacher")}
    columns = ["base", "reference", *(name for of_teacher in names.values() for name in of_teacher)]
    items = items.dropna(subset=columns)
    of_data = dict(iter(observed_rows.groupby("data")))
    requests = pd.Index(sorted(set(observed_rows["request_id"])))
    shares = np.zeros((len(requests), len(names), 4))
    for place, of_teacher in enumerate(names.values()):
        for name in of_teacher:
            part = of_data[name]
            np.add.at(shares[:, place], requests.get_indexer(part["request_id"]), influences(part) / len(of_teacher))
    means = features(rows).groupby(rows["teacher"]).mean()
    return Panel(
        items[["benchmark", "weight", "stratum"]],
        items["base"].to_numpy(),
        items["reference"].to_numpy(),
        [items[of_teacher].to_numpy() for of_teacher in names.values()],
        means.to_numpy(),
        shares[np.abs(shares).sum(axis=(1, 2)) > 0],
        [teachers.index(teacher) for teacher in names],
    )


def draws_of(base: str, rows: pd.DataFrame, observations: Mapping[Table, Observations], seed: int) -> Draws:
    """The draws of one student base, its teachers and languages sorted; `rows` are those of scores.csv."""
    teachers = sorted(rows["teacher"].unique())
    panels = [
        panel(part, observations[base, language].deciding, observations[base, language].rows, teachers)
        for language, part in rows.groupby("language")
    ]
    return resample(panels, len(teachers), DRAWS, derive_seed(seed, "ranking", base))


def of_base(
    base: str, rows: pd.DataFrame, observations: Mapping[Table, Observations], seed: int
) -> tuple[list[Json], list[Json], Json]:
    """The rows of ranking.csv and of ranking.weights.csv of one student base, and what ranking.json says of it."""
    teachers, languages = sorted(rows["teacher"].unique()), sorted(rows["language"].unique())
    by_language = {language: part for language, part in rows.groupby("language")}
    valid = [bool(by_language[language]["anchor_valid"].eq(True).fillna(False).all()) for language in languages]
    known = all((base, language) in observations for language in languages)
    draws = draws_of(base, rows, observations, seed) if known else None
    result = []
    for score in RANKED:
        estimates = _means(rows, score, teachers, languages)
        drawn = draws.drawn[score] if draws else np.full((1, *estimates.shape), np.nan)
        places = [*([place] for place in range(len(languages))), list(range(len(languages)))]
        for name, place in zip([*languages, ALL], places, strict=True):
            with_anchors = score != "pg_score" or all(valid[number] for number in place)
            result += ranked_rows(
                {"score": score, "student_base": base, "language": name},
                teachers,
                estimates[:, place].mean(axis=1),
                drawn[:, :, place].mean(axis=2) if with_anchors else np.full(drawn.shape[:2], np.nan),
            )
    halves = {half: _means(rows, half, teachers, languages) for half in ("z_intrinsic", "pgr")}
    report = _errors(draws, languages, rows)
    report["items"] = _items(observations, base, languages)
    return result, weighted_rows(base, teachers, halves, draws, all(valid)), report


def _items(observations: Mapping[Table, Observations], base: str, languages: list[str]) -> Json:
    """The number of deciding items of each benchmark, by language; none where the items are not known."""
    known = [language for language in languages if (base, language) in observations]
    counts = {language: observations[base, language].deciding.value_counts("benchmark") for language in known}
    return {language: {str(name): int(count) for name, count in part.items()} for language, part in counts.items()}


def weighted_rows(
    base: str, teachers: list[str], halves: Mapping[str, np.ndarray], draws: Draws | None, valid: bool
) -> list[Json]:
    """The rows of ranking.weights.csv of one student base; `halves` z_intrinsic and pgr, (teachers, languages).

    Without `valid` anchors only the intrinsic half alone, of weight 1, has intervals.
    """
    known = np.isfinite(halves["z_intrinsic"]) & np.isfinite(halves["pgr"])
    rows = []
    for weight in WEIGHTS:
        estimates = np.where(known, pg_score(halves["z_intrinsic"], halves["pgr"], weight), np.nan).mean(axis=1)
        drawn = np.full((1, len(teachers)), np.nan)
        if draws and weight == 1:
            drawn = draws.drawn["z_intrinsic"].mean(axis=2)
        elif draws and valid:
            drawn = pg_score(draws.drawn["z_intrinsic"], draws.drawn["pgr"], weight).mean(axis=2)
        rows += ranked_rows({"student_base": base, "weight": weight}, teachers, estimates, drawn)
    return rows


def _means(rows: pd.DataFrame, score: str, teachers: list[str], languages: list[str]) -> np.ndarray:
    """Means of a score over trials, (teachers, languages)."""
    means = rows.pivot_table(index="teacher", columns="language", values=score, dropna=False)
    return means.reindex(index=teachers, columns=languages).to_numpy()


def ranked_rows(key: Json, teachers: list[str], estimate: np.ndarray, drawn: np.ndarray) -> list[Json]:
    """One ranking as rows of `key`, teacher and RANKED_COLUMNS, from `estimate` (T,) and `drawn` (draws, T).

    A teacher without a score is not ranked; all are one tie group where nothing tells them apart.
    """
    rows = pd.DataFrame({**key, "teacher": teachers, "estimate": estimate}).reindex(
        columns=[*key, "teacher", *RANKED_COLUMNS]
    )
    known = np.flatnonzero(np.isfinite(estimate))
    rows.loc[known, "tie_group"] = 1
    spread = np.ptp(drawn[:, known], axis=0)
    if len(known) and np.isfinite(spread).all() and (spread > 0).all():
        rows.loc[known, ["low", "high"]] = np.percentile(drawn[:, known], [2.5, 97.5], axis=0).T
        if len(known) > 1:
            ranked = rank(estimate[known], drawn[:, known])
            columns = ["low", "high", "rank_low", "rank_high", "p_best", "tie_group", "smallest_difference"]
            rows.loc[known, columns] = np.column_stack(ranked)
    return rows.to_dict("records")


def _errors(draws: Draws | None, languages: list[str], rows: pd.DataFrame) -> Json:
    """The sizes of the errors of a difference in gain (mean over pairs of teachers), and what would halve its error."""
    trials = int(rows.groupby(["teacher", "language"]).size().min())
    report: Json = {
        "trials": trials,
        "observed": draws is not None,
        "short": sorted(short_cells(cells(rows))),
        "gain": {},
    }
    if draws is None:
        return report
    report["trial_freedom"] = draws.trial_freedom
    pairs = ~np.eye(draws.variances["items"].shape[0], dtype=bool)
    for place, language in enumerate([*languages, ALL]):
        whole_study = language == ALL
        parts = {}
        for source, values in draws.variances.items():
            of_pairs = values.sum(axis=2) / len(languages) ** 2 if whole_study else values[:, :, place]
            with_values = of_pairs[pairs]
            parts[source] = float(with_values.mean()) if np.isfinite(with_values).all() and pairs.any() else None
        report["gain"][language] = {
            "difference_se": None if None in parts.values() else float(np.sqrt(sum(parts.values()))),
            "items_times": times_to_halve(parts["items"], parts["trials"]),
            "trials_times": times_to_halve(parts["trials"], parts["items"]),
        }
    return report


def times_to_halve(own: float | None, other: float | None) -> float | None:
    """How many times as many units of one source halve the error; None if no number does."""
    if own is None or other is None or not own:
        return None
    room = (own + other) / 4 - other
    return own / room if room > 0 else None


def _sheet(rows: list[Json], schema: pa.DataFrameSchema, out: Path) -> pd.DataFrame:
    """Write rows of a schema, sorted by its key."""
    table = pd.DataFrame(rows, columns=list(schema.columns))
    table = check(table.sort_values(list(schema.unique), ignore_index=True), schema, out)
    write_sheet(out, table)
    return table


def main() -> None:
    """Parse the command line, resample, write the ranking and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--observations", type=Path, help="folder of {student_base}/{language}.items.parquet and so on")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--greedy", type=json.loads, default=[], help="JSON list of teachers that answer greedily")
    parser.add_argument("--seed", required=True, type=int, help="the study's seed")
    parser.add_argument("--out", required=True, type=Path, help="ranking.csv to write, the others beside it")
    arguments = parser.parse_args()
    scores = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    rows: list[Json] = []
    of_weights: list[Json] = []
    report: Json = {"draws": DRAWS, "greedy": sorted(set(arguments.greedy) & set(scores["teacher"])), "bases": {}}
    for base, part in scores.groupby("student_base"):
        observations = read_observations(arguments.observations, part) if arguments.observations else {}
        ranked, weighted, report["bases"][base] = of_base(base, part, observations, arguments.seed)
        rows += ranked
        of_weights += weighted
    table = _sheet(rows, RANKING, arguments.out)
    _sheet(of_weights, WEIGHTED, arguments.out.with_suffix(".weights.csv"))
    write_json(arguments.out.with_suffix(".json"), report)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table, report), encoding="utf-8")


if __name__ == "__main__":
    run(main)
