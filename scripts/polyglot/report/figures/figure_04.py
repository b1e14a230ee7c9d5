"""Draw Figure 4: measured student scores against predictions from the intrinsic metrics of other languages."""

import pandas as pd

from polyglot.analysis.statistics_page import determination
from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import no_data, note, plt, program, style


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """One mark per cell, one marker and colour per language; both axes have the same, unaltered scale."""
    if data.empty:
        return no_data(width, f"Nothing is predicted: {annotations['reason']}.")
    if annotations["drawn"]:
        return as_drawn(data, annotations["drawn"], width)
    figure, axes = plt.subplots(figsize=(min(width, 3.3), min(width, 3.3)))
    marks(axes, data)
    low = min(data["predicted"].min(), data["measured"].min())
    high = max(data["predicted"].max(), data["measured"].max())
    margin = 0.05 * (high - low)
    limits = (low - margin, high + margin)
    axes.plot(limits, limits, color="0.6", linewidth=0.7, zorder=0)
    axes.set(
        xlim=limits, ylim=limits, aspect="equal", xlabel="Predicted student score", ylabel="Measured student score"
    )
    axes.legend(frameon=False, handletextpad=0.2, ncols=2)
    axes.set_title(
        f"R²: {determination(annotations, 'language_out')} for a language left out,\n"
        + "".join(
            f"{determination(annotations, key)} {words}" + end
            for key, words, end in (("teacher_out", "for a teacher", ", "), ("in_sample", "in sample", ""))
            if f"r2_{key}" in annotations
        ),
        fontsize=6,
    )
    note(
        figure,
        [
            f"n = {annotations['rows']} cells; linear model on {annotations['components']} components, fitted without"
            " the language of the mark; 95 % intervals and p by teachers and languages. Grey: predicted = measured."
        ],
    )
    return figure


def marks(axes: plt.Axes, data: pd.DataFrame) -> None:
    """The marks of each language."""
    for index, (language, part) in enumerate(data.groupby("language")):
        look = {**style(index), "linestyle": "none"}
        axes.plot(part["predicted"], part["measured"], label=language, markersize=3.5, **look)


def as_drawn(data: pd.DataFrame, line: Json, width: float) -> plt.Figure:
    """The points of the paper's own figure; its axes have scales of their own, and PG-Score is on the right."""
    figure, axes = plt.subplots(figsize=(min(width, 3.3), 2.9))
    marks(axes, data)
    axes.set(xlabel="Predicted, as drawn in the paper", ylabel="Measured, as drawn in the paper")
    axes.locator_params(axis="x", nbins=5)
    slope, start = line["slope"], line["intercept"]
    right = axes.secondary_yaxis("right", functions=(lambda y: (y - start) / slope, lambda pg: start + slope * pg))
    right.set_ylabel("PG-Score")
    axes.legend(frameon=False, handletextpad=0.2, ncols=2)
    axes.set_title(f"R² of a line through all points: {written(line['r2'])}")
    note(
        figure,
        [
            f"n = {len(data)} points, read from the drawing. The measured axis, named the actual benchmark score, is"
            f" {written(start, 4)} + {written(slope, 4)} · PG-Score to {written(line['worst'], 4)}.",
        ],
    )
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
