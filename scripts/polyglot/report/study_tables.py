"""Write the tables of facts of a study with its own data: 6 (seed counts), 7 (teachers), 8 (languages),
10 (benchmarks).

Reads the counts of the seed sources, the printed counts to set beside them, teachers.csv, the config's entries for
teachers, languages and benchmarks, and the printed facts about languages (a language without facts keeps empty cells).
Writes each as CSV, Markdown and LaTeX.
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from polyglot.analysis.reference import LANGUAGES, seeds
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_json
from polyglot.core.language import UNDETERMINED
from polyglot.core.numerals import written
from polyglot.core.sheets import read_sheet
from polyglot.report.table_files import BESIDE, Table, beside, write

TAGALOG = "-tagalog"  # suffix of source names; Table 18 lists them without it
MASKED = (
    "masked is the number of e-mail addresses, phone numbers, cards, accounts, addresses of machines and national"
    " numbers that were replaced in the rows."
)


def table_06(counts: pd.DataFrame, printed: pd.DataFrame) -> Table:
    """Seed rows kept, by source and language, beside the paper's, with the number of masked personal data in them.

    A source that the paper lacks has no printed count; printed totals are over the sources of the study.
    """
    printed = printed.rename(columns={"source": "name", "examples": "printed"})
    rows = counts.assign(name=counts["source"].str.removesuffix(TAGALOG)).merge(printed, "left", ["name", "language"])
    totals = rows.groupby("language")[["examples", "printed", "masked"]].sum(min_count=1)
    totals.loc["all"] = totals.sum(min_count=1)
    rows = pd.concat([rows, totals.reset_index().assign(source="total")], ignore_index=True)
    rows["difference"] = rows["examples"] - rows["printed"]
    rows = rows[["source", "language", "examples", "printed", "difference", "masked"]]
    rows["cell"] = [beside(*pair, 0) for pair in zip(rows["examples"], rows["printed"], strict=True)]
    wide = rows.pivot(index="source", columns="language", values="cell")
    wide = wide.reindex(
        index=[*sorted(set(counts["source"])), "total"], columns=[*sorted(set(counts["language"])), "all"]
    ).fillna("")
    masked = rows[rows["language"] != "all"].groupby("source")["masked"].sum()
    wide["masked"] = masked.map(lambda number: written(number, 0))
    numbers = rows.drop(columns="cell").astype(dict.fromkeys(["examples", "printed", "difference", "masked"], "Int64"))
    return Table("06", "Seed examples by source and language", numbers, wide.reset_index(), [BESIDE, MASKED])


def table_07(teachers: pd.DataFrame, facts: dict[str, Json]) -> Table:
    """The teachers: model, family, size, licence, and the mean of their own benchmark scores if evaluated."""
    rows = teachers.assign(
        **{key: [facts[name][key] for name in teachers["teacher"]] for key in ("model", "family", "licence")}
    )
    rows = rows[["teacher", "model", "family", "size_b", "licence", "performance"]]
    shown = rows.fillna({"family": "", "licence": ""}).assign(
        size_b=[written(size, 3) for size in rows["size_b"]],
        performance=[written(score) for score in rows["performance"]],
    )
    return Table("07", "Teachers", rows, shown.rename(columns={"size_b": "size (B)", "performance": "own score"}))


def table_08(names: dict[str, str], facts: pd.DataFrame) -> Table:
    """The languages of the study, with the facts of the paper's Table 8 about them."""
    rows = pd.DataFrame({"language": sorted(names), "name": [names[code] for code in sorted(names)]})
    rows = rows.merge(facts.drop(columns="name"), on="language", how="left").astype({"joshi_level": "Int64"})
    shown = rows.astype(object).where(rows.notna(), "").astype(str)
    note = "Facts are those of the paper's Table 8; a language that is not there has none here."
    titles = {"joshi_level": "resource level", "common_crawl_pct": "CommonCrawl, %"}
    return Table("08", "Languages", rows, shown.rename(columns=titles), [note])


def table_10(benchmarks: dict[str, Json], languages: list[str]) -> Table:
    """The study's benchmarks: formulation, metric and shots of each, and its languages in the study."""
    keys = ["measures", "formulation", "metric", "shots"]
    rows = pd.DataFrame(
        {
            "benchmark": name,
            **{key: entry[key] for key in keys},
            "languages": " ".join(code for code in sorted(languages) if code in entry["languages"]),
        }
        for name, entry in benchmarks.items()
    )
    task_counts = {code: sum(code in entry["languages"] for entry in benchmarks.values()) for code in sorted(languages)}
    notes = ["Tasks of each language: " + ", ".join(f"{code} {count}" for code, count in task_counts.items()) + "."]
    chat = [name for name, entry in benchmarks.items() if entry.get("protocol") == "chat"]
    if chat:
        notes.append(f"Asked in each model's own chat template: {', '.join(chat)}.")
    foreign = [
        f"{name} ({', '.join(entry['in_english'])})" for name, entry in benchmarks.items() if entry["in_english"]
    ]
    if foreign:
        notes.append(f"Put in English words, for want of the language's own: {'; '.join(foreign)}.")
    return Table("10", "Benchmarks", rows, rows.astype({"shots": str}).replace({"languages": {"": "none"}}), notes)


def seed_counts(files: list[str]) -> pd.DataFrame:
    """Rows kept and personal data masked, by source and language, from {source}.counts.json.

    Raises InputError if a file lacks these counts.
    """
    results = []
    for file in files:
        counts = read_json(file)
        for key in ("by_language", "seen_by_language", "masked"):
            if key not in counts:
                raise InputError(f"{file}: has no {key}; fetch the source again")
        source = Path(file).name.removesuffix(".counts.json")
        for code in sorted(counts["seen_by_language"].keys() - {UNDETERMINED}):
            masked = sum(counts["masked"].get(code, {}).values())
            results.append((source, code, counts["by_language"].get(code, 0), masked))
    return pd.DataFrame(results, columns=["source", "language", "examples", "masked"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", required=True, help="counts.json of each seed source")
    parser.add_argument("--printed", nargs=2, required=True, help="CSV files of the printed Tables 6 and 18")
    parser.add_argument("--teachers", required=True, help="teachers.csv of the study")
    parser.add_argument("--facts", type=json.loads, required=True, help="JSON: teacher → model, family, licence")
    parser.add_argument("--names", type=json.loads, required=True, help="JSON: language → English name")
    parser.add_argument("--languages", required=True, help="CSV of facts about languages (Table 8)")
    parser.add_argument(
        "--benchmarks", type=json.loads, required=True, help="JSON: benchmark → its entry in the config"
    )
    parser.add_argument("--out", required=True, help="folder for table_NN.csv, .md and .tex")
    arguments = parser.parse_args()

    teachers = pd.read_csv(arguments.teachers, keep_default_na=False, na_values=[""])
    for table in (
        table_06(seed_counts(arguments.seeds), seeds(*arguments.printed)),
        table_07(teachers, arguments.facts),
        table_08(arguments.names, read_sheet(arguments.languages, LANGUAGES)),
        table_10(arguments.benchmarks, list(arguments.names)),
    ):
        write(table, arguments.out)


if __name__ == "__main__":
    run(main)
