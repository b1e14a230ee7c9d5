"""Sum the run times and costs of a study by stage and rule.

Reads {timings}/{rule}/**.tsv for seconds, processor time and memory of jobs, and {synthetic}/**/trial*.counts.json and,
of judges behind an API, {row_scores}/**.counts.json for tokens and US dollars. Writes costs.csv (one row per rule),
costs.md and costs.png, a chart of job time by stage.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_json, whole
from polyglot.core.numerals import written
from polyglot.core.sheets import write_sheet
from polyglot.report.plotting import COLOURS, ONE_COLUMN

TIMING = ["s", "max_rss", "cpu_time"]  # seconds, MB, seconds
TOKENS = ["prompt_tokens", "completion_tokens"]
COLUMNS = ["stage", "rule", "jobs", "seconds", "longest_seconds", "cpu_seconds", "peak_memory_mb", *TOKENS, "usd"]


def read_timings(folder: Path) -> pd.DataFrame:
    """One row per job: rule, s, max_rss, cpu_time. Values that were not measured, because the job was short, are empty.

    Raises InputError naming a file that is not a timing, or the folder if it holds no timings.
    """
    rows = []
    for path in sorted(folder.rglob("*.tsv")):
        table = pd.read_csv(path, sep="\t", na_values=["-", "NA"])
        missing = [column for column in TIMING if column not in table]
        if missing or table.empty or not pd.api.types.is_numeric_dtype(table["s"]):
            fault = f"column {missing[0]!r} is missing" if missing else "it holds no seconds"
            raise InputError(f"{path}: not the timing of a job ({fault}); delete it and the outputs of its job")
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        rows.append((rule, table["s"].sum(), table["max_rss"].max(), table["cpu_time"].sum(min_count=1)))
    if not rows:
        raise InputError(f"{folder}: holds no timings; run the study first")
    return pd.DataFrame(rows, columns=["rule", *TIMING])


def read_answers(folder: Path, row_scores: Path, api_teachers: Sequence[str]) -> pd.DataFrame:
    """Tokens and US dollars of all answers of teachers and paid judges, by the rule that requested them.

    Dollars are empty where the price of one answer is not known.
    """
    rows = []
    files = [(path, path.relative_to(folder).parts[0]) for path in folder.glob("*/*/*/trial*.counts.json")]
    rules = {path: "generate_api" if teacher in api_teachers else "generate" for path, teacher in files}
    rules |= dict.fromkeys(row_scores.rglob("*.counts.json"), "judge_rows_api")
    for path, rule in sorted(rules.items()):
        counts = read_json(path)
        try:
            rows.append((rule, *(counts[name] for name in TOKENS), counts["cost_usd"]))
        except KeyError as error:
            raise InputError(
                f"{path}: {error.args[0]!r} is missing; delete the file and run the same command again"
            ) from error
    table = pd.DataFrame(rows, columns=["rule", *TOKENS, "usd"]).astype({"usd": float})
    return table.groupby("rule").agg({name: lambda values: values.sum(skipna=False) for name in (*TOKENS, "usd")})


def by_rule(timings: pd.DataFrame, answers: pd.DataFrame, stages: Mapping[str, str]) -> pd.DataFrame:
    """The columns `COLUMNS`, one row per rule, in the order of `stages` (rule → stage); unknown rules come last."""
    grouped = timings.groupby("rule").agg(
        jobs=("s", "size"),
        seconds=("s", "sum"),
        longest_seconds=("s", "max"),
        cpu_seconds=("cpu_time", lambda values: values.sum(min_count=1)),
        peak_memory_mb=("max_rss", "max"),
    )
    table = grouped.join(answers, how="left").reset_index()
    order = {rule: place for place, rule in enumerate(stages)}
    table["stage"] = [stages.get(rule, "other") for rule in table["rule"]]
    table["place"] = [order.get(rule, len(order)) for rule in table["rule"]]
    table = table.sort_values(["place", "rule"])[COLUMNS]
    return table.astype(dict.fromkeys(TOKENS, "Int64")).reset_index(drop=True)


def by_stage(table: pd.DataFrame) -> pd.DataFrame:
    """The same sums for each stage, in the order of the stages; dollars are empty where a rule's are not known."""
    grouped = table.groupby("stage", sort=False).agg(
        jobs=("jobs", "sum"),
        seconds=("seconds", "sum"),
        longest_seconds=("longest_seconds", "max"),
        cpu_seconds=("cpu_seconds", lambda values: values.sum(min_count=1)),
        peak_memory_mb=("peak_memory_mb", "max"),
        **{name: (name, lambda values: values.sum(min_count=1)) for name in (*TOKENS, "usd")},
    )
    unknown = table.loc[table["usd"].isna() & table["prompt_tokens"].notna(), "stage"]
    grouped.loc[grouped.index.isin(unknown), "usd"] = float("nan")
    return grouped.reset_index()


def duration(seconds: float) -> str:
    """Seconds in readable units: 0.8 s, 3 min 20 s, 2 h 05 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def page(stages: pd.DataFrame, rules: pd.DataFrame) -> str:
    """The costs as a page in Markdown: totals in a sentence, then the stages, then the rules."""
    total, usd = stages["seconds"].sum(), _dollars(stages)
    slowest = stages.loc[stages["seconds"].idxmax()]
    blocks = [
        "# Run times and costs",
        f"{written(stages['jobs'].sum(), 0)} jobs took {duration(total)} of job time, most of it in the stage"
        f" {slowest['stage']} ({written(100 * slowest['seconds'] / total, 0)} %). The largest job held"
        f" {written(stages['peak_memory_mb'].max(), 0)} MB. Models behind an API cost"
        f" {'what nobody knows: the config has no price' if pd.isna(usd) else f'{written(usd, 2)} US dollars'}.",
        "Job time adds up the seconds of jobs that may have run side by side. Seconds and memory are those of each"
        " job's last run; what a job was too short to measure is left out.",
        _grid(["stage"], stages),
        "## By rule",
        _grid(["stage", "rule"], rules),
    ]
    return "\n\n".join(blocks) + "\n"


def _dollars(stages: pd.DataFrame) -> float:
    """What all answers cost; NaN where that of a stage is not known."""
    return stages.loc[stages["prompt_tokens"].notna(), "usd"].sum(skipna=False)


def _grid(names: list[str], table: pd.DataFrame) -> str:
    heads = ["jobs", "job time", "longest job", "processor time", "memory, MB", "tokens read", "tokens written", "US $"]
    lines = ["| " + " | ".join([*names, *heads]) + " |", "|" + " --- |" * (len(names) + len(heads))]
    for row in table.itertuples():
        cells = [
            *(getattr(row, name) for name in names),
            written(row.jobs, 0),
            duration(row.seconds),
            duration(row.longest_seconds),
            "" if pd.isna(row.cpu_seconds) else duration(row.cpu_seconds),
            written(row.peak_memory_mb, 0),
            *("" if pd.isna(count) else written(count, 0) for count in (row.prompt_tokens, row.completion_tokens)),
            "" if pd.isna(row.prompt_tokens) else "not known" if pd.isna(row.usd) else written(row.usd, 2),
        ]
        lines.append("| " + " | ".join(cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in cells) + " |")
    return "\n".join(lines)


def draw(stages: pd.DataFrame) -> plt.Figure:
    """One bar per stage, the first stage on top, labelled with its job time."""
    figure, axes = plt.subplots(figsize=(1.6 * ONE_COLUMN, 0.6 + 0.17 * len(stages)))
    bars = axes.barh(stages["stage"], stages["seconds"], color=COLOURS[1], height=0.7)
    axes.bar_label(bars, [duration(seconds) for seconds in stages["seconds"]], padding=2, fontsize=6)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set(xlabel="job time (s)")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--timings", type=Path, required=True, help="the study's folder of timings")
    parser.add_argument("--synthetic", type=Path, required=True, help="the study's folder of synthetic rows")
    parser.add_argument("--stages", type=json.loads, required=True, help="JSON: (rule, stage) in the order of stages")
    parser.add_argument("--row-scores", type=Path, required=True, help="the study's folder of scores of rows")
    parser.add_argument("--api-teachers", nargs="*", default=[], help="teachers behind a paid API")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    arguments = parser.parse_args()

    answers = read_answers(arguments.synthetic, arguments.row_scores, arguments.api_teachers)
    rules = by_rule(read_timings(arguments.timings), answers, dict(arguments.stages))
    stages = by_stage(rules)
    write_sheet(arguments.out / "costs.csv", rules)
    with whole(arguments.out / "costs.md") as temporary:
        temporary.write_text(page(stages, rules), encoding="utf-8")
    with whole(arguments.out / "costs.png") as temporary:
        draw(stages).savefig(temporary, dpi=200, metadata={"Software": None})


if __name__ == "__main__":
    run(main)
