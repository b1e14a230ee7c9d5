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
    panels[0].set_xlim(low / 1.3, high * 2.2)  # room for the names at the right
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low / 1.3 <= tick <= high * 2.2]
    panels[0].set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    panels[0].minorticks_off()
    levels = sorted(data["joshi_level"].unique())
    panels[1].set_xticks(levels)
    panels[1].set_xlim(levels[0] - 0.3, levels[-1] + 0.9)
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
    """Draw teachers as small grey dots and means as large dots, named in English and in the language itself."""
    teachers, means = data[data["teacher"] != "mean"], data[data["teacher"] == "mean"]
    axes.scatter(teachers[fact], teachers["pg_score"], s=5, color="0.7", linewidths=0, zorder=1)
    axes.scatter(means[fact], means["pg_score"], s=22, color=COLOURS[1], zorder=2)
    for row in means.itertuples():
        own = "" if pd.isna(row.autonym) else drawable(row.autonym, "")
        name = f"{row.name} {own}" if own and own != row.name else row.name
        axes.annotate(
            name,
            (getattr(row, fact), row.pg_score),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.3, "alpha": 0.75},
        )


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
