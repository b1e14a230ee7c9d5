"""What print alone gives: Figures 3, 4, 7 and 9 as the paper has them, Tables 5 and 13."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.reference import load
from polyglot.core.errors import InputError
from polyglot.report.fact_tables import table_05, table_13
from polyglot.report.figures import figure_03, figure_04, figure_09
from polyglot.report.figures.figure_03_data import printed_loadings
from polyglot.report.figures.figure_04_data import printed_points
from polyglot.report.figures.figure_07 import with_interval
from polyglot.report.figures.figure_07_data import with_printed
from polyglot.report.figures.figure_09_data import printed_steps
from polyglot.report.plotting import ONE_COLUMN, TWO_COLUMNS, plt


@pytest.fixture(scope="module")
def tables():
    return load(Path("resources/published"))


def figures(tables, width):
    """The three figures that are drawn otherwise for print."""
    points, line = printed_points(tables)
    rows = printed_loadings(tables)
    metrics = rows["metric"].drop_duplicates().tolist()
    return {
        "03": figure_03.draw(rows, {"metrics": metrics, "printed": True}, width),
        "04": figure_04.draw(points, {"drawn": line}, width),
        "09": figure_09.draw(printed_steps(tables["figure09_filbench"]), {"steps": True}, width),
    }


def words(figure):
    return " ".join(" ".join(text.get_text() for text in figure.findobj(plt.Text)).split())


def test_figure_3_has_the_printed_loadings_and_shares(tables):
    rows = printed_loadings(tables).set_index(["component", "metric"])
    assert len(rows) == 36
    assert rows.loc[("PC1", "perplexity")].tolist() == [-0.578, 0.422, 0.422]
    assert rows.loc[("PC6", "response_length")].tolist() == [-0.318, 0.032, 1.0]


def test_figure_4_names_the_teachers_of_the_printed_points(tables):
    rows, line = printed_points(tables)
    assert len(rows) == 58 and list(rows.columns) == ["teacher", "language", "measured", "predicted"]
    # PG-Scores in Spanish: Gemma 3 27B 1.358, the highest; Llama 3.1 8B 0.182, the lowest
    spanish = rows.query("language == 'es'").set_index("teacher")["measured"]
    assert (spanish.idxmax(), spanish.idxmin()) == ("gemma-3-27b", "llama-3.1-8b")
    assert (round(line["slope"], 4), round(line["intercept"], 4), round(line["r2"], 3)) == (0.0264, 0.3534, 0.663)
    with pytest.raises(InputError, match=r"figure04_points.csv: no language has a point for each teacher"):
        printed_points({**tables, "figure04_points": tables["figure04_points"].groupby("language").head(3)})


def test_figure_7_sets_the_printed_correlation_in_its_cell(tables):
    pairs = pd.DataFrame(
        {"row": [1.0, 0.3], "column": [0.0, 0.1], "value": [0.406, 0.2], "low": np.nan, "high": np.nan}
    )
    printed = with_printed(pairs, tables["figure07_rank_correlations"])
    assert printed["printed"].tolist()[0] == 0.41 and printed["printed"].isna().tolist() == [False, True]
    assert [with_interval(row) for _, row in printed.iterrows()] == ["0.41\nprint 0.41", "0.20"]


def test_figure_9_has_the_steps_in_the_printed_order(tables):
    rows = printed_steps(tables["figure09_filbench"])
    assert rows["model"].tolist()[::6] == ["public data", "student of 27B"] and rows["score"].iloc[-1] == 0.53
    assert list(rows.columns) == ["language", "kind", "model", "score", "se", "tie_group"]


@pytest.mark.parametrize("width", [ONE_COLUMN, TWO_COLUMNS])
def test_the_pictures_say_what_they_are_and_no_text_leaves_them(tables, width):
    says = {"03": "Loadings and variance as printed", "04": "0.3534 + 0.0264 · PG-Score", "09": "49.5 (+1.3)"}
    for number, figure in figures(tables, width).items():
        figure.canvas.draw()
        assert says[number] in words(figure)
        axes = figure.axes[0]
        for text in filter(plt.Text.get_text, (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label)):
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1, (number, text.get_text())
        plt.close(figure)


def test_tables_5_and_13_are_as_printed_with_pairs_counted(tables):
    datasets = table_05(tables["table05_datasets"]).layout.set_index("dataset")
    assert datasets.loc["Urdu-Instruct (Shafique et al. 2025)"].tolist() == ["1", "Urdu", "yes", "", ""]
    table = table_13(tables["table13_standard_errors"], tables["implied_anchors"])
    cells = table.layout.set_index("teacher")
    assert cells.at["llama-3.1-8b", "ar"] == "−1.693 ± 0.0120"
    assert cells.loc["pairs told apart", ["ar", "cs", "de"]].tolist() == ["43", "45", "41"]
    assert cells.loc["pairs told apart, scaled", ["de", "ja"]].tolist() == ["0", "n/a"]
    # 0.0121 / (2 · (0.43840 − 0.42347))
    scaled = table.rows.set_index(["teacher", "language"])["scaled"]
    assert scaled["gemma-3-27b", "ar"] == pytest.approx(0.0121 / (2 * 0.01493))
