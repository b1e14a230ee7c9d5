"""Figures: the numbers drawn, pictures against stored ones, nothing clipped, fonts embedded, the same bytes each time.

Pictures are compared at 100 dots per inch; the tolerance is a root mean square of 2 of 255 grey levels. To store new
pictures after an intended change: UPDATE_PICTURES=1 pytest tests/unit/report/test_figure_data.py
"""

import importlib
import os
import shutil
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.testing.compare import compare_images

from polyglot.analysis.comparison import compared
from polyglot.analysis.paper import MAIN_RECIPE, MAIN_SIZE, STUDENT_BASE
from polyglot.analysis.reference import load, measurements
from polyglot.analysis.score import WEIGHTS, score
from polyglot.analysis.summaries import cells, with_all_teachers
from polyglot.core.files import read_json
from polyglot.core.sheets import write_sheet
from polyglot.report.figures import figure_02, figure_07, figure_09
from polyglot.report.figures.figure_02_data import by_base, order_of_bases, shared_languages, with_ranks
from polyglot.report.figures.figure_05_data import by_size
from polyglot.report.figures.figure_07_data import agreement, orders, weighted, with_places
from polyglot.report.figures.figure_08 import apart, sentence
from polyglot.report.figures.figure_08_data import language_means
from polyglot.report.figures.figure_09_data import with_ties
from polyglot.report.plotting import ONE_COLUMN, TWO_COLUMNS, drawable, no_data, plt, save, style
from tests.unit.study_samples import frame, measured, tiny, wide

PRINTED, PICTURES, TOLERANCE = Path("resources/published"), Path("tests/unit/report/pictures"), 2.0
PUBLISHED, OWN = ["01", "02", "07", "08"], ["03", "04", "05", "06", "09"]
pytestmark = pytest.mark.filterwarnings("error:.*[Gg]lyph.*")


def run_program(name, *arguments):
    """Run a program below `polyglot` in this process, which saves the time of its imports."""
    program = importlib.import_module(f"polyglot.{name}")
    before = sys.argv
    sys.argv = [name, *map(str, arguments)]
    try:
        program.main()
    finally:
        sys.argv = before


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """CSV and JSON of every figure: 01, 02, 07, 08 from print, the others of an invented study with all ablations."""
    target = tmp_path_factory.mktemp("figures")
    scores = score(measurements(load(PRINTED)), MAIN_RECIPE, MAIN_SIZE).scores
    write_sheet(target / "scores.csv", scores)
    rows = wide()
    rows.to_csv(target / "own_measurements.csv", index=False)
    write_sheet(target / "own.csv", score(rows, "mix", 60).scores)
    teachers = pd.DataFrame({"teacher": sorted(rows["teacher"].unique()), "size_b": 1.0, "performance": np.nan})
    teachers.to_csv(target / "teachers.csv", index=False)
    main = ["--main-recipe", MAIN_RECIPE, "--main-size", MAIN_SIZE]
    own_main = ["--main-recipe", "mix", "--main-size", 60]
    base = ["--main-base", STUDENT_BASE]

    def make(number, *arguments):
        outputs = ["--out", target / f"figure_{number}.csv", "--annotations", target / f"figure_{number}.json"]
        run_program(f"report.figures.figure_{number}_data", *arguments, *outputs)

    own, own_base = target / "own.csv", ["--main-base", "base-a"]
    facts = ["--languages", PRINTED / "table08_languages.csv", "--autonyms", "resources/autonyms.csv"]
    statistics = ["--teachers", target / "teachers.csv", "--main-base", "base-a", "--seed", 1, "--out", target]
    run_program("analysis.study_statistics", "--scores", own, *own_main, *statistics)
    make("01", "--workflow", "resources/workflow.csv", "--scores", target / "scores.csv")
    ranked = ["--ranking", target / "ranking.csv"]
    run_program("analysis.ranking", "--scores", target / "scores.csv", *main, "--seed", 1, "--out", ranked[1])
    make("02", "--scores", target / "scores.csv", *ranked, *main, "--published", PRINTED)
    make("03", "--components", target / "components.json")
    make("04", "--components", target / "components.json", "--predictions", target / "predictions.csv")
    make("05", "--scores", own, "--main-recipe", "mix", *own_base)
    make("06", "--scores", own, "--recipes", '["translate", "nllb-both", "nllb-respond"]', *own_base)
    of_weights = ["--ranking", target / "ranking.weights.csv", "--main-seed", 1]
    make("07", "--scores", target / "scores.csv", *of_weights, *main, *base)
    make("08", "--scores", target / "scores.csv", *main, *base, *facts)
    own_ranked = ["--ranking", target / "own_ranking.csv"]
    run_program("analysis.ranking", "--scores", own, *own_main, "--seed", 1, "--out", own_ranked[1])
    make("09", "--measurements", target / "own_measurements.csv", *own_ranked, *own_main, *own_base)
    return target


def draw(folder, number, width):
    data = pd.read_csv(folder / f"figure_{number}.csv")
    annotations = read_json(folder / f"figure_{number}.json")
    return importlib.import_module(f"polyglot.report.figures.figure_{number}").draw(data, annotations, width)


@pytest.mark.parametrize("number", PUBLISHED + OWN)
def test_the_picture_equals_the_stored_picture(folder, tmp_path, number):
    picture, stored = tmp_path / f"figure_{number}.png", PICTURES / f"figure_{number}.png"
    figure = draw(folder, number, ONE_COLUMN)
    figure.savefig(picture, dpi=100, metadata={"Software": None})
    plt.close(figure)
    if os.environ.get("UPDATE_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        shutil.copy(picture, stored)
    expected = shutil.copy(stored, tmp_path / "expected.png")  # the comparison writes files beside its inputs
    assert compare_images(str(expected), str(picture), TOLERANCE) is None


def ticks_out_of_view(figure):
    """Labels that matplotlib does not draw: of ticks beyond the limits and of axes switched off."""
    labels = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not axes.axison or not low <= tick.get_loc() <= high:
                    labels |= {id(tick.label1), id(tick.label2)}
    return labels


@pytest.mark.parametrize("width", [ONE_COLUMN, TWO_COLUMNS])
@pytest.mark.parametrize("number", PUBLISHED + OWN)
def test_no_text_leaves_the_figure(folder, number, width):
    figure = draw(folder, number, width)
    figure.canvas.draw()
    edge = figure.bbox
    hidden = ticks_out_of_view(figure)
    for text in figure.findobj(plt.Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            box = text.get_window_extent()
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= edge.x1 + 1 and box.y1 <= edge.y1 + 1
            assert inside, (text.get_text(), box, edge)
    assert figure.get_figwidth() <= width
    plt.close(figure)


@pytest.mark.parametrize("number", PUBLISHED)
def test_names_on_an_axis_do_not_overlap(folder, number):
    figure = draw(folder, number, ONE_COLUMN)
    figure.canvas.draw()
    for axes in figure.axes:
        if not axes.axison:
            continue
        boxes = [label.get_window_extent() for label in axes.get_yticklabels() if label.get_text()]
        boxes.sort(key=lambda box: box.y0)
        assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes)), number
    plt.close(figure)


@pytest.mark.parametrize("width", [ONE_COLUMN, TWO_COLUMNS])
def test_names_of_languages_cover_no_point_and_no_other_name(folder, width):
    figure = draw(folder, "08", width)
    figure.canvas.draw()
    for axes in figure.axes:
        names = [text for text in axes.texts if text.get_text()]
        # the text's own box, without the line that leads to its point
        boxes = sorted((plt.Text.get_window_extent(text) for text in names), key=lambda box: box.y0)
        points = [axes.transData.transform(place) for dots in axes.collections for place in dots.get_offsets()]
        assert len(boxes) == 6 and len(points) == 66
        assert not any(box.contains(*point) for box in boxes for point in points)
        assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
        assert "Japanese · 日本語" in [text.get_text() for text in names]
    plt.close(figure)


def test_names_are_moved_apart_and_stay_in_the_axes():
    assert apart([0.1, 0.5, 0.9]) == [0.1, 0.5, 0.9]
    assert apart([0.5, 0.5]) == pytest.approx([0.5, 0.58])
    assert apart([0.97, 0.98, 0.99]) == pytest.approx([0.84, 0.92, 1.0])


def test_colours_of_correlations_run_over_their_whole_range(folder):
    figure = draw(folder, "02", TWO_COLUMNS)
    assert figure.axes[1].images[0].get_clim() == (-1, 1)
    plt.close(figure)


def test_fonts_are_embedded_as_truetype_and_a_redraw_is_byte_identical(folder, tmp_path):
    for name in ("first", "second"):
        save(draw(folder, "08", ONE_COLUMN), tmp_path / f"{name}.pdf", tmp_path / f"{name}.png")
    pdf = (tmp_path / "first.pdf").read_bytes()
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf
    assert pdf == (tmp_path / "second.pdf").read_bytes()
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


def test_letters_of_every_language_of_the_paper_can_be_drawn():
    names = pd.read_csv("resources/autonyms.csv").set_index("language")["autonym"]
    for language in ("ar", "cs", "de", "es", "id", "ja"):
        assert drawable(names[language], "") == names[language]
    assert drawable("\N{LATIN SMALL LETTER A}\N{OLD PERSIAN SIGN A}", "otherwise") == "otherwise"
    assert drawable("", "otherwise") == "otherwise"


def test_no_two_series_look_the_same():
    looks = [tuple(style(index).values()) for index in range(28)]
    assert len(set(looks)) == 28


def test_a_figure_without_data_says_so(tmp_path):
    figure = no_data(ONE_COLUMN, "No cell has both halves of the score, because no judge score differs.")
    save(figure, tmp_path / "empty.pdf", tmp_path / "empty.png")
    assert (tmp_path / "empty.png").stat().st_size > 0


@pytest.mark.parametrize("study", ["tiny", "two cells", "without score", "one cell"])
@pytest.mark.parametrize("number", ["02", "07", "08"])
def test_figures_of_small_studies_name_the_missing_part(tmp_path, study, number):
    spanish = tiny().query("language == 'es'")
    rows = {
        "tiny": tiny(),
        "two cells": spanish.assign(judge_score=[2.0, 3.0], prompt_diversity=[0.4, 0.5]),
        "without score": tiny().assign(judge_score=3.0),
        "one cell": tiny().head(1),
    }[study]
    write_sheet(tmp_path / "scores.csv", score(rows, "mix", 60).scores)
    arguments = ["--scores", tmp_path / "scores.csv", "--main-recipe", "mix", "--main-size", 60]
    ranking = tmp_path / "ranking.csv"
    run_program("analysis.ranking", *arguments, "--seed", 1, "--out", ranking)
    if number == "02":
        arguments += ["--ranking", ranking]
    else:
        arguments += ["--main-base", "base-a"]
    if number == "07":
        arguments += ["--ranking", tmp_path / "ranking.weights.csv", "--main-seed", 1]
    if number == "08":
        arguments += ["--languages", PRINTED / "table08_languages.csv", "--autonyms", "resources/autonyms.csv"]
    outputs = ["--out", tmp_path / f"figure_{number}.csv", "--annotations", tmp_path / f"figure_{number}.json"]
    run_program(f"report.figures.figure_{number}_data", *arguments, *outputs)
    figure = draw(tmp_path, number, ONE_COLUMN)
    figure.canvas.draw()
    words = " ".join(text.get_text() for text in figure.findobj(plt.Text))
    if number == "02":
        assert "No rank correlation: one student base" in words
    elif study == "two cells":
        assert number == "08" or "No rank correlation: 2 cells are too few" in words
    elif study != "tiny":
        assert {"07": "has both an intrinsic z-score", "08": "No language"}[number] in " ".join(words.split())
    plt.close(figure)


def test_two_teachers_are_too_few_to_rank(tmp_path):
    rows = pd.concat([tiny(), tiny().assign(student_base="base-b", perplexity=[2.0, 3.0, 4.0, 9.0])])
    of_cells = cells(score(rows, "mix", 60).scores)
    table = order_of_bases(by_base(of_cells, shared_languages(of_cells)))
    assert table[["n", "rho"]].values.tolist()[0][0] == 2 and table["rho"].isna().all()


def test_figure_2_compares_bases_of_all_teachers():
    rows = [measured(teacher=teacher, student_base=base) for teacher in "abc" for base in ("base-a", "base-b")]
    rows += [
        measured(teacher=teacher, student_base="base-large", language=code) for teacher in "ab" for code in ("es", "id")
    ]
    of_cells = with_all_teachers(cells(score(frame(rows), "mix", 60).scores))
    assert set(of_cells["student_base"]) == {"base-a", "base-b"}


def test_figure_2_averages_over_shared_languages_only():
    rows = [
        measured(teacher=t, language=code, prompt_diversity=d)
        for t, d in (("a", 0.4), ("b", 0.6))
        for code in ("es", "id")
    ]
    rows += [measured(student_base="base-b", teacher=t, prompt_diversity=d) for t, d in (("a", 0.4), ("b", 0.6))]
    table = frame(rows)
    table["judge_score"] = np.linspace(2, 4, len(table))
    table["response_diversity"], table["perplexity"] = np.linspace(0.4, 0.8, len(table)), np.linspace(3, 9, len(table))
    of_cells = cells(score(table, "mix", 60).scores)
    assert shared_languages(of_cells) == ["es"]
    values = by_base(of_cells, ["es"]).set_index(["teacher", "student_base"])["value"]
    expected = of_cells.query("language == 'es'").set_index(["teacher", "student_base"])["pg_score"]
    assert values["a", "base-a"] == pytest.approx(expected["a", "base-a"])
    assert by_base(of_cells, ["es", "id"]).set_index(["teacher", "student_base"])["value"].isna()["a", "base-b"]


def test_figure_2_of_print_has_a_recomputed_column_and_three_printed_columns(folder):
    drawn = pd.read_csv(folder / "figure_02.csv").query("panel == 'pg_score'")
    assert drawn.groupby("column")["source"].first().to_dict() == {
        "gemma-3-4b": "printed",
        "llama-3.1-8b": "printed",
        "olmo-3-7b": "recomputed",
        "qwen-3-8b": "printed",
    }
    printed = load(PRINTED)["figure02_pg_score_by_base"].query("student_base == 'olmo-3-7b'").set_index("teacher")
    own = drawn.query("column == 'olmo-3-7b'").set_index("row")["value"]
    assert (own - printed["pg_score_mean_ar_de_id"]).abs().max() < 0.005


def test_figure_2_marks_who_cannot_be_told_from_the_best_of_a_base(tmp_path):
    of_cells = cells(score(tiny(), "mix", 60).scores)
    means = by_base(of_cells, ["es", "id"])
    ranking = pd.DataFrame({"teacher": ["ann", "bob"], "student_base": "base-a", "language": "all"})
    ranking = ranking.assign(score="pg_score", low=0.1, high=0.9, tie_group=[1, 2])
    marked = with_ranks(means, of_cells, ranking, ["es", "id"]).set_index("teacher")
    assert marked["tie_group"].to_dict() == {"ann": 1, "bob": 2}
    assert with_ranks(means, of_cells, ranking, ["es"])["tie_group"].isna().all()  # the ranking is over more languages
    unknown = ranking.assign(low=np.nan, tie_group=1)  # as where anchors are not valid: gains alone have intervals
    known = pd.concat([unknown, ranking.assign(score="gain")])
    assert with_ranks(means, of_cells, known, ["es", "id"])["tie_group"].tolist() == [1, 1]
    assert with_ranks(means, of_cells, unknown, ["es", "id"])["tie_group"].isna().all()
    rows = (
        marked.reset_index().rename(columns={"teacher": "row", "student_base": "column"}).assign(panel="pg_score", n=0)
    )
    figure = figure_02.draw(rows, {"languages": ["es", "id"], "teachers": 2, "anchors": ""}, ONE_COLUMN)
    words = [text.get_text() for text in figure.findobj(plt.Text)]
    assert sum(text.endswith(" =") for text in words) == 1 and any("told from the best" in text for text in words)


def test_figure_7_weighs_the_halves(folder):
    of_cells = cells(score(tiny(), "mix", 60).scores)
    table = weighted(of_cells, [0.0, 0.5, 1.0])
    first = of_cells.iloc[0]
    assert table.loc[(first["teacher"], first["language"]), 0.5] == pytest.approx(first["pg_score"])
    ranks = orders(table)
    assert ranks.query("column == 0.5").set_index("row")["rank"].to_dict() == {"bob": 1, "ann": 2}
    assert agreement(table, 1)["n"].tolist() == [4, 4, 4]
    drawn = pd.read_csv(folder / "figure_07.csv").query("panel == 'spearman'").astype({"row": float, "column": float})
    assert drawn.query("row == 1 and column == 0")["value"].iloc[0] == pytest.approx(0.4064, abs=1e-4)


def of_two_teachers(weight):
    """Rows of ranking.weights.csv: ann and bob are one tie group at every weight but 1."""
    rows = pd.DataFrame({"student_base": "base-a", "weight": weight, "teacher": ["ann", "bob"], "rank_low": 1})
    return rows.assign(rank_high=2, tie_group=[2 if weight == 1 else 1, 1])


def test_figure_7_shows_intervals_of_ranks_and_who_is_tied_with_the_best():
    table = weighted(cells(score(tiny(), "mix", 60).scores), WEIGHTS)
    ranking = pd.concat([of_two_teachers(weight) for weight in WEIGHTS])
    ranks = with_places(orders(table), table, ranking)
    assert ranks[["rank_low", "rank_high", "tie_group"]].notna().all(axis=None)
    # where a teacher lacks a cell, ranks of fewer teachers are not beside ranks of all
    assert with_places(orders(table[1:]), table[1:], ranking)["rank_low"].isna().all()
    facts = {"student_base": "base-a", "cells": 4, "cells_left_out": 0, "weights": WEIGHTS, "anchors": ""}
    data = pd.concat([ranks.assign(panel="rank"), agreement(table, 1).assign(panel="spearman")]).assign(printed=np.nan)
    figure = figure_07.draw(data, {**facts, "intervals": True}, ONE_COLUMN)
    axes = figure.axes[0]
    assert [len(bars.get_segments()) for bars in axes.collections] == [5, 5]
    hollow = [line.get_xdata().tolist() for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert sorted(hollow, key=len) == [[0.0, 0.25, 0.5, 0.75], [0.0, 0.25, 0.5, 0.75, 1.0]]
    assert "intervals of ranks" in figure.get_supxlabel()
    # at an α without intervals, as where anchors are not valid, nobody is told from the best
    unknown = ranking["weight"] == 0
    ranking.loc[unknown, ["rank_low", "rank_high"]], ranking.loc[~unknown, "tie_group"] = np.nan, [1, 2] * 4
    ranks = with_places(orders(table), table, ranking).assign(panel="rank")
    figure = figure_07.draw(pd.concat([ranks, data[data["panel"] == "spearman"]]), {**facts, "intervals": True}, 3)
    hollow = [line.get_xdata().tolist() for line in figure.axes[0].lines if line.get_markerfacecolor() == "white"]
    assert sorted(hollow, key=len) == [[0.0], [0.0, 0.25, 0.5, 0.75, 1.0]]
    nothing = ranking.assign(rank_low=np.nan, tie_group=1)
    assert with_places(orders(table), table, nothing)["tie_group"].isna().all()
    lacking = figure_07.draw(data.assign(rank_low=np.nan), {**facts, "intervals": False}, ONE_COLUMN)
    assert "no interval" in lacking.get_supxlabel()
    plt.close("all")


def test_figure_7_correlates_cells_by_blocks():
    """Between the halves of a panel, an interval from teachers and languages; without one cell, neither it nor a p."""
    random = np.random.default_rng(3)
    index = pd.MultiIndex.from_product([list("abcd"), ["de", "es", "id", "ja"]], names=["teacher", "language"])
    halves = pd.DataFrame(random.normal(size=(16, 2)), index, columns=["z_intrinsic", "pgr"]).reset_index()
    result = agreement(weighted(halves, [0.0, 1.0]), 1).iloc[0]
    assert result["n"] == 16 and result["low"] < result["value"] < result["high"]
    assert agreement(weighted(halves[:-1], [0.0, 1.0]), 1)[["low", "p"]].isna().all(axis=None)


def test_figure_9_marks_who_cannot_be_told_from_the_best():
    ranking = pd.DataFrame({"language": ["es", "es", "id", "id"], "teacher": ["ann", "bob"] * 2, "score": "gain"})
    ranking = ranking.assign(low=[0.0, 0.0, 0.0, np.nan], tie_group=[1, 2, 1, 1])
    marked = with_ties(compared(tiny()), ranking)
    groups = marked.set_index(["language", "model"])["tie_group"].dropna()
    assert groups.to_dict() == {("es", "ann"): 1, ("es", "bob"): 2, ("id", "ann"): 1}
    facts = {"steps": False, "student_base": "base-a", "named_by": "teacher", "others": False, "tied": True}
    figure = figure_09.draw(marked, facts, ONE_COLUMN)
    names = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
    assert sorted(name for name in names if name.endswith("=")) == ["ann =", "ann ="]
    assert "cannot be told" in " ".join(figure.get_supxlabel().split())
    lacking = figure_09.draw(marked.assign(tie_group=np.nan), {**facts, "tied": False}, ONE_COLUMN)
    assert "no tie marks" in " ".join(lacking.get_supxlabel().split())
    plt.close("all")


def test_figure_8_has_means_and_teachers(folder):
    drawn = pd.read_csv(folder / "figure_08.csv")
    assert len(drawn) == 66
    means = drawn.query("teacher == 'mean'").set_index("language")["pg_score"]
    assert means["de"] == pytest.approx(drawn.query("language == 'de' and teacher != 'mean'")["pg_score"].mean())
    assert language_means(cells(score(tiny(), "mix", 60).scores)).query("teacher == 'mean'")["language"].tolist() == [
        "es",
        "id",
    ]


def test_the_sentence_on_a_correlation():
    results = {"rho": 0.714, "low": -0.23, "high": 0.97, "p": 0.136, "n": 6}
    assert sentence(results) == "ρ = 0.71 [−0.23, 0.97], p = 0.136, n = 6"
    assert sentence({**results, "low": None}) == "ρ = 0.71, p = 0.136, n = 6"
    assert sentence({**results, "rho": None}) == "no rank correlation (n = 6)"


def test_figure_5_has_gains_with_errors_over_trials():
    rows = frame(
        [measured(size=size, trial=trial, student_score=0.4 + 0.01 * trial) for size in (20, 60) for trial in (1, 2)]
    )
    table = by_size(score(rows, "mix", 60).scores).set_index("size")
    assert table.at[20, "gain"] == pytest.approx(0.115)
    assert table.at[20, "gain_se"] == pytest.approx(0.005)
    assert np.isnan(by_size(score(rows.query("trial == 1"), "mix", 60).scores)["gain_se"]).all()


def test_figure_9_has_students_and_both_anchors():
    table = compared(tiny()).set_index(["language", "model"])
    assert table.at[("id", "base"), "score"] == 0.35 and table.at[("id", "ann"), "score"] == 0.36
    assert len(table) == 8
    without = compared(tiny().assign(reference_score=np.nan))
    assert "reference" not in set(without["kind"])


def test_the_boxes_of_figure_1_hold_the_numbers_of_the_study(folder):
    drawn = pd.read_csv(folder / "figure_01.csv")
    nodes = drawn[drawn["kind"] == "node"].set_index("id")
    assert nodes.at["students", "detail"] == "60 trained, of 1 student base"
    assert not nodes["detail"].str.contains("[{}]").any()
    edges = drawn[drawn["kind"] == "edge"]
    assert set(edges["id"]) | set(edges["to"]) == set(nodes.index)
