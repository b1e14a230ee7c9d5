"""Draw Figure 8: PG-Score of languages against their share of CommonCrawl and their resource level."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import COLOURS, TWO_COLUMNS, drawable, no_data, note, plt, program

AXES = {
    "common_crawl_pct": "Share of CommonCrawl, per cent (log scale)",
    "joshi_level": "Resource level (0 to 5)",
}
LINE = 0.08  # of the height of the axes: a name's line


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """One panel per fact: a large dot per language (mean over teachers), small dots behind it for the teachers."""
    if data.empty:
        return no_data(width, "No language of this study has facts in Table 8 of the paper.")
    wide = width >= 0.8 * TWO_COLUMNS
    shape, height = ((1, 2), 2.4) if wide else ((2, 1), 4.4)
    figure, panels = plt.subplots(*shape, figsize=(width, height), sharey=True)
    for axes, (fact, label) in zip(panels, AXES.items(), strict=True):
        panel(axes, data, fact)
        axes.set_xlabel(label)
        axes.set_title(sentence(annotations["correlations"][fact]), loc="left")
        if not wide or axes is panels[0]:
            axes.set_ylabel("PG-Score")
    panels[0].set_xscale("log")
    low, high = data["common_crawl_pct"].min(), data["common_crawl_pct"].max()
    panels[0].set_xlim(low / 1.3, high * 1.3)
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low / 1.3 <= tick <= high * 1.3]
    panels[0].set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    panels[0].minorticks_off()
    levels = sorted(data["joshi_level"].unique())
    panels[1].set_xticks(levels)
    panels[1].set_xlim(levels[0] - 0.3, levels[-1] + 0.3)
    left_out = annotations["without_facts"]
    note(
        figure,
        [
            f"Students of {annotations['student_base']}. Large dots: mean over teachers; small dots: each teacher.",
            f"Left out, no facts in Table 8: {', '.join(left_out)}." if left_out else "",
            annotations["anchors"],
        ],
    )
    return figure


def panel(axes: plt.Axes, data: pd.DataFrame, fact: str) -> None:
    """Draw teachers as small grey dots and means as large dots, named at the right in English and in the language."""
    teachers, means = data[data["teacher"] != "mean"], data[data["teacher"] == "mean"]
    axes.scatter(teachers[fact], teachers["pg_score"], s=5, color="0.7", linewidths=0, zorder=1)
    axes.scatter(means[fact], means["pg_score"], s=22, color=COLOURS[1], zorder=2)
    means = means.sort_values(["pg_score", "language"])
    low, high = axes.get_ylim()
    heights = apart(((means["pg_score"] - low) / (high - low)).tolist())
    for row, height in zip(means.itertuples(), heights, strict=True):
        own = "" if pd.isna(row.autonym) else drawable(row.autonym, "")
        axes.annotate(
            f"{row.name} · {own}" if own and own != row.name else row.name,
            (getattr(row, fact), row.pg_score),
            xytext=(1.04, height),
            textcoords="axes fraction",
            va="center",
            fontsize=6,
            arrowprops={"arrowstyle": "-", "color": "0.75", "linewidth": 0.5, "shrinkA": 1, "shrinkB": 2},
        )


def apart(heights: list[float]) -> list[float]:
    """Ascending heights, as shares of the axes, moved until no name lies on the next and none leaves the axes."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + LINE if placed else 0.0))
    top = 1.0
    for place in range(len(placed) - 1, -1, -1):
        placed[place] = min(placed[place], top)
        top = placed[place] - LINE
    return placed


def sentence(results: Json) -> str:
    """ρ with its interval, p and n; only n if ρ is not defined."""
    if results["rho"] is None:
        return f"no rank correlation (n = {results['n']})"
    parts = [f"ρ = {written(results['rho'], 2)}"]
    if results["low"] is not None:
        parts[0] += f" [{written(results['low'], 2)}, {written(results['high'], 2)}]"
    return ", ".join([*parts, f"p = {written(results['p'], 3)}", f"n = {results['n']}"])


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
