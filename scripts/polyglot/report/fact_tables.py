"""Write the tables of facts of the study `published`: 5 (data sets of others), 6 and 18 (seed counts), 7 (teachers),
8 (languages), 10 (benchmarks), 13 (standard errors), 19 (FilBench).

Reads the printed tables. Recomputes the numbers that follow from others (totals, differences) and sets them beside the
printed ones. Writes each table as CSV, Markdown and LaTeX.
"""

import argparse

import pandas as pd

from polyglot.analysis.printed_errors import in_pg_score, told_apart
from polyglot.analysis.reference import load
from polyglot.core.errors import run
from polyglot.core.numerals import written
from polyglot.report.table_files import BESIDE, Table, beside, compare, write
from polyglot.synthesis.methods import DIRECT

TRANSLATED = "10K-Polyglot-TL 4B"


def table_05(datasets: pd.DataFrame) -> Table:
    """Data sets of others and how they were made, as printed."""
    marks = {name: datasets[name].map({True: "yes", False: ""}) for name in DIRECT}
    shown = datasets.astype({"languages": str}).assign(**marks).rename(columns={"named_languages": "named languages"})
    return Table("05", "Multilingual data sets and how they were made", datasets, shown, ["As printed."])


def table_06(counts: pd.DataFrame) -> Table:
    """Seed examples by source and language; totals are recomputed."""
    sources = counts[counts["source"] != "total"]
    totals = sources.groupby("language")["examples"].sum()
    totals["all"] = totals.sum()
    rows = totals.rename("examples").reset_index().assign(source="total")
    printed = counts[counts["source"] == "total"]
    totals_beside = compare(rows, printed, ["source", "language"], "examples")
    table = pd.concat([sources, totals_beside])[["source", "language", "examples", "printed", "difference"]]
    languages = [*sorted(set(sources["language"])), "all"]
    cells = {
        **{(row.source, row.language): f"{row.examples:,}" for row in sources.itertuples()},
        **{("total", row.language): beside(row.examples, row.printed, 0) for row in totals_beside.itertuples()},
    }
    names = [*dict.fromkeys(sources["source"]), "total"]
    shown = pd.DataFrame([[name, *(cells.get((name, code), "") for code in languages)] for name in names])
    shown.columns = ["source", *languages]
    numbers = table.astype({"examples": "Int64", "printed": "Int64", "difference": "Int64"})
    return Table(
        "06", "Seed examples by source and language", numbers, shown, [BESIDE + " Only totals are recomputed."]
    )


def table_07(teachers: pd.DataFrame) -> Table:
    """The teachers, as printed."""
    shown = teachers.assign(size_b=teachers["size_b"].map(lambda size: f"{size:g}" if size == size else "")).astype(str)
    note = "As printed. The models behind granite-4.0 and granite-micro are ibm-granite/granite-4.0-1b and -micro."
    return Table("07", "Teachers", teachers, shown.rename(columns={"size_b": "size (B)"}), [note])


def table_08(languages: pd.DataFrame) -> Table:
    """The languages, as printed."""
    shown = languages.astype({"joshi_level": str}).assign(
        common_crawl_pct=languages["common_crawl_pct"].map(lambda share: written(share, 2))
    )
    titles = {"joshi_level": "resource level", "common_crawl_pct": "CommonCrawl, %"}
    return Table("08", "Languages", languages, shown.rename(columns=titles), ["As printed."])


def table_10(benchmarks: pd.DataFrame) -> Table:
    """The benchmarks, as printed."""
    note = "As printed. MCF: the model answers with the letter of one of the options in its prompt."
    return Table("10", "Benchmarks", benchmarks, benchmarks.astype({"shots": str}), [note])


def table_13(errors: pd.DataFrame, anchors: pd.DataFrame) -> Table:
    """PG-Scores with the printed standard errors, and how many pairs of teachers these tell apart in each language."""
    rows = in_pg_score(errors, anchors)
    cells = [f"{written(row.pg_score)} ± {written(row.standard_error, 4)}" for row in rows.itertuples()]
    shown = rows.assign(cell=cells).pivot(index="teacher", columns="language", values="cell")
    shown = shown.loc[rows["teacher"].drop_duplicates()]
    by_language = {language: part for language, part in rows.groupby("language")}
    for label, error in (("pairs told apart", "standard_error"), ("pairs told apart, scaled", "scaled")):
        shown.loc[label] = {
            language: str(told_apart(part["pg_score"], part[error])) if part[error].notna().all() else "n/a"
            for language, part in by_language.items()
        }
    notes = [
        "As printed. Pairs of 45 whose scores differ by more than 1.96 standard errors of the difference.",
        "Scaled: as if the printed errors were those of the students' benchmark scores, divided by"
        " 2 · |reference − base| as PG-Score is; the ledger's claim T13-se has the reason. Japanese has no anchors.",
    ]
    return Table("13", "PG-Scores with the printed standard errors", rows, shown.reset_index(), notes)


def table_18(counts: pd.DataFrame) -> Table:
    """Tagalog seed examples by source, as printed, and their sum."""
    total = pd.DataFrame([("total", counts["examples"].sum())], columns=["source", "examples"])
    rows = pd.concat([counts, total], ignore_index=True)
    shown = rows.assign(examples=[written(count, 0) for count in rows["examples"]])
    return Table("18", "Seed examples in Tagalog by source", rows, shown, ["As printed. The total is recomputed."])


def table_19(scores: pd.DataFrame) -> Table:
    """FilBench scores and their differences from the students trained on 10,000 translated rows."""
    baseline = scores.set_index("model")["filbench_score"][TRANSLATED]
    rows = scores.assign(above=scores["filbench_score"] - baseline).rename(columns={"above": "minus_10k_polyglot_tl"})
    shown = pd.DataFrame(
        {
            "model": rows["model"],
            "FilBench": rows["filbench_score"].map(lambda score: written(score, 2)),
            f"minus {TRANSLATED}": rows["minus_10k_polyglot_tl"].map(lambda gap: written(gap, 2, signed=True)),
        }
    )
    note = "Scores as printed; evaluating the models again needs a run. Differences are recomputed."
    return Table("19", "FilBench", rows, shown, [note])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", required=True, help="folder of the printed tables")
    parser.add_argument("--out", required=True, help="folder for table_NN.csv, .md and .tex")
    arguments = parser.parse_args()

    printed = load(arguments.published)
    for table in (
        table_05(printed["table05_datasets"]),
        table_06(printed["table06_seed_counts"]),
        table_07(printed["table07_teachers"]),
        table_08(printed["table08_languages"]),
        table_10(printed["table10_benchmarks"]),
        table_13(printed["table13_standard_errors"], printed["implied_anchors"]),
        table_18(printed["table18_tagalog_seed"]),
        table_19(printed["table19_filbench"]),
    ):
        write(table, arguments.out)


if __name__ == "__main__":
    run(main)
