"""Draw Figure 7: ranks of the teachers by the weight of the intrinsic half, and rank correlations between weights."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import TWO_COLUMNS, heat, no_data, note, plt, program, style

BELOW = 2.1  # inches, of the correlations with their intervals
BESIDE = 0.012  # between the intervals of two teachers, in α


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """Two panels, side by side on a wide page, stacked on a narrow page."""
    ranks = data[data["panel"] == "rank"].astype({"column": float})
    rho = data[data["panel"] == "spearman"].astype({"row": float, "column": float})
    if ranks.empty:
        return no_data(width, f"No cell of {annotations['student_base']} has both an intrinsic z-score and a PGR.")
    teachers = ranks["row"].nunique()
    tall = 0.2 * teachers + 0.7
    wide = width >= 0.8 * TWO_COLUMNS
    figure, panels = plt.subplots(
        *((1, 2) if wide else (2, 1)),
        figsize=(width, max(tall, BELOW) + 0.5 if wide else tall + BELOW + 0.5),
        height_ratios=None if wide else (tall, BELOW),
    )
    lines(panels[0], ranks)
    agreement(panels[1], rho, annotations)
    left_out, seen = annotations["cells_left_out"], annotations["intervals"]
    note(
        figure,
        [
            f"Students of {annotations['student_base']}; rank 1 is the highest mean over languages.",
            "Bars: 95 % intervals of ranks; hollow: not told from the best at that α."
            if seen
            else "Ranks have no interval: items, rows, cells or valid anchors are lacking.",
            f"{left_out} cells without both halves are left out." if left_out else "",
            annotations["anchors"],
        ],
    )
    return figure


def agreement(axes: plt.Axes, rho: pd.DataFrame, annotations: Json) -> None:
    """Lower triangle of Spearman's ρ between weights; an empty panel states the reason."""
    if rho["value"].isna().all():
        reason = f"{annotations['cells']} cells are too few, or all alike"
        axes.text(0.5, 0.5, f"No rank correlation: {reason}", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    weights = annotations["weights"]
    table = rho.pivot(index="row", columns="column", values="value").reindex(index=weights[1:], columns=weights[:-1])
    texts = rho.assign(text=rho.apply(with_interval, axis=1)).pivot(index="row", columns="column", values="text")
    texts = texts.reindex(index=table.index, columns=table.columns).fillna("").to_numpy()
    heat(axes, table.to_numpy(), texts, [f"{alpha:g}" for alpha in weights[1:]], [f"{a:g}" for a in weights[:-1]], 5)
    axes.set_title(f"Spearman's ρ [95 % interval], n = {annotations['cells']} cells")
    axes.set_xlabel("α")
    axes.set_ylabel("α", rotation=0)


def with_interval(pair: pd.Series) -> str:
    """ρ over its interval and the printed number, as far as they are known."""
    ends = f"\n[{written(pair['low'], 2)}, {written(pair['high'], 2)}]" if pd.notna(pair["low"]) else ""
    beside = f"\nprint {written(pair['printed'], 2)}" if pd.notna(pair["printed"]) else ""
    return written(pair["value"], 2, unknown="") + ends + beside


def lines(axes: plt.Axes, ranks: pd.DataFrame) -> None:
    """One line per teacher from its rank at α = 0 to its rank at α = 1, named at the right end; ties share a label.

    The intervals of ranks stand side by side about each α.
    """
    weights = sorted(ranks["column"].unique())
    ends = ranks[ranks["column"] == weights[-1]].sort_values(["rank", "row"])
    for index, teacher in enumerate(ends["row"]):
        part = ranks[ranks["row"] == teacher].sort_values("column")
        look = style(index)
        beside = BESIDE * (index - (len(ends) - 1) / 2)
        axes.plot(part["column"], part["rank"], clip_on=False, **look)
        known, tied = part.dropna(subset=["rank_low"]), part[part["tie_group"] == 1]
        axes.vlines(known["column"] + beside, known["rank_low"], known["rank_high"], look["color"], linewidth=0.6)
        if len(tied):  # an empty line lies at the corner of the page, and the layout would make room for it
            axes.plot(tied["column"], tied["rank"], clip_on=False, **{**look, "linestyle": "none", "mfc": "white"})
    for rank, tied in ends.groupby("rank"):
        axes.text(weights[-1] + 0.04, rank, ", ".join(tied["row"]), va="center", fontsize=6)
    axes.set_xticks(weights, [f"{alpha:g}" for alpha in weights])
    axes.set_yticks(range(1, ranks["row"].nunique() + 1))
    axes.set_ylim(ranks["row"].nunique() + 0.5, 0.5)
    axes.set_xlabel("α: 0 is PGR alone, 1 is intrinsic quality alone")
    axes.set_ylabel("Rank")


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
