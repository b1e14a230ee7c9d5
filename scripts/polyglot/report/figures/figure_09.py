"""Draw Figure 9: scores of students, their untrained base, its reference and other models, one panel per language."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import COLOURS, TWO_COLUMNS, no_data, note, plt, program

LOOKS = {
    "base": {"marker": "s", "color": COLOURS[2]},
    "reference": {"marker": "D", "color": COLOURS[3]},
    "student": {"marker": "o", "color": COLOURS[1]},
    "other": {"marker": "^", "color": COLOURS[4]},
}


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """Dots with bars of two standard errors, the best model on top; a dashed line marks the base across the panel."""
    if annotations["steps"]:
        return steps(data, width)
    if data.empty:
        return no_data(width, f"No student of {annotations['student_base']} has a score.")
    languages = sorted(data["language"].unique())
    most = data.groupby("language").size().max()
    across = min(len(languages), 3 if width >= 0.8 * TWO_COLUMNS else 1)
    down = -(-len(languages) // across)
    figure, panels = plt.subplots(
        down, across, figsize=(width, down * (0.16 * most + 0.45) + 0.5), sharex=True, squeeze=False
    )
    for axes, language in zip(panels.flat, languages, strict=False):
        rows = data[data["language"] == language].sort_values(["score", "model"], ascending=[True, False])
        places = {model: place for place, model in enumerate(rows["model"])}
        for kind, look in LOOKS.items():
            part = rows[rows["kind"] == kind]
            axes.errorbar(
                part["score"],
                part["model"].map(places),
                xerr=2 * part["se"].fillna(0),
                linestyle="none",
                elinewidth=0.7,
                **look,
            )
        for score in rows[rows["kind"] == "base"]["score"]:
            axes.axvline(score, color=COLOURS[2], linewidth=0.6, linestyle="--", zorder=0)
        tied = rows[rows["tie_group"] == 1]
        axes.plot(tied["score"], tied["model"].map(places), "o", mfc="white", color=COLOURS[1], zorder=3)
        marks = rows["tie_group"].eq(1).map({True: " =", False: ""})
        axes.set_yticks(range(len(rows)), rows["model"] + marks)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_title(language, loc="left")
    for axes in panels.flat[len(languages) :]:
        axes.set_axis_off()
    panels[-1, 0].set_xlabel("Mean score over the benchmarks that decide")
    note(
        figure,
        [
            f"Students of {annotations['student_base']}, named by {annotations['named_by']} (circles); base: square"
            f" and dashed line; reference: diamond{'; other models: triangles' if annotations['others'] else ''}."
            " Bars: two standard errors of the evaluation, where known.",
            "Hollow and =: students that cannot be told from the best of their language by their gain over the base, of"
            " which tie groups are made by paired errors: bars may overlap all the same."
            if annotations["tied"]
            else "Students have no tie marks: they are not of the ranked block, or its items or rows are not known.",
        ],
    )
    return figure


def steps(data: pd.DataFrame, width: float) -> plt.Figure:
    """The paper's own figure: FilBench scores of students step by step, the first on top, with what each step adds."""
    figure, axes = plt.subplots(figsize=(width, 0.26 * len(data) + 0.8))
    places, scores = range(len(data))[::-1], 100 * data["score"]
    axes.plot(scores, places, "o-", color=COLOURS[1], linewidth=0.7)
    for place, score, gain in zip(places, scores, scores.diff(), strict=True):
        added = f" ({written(gain, 1, signed=True)})" if gain == gain else ""
        axes.annotate(written(score, 1) + added, (score, place), xytext=(6, 0), textcoords="offset points", va="center")
    axes.set_yticks(places, data["model"])
    axes.set(xlim=(scores.min() - 0.5, scores.max() + 3.4), ylim=(-0.6, len(data) - 0.4), xlabel="FilBench, per cent")
    note(figure, ["Students in Tagalog, as printed; in brackets what a step adds. No errors are printed."])
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
