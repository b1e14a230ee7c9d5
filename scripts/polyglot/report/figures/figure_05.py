"""Draw Figure 5: gain of students over their base as the number of training rows grows, a panel for each language."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.report.plotting import TWO_COLUMNS, no_data, note, plt, program, style


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """Lines by teacher; bars are one standard error over trials; the line at 0 is the base."""
    if data.empty:
        return no_data(width, f"No data set of {annotations['student_base']} was made at two sizes.")
    languages, teachers = sorted(data["language"].unique()), sorted(data["teacher"].unique())
    across = min(len(languages), 3 if width >= 0.8 * TWO_COLUMNS else 1)
    down = -(-len(languages) // across)
    figure, panels = plt.subplots(
        down, across, figsize=(width, 1.5 * down + 0.7), sharex=True, sharey=True, squeeze=False
    )
    for axes, language in zip(panels.flat, languages, strict=False):
        for index, teacher in enumerate(teachers):
            part = data[(data["language"] == language) & (data["teacher"] == teacher)].sort_values("size")
            axes.errorbar(
                part["size"],
                part["gain"],
                yerr=part["gain_se"].fillna(0),
                label=teacher,
                elinewidth=0.6,
                **style(index),
            )
        axes.axhline(0, color="0.6", linewidth=0.6, zorder=0)
        axes.set_title(language, loc="left")
        axes.set_xscale("log")
        axes.set_xticks(annotations["sizes"], [f"{size:,}" for size in annotations["sizes"]])
        axes.minorticks_off()
    for axes in panels.flat[len(languages) :]:
        axes.set_axis_off()
    figure.supylabel("Student − base", fontsize=7)
    panels[-1, 0].set_xlabel("Training rows (log scale)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2 if across == 1 else 4, frameon=False)
    note(figure, [f"Students of {annotations['student_base']}. Bars: one standard error over trials, where repeated."])
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
