"""Draw Figure 2: heat maps of PG-Score (teachers × student bases) and of the rank correlations between bases."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import TWO_COLUMNS, heat, note, plt, program


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """Two panels, side by side on a wide page, stacked on a narrow page."""
    of_scores = data[data["panel"] == "pg_score"]
    scores = of_scores.pivot(index="row", columns="column", values="value")
    order = scores.mean(axis=1).sort_values(ascending=False, kind="stable").index
    scores = scores.loc[order]
    tied = of_scores.pivot(index="row", columns="column", values="tie_group").loc[order] == 1
    texts = scores.map(lambda value: written(value, 2, unknown="n/a")) + tied.map(lambda best: " =" if best else "")
    bases = list(scores.columns)
    tall = 0.19 * len(scores) + 0.5
    wide = width >= 0.8 * TWO_COLUMNS
    below = 0.25 * max(len(bases) - 1, 1) + 0.6
    figure, panels = plt.subplots(
        *((1, 2) if wide else (2, 1)),
        figsize=(width, max(tall, below) + 0.4 if wide else tall + below + 0.5),
        height_ratios=None if wide else (tall, below),
    )
    heat(
        panels[0],
        scores.to_numpy(),
        texts.to_numpy(),
        list(scores.index),
        bases,
    )
    panels[0].set_title(f"Mean PG-Score over {', '.join(annotations['languages'])}")
    correlations(panels[1], data[data["panel"] == "spearman"], bases, annotations["teachers"])
    best = ["= marks teachers that cannot be told from the best of the base."] if tied.any(axis=None) else []
    note(figure, [annotations["anchors"], *best])
    return figure


def correlations(axes: plt.Axes, data: pd.DataFrame, bases: list[str], teachers: int) -> None:
    """Lower triangle of Spearman's ρ, coloured over its whole range; an empty panel states the reason."""
    if data["value"].notna().sum() == 0:
        reason = "one student base" if len(bases) < 2 else f"{teachers} teachers are too few to rank"
        axes.text(0.5, 0.5, f"No rank correlation: {reason}", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    rho = data.pivot(index="row", columns="column", values="value").reindex(index=bases[1:], columns=bases[:-1])
    texts = rho.map(lambda value: written(value, 2)).to_numpy()
    heat(axes, rho.to_numpy(), texts, bases[1:], bases[:-1], limits=(-1, 1))
    least, most = int(data["n"].min()), int(data["n"].max())
    axes.set_title(f"Spearman's ρ between bases (n = {least if least == most else f'{least} to {most}'} teachers)")


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
