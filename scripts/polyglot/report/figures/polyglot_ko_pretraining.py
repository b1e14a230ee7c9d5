"""Draw bits per byte of held-out text by the text read, a line a run."""

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json
from polyglot.core.numerals import written
from polyglot.report.plotting import note, plt, program, style


def draw(data: pd.DataFrame, annotations: Json, width: float) -> plt.Figure:
    """A line a run, with its last value beside its end."""
    figure, axes = plt.subplots(figsize=(width, 2.6))
    ends = data.groupby("run")["bits_per_byte"].last()
    for index, (name, tokenizer) in enumerate(annotations["tokenizers"].items()):
        rows = data[data["run"] == name]
        axes.plot(rows["megabytes"], rows["bits_per_byte"], label=f"{name} (tokenizer {tokenizer})", **style(index))
        if len(rows):
            last = rows.iloc[-1]
            axes.annotate(
                written(last["bits_per_byte"], 2),
                (last["megabytes"], last["bits_per_byte"]),
                textcoords="offset points",
                xytext=(6, 4 if last["bits_per_byte"] == ends.max() else -8),  # the highest above its line
                color=style(index)["color"],
            )
    axes.set(xlabel="Text read, MB", ylabel="Bits a byte, held out")
    axes.margins(x=0.12, y=0.08)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    note(
        figure,
        ["Documents that no update has read. Bytes, not tokens: text has as many of them under both tokenizers."],
    )
    return figure


if __name__ == "__main__":
    run(lambda: program(draw, __doc__))
