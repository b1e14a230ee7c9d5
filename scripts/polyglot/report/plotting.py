"""Style and output of all figures: fonts, colours that survive grey print, reproducible files."""

import argparse
import importlib.util
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

from polyglot.core.files import Json, read_json, whole

ONE_COLUMN, TWO_COLUMNS = 3.3, 6.9  # inches
# Okabe and Ito's palette, in order of decreasing contrast with white; markers and lines distinguish series in grey.
COLOURS = ["#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
LINES = ["-", "--", "-.", ":"]
BOLD = "DejaVu Sans"  # the only one of FONTS with a bold face
HEAT = "cividis"  # lightness rises evenly, in colour, in grey and to the colour-blind


def _fonts() -> list[Path]:
    """DejaVu Sans (from matplotlib: Latin, Arabic) and IPAexGothic (from matplotlib-fontja: Japanese)."""
    results = [Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"]
    package = importlib.util.find_spec("matplotlib_fontja")
    if package and package.origin:
        results.append(Path(package.origin).parent / "fonts/ipaexg.ttf")
    return results


FONTS = _fonts()
for _font in FONTS:
    font_manager.fontManager.addfont(_font)
plt.rcParams.update(
    {
        "font.family": [font_manager.FontProperties(fname=font).get_name() for font in FONTS],
        "font.size": 7,
        "axes.titlesize": 7.5,
        "axes.labelsize": 7,
        "xtick.labelsize": 6.5,
        "ytick.labelsize": 6.5,
        "legend.fontsize": 6.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.6,
        "lines.linewidth": 1.0,
        "lines.markersize": 4,
        "pdf.fonttype": 42,
        "savefig.dpi": 300,
        "figure.constrained_layout.use": True,
    }
)


@cache
def covered() -> frozenset[int]:
    """Code points of all characters in the fonts."""
    return frozenset(code for font in FONTS for code in FT2Font(font).get_charmap())


def drawable(text: str, otherwise: str) -> str:
    """`text` if the fonts have all its characters, else `otherwise`."""
    return text if text and {ord(letter) for letter in text} <= covered() else otherwise


def style(index: int) -> dict[str, str]:
    """Colour, marker and line of a series by its index: no two of the first 28 share all three."""
    turn = index // len(COLOURS)
    return {
        "color": COLOURS[index % len(COLOURS)],
        "marker": MARKERS[(index + turn) % len(MARKERS)],
        "linestyle": LINES[turn % len(LINES)],
    }


def heat(
    axes: Axes,
    values: np.ndarray,
    texts: np.ndarray,
    rows: list[str],
    columns: list[str],
    points: float = 6,
    limits: tuple[float, float] | None = None,
) -> None:
    """A heat map with its numbers in the cells, so that colour is never the only carrier. Unknown cells stay white.

    Args:
        values: (rows, columns) floats, NaN if unknown; the colour scale spans the known ones, or `limits`.
        texts: (rows, columns) the text in each cell, of the size `points`.
    """
    known = values[~np.isnan(values)]
    low, high = limits or ((known.min(), known.max()) if known.size else (0.0, 1.0))
    axes.imshow(values, cmap=HEAT, vmin=low, vmax=high if high > low else low + 1, aspect="auto")
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        dark = not np.isnan(value) and (high == low or (value - low) / (high - low) < 0.45)
        axes.text(
            column,
            row,
            texts[row, column],
            ha="center",
            va="center",
            color="white" if dark else "black",
            fontsize=points,
        )
    room = 0.65 * axes.figure.get_figwidth() * axes.get_subplotspec().colspan.stop / axes.get_gridspec().ncols ** 2
    crowded = max((len(name) for name in columns), default=0) * 0.052 > room / max(len(columns), 1)
    slanted = {"rotation": 25, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
    axes.set_xticks(range(len(columns)), columns, **slanted)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def note(figure: Figure, sentences: list[str]) -> None:
    """Small print under the figure, wrapped to its width."""
    letters = int(figure.get_figwidth() * 23.5)  # at 5.5 points
    lines = [line for sentence in sentences if sentence for line in textwrap.wrap(sentence, letters)]
    if lines:
        figure.supxlabel("\n".join(lines), fontsize=5.5, x=0.02, ha="left")


def no_data(width: float, sentence: str) -> Figure:
    """A figure with a sentence in place of data."""
    figure, axes = plt.subplots(figsize=(width, 0.8))
    axes.text(0.5, 0.5, textwrap.fill(sentence, int(width * 20)), ha="center", va="center")
    axes.set_axis_off()
    return figure


def program(draw: Callable[[pd.DataFrame, Json, float], Figure], description: str) -> None:
    """The command line of a figure: read the CSV of the numbers drawn and the JSON of annotations, draw, save."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--data", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    parser.add_argument("--width", type=float, default=ONE_COLUMN, help="inches; the height follows")
    parser.add_argument("--pdf", required=True)
    parser.add_argument("--png", required=True)
    arguments = parser.parse_args()
    figure = draw(pd.read_csv(arguments.data), read_json(arguments.annotations), arguments.width)
    save(figure, arguments.pdf, arguments.png)


def save(figure: Figure, pdf: str | Path, png: str | Path) -> None:
    """Write the figure as PDF (fonts embedded) and PNG, without dates or versions: a redraw is byte-identical."""
    with whole(pdf) as temporary:
        figure.savefig(temporary, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
    with whole(png) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})
    plt.close(figure)
