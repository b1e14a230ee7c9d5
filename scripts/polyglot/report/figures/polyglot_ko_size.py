"""Draw the mean KOBEST score of Polyglot-Ko by parameters, a line a task, with the models of others as hollow marks."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import note, plt, program, style


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """Parameters on a logarithmic scale; a mark's shape is its task, filled for Polyglot-Ko."""
    figure, axes = plt.subplots(figsize=(width, 3.3))
    for index, task in enumerate(annotations["tasks"]):
        rows = data[data["task"] == task]
        own, others = rows[rows["own"]], rows[~rows["own"]]
        look = style(index)
        thick = 1.8 if index == 0 else 0.9
        axes.plot(own["size_b"], own["score"], label=task, **{**look, "linewidth": thick})
        axes.plot(others["size_b"], others["score"], **{**look, "linestyle": "none", "mfc": "white"})
    sizes = data.drop_duplicates("model").sort_values("size_b")
    axes.set(xscale="log", xlabel="Parameters, billion", ylabel="Mean score")
    own, others = sizes[sizes["own"]], sizes[~sizes["own"]]
    axes.set_xticks(own["size_b"], [written(size, 1) for size in own["size_b"]])
    axes.minorticks_off()
    named = axes.secondary_xaxis("top")
    named.set_xticks(others["size_b"], others["model"], rotation=25, ha="left", rotation_mode="anchor", fontsize=5.5)
    named.minorticks_off()
    axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    note(
        figure,
        [
            f"Means over {', '.join(map(str, annotations['shots']))} shots of the scores on the model cards. Lines:"
            " Polyglot-Ko, parameters counted; hollow marks: models of others, size by name."
        ],
    )
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
