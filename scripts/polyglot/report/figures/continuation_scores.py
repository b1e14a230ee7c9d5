"""Draw macro F1 and accuracy of each model on the benchmarks asked by continuation, with a constant answer's level."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.report.plotting import COLOURS, no_data, note, plt, program

ROW, HEAD, FOOT = 0.2, 0.3, 0.9  # inches: a model's line, a benchmark's title, the axis with the notes
APART = 0.14  # of a model's line, between its two scores
LEVEL = {"color": "0.5", "linewidth": 0.8, "zorder": 0}


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """A panel a benchmark, one under another on one axis; a score is a dot on its interval."""
    if data.empty:
        return no_data(width, "No model of this study could read an item of such a benchmark.")
    parts = [
        data[(data["language"] == language) & (data["benchmark"] == benchmark)]
        for language, benchmark in annotations["panels"]
    ]
    heights = [HEAD + ROW * len(part) for part in parts]
    figure, panels = plt.subplots(
        len(parts), 1, figsize=(width, sum(heights) + FOOT), height_ratios=heights, sharex=True, squeeze=False
    )
    for axes, part, (language, benchmark) in zip(panels[:, 0], parts, annotations["panels"], strict=True):
        panel(axes, part.reset_index(drop=True))
        axes.set_title(f"{benchmark} ({language}), {part['items'].iloc[0]} items", loc="left")
    panels[-1, 0].set(xlabel="score", xlim=(0, 1))
    note(
        figure,
        [
            "Full dots: macro F1; open dots: accuracy. Lines: 95 % intervals.",
            "Grey: macro F1 of the commonest answer to all items; dotted: accuracy of guessing.",
            "Students are in the table alone.",
        ],
    )
    return figure


def panel(axes: plt.Axes, part: pd.DataFrame) -> None:
    """One benchmark, a line a model."""
    for name, shift, fill in (("macro_f1", APART, COLOURS[1]), ("accuracy", -APART, "white")):
        places = part.index + shift
        axes.hlines(places, part[f"{name}_low"], part[f"{name}_high"], color=COLOURS[1], linewidth=1.0, zorder=1)
        dots = {"s": 14, "color": fill, "edgecolors": COLOURS[1], "linewidths": 0.9}
        axes.scatter(part[name], places, zorder=2, clip_on=False, **dots)  # whole also where a score is 1
    axes.axvline(part["constant_macro_f1"].iloc[0], linestyle="-", **LEVEL)
    axes.axvline(part["chance"].iloc[0], linestyle=":", **LEVEL)
    axes.set_yticks(part.index, part["model"])
    axes.set_ylim(-0.6, len(part) - 0.4)
    axes.tick_params(axis="y", length=0)


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
