"""Variants of the score by hand, and the table of what survives."""

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.score import INTRINSIC, score
from polyglot.analysis.sensitivity import of_cells, single_benchmarks
from polyglot.analysis.variants import (
    ALPHAS,
    Variant,
    alpha_curve,
    compare,
    intrinsic_z,
    mean_of_ratios,
    means,
    survival,
    variants,
)
from polyglot.audit.recomputation import expected_of, load, validate
from polyglot.core.files import write_json
from polyglot.core.sheets import write_sheet
from tests.conftest import ROOT
from tests.unit.study_samples import frame, measured, tiny, wide


@pytest.fixture(scope="module")
def scores():
    return score(wide(), "mix", 60).scores.query("recipe == 'mix' and size == 60 and student_base == 'base-a'")


def test_the_baseline_is_the_score_of_the_study(scores):
    cells = of_cells(scores)
    baseline = next(iter(variants(cells)))
    expected = scores.groupby(["teacher", "language"])["pg_score"].mean().groupby("teacher").mean()
    assert baseline.means.sort_index().tolist() == pytest.approx(expected.tolist(), abs=1e-12)


def test_pooled_and_within_language_z_differ_by_the_language_level():
    cells = pd.DataFrame({"language": ["a", "a", "b", "b"], "teacher": ["x", "y"] * 2})
    for name in INTRINSIC:
        cells[name] = [0.0, 1.0, 10.0, 11.0]
    assert intrinsic_z(cells, within_language=True).tolist() == [-1, 1, -1, 1]
    pooled = intrinsic_z(cells)
    assert pooled[2] > 0 > pooled[1]
    flat = cells.assign(**{INTRINSIC[0]: 1.0})
    assert intrinsic_z(flat).isna().all() and intrinsic_z(flat, INTRINSIC[1:]).notna().all()


def test_weights_go_from_one_half_to_the_other():
    cells = pd.DataFrame({"teacher": ["x", "y"]})
    z, pgr = pd.Series([1.0, 0.0]), pd.Series([0.0, 2.0])
    assert means(cells, z, pgr, 1.0).tolist() == [1, 0]
    assert means(cells, z, pgr, 0.0).tolist() == [0, 2]
    assert means(cells, z, pgr, 0.5).tolist() == [0.5, 1]


def test_every_kind_of_choice_is_tried(scores):
    result = list(variants(of_cells(scores)))
    kinds = pd.Series([item.choice for item in result]).value_counts()
    assert kinds.to_dict() == {
        "weight of the intrinsic half": 21,
        "teacher left out": 5,
        "metric left out": 4,
        "language left out": 3,
        "baseline": 1,
        "z-scores": 1,
        "extrinsic half": 1,
    }


def test_places_and_what_survives():
    baseline = Variant("baseline", "", pd.Series({"a": 3.0, "b": 2.0, "c": 1.0, "d": 0.0}))
    others = [
        Variant("weight", "α = 0", pd.Series({"a": 1.0, "b": 2.0, "c": 0.5, "d": 0.0})),
        Variant("weight", "α = 1", pd.Series({"a": 3.0, "b": 0.0, "c": 1.0, "d": 0.5})),
        Variant("teacher left out", "a", pd.Series({"b": 2.0, "c": 1.0, "d": 0.0})),
        Variant("metric left out", "m", pd.Series({"a": np.nan, "b": 2.0, "c": 1.0, "d": 0.0})),
    ]
    table = compare([baseline, *others])
    assert table["place_1"].tolist()[:4] == ["a", "b", "a", "b"]
    assert table["same_first"].tolist()[:4] == [True, False, True, True]  # without a, b is first in the baseline too
    assert table["same_first_three"].tolist()[:4] == [True, True, False, True]
    assert table.iloc[4][["place_1", "same_first", "rho"]].isna().all()
    held = survival(table, baseline.means).set_index(["conclusion", "choice"])
    row = held.loc[("a is first", "weight")]
    assert (row["holds"], row["of"], row["fails_under"]) == (1, 2, "α = 0")
    assert ("a, b, c are the first 3", "weight") in held.index
    assert ("a is first", "metric left out") not in held.index


def test_neighbouring_weights_that_fail_are_a_range():
    baseline = Variant("baseline", "", pd.Series({"a": 1.0, "b": 0.0}))
    results = [baseline]
    for alpha in ALPHAS:
        means = pd.Series({"a": 1.0, "b": 2.0 if alpha < 0.3 else 0.0})
        results.append(Variant("weight of the intrinsic half", f"α = {alpha:g}", means))
    held = survival(compare(results), baseline.means)
    assert held.iloc[0]["fails_under"] == "α = 0 to 0.25"


def test_the_curve_has_every_teacher_at_every_weight(scores):
    curve = alpha_curve(of_cells(scores))
    assert len(curve) == 21 * 5
    assert curve.groupby("alpha")["rank"].min().eq(1).all()


def test_the_curve_where_no_reference_is_above_its_base_has_no_score_and_its_schema(scores, tmp_path):
    curve = alpha_curve(of_cells(scores.assign(pgr=float("nan"))))
    assert len(curve) == 21 * 5 and curve[["mean", "rank"]].isna().all(axis=None)
    path = "results/mine/sensitivity/alpha.csv"
    (tmp_path / path).parent.mkdir(parents=True)
    write_sheet(tmp_path / path, curve)
    validate(tmp_path, path, expected_of(path, "mine", load(ROOT / "resources/schemas/tables.csv")))


def test_mean_of_ratios_by_hand():
    rows = pd.DataFrame(
        {
            "teacher": "t",
            "language": ["es", "es", "id", "id"],
            "benchmark": ["one", "two"] * 2,
            "student": [0.3, 0.5, 0.3, 0.5],
            "base": [0.2, 0.4, 0.2, 0.4],
            "reference": [0.4, 0.5, 0.4, 0.4],
        }
    )
    result = mean_of_ratios(rows).set_index("language")["mean_of_ratios"]
    assert result["es"] == pytest.approx((0.5 + 1.0) / 2)
    assert np.isnan(result["id"])  # no ratio where base and reference are equal


def test_single_benchmarks_are_read_where_the_language_has_them(tmp_path):
    rows = score(frame([measured(culture=0.5, math=0.2), measured(trial=2, culture=0.7, math=0.2)]), "mix", 60).scores
    for model, value in (("small", 0.4), ("large", 0.8)):
        for benchmark, n in (("facts", 10), ("sums", 0)):
            write_json(
                tmp_path / model / "es" / f"{benchmark}.json",
                {"benchmark": benchmark, "language": "es", "score": value if n else None, "se": 0.1, "n": n},
            )
    result = single_benchmarks(rows, tmp_path, ["small", "large"], {"facts": "culture", "sums": "math"})
    assert result[["benchmark", "student", "base", "reference"]].values.tolist() == [["facts", 0.6, 0.4, 0.8]]


def test_a_study_without_a_score_has_nothing_to_compare():
    cells = of_cells(score(tiny().assign(judge_score=3.0), "mix", 60).scores)
    result = list(variants(cells))
    # without the judge's equal scores there would be an order, but no baseline to hold it against
    assert result[-1].means.isna().all() and any(item.means.notna().all() for item in result)
    table = compare(result)
    assert table[["place_1", "same_first", "rho"]].isna().all().all()
    assert survival(table, result[0].means).empty
