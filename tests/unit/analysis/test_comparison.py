"""Students of one language beside other models: Figure 9 and Table 19 of a study like the paper's."""

import sys

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis import comparison
from polyglot.analysis.comparison import COMPARISON, compared
from polyglot.analysis.measurements import write_measurements
from polyglot.core.errors import InputError
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet
from tests.unit.study_samples import frame, measured


def students():
    """Two trials of one student and one of another, in Tagalog; a student of another base in Spanish."""
    tagalog = {"language": "tl", "student_base": "base-a", "base_score": 0.3, "reference_score": 0.5}
    return [
        measured(**tagalog, teacher="ann", recipe="polyglot-tl", size=10, trial=1, student_score=0.4),
        measured(**tagalog, teacher="ann", recipe="polyglot-tl", size=10, trial=2, student_score=0.6),
        measured(**tagalog, teacher="ann", recipe="polyglot-tl", size=25, trial=1, student_score=0.55),
        measured(**tagalog, teacher="public", recipe="public", size=10, trial=1, student_score=0.45),
        measured(language="es", student_base="base-b"),
    ]


def test_students_are_named_by_what_they_differ_in():
    rows = frame(students()[:4])
    table = compared(rows, by_teacher=False).set_index("model")
    assert list(table.index) == ["ann/polyglot-tl-10", "ann/polyglot-tl-25", "public/public-10", "base", "reference"]
    assert table.at["ann/polyglot-tl-10", "score"] == 0.5 and table.at["ann/polyglot-tl-10", "trials"] == 2
    assert table.at["ann/polyglot-tl-10", "se"] == pytest.approx(0.02)
    assert table.at["base", "score"] == 0.3


def evaluation(score, language="tl", items="same", n=9):
    return {"benchmark": "fil", "language": language, "score": score, "se": 0.02, "n": n, "items_sha256": items}


def run(monkeypatch, folder, rows=None, **files):
    write_measurements(folder / "measurements.csv", rows or students())
    for model, content in {"base-model": evaluation(0.3), "qwen": evaluation(0.52), **files}.items():
        write_json(folder / "models" / model / "tl" / "fil.json", content)
    options = ["--measurements", folder / "measurements.csv", "--evaluations", folder / "models", "--language", "tl"]
    options += ["--base", "base-model", "--models", "qwen", "--benchmarks", '["fil"]', "--out", folder / "out.csv"]
    monkeypatch.setattr(sys, "argv", ["comparison", *map(str, options)])
    comparison.main()
    return read_sheet(folder / "out.csv", COMPARISON).set_index("model")


def test_other_models_stand_beside_the_students(monkeypatch, tmp_path):
    table = run(monkeypatch, tmp_path)
    assert set(table["language"]) == {"tl"} and list(table["kind"]).count("student") == 3
    assert table.loc["qwen", ["kind", "score", "se"]].tolist() == ["other", 0.52, 0.02]


def test_models_that_were_asked_other_items_do_not_compare(monkeypatch, tmp_path):
    with pytest.raises(
        InputError, match=r"benchmark fil in tl: .*base-model.*qwen.* were not scored on the same items"
    ):
        run(monkeypatch, tmp_path, qwen=evaluation(0.5, items="others"))


def test_a_model_without_an_item_is_named(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="model qwen: no benchmark of the study has items in tl"):
        run(monkeypatch, tmp_path, **{name: evaluation(None, n=0) for name in ("qwen", "base-model")})


def test_students_of_two_bases_do_not_compare(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="students in tl of bases base-a, base-b; compare one"):
        run(monkeypatch, tmp_path, [*students(), measured(language="tl", student_base="base-b")])
    with pytest.raises(InputError, match="students in tl of bases none"):
        run(monkeypatch, tmp_path, students()[-1:])


def test_a_student_without_a_score_is_left_out():
    table = compared(frame([measured(student_score=np.nan), measured(teacher="other")]))
    assert isinstance(table, pd.DataFrame) and set(table[table["kind"] == "student"]["model"]) == {"other"}
