"""Scores against numbers worked by hand, and what no score may do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyglot.analysis.measurements import KEY
from polyglot.analysis.score import SCORES, pgr, score, z_scores
from polyglot.core.errors import InputError
from polyglot.core.sheets import check, read_sheet, write_sheet
from polyglot.report.main_tables import Study, table_01
from tests.unit.study_samples import frame, measured, tiny, wide


def of(scores, teacher, language):
    return scores[(scores["teacher"] == teacher) & (scores["language"] == language)].iloc[0]


def test_a_study_worked_by_hand():
    scores = score(tiny(), "mix", 60).scores
    # prompt diversity 0.5 0.6 0.5 0.5: mean 0.525, SD √(0.0075/4) = 0.0433013; z of 0.6 is √3, of 0.5 −1/√3
    # response diversity 0.6 0.6 0.7 0.5: mean 0.6, SD √(0.02/4) = 0.0707107; z 0, 0, √2, −√2
    # judge score 3 2 3 3: z of 2 is −√3, of 3 1/√3
    # −ln(1 + perplexity): −ln 10, −ln 10, −ln 21, −ln 5
    logs = -np.log([10, 10, 21, 5])
    z_log = (logs - logs.mean()) / np.sqrt(((logs - logs.mean()) ** 2).mean())
    ann_es = (-1 / np.sqrt(3) + 0 + 1 / np.sqrt(3) + z_log[0]) / 4
    bob_id = (-1 / np.sqrt(3) - np.sqrt(2) + 1 / np.sqrt(3) + z_log[3]) / 4
    assert of(scores, "ann", "es")["z_intrinsic"] == pytest.approx(ann_es, abs=1e-12)
    assert of(scores, "bob", "id")["z_intrinsic"] == pytest.approx(bob_id, abs=1e-12)
    assert of(scores, "ann", "es")["pgr"] == pytest.approx((0.45 - 0.3) / 0.2)
    assert of(scores, "ann", "es")["pg_score"] == pytest.approx((ann_es + 0.75) / 2)
    # gains 0.15 0.01 0.01 −0.01: mean 0.04, SD √(0.0164... / 4)
    gains = np.array([0.15, 0.01, 0.01, -0.01])
    z_gain = (0.15 - gains.mean()) / gains.std()
    assert of(scores, "ann", "es")["pg_score_gain"] == pytest.approx((ann_es + z_gain) / 2)


def test_the_rows_of_a_data_set_stand_beside_those_asked_for():
    scores = score(frame([measured(rows=9, size=24), measured(rows=None, language="id")]), "mix", 60).scores
    assert scores["rows"].fillna(-1).tolist() == [9, -1] and scores["rows_asked"].tolist() == [24, 60]


def test_a_negative_denominator_is_flagged_and_ranks_backwards():
    scores = score(tiny(), "mix", 60).scores
    better, worse = of(scores, "ann", "id"), of(scores, "bob", "id")
    assert better["gain"] > worse["gain"] and better["pgr"] < worse["pgr"]
    assert not better["anchor_valid"] and not worse["anchor_valid"]
    assert of(scores, "ann", "es")["anchor_valid"]


@pytest.mark.parametrize(
    ("base", "reference", "error", "expected"),
    [
        (0.3, 0.5, 0.05, True),  # gap 0.2 above 2·√2·0.05 = 0.1414
        (0.3, 0.44, 0.05, False),  # gap 0.14 below it
        (0.5, 0.3, 0.0, False),
        (0.3, 0.3, np.nan, False),
        (0.3, 0.5, np.nan, None),
        (np.nan, 0.5, 0.05, None),
    ],
)
def test_when_anchors_are_valid(base, reference, error, expected):
    row = measured(base_score=base, reference_score=reference, base_score_se=error, reference_score_se=error)
    valid = score(frame([row]), "mix", 60).scores["anchor_valid"].iloc[0]  # without items: as if they were independent
    assert pd.isna(valid) if expected is None else valid == expected


def test_pgr_is_empty_for_a_gap_of_zero_and_the_reported_one_without_anchors():
    rows = frame(
        [
            measured(language="es", base_score=0.4, reference_score=0.4),
            measured(language="ja", base_score=np.nan, reference_score=np.nan, student_score=np.nan, pgr_reported=0.7),
            measured(language="de", pgr_reported=9.0),
        ]
    ).set_index("language")
    values = pgr(rows)
    assert np.isnan(values["es"])
    assert values["ja"] == 0.7
    assert values["de"] == pytest.approx(0.5)  # (0.4 − 0.3) / 0.2: known anchors win over what is reported


def test_a_metric_without_spread_or_with_one_cell_has_no_z_and_is_counted():
    flat = score(tiny().assign(judge_score=3.0), "mix", 60)
    assert flat.scores["z_intrinsic"].isna().all() and flat.scores["pg_score"].isna().all()
    assert "judge_score in 4 rows" in flat.notes[0]
    item = score(frame([measured()]), "mix", 60)
    assert item.scores["z_intrinsic"].isna().all()
    assert "gain" in item.notes[0]


def test_equal_values_have_no_spread_whatever_their_rounding():
    values = pd.DataFrame({"x": [0.1, 0.1, 0.1, 0.1]})
    trials = pd.Series([0, 0, 0, 1])  # the mean of three times 0.1 is not 0.1 in floating point
    assert z_scores(values, values, trials)["x"].isna().all()


def test_trials_are_averaged_before_the_population_is_taken():
    rows = [measured(teacher="ann", trial=1, judge_score=1.0), measured(teacher="ann", trial=2, judge_score=3.0)]
    rows += [measured(teacher="bob", judge_score=4.0)]
    table = frame(rows)
    z = z_scores(table[["judge_score"]], table[["judge_score"]], table["teacher"])["judge_score"]
    # cells 2 and 4: mean 3, SD 1
    assert z.tolist() == [-2.0, 0.0, 1.0]


def test_ablations_stand_on_the_scale_of_the_main_block():
    main = tiny()
    extra = frame([measured(recipe="generate", judge_score=5.0), measured(size=600, judge_score=1.0)])
    together = score(pd.concat([main, extra]), "mix", 60).scores
    alone = score(main, "mix", 60).scores
    kept = together[(together["recipe"] == "mix") & (together["size"] == 60)].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, alone)
    generated = together[together["recipe"] == "generate"].iloc[0]
    assert generated["z_intrinsic"] > together[together["size"] == 600].iloc[0]["z_intrinsic"]


def test_data_that_were_given_stand_in_table_1_on_the_scale_of_generated_ones():
    rows = tiny()
    mixed = score(
        rows.assign(recipe=["given" if teacher == "bob" else "mix" for teacher in rows["teacher"]]), "mix", 60
    )
    alone = score(rows, "mix", 60).scores.sort_values(["teacher", "language"])
    scores = mixed.scores.sort_values(["teacher", "language"])
    assert scores["pg_score"].tolist() == alone["pg_score"].tolist() and mixed.populations["base-a"]["main_block"]
    table = table_01(Study(mixed.scores, "mix", 60, "base-a", {}))
    assert set(table.layout["teacher"]) == {"ann", "bob"}
    smaller = score(rows.assign(size=[30 if teacher == "bob" else 60 for teacher in rows["teacher"]]), "mix", 60)
    assert set(table_01(Study(smaller.scores, "mix", 60, "base-a", {})).layout["teacher"]) == {"ann"}


def test_a_base_without_a_main_block_is_its_own_population():
    rows = tiny().assign(recipe="generate")
    scored = score(rows, "mix", 60)
    assert scored.scores["z_intrinsic"].notna().all()
    assert scored.populations["base-a"]["main_block"] is False
    assert "over all of its cells" in scored.notes[0]


def test_bases_do_not_touch_each_other():
    first, second = tiny(), tiny().assign(student_base="base-b", judge_score=[1.0, 2.0, 3.0, 5.0])
    both = score(pd.concat([first, second]), "mix", 60).scores
    alone = score(first, "mix", 60).scores
    pd.testing.assert_frame_equal(both[both["student_base"] == "base-a"].reset_index(drop=True), alone)


def test_two_anchors_for_one_base_and_language_are_refused():
    rows = tiny()
    rows.loc[0, "base_score"] = 0.31
    with pytest.raises(InputError, match="base_score of base-a in es: 2 different values"):
        score(rows, "mix", 60)


def test_scores_survive_a_round_trip_to_the_bit(tmp_path):
    scores = score(wide(), "mix", 60).scores
    write_sheet(tmp_path / "scores.csv", check(scores, SCORES, "scores.csv"))
    again = read_sheet(tmp_path / "scores.csv", SCORES)
    pd.testing.assert_frame_equal(again, check(scores, SCORES, "scores.csv"), check_exact=True)
    first = (tmp_path / "scores.csv").read_bytes()
    write_sheet(tmp_path / "scores.csv", again)
    assert (tmp_path / "scores.csv").read_bytes() == first


finite = st.floats(0.05, 0.95)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(finite, finite, st.floats(1, 5), st.floats(1, 1e5), finite), min_size=3, max_size=8, unique=True)
)
def test_scores_do_not_depend_on_the_order_of_rows_and_the_mean_z_is_zero(values):
    rows = frame(
        [
            measured(
                teacher=f"t{number}",
                prompt_diversity=prompt,
                response_diversity=response,
                judge_score=judge,
                perplexity=perplexity,
                student_score=student,
            )
            for number, (prompt, response, judge, perplexity, student) in enumerate(values)
        ]
    )
    scores = score(rows, "mix", 60).scores
    again = score(rows.iloc[::-1].reset_index(drop=True), "mix", 60).scores
    pd.testing.assert_frame_equal(scores, again, check_exact=False, rtol=1e-9, atol=1e-9)
    assert scores[KEY].equals(scores[KEY].sort_values(KEY))
    if scores["z_intrinsic"].notna().all():
        assert abs(scores["z_intrinsic"].mean()) < 1e-8


@settings(max_examples=50)
@given(finite, finite, st.floats(0.01, 0.5), st.floats(-0.2, 0.2))
def test_pgr_is_zero_at_the_base_one_at_the_reference_and_does_not_move_with_a_shift(student, base, gap, shift):
    def item(**changes):
        return pgr(frame([measured(**changes)])).iloc[0]

    assert item(student_score=base, base_score=base, reference_score=base + gap) == 0
    assert item(student_score=base + gap, base_score=base, reference_score=base + gap) == pytest.approx(1)
    plain = item(student_score=student, base_score=base, reference_score=base + gap)
    moved = item(student_score=student + shift, base_score=base + shift, reference_score=base + gap + shift)
    assert moved == pytest.approx(plain, abs=1e-8)
