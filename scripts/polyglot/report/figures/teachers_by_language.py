"""Draw the gain of each teacher in each language with its interval: the first picture of a report."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import COLOURS, no_data, note, plt, program

ROW, HEAD, FOOT = 0.17, 0.3, 0.75  # inches: a teacher's line, a language's title, the axis with the notes


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """A panel a language, one under another on one axis; a teacher is a dot on its interval, full in the best group."""
    known = data.dropna(subset=["gain"])
    if known.empty:
        return no_data(width, "No language of this study has scores of students.")
    parts = {language: known[known["language"] == language] for language in annotations["languages"]}
    parts = {language: part for language, part in parts.items() if len(part)}
    heights = [HEAD + ROW * len(part) for part in parts.values()]
    figure, panels = plt.subplots(
        len(parts), 1, figsize=(width, sum(heights) + FOOT), height_ratios=heights, sharex=True, squeeze=False
    )
    for axes, (language, part) in zip(panels[:, 0], parts.items(), strict=True):
        panel(axes, part)
        name = annotations["languages"][language]
        axes.set_title(f"{f'{name} ({language})' if name else language}{mark(annotations, language)}", loc="left")
    panels[-1, 0].set_xlabel("gain: student − base")
    without = [language for language in annotations["languages"] if language not in parts]
    states = [annotations["anchors"][language] for language in parts]
    note(
        figure,
        [
            f"Students of {annotations['student_base']}."
            + (" Lines: 95 % intervals." if known["low"].notna().any() else " No intervals: the items are not known.")
            + (" Full dots cannot be told from the best." if data["first"].any() else ""),
            "§ fewer rows than asked." if data["short"].any() else "",
            "† the reference is not clearly better than the base, so PG-Score has no meaning."
            if False in states
            else "",
            "‡ whether it is better is not known." if None in states else "",
            f"Not known: {', '.join(without)}." if without else "",
        ],
    )
    return figure


def mark(annotations: Json, language: str) -> str:
    """† where the anchors are not valid, ‡ where that is not known."""
    return {True: "", False: " †", None: " ‡"}[annotations["anchors"][language]]


def panel(axes: plt.Axes, part: pd.DataFrame) -> None:
    """One language, the best teacher on top."""
    part = part.sort_values("gain", kind="stable").reset_index(drop=True)
    axes.axvline(0, color="0.75", linewidth=0.6, zorder=0)
    axes.hlines(part.index, part["low"], part["high"], color=COLOURS[1], linewidth=1.2, zorder=1)
    fill = [COLOURS[1] if first else "white" for first in part["first"]]
    axes.scatter(part["gain"], part.index, s=16, color=fill, edgecolors=COLOURS[1], linewidths=0.9, zorder=2)
    names = [
        f"{row.teacher}{f' § {row.rows:.0f} of {row.rows_asked}' if row.short else ''}" for row in part.itertuples()
    ]
    axes.set_yticks(part.index, names)
    axes.set_ylim(-0.6, len(part) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for row in part.itertuples():
        axes.annotate(
            written(row.gain, signed=True),
            (1, row.Index),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=6,
        )


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
