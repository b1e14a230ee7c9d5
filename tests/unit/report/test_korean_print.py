"""Polyglot-Ko's print: its tables, its figures and the page of names, with numbers worked by hand."""

import importlib
import sys
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from polyglot.analysis.polyglot_ko import billions, load_polyglot_ko
from polyglot.core.files import read_json
from polyglot.report import korean_names, korean_tables
from polyglot.report.figures.polyglot_ko_kobest_data import drawn
from polyglot.report.figures.polyglot_ko_size_data import means
from polyglot.report.plotting import ONE_COLUMN, TWO_COLUMNS, plt
from polyglot.report.table_files import write

PRINTED = Path("resources/published")
FIGURES = ["polyglot_ko_kobest", "polyglot_ko_size"]
COUNTED = pd.DataFrame(
    {
        "model": ["polyglot-ko-1.3b", "polyglot-ko-3.8b", "polyglot-ko-5.8b", "polyglot-ko-12.8b"],
        "parameters": [1_331_810_304, 3_809_974_272, 5_885_059_072, 12_893_603_840],
        "replicated": [299_008, 595_968, 696_320, 1_239_040],
        "of_a_vocabulary_row": [4096, 6144, 8192, 10_240],
    }
)


@pytest.fixture(scope="module")
def printed():
    return load_polyglot_ko(PRINTED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """CSV and JSON of both figures."""
    target = tmp_path_factory.mktemp("figures")
    COUNTED.to_csv(target / "parameters.csv", index=False)
    for name in FIGURES:
        outputs = ["--out", target / f"{name}.csv", "--annotations", target / f"{name}.json"]
        inputs = ["--published", PRINTED, "--parameters", target / "parameters.csv"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", [name, *map(str, inputs + outputs)])
            importlib.import_module(f"polyglot.report.figures.{name}_data").main()
    return target


def picture(folder, name, width):
    data, annotations = pd.read_csv(folder / f"{name}.csv"), read_json(folder / f"{name}.json")
    figure = importlib.import_module(f"polyglot.report.figures.{name}").draw(data, annotations, width)
    figure.canvas.draw()
    return figure


def test_the_sources_have_shares_and_bounds(printed, tmp_path):
    table = korean_tables.sources(printed["polyglot_ko_sources"])
    total = table.rows.set_index("source").loc["total"]
    assert (round(total["low"], 1), round(total["high"], 1)) == (857.2, 863.2)
    shares = table.layout.set_index("source")["share, %"]
    # 682.3 / 863 and 1 / 863
    assert (shares["blog posts"], shares["Clova call"], shares["total"]) == ("79.1", "< 0.12", "")
    write(table, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"polyglot_ko_sources.{end}" for end in ("csv", "md", "tex")
    ]
    assert (tmp_path / "polyglot_ko_sources.md").read_text(encoding="utf-8").startswith("# Sources of")


def test_the_models_have_counted_parameters_and_sequences_a_step(printed, tmp_path):
    table = korean_tables.models(printed["polyglot_ko_models"], COUNTED)
    largest = table.layout.set_index("")["polyglot-ko-12.8b"]
    # 167e9 / (301,000 · 2,048); 6 · 12.89e9 · 167e9
    assert (largest["sequences a step"], largest["operations"]) == ("270.9", "1.3e22")
    assert largest["printed − counted"] == "+5,027,840" and largest["heads × width of a head"] == "40 × 128"
    write(table, tmp_path)
    assert r"40 $\times$ 128" in (tmp_path / "polyglot_ko_models.tex").read_text(encoding="utf-8")


def test_scores_that_a_constant_answer_has_and_equal_scores_are_marked(printed):
    table = korean_tables.kobest(printed["polyglot_ko_kobest_f1"], printed["kobest_tasks"])
    cells = table.layout.set_index(["task", "model"])
    assert len(cells) == 35
    assert cells.at[("boolq", "xglm-7.5b"), "50 shots"] == "0.3324 †"
    assert cells.at[("boolq", "polyglot-ko-1.3b"), "50 shots"] == "0.4038 ="
    assert cells.at[("sentineg", "polyglot-ko-5.8b"), "0 shots"] == "0.3394"
    assert cells.at[("hellaswag", "kogpt-6b"), "constant answer"] == "0.100"
    assert (~table.rows["above_constant"]).sum() == 9 and table.rows["equal_to_another"].sum() == 4


def test_the_figures_draw_the_printed_scores(printed):
    sizes = billions(COUNTED)
    assert sizes["xglm-7.5b"] == 7.5 and round(sizes["polyglot-ko-12.8b"], 2) == 12.89
    options = {"copa": 2, "hellaswag": 4, "boolq": 2, "sentineg": 2, "wic": 2}
    scores = drawn(printed["polyglot_ko_kobest_f1"], options, sizes)
    assert len(scores) == 140
    assert scores.iloc[0].to_dict() == {
        "task": "copa",
        "model": "polyglot-ko-12.8b",
        "shots": 0,
        "score": 0.7937,
        "size_b": 12.89360384,
        "constant_f1": 1 / 3,
        "constant_accuracy": 0.5,
    }
    assert set(scores.query("task == 'hellaswag'")["constant_f1"]) == {0.1}
    of_size = means(printed["polyglot_ko_kobest_f1"], sizes).set_index(["model", "task"])["score"]
    # (0.7937 + 0.8108 + 0.8037 + 0.8369) / 4
    assert of_size["polyglot-ko-12.8b", "copa"] == pytest.approx(0.811275)
    assert of_size["polyglot-ko-1.3b", "all tasks"] == pytest.approx(0.5448, abs=5e-5)
    assert len(of_size) == 42


@pytest.mark.parametrize("width", [ONE_COLUMN, TWO_COLUMNS])
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_leaves_the_figure_and_no_names_overlap(folder, name, width):
    figure = picture(folder, name, width)
    for axes in figure.axes:
        if axes.axison:
            texts = [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
            for text in filter(plt.Text.get_text, texts):
                box = text.get_window_extent()
                assert box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1, text.get_text()
            boxes = sorted((label.get_window_extent() for label in axes.get_xticklabels()), key=lambda box: box.x0)
            assert all(left.x1 <= right.x0 for left, right in pairwise(boxes)), name
    plt.close(figure)


def test_the_level_of_a_constant_answer_is_drawn_in_each_panel(folder):
    figure = picture(folder, "polyglot_ko_kobest", ONE_COLUMN)
    levels = [sorted({line.get_ydata()[0] for line in axes.lines if line.get_color() == "0.5"}) for axes in figure.axes]
    assert levels == [[1 / 3], [0.1, 0.25], [1 / 3], [1 / 3], [1 / 3], []]
    plt.close(figure)


def test_the_page_of_names_says_what_hellaswag_and_wic_are(printed):
    rows = korean_names.compared(printed["polyglot_ko_kobest_f1"], printed["polyglot_ko_reruns"])
    assert len(rows) == 11
    page = korean_names.page(rows)
    assert "at the level of length-normalised accuracy, from which they differ by 0.0073" in page
    assert "not of macro F1, from which they differ by up to 0.1234" in page
    assert "0 shots 0.489 and 0.3297" in page and "polyglot-ko-12.8b, 0 shots: 0.3985 printed, 0.3280 measured" in page
    assert "boolq of polyglot-ko-12.8b, 0 shots (0.4818); sentineg of polyglot-ko-12.8b, 0 shots (0.9117)" in page


def test_names_that_hold_are_said_to_hold(printed):
    reruns = printed["polyglot_ko_reruns"]
    same = reruns.assign(rerun=reruns["rerun"].where(reruns["metric"] != "macro_f1", reruns["printed"]))
    page = korean_names.page(korean_names.compared(printed["polyglot_ko_kobest_f1"], same))
    assert "The printed numbers are macro F1 to 0.0000." in page and "hellaswag of polyglot-ko-12.8b" in page
