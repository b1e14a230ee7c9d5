"""Draw a student's training loss.

Reads log.jsonl of a training run (one line per step, and the held-out losses) and writes a PNG.
"""

import argparse
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_jsonl, whole


def draw(log: list[Json], title: str) -> plt.Figure:
    """The loss of each step as a line, the held-out loss as points. Raises InputError if the log has no loss."""
    steps = [line for line in log if "loss" in line]
    points = [line for line in log if "held_out_loss" in line]
    if not steps:
        raise InputError("the log holds no training loss; train the student again")
    sns.set_theme(style="ticks", context="paper")
    figure, axes = plt.subplots(figsize=(4.5, 3), layout="constrained")
    axes.plot([line["step"] for line in steps], [line["loss"] for line in steps], color="0.35", label="training")
    if points:
        x, y = [line["step"] for line in points], [line["held_out_loss"] for line in points]
        axes.plot(x, y, "o", color="#c44e00", label="held out")
        for step, loss in zip(x, y, strict=True):
            axes.annotate(f"{loss:.2f}", (step, loss), textcoords="offset points", xytext=(0, 6), ha="center")
    axes.set(title=title, xlabel="step", ylabel="loss (nats a token)")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.margins(y=0.15)
    axes.legend(frameon=False)
    sns.despine(figure)
    return figure


def main() -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=Path, required=True, help="log.jsonl")
    parser.add_argument("--title", required=True)
    parser.add_argument("--out", type=Path, required=True, help="PNG file")
    arguments = parser.parse_args()
    figure = draw(read_jsonl(arguments.log), arguments.title)
    with whole(arguments.out) as temporary:
        figure.savefig(temporary, dpi=150, metadata={"Software": None})  # no version in the file


if __name__ == "__main__":
    run(main)
