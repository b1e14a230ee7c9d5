"""Run times and costs of a study by stage and rule, from the timings of its jobs and the counts of its teachers.

Reads {timings}/{rule}/**.tsv and {synthetic}/**/trial*.counts.json; writes costs.csv (a row a rule), costs.md and
costs.png, which shows the job time of each stage.
"""

import argparse
import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from polyglot.costs import by_rule, by_stage, duration, page, read_answers, read_timings
from polyglot.errors import run
from polyglot.files import whole
from polyglot.plotting import COLOURS, ONE_COLUMN
from polyglot.sheets import write_sheet


def draw(stages: pd.DataFrame) -> plt.Figure:
    """A bar a stage, first stage on top, its job time written at the end."""
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
    parser.add_argument("--api-teachers", nargs="*", default=[], help="teachers that are paid for")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    arguments = parser.parse_args()

    answers = read_answers(arguments.synthetic, arguments.api_teachers)
    rules = by_rule(read_timings(arguments.timings), answers, dict(arguments.stages))
    stages = by_stage(rules)
    write_sheet(arguments.out / "costs.csv", rules)
    with whole(arguments.out / "costs.md") as temporary:
        temporary.write_text(page(stages, rules), encoding="utf-8")
    with whole(arguments.out / "costs.png") as temporary:
        draw(stages).savefig(temporary, dpi=200, metadata={"Software": None})


if __name__ == "__main__":
    run(main)
