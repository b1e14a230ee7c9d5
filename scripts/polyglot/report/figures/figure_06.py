"""Draw Figure 6: PG-Score of data translated by the teacher and by a dedicated model."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.report.plotting import COLOURS, MARKERS, no_data, note, plt, program


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """One row per language: a large marker per recipe (mean over teachers), a small one per teacher."""
    recipes = annotations["recipes"]
    if data.empty or len(recipes) < 2:
        return no_data(width, f"No two ways of translating were measured for {annotations['student_base']}.")
    languages = sorted(data["language"].unique())
    figure, axes = plt.subplots(figsize=(width, 0.2 * len(languages) * len(recipes) + 1.0))
    for index, recipe in enumerate(recipes):
        rows = data[data["recipe"] == recipe]
        offset = (index - (len(recipes) - 1) / 2) * 0.8 / len(recipes)
        places = rows["language"].map(languages.index) + offset
        axes.scatter(rows["pg_score"], places, s=6, color="0.7", marker=MARKERS[index], linewidths=0)
        means = rows.groupby("language")["pg_score"].mean()
        places = [languages.index(language) + offset for language in means.index]
        axes.scatter(means, places, s=26, color=COLOURS[index], marker=MARKERS[index], label=recipe, zorder=2)
    axes.set_yticks(range(len(languages)), languages)
    axes.set_ylim(len(languages) - 0.5, -0.5)
    for line in range(1, len(languages)):
        axes.axhline(line - 0.5, color="0.9", linewidth=0.6, zorder=0)
    axes.axvline(0, color="0.6", linewidth=0.6, zorder=0)
    axes.set_xlabel("PG-Score")
    figure.legend(loc="outside upper center", ncols=len(recipes), frameon=False, handletextpad=0.1)
    note(
        figure,
        [
            f"Students of {annotations['student_base']}. Large marks: mean over teachers; small: each teacher.",
            annotations["anchors"],
        ],
    )
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
