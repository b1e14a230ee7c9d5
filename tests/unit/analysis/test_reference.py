"""The printed tables: what is read is what is there, and every kind of mistake in a file is named."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from polyglot.analysis.measurements import MEASUREMENTS
from polyglot.analysis.paper import MAIN_RECIPE, MAIN_SIZE, STUDENT_BASE
from polyglot.analysis.reference import load, measurements, teachers
from polyglot.analysis.score import score
from polyglot.core.errors import InputError
from polyglot.core.sheets import check

PRINTED = Path("resources/published")


@pytest.fixture(scope="module")
def tables():
    return load(PRINTED)


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(PRINTED, tmp_path / "published"))


def change(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_sixty_rows_for_one_student_base(tables):
    rows = check(pd.DataFrame(measurements(tables), columns=list(MEASUREMENTS.columns)), MEASUREMENTS, "made")
    assert len(rows) == 60
    assert set(rows["student_base"]) == {STUDENT_BASE}
    assert rows[["recipe", "size", "trial"]].drop_duplicates().values.tolist() == [[MAIN_RECIPE, MAIN_SIZE, 1]]


def test_student_scores_are_recovered_where_anchors_are_known_and_empty_where_not(tables):
    rows = measurements(tables).set_index(["teacher", "language"])
    # Aya Expanse in German: 0.37964 + 2.491 · (0.36063 − 0.37964)
    assert rows.at[("aya-expanse-32b", "de"), "student_score"] == pytest.approx(0.37964 - 2.491 * 0.01901)
    japanese = rows.xs("ja", level="language")
    assert japanese["student_score"].isna().all() and japanese["base_score"].isna().all()
    assert japanese["pgr_reported"].notna().all()


def test_the_recomputed_score_is_the_printed_one_up_to_rounding(tables):
    rows = pd.DataFrame(measurements(tables), columns=list(MEASUREMENTS.columns))
    scores = score(rows, MAIN_RECIPE, MAIN_SIZE).scores
    both = scores.merge(tables["table01_pg_score"], on=["teacher", "language"], suffixes=("", "_printed"))
    assert len(both) == 60
    assert (both["pg_score"] - both["pg_score_printed"]).abs().max() < 0.0051
    assert both["anchor_valid"].eq(False).sum() == 40  # cs, de, es, id: the reference lies below the base
    assert both[both["language"].isin(["ar", "ja"])]["anchor_valid"].isna().all()


def test_sizes_of_teachers_are_carried_and_one_is_unknown(tables):
    facts = teachers(tables).set_index("teacher")
    assert facts.at["llama-3.1-70b", "size_b"] == 70
    assert facts["size_b"].isna().sum() == 1
    assert facts["performance"].isna().all()


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("table11_intrinsic.csv", "gpt-4o-mini,ar,0.704,0.869,8.4,3.516", "gpt-4o-mini,ar,,0.869,8.4,3.516",
         r"table11_intrinsic.csv: line 2, column 'prompt_diversity': the cell is empty"),
        ("table11_intrinsic.csv", "gpt-4o-mini,cs,0.643", "gpt-4o-mini,cs,2.643",
         r"table11_intrinsic.csv: line 3, column 'prompt_diversity': found 2.643, which fails in_range\(0, 2\)"),
        ("table11_intrinsic.csv", "0.889,3.65,3.81", "0.889,3.65,5.81",
         r"line 4, column 'reward_score': found 5.81, which fails in_range\(1, 5\)"),
        ("table11_intrinsic.csv", "0.889,3.65,3.81", "0.889,0.65,3.81",
         r"line 4, column 'perplexity': found 0.65"),
        ("table11_intrinsic.csv", "0.889,3.65,3.81", "0.889,many,3.81", r"line 4, column 'perplexity': found 'many'"),
        ("table12_pgr.csv", "gpt-4o-mini,cs,0.538", "gpt-5,cs,0.538",
         r"table12_pgr.csv: line 3, column 'teacher': found 'gpt-5'"),
        ("table12_pgr.csv", "gpt-4o-mini,cs,0.538", "gpt-4o-mini,xx,0.538", r"line 3, column 'language': found 'xx'"),
        ("table12_pgr.csv", "gpt-4o-mini,cs,0.538", "gpt-4o-mini,ar,0.538",
         r"table12_pgr.csv: lines 2 and 3, columns teacher, language: the same key twice"),
        ("table12_pgr.csv", "gpt-4o-mini,cs,0.538\n", "",
         r"table12_pgr.csv: no row for gpt-4o-mini, cs"),
        ("table12_pgr.csv", "teacher,language,pgr", "teacher,language,ppr",
         r"table12_pgr.csv: column 'p[gp]r' is (not known|missing)"),
        ("table06_seed_counts.csv", "aya,de,241", "aya,de,-241", r"line 3, column 'examples': found -241"),
        ("implied_anchors.csv", "0.43840", "1.43840", r"implied_anchors.csv: line 2, column 'reference_score'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_file_line_and_column(copy, file, old, new, message):
    change(copy / file, old, new)
    with pytest.raises(InputError, match=message):
        load(copy)


def test_a_teacher_without_rows_is_named(copy):
    file = copy / "table12_pgr.csv"
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("command-a")]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"table12_pgr.csv: no row for teacher command-a"):
        load(copy)


def test_a_file_that_is_not_csv_is_named(copy):
    (copy / "table12_pgr.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"table12_pgr.csv: not a readable CSV file"):
        load(copy)


def test_every_claim_has_a_test_and_every_test_a_claim(tables):
    from polyglot.analysis.claims.registered import TESTS

    assert set(tables["claims"]["claim_id"]) == set(TESTS)
