"""Whether a base gains more, and whether that depends on the teacher: by hand, and of planted interactions and none."""

import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection

from polyglot.analysis import base_interaction
from polyglot.analysis.base_interaction import (
    BASE_INTERACTION,
    asked_items,
    compared_bases,
    contrasts,
    of_pair,
    pair_of,
    shared_data,
    table_of,
)
from polyglot.analysis.observations import Observations, data_names
from polyglot.analysis.order_agreement import agreement_of_orders
from polyglot.analysis.score import score
from polyglot.core.files import read_json, write_json
from polyglot.core.sheets import read_sheet, write_sheet
from polyglot.report.figures import base_interaction_data, base_interaction_figure
from polyglot.report.plotting import ONE_COLUMN, plt
from tests.unit.study_samples import frame, measured

TEACHERS = ["ann", "bob", "cat", "dan"]
ALIKE = {"ko-base": [0.30, 0.20, 0.10, 0.05], "many": [0.20, 0.10, 0.0, -0.05]}  # 0.1 apart, whoever teaches
PLANTED = {"ko-base": [0.05, 0.25, 0.10, 0.30], "many": [0.20, 0.15, 0.0, -0.05]}


def study(folder, gains, units=60, trials=2, noise=0.1, seed=1, language="ko"):
    """Main rows, observations and trainings of students whose gains are `gains` of base and teacher.

    Items are hard or easy alike for all models; answers and trainings add noise.
    """
    random = np.random.default_rng(seed)
    hard = random.normal(0, 1, units)
    rows, observed = [], {}
    for base, of_base in gains.items():
        own = [
            measured(student_base=base, teacher=teacher, language=language, trial=trial)
            for teacher in TEACHERS
            for trial in range(1, trials + 1)
        ]
        items = pd.DataFrame({"benchmark": "text", "decides": True, "item_id": map(str, range(units)), "weight": 1.0})
        easy = hard + (base == "many")
        items = items.assign(stratum="", base=easy, reference=easy + 0.5)
        for place, name in enumerate(data_names(frame(own))):
            training = random.normal(0, noise / 10)
            items[name] = easy + of_base[place // trials] + training + random.normal(0, noise, units)
            dropped = 3 if base == "ko-base" and name.startswith("bob") else 0
            target = folder / base / name / "training.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_json(target, {"dropped_rows": dropped})
        none = pd.DataFrame(
            columns=["data", "request_id", "prompt_distance", "response_distance", "score", "perplexity"]
        )
        observed[base, language] = Observations(items, none)
        rows += own
    return frame(rows), observed


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("students")
    rows, observed = study(folder, PLANTED)
    return table_of(rows, observed, folder, seed=7)


def of_teacher(table, benchmark="all"):
    part = table[(table["benchmark"] == benchmark) & (table["language"] == "all")]
    return part.set_index("teacher")


def test_a_planted_interaction_is_seen_with_its_sizes(planted):
    table = of_teacher(planted)
    assert planted["student_base"].unique().tolist() == ["ko-base"]
    assert planted["other_base"].unique().tolist() == ["many"]
    # differences −0.15, 0.10, 0.10 and 0.35: 0.10 in the mean, so that ann has −0.25 and dan 0.25
    assert table["difference"].to_dict() == pytest.approx(
        {"ann": -0.15, "bob": 0.10, "cat": 0.10, "dan": 0.35, "all": 0.10}, abs=0.04
    )
    assert table["interaction"].drop("all").to_dict() == pytest.approx(
        {"ann": -0.25, "bob": 0.0, "cat": 0.0, "dan": 0.25}, abs=0.04
    )
    assert table.loc["ann", "interaction_high"] < 0 < table.loc["dan", "interaction_low"]
    assert table.loc["bob", "interaction_low"] < 0 < table.loc["bob", "interaction_high"]
    assert table.loc["all", "difference_low"] > 0 and table["interacts"].all()
    # ranks 4 2 3 1 and 1 2 3 4: Σd² = 9 + 0 + 0 + 9, ρ = 1 − 6·18 / (4·15)
    assert table["rho"].unique().tolist() == pytest.approx([-0.8])
    assert table.loc["all", ["rows_left_out", "other_rows_left_out"]].tolist() == [3, 0]
    assert table.loc["bob", "rows_left_out"] == 3 and table.loc["ann", "rows_left_out"] == 0


def test_without_an_interaction_one_is_seen_in_about_5_per_cent_of_studies(tmp_path, monkeypatch):
    monkeypatch.setattr(base_interaction, "DRAWS", 500)
    seen, mean, high = [], [], []
    for seed in range(40):
        rows, observed = study(tmp_path, ALIKE, units=40, seed=seed)
        tables = tuple(observed[base, "ko"].items for base in ALIKE)
        names = shared_data(rows, list(ALIKE), "ko", TEACHERS)
        pair = pair_of(tables, asked_items(observed, "ko"), names)
        table = pd.DataFrame(of_pair([pair], TEACHERS, pairs=1, seed=seed)).set_index("teacher").loc["all"]
        seen.append(table["interacts"])
        mean.append(table["difference_low"] < 0.1 < table["difference_high"])
        high.append(table["rho_high"])
    assert np.mean(seen) <= 0.15  # 5 % are 2 of 40
    assert np.mean(mean) >= 0.85
    assert np.mean(np.array(high) > 0.99) >= 0.9  # the orders are one and the same


def test_interactions_by_hand():
    # differences 1, 2, 6: mean 3; the second teacher's draws spread twice as far about the others' mean
    errors = np.random.default_rng(1).normal(0, [1.0, 1.0, 1.0], (20_000, 3))
    value, reach = contrasts(np.array([1.0, 2.0, 6.0]), np.array([1.0, 2.0, 6.0]) + errors, 0.95)
    assert value.tolist() == [-2.0, -1.0, 3.0]
    # a difference less the mean of three has √(2/3) of an error; Tukey's bound of the largest of three is 2.34 of these
    assert reach == pytest.approx([2.34 * np.sqrt(2 / 3)] * 3, rel=0.03)


def test_items_and_rows_that_a_base_cannot_read_are_left_out_for_both(tmp_path):
    rows, observed = study(tmp_path, ALIKE, units=30)
    short = observed["ko-base", "ko"].items
    short.loc[[0, 1], "ann/ko/mix-60/trial1"] = np.nan
    observed["many", "ko"].items.drop(index=29, inplace=True)
    table = of_teacher(table_of(rows, observed, tmp_path, seed=1))
    assert table[["items", "left_out"]].drop_duplicates().to_numpy().tolist() == [[27, 3]]


def test_bases_are_compared_by_what_they_share():
    def cell(base, teacher, language):
        return {"student_base": base, "teacher": teacher, "language": language}

    rows = [cell("a", teacher, language) for teacher in "xyz" for language in ("ko", "es")]
    rows += [cell("b", teacher, "ko") for teacher in "xy"] + [cell("b", "x", "es"), cell("c", "x", "ko")]
    assert list(compared_bases(pd.DataFrame(rows))) == [("a", "b", ["ko"], ["x", "y"])]


@pytest.mark.parametrize("errors", [0.3, 1.0])
def test_the_interval_of_an_order_correlation_holds_it(errors):
    """Also where the orders are one and the same, which draws about the estimates never show."""
    random = np.random.default_rng(3)
    held = []
    for shared in [0.0, 1.0] * 40:
        first = random.normal(size=8)
        second = first if shared else random.normal(size=8)
        real = pd.Series(first).rank().corr(pd.Series(second).rank())
        estimate = np.array([first, second]) + errors * random.normal(size=(2, 8))
        drawn = estimate + errors * random.normal(size=(400, 2, 8))
        _, low, high = agreement_of_orders(estimate, drawn, random)
        held.append(low - 1e-9 <= real <= high + 1e-9)
    assert np.mean(held) >= 0.88


def test_two_teachers_have_no_correlation():
    two = np.array([[1.0, 2.0], [1.0, 2.0]])
    assert np.isnan(agreement_of_orders(two, np.tile(two, (5, 1, 1)), np.random.default_rng(1))).all()


@pytest.fixture
def program(tmp_path, monkeypatch):
    """What the analysis and the picture's data write of a planted interaction."""
    rows, observed = study(tmp_path / "students", PLANTED)
    write_sheet(tmp_path / "scores.csv", score(rows, "mix", 60).scores)
    for (base, language), part in observed.items():
        (tmp_path / base).mkdir()
        part.write(tmp_path / base / f"{language}.csv")
    options = {"scores": tmp_path / "scores.csv", "observations": tmp_path, "students": tmp_path / "students"}
    options |= {"main-recipe": "mix", "main-size": 60, "seed": 7, "out": tmp_path / "base_interaction.csv"}
    monkeypatch.setattr(sys, "argv", ["program", *(str(x) for k, v in options.items() for x in (f"--{k}", v))])
    base_interaction.main()
    drawn = {"table": options["out"], "out": tmp_path / "drawn.csv", "annotations": tmp_path / "drawn.json"}
    monkeypatch.setattr(sys, "argv", ["program", *(str(x) for k, v in drawn.items() for x in (f"--{k}", v))])
    base_interaction_data.main()
    return tmp_path


def test_the_page_says_who_gains_more_from_whom(program):
    text = (program / "base_interaction.md").read_text(encoding="utf-8")
    assert "### ko-base and many" in text and "Mean difference over 4 teachers: +0.1" in text
    assert "Students of ko-base gain more than those of many." in text
    sentence = next(line for line in text.splitlines() if "depends on the base:" in line)
    assert "ann (−0.2" in sentence and "dan (+0.2" in sentence and "bob (" not in sentence
    assert "ρ of both orders: −0.80 (" in sentence
    assert "students of ko-base did not read up to 3 rows of a data set." in sentence
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert [line.split("|")[1].strip() for line in lines[:6]] == ["teacher", "dan", "bob", "cat", "ann", "mean"] or [
        line.split("|")[1].strip() for line in lines[:6]
    ] == ["teacher", "dan", "cat", "bob", "ann", "mean"]


def test_the_picture_has_a_dot_a_teacher_and_base_and_the_correlation(program):
    rows = read_sheet(program / "drawn.csv", BASE_INTERACTION)
    assert len(rows) == 5 and set(rows["benchmark"]) == {"all"}
    annotations = read_json(program / "drawn.json")
    assert annotations == {"bases": ["ko-base", "many"]}
    figure = base_interaction_figure.draw(rows, annotations, ONE_COLUMN)
    figure.canvas.draw()
    above, below = figure.axes
    assert above.get_yticklabels()[-1].get_text() == "bob"  # 0.20 in the mean of both bases, dan 0.125
    dots = [part.get_offsets() for part in above.collections if isinstance(part, PathCollection)]
    assert [len(part) for part in dots] == [4, 4]
    (rho,) = [part.get_offsets()[:, 0].tolist() for part in below.collections if isinstance(part, PathCollection)]
    assert rho == pytest.approx([-0.8])
    assert [label.get_text() for label in below.get_yticklabels()] == ["ko-base,\nmany"]
    plt.close(figure)
    empty = base_interaction_figure.draw(rows.iloc[:0], {"bases": []}, ONE_COLUMN)
    assert "No two student bases" in empty.axes[0].texts[0].get_text()
    plt.close(empty)
