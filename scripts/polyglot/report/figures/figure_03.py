"""Draw Figure 3: loadings of the intrinsic metrics on their principal components."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import heat, no_data, note, plt, program

NAMES = {
    "prompt_diversity": "prompt diversity",
    "response_diversity": "response diversity",
    "judge_score": "judge score",
    "perplexity": "−log(1 + perplexity)",
    "prompt_length": "prompt length",
    "response_length": "response length",
}


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """A heat map: one row per metric, one column per component with its share of the variance."""
    if data.empty:
        return no_data(width, f"No principal components: {annotations['reason']}.")
    table = data.pivot(index="metric", columns="component", values="loading").loc[annotations["metrics"]]
    shares = data.drop_duplicates("component").set_index("component")["explained"]
    figure, axes = plt.subplots(figsize=(width, 0.24 * len(table) + 0.9))
    texts = table.map(lambda value: written(value, 2)).to_numpy()
    columns = [f"{name}\n{written(100 * shares[name], 1)} %" for name in table.columns]
    names = {**NAMES, "perplexity": "perplexity"} if annotations["printed"] else NAMES
    heat(axes, table.to_numpy(), texts, [names[name] for name in table.index], columns)
    axes.set_title("Loadings, and variance explained")
    if annotations["printed"]:
        note(
            figure, ["Loadings and variance as printed; the lengths of prompts and responses are not printed by cell."]
        )
        return figure
    left_out = ", ".join(NAMES[name] for name in annotations["left_out"])
    note(
        figure,
        [
            f"n = {annotations['cells']} teacher–language cells, metrics standardised.",
            f"Left out, not known in every cell or without spread: {left_out}." if left_out else "",
        ],
    )
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
