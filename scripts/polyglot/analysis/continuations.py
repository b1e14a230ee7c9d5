"""Scores of the benchmarks that are asked by continuation, model by model: macro F1 and accuracy on the same items.

Reads evaluations and the records beside them. Models differ in context: an item that one of them could not read is left
out for all and counted; a model that could read none keeps no other from its items. Writes a CSV, a row a language,
benchmark and model, and a page. Intervals are 95 %: of macro F1 by resampling the items, of accuracy by its formula.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_json, read_jsonl, whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import check, write_sheet
from polyglot.evaluation.item_scores import summarise
from polyglot.evaluation.macro_f1 import macro_f1
from polyglot.evaluation.standard_errors import TWO_SIDED

_share = pa.Column(float, pa.Check.in_range(0, 1), nullable=True, coerce=True)
_count = pa.Column(int, pa.Check.ge(0))
CONTINUATIONS = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in ("language", "benchmark", "model")},
        "shots": _count,
        "normalise": pa.Column(str),
        "items": _count,
        "left_out": _count,
        "fewer_shots": _count,
        "shots_shown": pa.Column(float, pa.Check.ge(0), nullable=True, coerce=True),
        **{f"{name}{end}": _share for name in ("macro_f1", "accuracy") for end in ("", "_low", "_high")},
        "constant_macro_f1": _share,
        "chance": _share,
    },
    unique=["language", "benchmark", "model"],
    strict=True,
    ordered=True,
)


def of_benchmark(evaluations: Sequence[Json], records: Mapping[str, Sequence[Json]]) -> list[Json]:
    """The rows of one benchmark in one language; `records` are those of each model.

    Raises InputError where two models were not asked the same items.
    """
    first = evaluations[0]
    for evaluation in evaluations:
        if evaluation["items_sha256"] != first["items_sha256"]:
            raise InputError(
                f"benchmark {first['benchmark']} in {first['language']}: {first['model']} and {evaluation['model']}"
                " were not asked the same items; evaluate both on the same file"
            )
    asked = first["n"] + len(first["unread"])
    read = [{record["item_id"] for record in part} for part in records.values() if part]
    common = set.intersection(*read) if read else set()
    rows = []
    for evaluation in evaluations:
        own = [record for record in records[evaluation["model"]] if record["item_id"] in common]
        key = {name: evaluation[name] for name in ("language", "benchmark", "model", "shots", "normalise")}
        rows.append({**key, "items": len(own), "left_out": asked - len(own), **scores(own, evaluation["shots"])})
    return rows


def scores(records: Sequence[Json], shots: int) -> Json:
    """What a model's records on the common items give; empty where there are none."""
    if not records:
        return {"fewer_shots": 0}
    computed, shown = summarise(records, "accuracy"), [record["shots"] for record in records]
    ((commonest, _),) = Counter(record["answer"] for record in records).most_common(1)
    options = max(len(record["scores"]) for record in records)
    constant = [float(place == commonest) for place in range(options)]
    return {
        "fewer_shots": sum(number < shots for number in shown),
        "shots_shown": sum(shown) / len(shown),
        **within("macro_f1", computed["macro_f1"], computed["macro_f1_se"]),
        **within("accuracy", computed["score"], computed["se"]),
        "constant_macro_f1": macro_f1([{"answer": record["answer"], "scores": constant} for record in records])[0],
        "chance": computed["chance"],
    }


def within(name: str, score: float, error: float | None) -> Json:
    """A score between 0 and 1 with its interval."""
    if error is None:
        return {name: score}
    low, high = max(0.0, score - TWO_SIDED * error), min(1.0, score + TWO_SIDED * error)
    return {name: score, f"{name}_low": low, f"{name}_high": high}


def table_of(files: Iterable[Path]) -> pd.DataFrame:
    """The table over evaluations, each with its records beside it."""
    groups: dict[tuple[str, str], dict[Path, Json]] = defaultdict(dict)
    for file in files:
        evaluation = read_json(file)
        if evaluation["items_sha256"] is not None:  # else the language has no such benchmark
            groups[evaluation["language"], evaluation["benchmark"]][file] = evaluation
    rows = []
    for group in groups.values():
        records = {each["model"]: read_jsonl(file.with_suffix(".samples.jsonl")) for file, each in group.items()}
        rows += of_benchmark(list(group.values()), records)
    return pd.DataFrame(rows, columns=list(CONTINUATIONS.columns)).sort_values(
        ["language", "benchmark", "model"], ignore_index=True
    )


def page(table: pd.DataFrame) -> str:
    """Each benchmark with its models."""
    blocks = [
        "# Benchmarks asked by continuation",
        "An option's text is scored after the prompt, by its log-likelihood as it is, per character of the option, or"
        " less its log-likelihood without the prompt (unconditional). Intervals are 95 %. Constant: macro F1 of the"
        " commonest answer to every item. Items that one of the models cannot read are left out for all.",
    ]
    for (language, benchmark), part in table.groupby(["language", "benchmark"]):
        first = part.iloc[0]
        by = {"none": "log-likelihood", "characters": "per character", "unconditional": "less the unconditional"}
        most = part["items"].max()
        blocks.append(f"## {benchmark} ({language})")
        blocks.append(
            f"{most} items, {part.loc[part['items'].idxmax(), 'left_out']} left out; {first['shots']} examples asked"
            f" for; {by[first['normalise']]}; constant {written(part['constant_macro_f1'].max())}, guessing"
            f" {written(part['chance'].max())}."
        )
        rows = [
            [
                row.model,
                _cell(row.macro_f1, row.macro_f1_low, row.macro_f1_high),
                _cell(row.accuracy, row.accuracy_low, row.accuracy_high),
                str(row.items),
                written(row.shots_shown, 1, unknown="none"),
            ]
            for row in part.itertuples()
        ]
        blocks.append(markdown_table(rows, ["model", "macro F1", "accuracy", "items", "examples shown, mean"]))
    return "\n\n".join(blocks) + "\n"


def _cell(score: float, low: float, high: float) -> str:
    return f"{written(score)} ({written(low)} to {written(high)})" if low == low else written(score, unknown="none")


def main() -> None:
    """Parse the command line, compare, write the table and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", required=True, type=Path, help="folder of evaluations")
    parser.add_argument("--evaluated", required=True, type=json.loads, help="JSON list of folders of models below it")
    parser.add_argument("--benchmarks", required=True, type=json.loads, help="JSON list of benchmarks")
    parser.add_argument("--out", required=True, type=Path, help="continuations.csv to write, .md beside it")
    arguments = parser.parse_args()
    folders = [arguments.folder / name for name in arguments.evaluated]
    files = [folder / f"{benchmark}.json" for folder in folders for benchmark in arguments.benchmarks]
    table = check(table_of(files), CONTINUATIONS, arguments.out)
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    run(main)
