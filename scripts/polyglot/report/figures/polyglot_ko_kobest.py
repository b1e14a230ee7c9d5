"""Draw Polyglot-Ko's KOBEST scores by number of shots: a panel a task, a line a model, a constant answer's level."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.report.plotting import TWO_COLUMNS, note, plt, program, style

LEVEL = {"color": "0.5", "linewidth": 0.8, "zorder": 0}


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """Lines of the models of others are dashed; shots are evenly spaced."""
    tasks, models = annotations["tasks"], annotations["models"]
    shots = sorted(data["shots"].unique())
    across = 3 if width >= 0.8 * TWO_COLUMNS else 2
    down = -(-(len(tasks) + 1) // across)
    figure, panels = plt.subplots(down, across, figsize=(width, 1.45 * down + 0.6), sharex=True, sharey=True)
    for axes, task in zip(panels.flat, tasks, strict=False):
        rows = data[data["task"] == task]
        for index, model in enumerate(models):
            part = rows[rows["model"] == model].sort_values("shots")
            look = {**style(index), "linestyle": "-" if model in annotations["own"] else "--", "markersize": 3}
            axes.plot([shots.index(number) for number in part["shots"]], part["score"], label=model, **look)
        axes.axhline(rows["constant_f1"].iloc[0], linestyle="-", **LEVEL)
        if rows["constant_accuracy"].iloc[0] != 0.5:
            axes.axhline(rows["constant_accuracy"].iloc[0], linestyle=":", **LEVEL)
        axes.set(ylim=(0, 1), xticks=range(len(shots)), xticklabels=shots)
        axes.set_title(task, loc="left")
    for axes in panels.flat[len(tasks) :]:
        axes.set_axis_off()
    panels.flat[len(tasks)].legend(*panels.flat[0].get_legend_handles_labels(), loc="center", frameon=False)
    for place, axes in enumerate(panels.flat[: len(tasks)]):
        axes.tick_params(labelbottom=True)
        axes.set(xlabel="Shots" if place + across >= len(tasks) else "", ylabel="" if place % across else "Score")
    note(
        figure,
        [
            "As printed on the model cards, under the name F1. Grey line: macro F1 of one answer to all questions, each"
            " being right as often as the others.",
            "HellaSwag's numbers are at the level of accuracy, whose constant answer is dotted.",
        ],
    )
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
