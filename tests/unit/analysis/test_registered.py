"""The ledger: every verdict of the printed study is pinned, and each test turns when its evidence does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.claims.error_claims import named
from polyglot.analysis.claims.gather import from_print, from_scores
from polyglot.analysis.claims.ledger import (
    DIFFERS,
    NOT_DERIVABLE,
    REPRODUCED,
    check_all,
    claim,
    relative_difference,
)
from polyglot.analysis.claims.ledger_page import markdown
from polyglot.analysis.claims.registered import TESTS
from polyglot.analysis.claims.score_claims import rounding_bound
from polyglot.analysis.drawn_points import identified
from polyglot.analysis.paper import MAIN_RECIPE, MAIN_SIZE, STUDENT_BASE
from polyglot.analysis.reference import load, measurements
from polyglot.analysis.regression import mixed_effects
from polyglot.analysis.score import score
from polyglot.analysis.statistics_page import LEAVING
from polyglot.core.errors import InputError
from tests.unit.study_samples import tiny, wide

MAIN = (MAIN_RECIPE, MAIN_SIZE, STUDENT_BASE)
NO_STATISTICS = (
    {key: {"status": "not identifiable: nothing"} for key in ("log_size", "performance")},
    {"cells": 0, "metrics": [], "left_out": ["prompt_length", "response_length"], "reason": "no cells"},
)
EXPECTED = {
    REPRODUCED: """
        T1-cells T1-average S3.1-top S3.1-llama70 S3.1-small S3.1-ar F2-olmo T14-min T2-de T2-ar-id
        G4-rho G4-adjacent G4-ext G4-int T16-average T16-top I2-gpt I2-public I2-25k T13-pairs-de T13-pairs-ar
        F3-orthonormal F4-rmse F7-cells F9-table19
    """,
    DIFFERS: """
        EQ3 S3.1-top3 S3.1-de-es F2-top3 F2-rho-min F2-rho-max T14-cells T15-cells T3-size T3-size-beta G4-n
        G5-cc G5-cc-p G5-joshi T6-columns T6-total I3-delta PGR-sign T13-se F4-axis F4-target F4-heldout T5-pragyaan
        G1-nllb
    """,
    NOT_DERIVABLE: "T3-perf T4-93 F4-r2 ABS-sft ABS-students G3-lm G3-both G3-respond G1-10k",
}
VALUES = {
    "T1-cells": "0.0036",
    "EQ3": "0.390",
    "S3.1-top": "1;2",
    "S3.1-top3": "5",
    "S3.1-de-es": "7",
    "S3.1-ar": "9",
    "F2-top3": "4",
    "F2-rho-min": "0.418",
    "F2-rho-max": "0.879",
    "T14-cells": "7",
    "T14-min": "20.5",
    "T15-cells": "6",
    "T3-size": "0.551",
    "T3-size-beta": "0.045",
    "G4-rho": "0.406",
    "G4-n": "60",
    "G4-adjacent": "0.912",
    "G5-cc": "0.714",
    "G5-joshi": "0.135",
    "T6-columns": "6",
    "T6-total": "139,209",
    "I2-gpt": "1.85",
    "I3-delta": "0.43",
    "PGR-sign": "1",
    "T13-se": "0.564",
    "T13-pairs-de": "41",
    "T13-pairs-ar": "43",
    "F3-orthonormal": "0.0007",
    "F4-axis": "0.191",
    "F4-target": "0.32",
    "F4-rmse": "0.441",
    "F4-heldout": "0.663",
    "F7-cells": "0.0053",
    "F9-table19": "0.04",
    "T5-pragyaan": "11",
    "G1-nllb": "nllb-200-3.3B",
}


@pytest.fixture(scope="module")
def printed():
    return load(Path("resources/published"))


@pytest.fixture(scope="module")
def evidence(printed):
    scores = score(measurements(printed), MAIN_RECIPE, MAIN_SIZE).scores
    sizes = printed["table07_teachers"].set_index("teacher")["size_b"]
    rows = scores.assign(log_size=np.log(scores["teacher"].map(sizes)))
    mixed = {"log_size": mixed_effects(rows, "log_size"), "performance": NO_STATISTICS[0]["performance"]}
    return from_print(scores, MAIN, (mixed, NO_STATISTICS[1]), printed)


@pytest.fixture(scope="module")
def ledger(printed, evidence):
    return check_all(printed["claims"], evidence, TESTS)


def test_the_verdicts_of_the_printed_study(ledger):
    results = {verdict: sorted(rows["claim_id"]) for verdict, rows in ledger.rows.groupby("verdict")}
    assert results == {verdict: sorted(claims.split()) for verdict, claims in EXPECTED.items()}
    assert ledger.counts == {DIFFERS: 24, NOT_DERIVABLE: 9, REPRODUCED: 25}


def test_the_recomputed_values_of_the_printed_study(ledger):
    values = ledger.rows.set_index("claim_id")["recomputed_value"]
    assert {claim_id: values[claim_id] for claim_id in VALUES} == VALUES


def test_one_row_for_each_claim_in_the_order_of_the_list(ledger, printed):
    assert ledger.rows["claim_id"].tolist() == printed["claims"]["claim_id"].tolist()
    columns = ["claim_id", "where", "statement", "unit", "paper_value", "recomputed_value", "verdict", "note"]
    assert list(ledger.rows.columns) == columns
    assert ledger.rows.notna().all().all()


def test_every_verdict_has_a_sentence_its_inputs_and_its_tolerance(ledger):
    derived = ledger.rows[ledger.rows["verdict"] != NOT_DERIVABLE]
    assert derived["note"].str.contains(r"\. Inputs: .+\. Tolerance: .+\.$").all()
    lacking = ledger.rows[ledger.rows["verdict"] == NOT_DERIVABLE]
    assert lacking["note"].str.startswith("Missing: ").all() and (lacking["recomputed_value"] == "").all()


def test_every_test_has_a_docstring():
    assert [claim_id for claim_id, test in TESTS.items() if not test.__doc__] == []


def verdict(claim_id, evidence):
    return TESTS[claim_id](evidence).verdict


def change_table(evidence, name, **changes):
    return replace(evidence, printed={**evidence.printed, name: evidence.printed[name].assign(**changes)})


def test_a_changed_cell_of_table_1_is_found(evidence):
    table = evidence.printed["table01_pg_score"]
    for claim_id, row in (("T1-cells", 0), ("T1-average", 0), ("F2-olmo", 0)):
        moved = table["pg_score"].where(table.index != row, table["pg_score"] + 0.02)
        assert verdict(claim_id, change_table(evidence, "table01_pg_score", pg_score=moved)) == DIFFERS


def test_the_rounding_bound_is_small_against_what_it_must_not_hide(evidence):
    assert 0.004 < rounding_bound(evidence) < 0.006


def test_scores_centred_on_zero_would_reproduce_eq_3(evidence):
    centred = evidence.cells.assign(pg_score=evidence.cells["pg_score"] - evidence.cells["pg_score"].mean())
    assert verdict("EQ3", replace(evidence, cells=centred)) == REPRODUCED


def test_ranks_turn_with_the_scores(evidence):
    flipped = replace(evidence, cells=evidence.cells.assign(pg_score=-evidence.cells["pg_score"]))
    for claim_id in ("S3.1-top", "S3.1-llama70", "S3.1-small", "S3.1-ar"):
        assert verdict(claim_id, flipped) == DIFFERS
    gemma = evidence.cells["teacher"] == "gemma-3-27b"
    best = evidence.cells.assign(pg_score=evidence.cells["pg_score"].where(~gemma, 9.0))
    assert verdict("S3.1-top3", replace(evidence, cells=best)) == REPRODUCED


def test_german_and_spanish_highest_is_reproduced_where_it_is_so(evidence):
    high = evidence.cells["language"].isin(["de", "es"])
    cells = evidence.cells.assign(pg_score=evidence.cells["pg_score"] + 5 * high)
    assert verdict("S3.1-de-es", replace(evidence, cells=cells)) == REPRODUCED


def test_anchors_the_right_way_up_reproduce_the_sign(evidence):
    cells = evidence.cells.assign(base_score=0.3, reference_score=0.5)
    assert verdict("PGR-sign", replace(evidence, cells=cells)) == REPRODUCED
    assert verdict("PGR-sign", replace(evidence, cells=cells.assign(base_score=np.nan))) == NOT_DERIVABLE


def test_bases_turn_with_figure_2(evidence):
    same = pd.DataFrame({base: evidence.by_base["olmo-3-7b"] for base in evidence.by_base.columns})
    finding = TESTS["F2-rho-min"](replace(evidence, by_base=same))
    assert finding.verdict == DIFFERS and finding.value == "1.000"
    assert verdict("F2-top3", replace(evidence, by_base=same)) == REPRODUCED
    lower = evidence.by_base.assign(**{"gemma-3-4b": 0.0})
    assert verdict("T14-min", replace(evidence, by_base=lower)) == DIFFERS


def test_methods_turn_with_table_2(evidence):
    swapped = evidence.by_method.assign(
        method=evidence.by_method["method"].map(
            {"generate": "respond", "respond": "generate", "translate": "translate"}
        )
    )
    for claim_id in ("T2-de", "T2-ar-id"):
        assert verdict(claim_id, replace(evidence, by_method=swapped)) == DIFFERS


def test_weights_turn_with_the_halves(evidence):
    unrelated = evidence.cells.assign(pgr=np.random.default_rng(0).permutation(evidence.cells["pgr"]))
    assert verdict("G4-adjacent", replace(evidence, cells=unrelated)) == DIFFERS
    fresh = replace(evidence, printed=None)
    assert verdict("G4-rho", fresh) == REPRODUCED  # 0.41 lies in the interval of 60 fresh cells
    assert verdict("G4-rho", replace(fresh, cells=unrelated)) == DIFFERS


def test_counts_and_filbench_turn_with_their_tables(evidence):
    counts = evidence.printed["table06_seed_counts"]
    fixed = counts["examples"].where(~((counts["source"] == "total") & (counts["language"] == "en")), 37_473)
    assert verdict("T6-columns", change_table(evidence, "table06_seed_counts", examples=fixed)) == REPRODUCED
    scores = evidence.printed["table19_filbench"]
    higher = scores["filbench_score"].where(scores["model"] != "10K-GPT-4oM", 47.74)
    assert verdict("I3-delta", change_table(evidence, "table19_filbench", filbench_score=higher)) == REPRODUCED
    assert verdict("I2-gpt", change_table(evidence, "table19_filbench", filbench_score=higher)) == DIFFERS


def test_errors_that_spread_like_three_trials_would_be_believed(evidence):
    table = evidence.printed["table13_standard_errors"]
    # what three trials know of an error of 0.01: its square is a chi-square with two degrees of freedom, halved
    trials = 0.01 * np.sqrt(np.random.default_rng(5).chisquare(2, len(table)) / 2)
    believed = change_table(evidence, "table13_standard_errors", standard_error=trials)
    assert verdict("T13-se", believed) == REPRODUCED
    # 0.0167 / (2 · |0.45580 − 0.47060|)
    assert "gemma-3-27b in id" in TESTS["T13-se"](evidence).note
    larger = change_table(evidence, "table13_standard_errors", standard_error=1.0)
    for claim_id in ("T13-pairs-de", "T13-pairs-ar"):
        assert TESTS[claim_id](larger)[:2] == (DIFFERS, "0")


def test_components_at_an_angle_are_no_components(evidence):
    loadings = evidence.printed["figure03_loadings"]["loading"]
    assert verdict("F3-orthonormal", change_table(evidence, "figure03_loadings", loading=loadings.abs())) == DIFFERS


def test_the_points_of_figure_4_tell_their_teachers(evidence):
    points = evidence.printed["figure04_points"]
    scores = evidence.printed["table01_pg_score"].query("language != 'average'")
    result = identified(points, scores)
    assert (round(result.slope, 4), round(result.intercept, 4)) == (0.0264, 0.3534) and result.worst < 0.0001
    # the highest point of German, 0.4, is GPT-4o mini's 1.766, the lowest Llama 3.1 8B's 0.891
    german = result.points.query("language == 'de'").set_index("drawn_measured")["teacher"]
    assert german[0.4] == "gpt-4o-mini" and german[0.3769] == "llama-3.1-8b"
    assert result.points.groupby("language")["teacher"].nunique().to_dict() == {
        "ar": 9, "cs": 10, "de": 10, "es": 10, "id": 10, "ja": 9,
    }  # fmt: skip
    assert identified(points.groupby("language").head(5), scores) is None


def test_points_that_are_benchmark_scores_would_be_believed(evidence):
    cells = evidence.cells.dropna(subset=["base_score"])
    actual = cells["base_score"] + cells["pgr"] * (cells["reference_score"] - cells["base_score"])
    points = pd.DataFrame(
        {"language": cells["language"], "drawn_measured": actual.round(4), "drawn_predicted": actual + 0.01}
    )
    other = replace(evidence, printed={**evidence.printed, "figure04_points": points})
    assert verdict("F4-axis", other) == REPRODUCED
    for claim_id in ("F4-target", "F4-rmse", "F4-heldout"):
        assert verdict(claim_id, other) == NOT_DERIVABLE
    few = replace(evidence, cells=pd.concat([evidence.cells] * 5))  # a fifth of 300 cells is 60 points
    assert verdict("F4-heldout", few) == REPRODUCED
    alone = replace(evidence, cells=evidence.cells.assign(z_intrinsic=0.0))
    assert verdict("F4-target", alone) == REPRODUCED


def test_print_is_held_against_print(evidence):
    rho = evidence.printed["figure07_rank_correlations"]["rho"]
    assert verdict("F7-cells", change_table(evidence, "figure07_rank_correlations", rho=rho - 0.05)) == DIFFERS
    steps = evidence.printed["figure09_filbench"]["filbench_score"]
    assert verdict("F9-table19", change_table(evidence, "figure09_filbench", filbench_score=steps + 0.2)) == DIFFERS
    languages = evidence.printed["table05_datasets"]["languages"].replace(10, 11)
    assert verdict("T5-pragyaan", change_table(evidence, "table05_datasets", languages=languages)) == REPRODUCED
    assert named("Thai, Lao, and Sanskrit (eleven are named), ...") == ["Thai", "Lao", "Sanskrit"]
    same = change_table(evidence, "released_code", in_code="nllb-200-distilled-600M")
    assert verdict("G1-nllb", same) == REPRODUCED


def test_regressions_turn_with_their_results(evidence):
    fit = {**evidence.mixed["log_size"], "beta": 0.0531, "p": 0.5072}
    changed = replace(evidence, mixed={"log_size": fit, "performance": fit})
    assert verdict("T3-size", changed) == REPRODUCED and verdict("T3-size-beta", changed) == REPRODUCED
    fresh = replace(changed, printed=None)
    assert verdict("T3-perf", fresh) == REPRODUCED
    assert verdict("T3-size", replace(fresh, mixed={"log_size": {**fit, "p": 0.01}})) == DIFFERS


def test_components_are_judged_where_all_six_metrics_are_known(evidence):
    report = {
        "cells": 60,
        "metrics": list("abcdef"),
        "left_out": [],
        "explained": [0.422, 0.221, 0.165, 0.1254, 0.035, 0.0316],
        "prediction": {
            "student_score": {
                **{f"r2_{name}": 0.6642 for name in ("language_out", "teacher_out", "in_sample")},
                **{f"{number}_{name}": None for number in ("p", "low", "high") for name in LEAVING},
                "rows": 60,
                "components": 4,
            }
        },
    }
    full = replace(evidence, components=report)
    assert verdict("T4-93", full) == REPRODUCED and verdict("F4-r2", full) == REPRODUCED
    assert verdict("T4-93", replace(full, components={**report, "explained": [0.25] * 4})) == DIFFERS


def test_larger_data_gain_less(evidence):
    def course(gains):
        rows = pd.DataFrame({"teacher": "t", "language": "de", "size": [1000, 10_000, 50_000], "gain": gains})
        return replace(evidence, sizes=rows)

    assert verdict("G1-10k", course([0.0, 0.2, 0.21])) == REPRODUCED
    assert verdict("G1-10k", course([0.0, 0.01, 0.9])) == DIFFERS


def test_a_fresh_study_is_judged_by_the_same_tests(printed):
    scores = score(wide(), "mix", 60).scores
    evidence = from_scores(
        scores, ("mix", 60, "base-a"), NO_STATISTICS, {"teacher-0": "A"}, printed["table08_languages"]
    )
    ledger = check_all(printed["claims"], evidence, TESTS)
    result = ledger.rows.set_index("claim_id")
    assert result.at["T1-cells", "verdict"] == NOT_DERIVABLE and "printed" in result.at["T1-cells", "note"]
    assert result.at["PGR-sign", "recomputed_value"] == "3" and result.at["PGR-sign", "verdict"] == REPRODUCED
    assert result.at["ABS-students", "recomputed_value"] == str(len(scores))
    assert result.at["S3.1-top", "verdict"] == NOT_DERIVABLE and "gemma-3-27b" in result.at["S3.1-top", "note"]
    assert result.at["G3-both", "verdict"] == DIFFERS
    assert "this study's scores" in result.at["PGR-sign", "note"]


def test_a_fresh_comparison_is_judged_by_its_interval(evidence):
    """10K-Polyglot-TL above 10K-Public: the paper says 2.28 points."""

    def finding(gap, se):
        students = pd.DataFrame(
            {
                "language": "tl",
                "kind": "student",
                "model": ["gemma-3-27b/polyglot-tl-10000", "public/public-10000"],
                "score": [0.5 + gap, 0.5],
                "se": se,
                "trials": 3,
            }
        )
        return TESTS["I2-public"](replace(evidence, printed=None, compared=students))

    # 1.96·√(0.3² + 0.3²) = 0.83 points on either side
    assert finding(0.0151, 0.003)[:2] == (REPRODUCED, "1.51")
    assert finding(0.0142, 0.003).verdict == DIFFERS
    assert finding(0.0228, np.nan).verdict == NOT_DERIVABLE
    absent = TESTS["I2-gpt"](replace(evidence, printed=None))
    assert absent.verdict == NOT_DERIVABLE and "gpt-4o-mini/polyglot-tl-10000" in absent.note


def test_a_tiny_study_gets_a_whole_ledger(printed):
    scores = score(tiny(), "mix", 60).scores
    evidence = from_scores(scores, ("mix", 60, "base-a"), NO_STATISTICS, {}, printed["table08_languages"])
    ledger = check_all(printed["claims"], evidence, TESTS)
    assert len(ledger.rows) == 58 and ledger.rows["verdict"].isin([REPRODUCED, DIFFERS, NOT_DERIVABLE]).all()
    assert ledger.rows.set_index("claim_id").at["G4-adjacent", "verdict"] == NOT_DERIVABLE


def test_a_study_without_any_score_gets_a_whole_ledger(printed):
    scores = score(tiny().assign(judge_score=3.0, student_score=np.nan), "mix", 60).scores
    evidence = from_scores(scores, ("mix", 60, "base-a"), NO_STATISTICS, {}, printed["table08_languages"])
    assert len(check_all(printed["claims"], evidence, TESTS).rows) == 58


def test_the_page_has_the_worst_first(ledger, printed):
    page = markdown(ledger, printed["claims"], "Claims of the paper", "From print.")
    headings = ["## Differs (24)", "## Cannot be derived (9)", "## Reproduced (25)"]
    order = ["**EQ3**", "**PGR-sign**", "**S3.1-top3**", "**G4-n**", "**T6-total**", "**G5-cc-p**", "**F2-rho-max**"]
    for marks in (headings, order):
        assert [page.index(mark) for mark in marks] == sorted(page.index(mark) for mark in marks)
    assert page.count("\n**") == 58


def test_relative_difference():
    assert relative_difference("132929", "139,209") == pytest.approx(6280 / 132929)
    assert relative_difference("0.5", "−0.5") == 2
    assert relative_difference("0", "0.1") == np.inf
    assert relative_difference("1;2", "1;2") == 0


def test_a_claim_without_a_test_is_refused_and_no_claim_has_two(printed, evidence):
    strange = printed["claims"].head(1).assign(claim_id="X9")
    with pytest.raises(InputError, match="claim X9 has no test"):
        check_all(strange, evidence, TESTS)
    with pytest.raises(ValueError, match="two tests"):
        claim("EQ3", "Table 1")(lambda _: None)
