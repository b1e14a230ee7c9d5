"""Draw Figure 1: the workflow from seed prompts to tables, figures and claims."""

import textwrap

import pandas as pd
from matplotlib.patches import FancyBboxPatch

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.report.plotting import BOLD, COLOURS, plt, program

STEP, BOX = 0.62, 0.42  # inches from row to row, and height of a box


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """Boxes on a grid of three columns (left 0, middle 0.5, right 1), arrows from bottom to top of two boxes.

    The units of the axes are inches, so that boxes keep their size at any width.
    """
    nodes = data[data["kind"] == "node"].set_index("id")
    height = (nodes["row"].max() + 1) * STEP
    figure, axes = plt.subplots(figsize=(width, height))
    axes.set(xlim=(0, width), ylim=(-height + STEP / 2, STEP / 2))
    axes.set_axis_off()
    half = min(0.48 * (width - 0.1) / 2, 1.4)
    x = {name: half + 0.03 + (width - 2 * half - 0.06) * row.column for name, row in nodes.iterrows()}
    y = {name: -STEP * row.row for name, row in nodes.iterrows()}
    for edge in data[data["kind"] == "edge"].itertuples():
        start, end = (x[edge.id], y[edge.id] - BOX / 2), (x[edge.to], y[edge.to] + BOX / 2)
        style = {
            "arrowstyle": "-|>",
            "color": "0.35",
            "linewidth": 0.8,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 7,
        }
        axes.annotate("", xy=end, xytext=start, arrowprops=style)
    for name, row in nodes.iterrows():
        box = FancyBboxPatch(
            (x[name] - half, y[name] - BOX / 2),
            2 * half,
            BOX,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor="white",
            edgecolor=COLOURS[1],
            linewidth=0.8,
        )
        axes.add_patch(box)
        axes.text(x[name], y[name] + 0.11, row.title, ha="center", va="center", fontsize=7, weight="bold", family=BOLD)
        detail = textwrap.fill(row.detail, int(2 * half * 19))
        axes.text(x[name], y[name] - 0.07, detail, ha="center", va="center", fontsize=5.5, linespacing=1.05)
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
