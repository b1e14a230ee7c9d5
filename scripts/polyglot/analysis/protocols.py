"""Show how the order of teachers moves between the protocols of a benchmark: plain text and the chat template.

Reads gains.csv; writes protocols.csv (a row a student base, language, pair of benchmarks that differ in protocol alone,
and teacher; language `all` is the mean over the languages that have the benchmark) and protocols.md. Two teachers are
told apart by a protocol where their intervals of gain do not overlap, or where the best of a tie group stands against
one of a later group.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
from scipy.stats import kendalltau

from polyglot.analysis.benchmark_gains import GAINS
from polyglot.analysis.ranking import ALL, RANKED_COLUMNS
from polyglot.analysis.ranking_page import interval, span
from polyglot.core.errors import run
from polyglot.core.files import whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import check, read_sheet, write_sheet
from polyglot.evaluation.items import PROTOCOLS

SHOWN = ["estimate", "low", "high", "rank_low", "rank_high"]
KEY = ["student_base", "language", *PROTOCOLS, "teacher"]
MOVED = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in KEY},
        **{f"{protocol}_{name}": RANKED_COLUMNS[name] for protocol in PROTOCOLS for name in SHOWN},
        "tau": pa.Column(float, pa.Check.in_range(-1, 1), nullable=True, coerce=True),
        "reversed": pa.Column(None, nullable=True),  # teachers told apart from this one in opposite directions
    },
    unique=KEY,
    strict=True,
    ordered=True,
)


def told_apart(ranked: pd.DataFrame) -> set[tuple[str, str]]:
    """(better, worse) of the teachers that one ranking of gains.csv tells apart."""
    first = ranked.sort_values("estimate", ascending=False).drop_duplicates("tie_group")["teacher"].tolist()
    return {
        (better.teacher, worse.teacher)
        for better, worse in permutations(ranked.dropna(subset=["estimate", "low"]).itertuples(), 2)
        if better.low > worse.high or (better.teacher in first and better.tie_group < worse.tie_group)
    }


def order_correlation(first: pd.Series, second: pd.Series) -> float | None:
    """Kendall's τ-b of the gains of the same teachers; None where it has none: one teacher, or all alike."""
    known = first.notna() & second.notna()
    tau = kendalltau(first[known], second[known]).statistic if known.sum() > 1 else float("nan")
    return None if pd.isna(tau) else float(tau)


def moved(gains: pd.DataFrame, pairs: Iterable[Sequence[str]]) -> pd.DataFrame:
    """The rows of protocols.csv; `pairs` are of benchmarks, (plain, chat)."""
    parts = []
    keys = ["student_base", "language"]
    for plain, chat in pairs:
        by_chat = dict(iter(gains[gains["benchmark"] == chat].groupby(keys)))
        for key, first in gains[gains["benchmark"] == plain].groupby(keys):
            second = by_chat[key].set_index("teacher").reindex(first["teacher"]).reset_index()
            opposite = told_apart(first) & {(worse, better) for better, worse in told_apart(second)}
            rows = pd.DataFrame(dict(zip(KEY[:-1], (*key, plain, chat), strict=True)), index=range(len(first)))
            rows["teacher"] = first["teacher"].to_numpy()
            for protocol, ranked in zip(PROTOCOLS, (first, second), strict=True):
                rows[[f"{protocol}_{name}" for name in SHOWN]] = ranked[SHOWN].to_numpy()
            tau = order_correlation(rows["plain_estimate"], rows["chat_estimate"])
            others = [{*sum((pair for pair in opposite if name in pair), ())} - {name} for name in rows["teacher"]]
            parts.append(rows.assign(tau=tau, reversed=[" ".join(sorted(names)) or None for names in others]))
    table = pd.concat(parts) if parts else pd.DataFrame()
    return table.reindex(columns=list(MOVED.columns)).sort_values(KEY, ignore_index=True)


def page(table: pd.DataFrame) -> str:
    """Each pair over all languages with its sentences and teachers, then the languages one by one."""
    title = "# How the order of teachers moves between protocols"
    if table.empty:
        return f"{title}\n\nNo two benchmarks of this study differ in protocol alone, so there is nothing to compare.\n"
    blocks = [
        title,
        "The same items were asked as plain text and in each model's own chat template. Gain is student − base by one"
        " protocol, with 95 % intervals as in gains.md. Two teachers are told apart where their intervals do not"
        " overlap, or where the best of a tie group stands against one of a later group.",
    ]
    for (base, plain, chat), part in table.groupby(["student_base", *PROTOCOLS]):
        of_all = part[part["language"] == ALL].sort_values(["plain_estimate", "teacher"], ascending=[False, True])
        blocks += [f"## {plain} and {chat}, students of {base}", _verdict(of_all), _grid(of_all)]
        languages = [
            [language, written(of_language["tau"].iloc[0], 2, unknown="none"), ", ".join(_opposite(of_language))]
            for language, of_language in part[part["language"] != ALL].groupby("language")
        ]
        blocks.append(_table(["language", "Kendall's τ", "told apart in opposite directions"], languages))
    return "\n\n".join(blocks) + "\n"


def _opposite(part: pd.DataFrame) -> list[str]:
    """The pairs of teachers that are told apart in opposite directions, in words."""
    known = part.dropna(subset=["reversed"])
    pairs = {tuple(sorted((row.teacher, other))) for row in known.itertuples() for other in row.reversed.split()}
    return [" and ".join(pair) for pair in sorted(pairs)]


def _verdict(part: pd.DataFrame) -> str:
    """What a pair of protocols says of the order, in two sentences."""
    tau, opposite = part["tau"].iloc[0], _opposite(part)
    count = part[["plain_estimate", "chat_estimate"]].notna().all(axis=1).sum()
    order = f"Kendall's τ between both orders of {count} teachers is {written(tau, 2)}."
    if pd.isna(tau):
        order = "There are no two orders to compare: one teacher has a gain by both protocols, or all gains are equal."
    if part[["plain_low", "chat_low"]].isna().all().any():
        return f"{order} By one protocol no gain has an interval, so no teachers are told apart."
    if not opposite:
        return f"{order} No two teachers are told apart in opposite directions."
    return f"{order} Told apart in opposite directions: {', '.join(opposite)}."


def _grid(part: pd.DataFrame) -> str:
    """The teachers with gain, interval and rank by both protocols."""

    def cells(row: pd.Series, protocol: str) -> list[str]:
        estimate, low, high, rank_low, rank_high = (row[f"{protocol}_{name}"] for name in SHOWN)
        rank = "" if pd.isna(rank_low) else span(rank_low, rank_high)
        return [written(estimate, unknown="n/a"), interval(low, high), rank]

    rows = [[row["teacher"], *cells(row, "plain"), *cells(row, "chat")] for _, row in part.iterrows()]
    return _table(["teacher", *(f"{name}, {p}" for p in PROTOCOLS for name in ("gain", "95 % interval", "rank"))], rows)


def _table(headers: list[str], rows: list[list[str]]) -> str:
    return markdown_table(rows, headers)


def main() -> None:
    """Parse the command line, compare, write the table and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gains", required=True, help="gains.csv of the study")
    parser.add_argument(
        "--pairs", type=json.loads, required=True, help="JSON list of [plain benchmark, chat benchmark]"
    )
    parser.add_argument("--out", required=True, type=Path, help="protocols.csv to write, .md beside it")
    arguments = parser.parse_args()
    table = check(moved(read_sheet(arguments.gains, GAINS), arguments.pairs), MOVED, arguments.out)
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    run(main)
