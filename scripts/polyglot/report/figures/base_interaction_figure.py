"""Draw each teacher's gain on each student base, and for each two bases how their orders of teachers agree."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.report.plotting import COLOURS, no_data, note, plt, program, style

ALL = "all"
LINE, HEAD, FOOT = 0.11, 0.35, 1.0  # inches: a base's line, a title, the axis with the notes


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """Two panels, one under the other: teachers with a dot a base, pairs of bases with their correlation."""
    bases = annotations["bases"]
    gains = gains_of(data)
    if gains.empty:
        return no_data(width, "No two student bases of this study share two teachers in a language.")
    pairs = data[data["teacher"] == ALL].reset_index(drop=True)
    teachers = gains.groupby("teacher")["gain"].mean().sort_values(kind="stable").index.tolist()
    heights = [HEAD + LINE * (len(bases) + 1) * len(teachers), HEAD + 3 * LINE * len(pairs)]
    figure, (above, below) = plt.subplots(2, 1, figsize=(width, sum(heights) + FOOT), height_ratios=heights)
    draw_gains(above, gains, teachers, bases)
    draw_pairs(below, pairs)
    note(
        figure,
        [
            "Lines: 95 % intervals. Gains are means over the deciding benchmarks and the languages that bases share.",
            "Full dots: what a teacher is worth depends on the base (an interaction that is not about 0).",
            "ρ has no interval for fewer than three teachers." if pairs["rho"].isna().any() else "",
        ],
    )
    return figure


def gains_of(data: pd.DataFrame) -> pd.DataFrame:
    """Base, teacher and gain with its interval, once each: of the first pair of bases that has it."""
    columns = ["base", "teacher", "gain", "low", "high"]
    sides = [
        data[[base, "teacher", gain, f"{gain}_low", f"{gain}_high"]].set_axis(columns, axis=1)
        for base, gain in (("student_base", "gain"), ("other_base", "other_gain"))
    ]
    each = pd.concat(sides, ignore_index=True)
    return each[each["teacher"] != ALL].drop_duplicates(["base", "teacher"])


def draw_gains(axes: plt.Axes, gains: pd.DataFrame, teachers: list[str], bases: list[str]) -> None:
    """The teachers, the best on top, with the bases below one another in each."""
    axes.axvline(0, color="0.75", linewidth=0.6, zorder=0)
    for number, base in enumerate(bases):
        part = gains[gains["base"] == base]
        shift = (len(bases) - 1) / 2 - number
        places = part["teacher"].map(teachers.index) + shift / (len(bases) + 1)
        look = style(number)
        axes.hlines(places, part["low"], part["high"], color=look["color"], linewidth=1.0, zorder=1)
        axes.scatter(part["gain"], places, s=12, color=look["color"], marker=look["marker"], zorder=2, label=base)
    axes.set_yticks(range(len(teachers)), teachers)
    axes.set_ylim(-0.6, len(teachers) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("gain: student − base")
    axes.figure.legend(frameon=False, loc="outside upper left", ncols=2)  # names are longer than the axes


def draw_pairs(axes: plt.Axes, pairs: pd.DataFrame) -> None:
    """The pairs of bases with ρ."""
    places = pairs.index[::-1]
    fill = [COLOURS[1] if interacts else "white" for interacts in pairs["interacts"]]
    axes.hlines(places, pairs["rho_low"], pairs["rho_high"], color=COLOURS[1], linewidth=1.0, zorder=1)
    dots = {"s": 14, "edgecolors": COLOURS[1], "linewidths": 0.9, "clip_on": False}
    axes.scatter(pairs["rho"], places, color=fill, zorder=2, **dots)
    axes.axvline(0, color="0.75", linewidth=0.6, zorder=0)
    axes.set_yticks(places, pairs["student_base"] + ",\n" + pairs["other_base"])
    axes.set(xlim=(-1, 1), xticks=(-1, -0.5, 0, 0.5, 1), xlabel="Spearman's ρ of both orders")
    axes.set_ylim(-0.6, len(pairs) - 0.4)
    axes.tick_params(axis="y", length=0)


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
