"""Scores of continuation benchmarks over models: what one cannot read is left out for all."""

import json
import sys

import pandas as pd
import pytest

from polyglot.analysis import continuations
from polyglot.analysis.continuations import CONTINUATIONS, table_of
from polyglot.core.errors import InputError
from polyglot.core.files import read_json, write_json, write_jsonl
from polyglot.core.sheets import check, read_sheet, write_sheet
from polyglot.report.figures import continuation_scores, continuation_scores_data
from polyglot.report.plotting import ONE_COLUMN, plt


def record(name, answer, prediction, shots=5):
    scores = [-2.0, -2.0]
    scores[prediction] = -1.0
    right = answer == prediction
    return {
        "item_id": name,
        "answer": answer,
        "options": ["아니오", "예"],
        "scores": scores,
        "prediction": prediction,
        "correct": right,
        "shots": shots,
    }


def evaluation(folder, model, records, unread=(), **changes):
    content = {
        "model": model,
        "benchmark": "boolq-5",
        "language": "ko",
        "shots": 5,
        "normalise": "none",
        "n": len(records),
        "items_sha256": "same",
        "unread": list(unread),
        **changes,
    }
    file = folder / model / "ko" / "boolq-5.json"
    file.parent.mkdir(parents=True)
    write_json(file, content)
    write_jsonl(file.with_suffix(".samples.jsonl"), records)
    return file


ANSWERS = [0, 1, 0, 1, 0]


@pytest.fixture
def files(tmp_path):
    right = [record(f"i{number}", answer, answer) for number, answer in enumerate(ANSWERS)]
    constant = [record(f"i{number}", answer, 0, shots=number) for number, answer in enumerate(ANSWERS[:4])]
    return [
        evaluation(tmp_path, "long", right),
        evaluation(tmp_path, "short", constant, unread=["i4"]),
        evaluation(tmp_path, "tiny", [], unread=[f"i{number}" for number in range(5)]),
    ]


def test_all_models_are_scored_on_the_items_that_each_has_read(files):
    table = check(table_of(files), CONTINUATIONS, "continuations.csv").set_index("model")
    assert table["items"].to_dict() == {"long": 4, "short": 4, "tiny": 0}
    assert table["left_out"].to_dict() == {"long": 1, "short": 1, "tiny": 5}
    assert table.loc["short", "macro_f1"] == pytest.approx(1 / 3) and table.loc["short", "accuracy"] == 0.5
    assert table.loc["long", ["macro_f1", "accuracy"]].tolist() == [1.0, 1.0]
    assert table.loc["short", "constant_macro_f1"] == pytest.approx(1 / 3) and table.loc["long", "chance"] == 0.5
    assert (table.loc["short", "fewer_shots"], table.loc["short", "shots_shown"]) == (4, 1.5)
    assert (table.loc["long", "fewer_shots"], table.loc["long", "shots_shown"]) == (0, 5.0)
    # accuracy 2 of 4: 0.5 ± 1.96 √(0.25 / 3) is wider than the scale
    assert table.loc["short", ["accuracy_low", "accuracy_high"]].tolist() == [0.0, 1.0]
    assert table.loc["short", "macro_f1_low"] < 1 / 3 < table.loc["short", "macro_f1_high"] < 1
    assert table.loc["tiny", ["macro_f1", "accuracy", "chance", "shots_shown"]].isna().all()


def test_models_that_were_asked_other_items_are_refused(tmp_path, files):
    other = evaluation(tmp_path, "other", [record("i0", 0, 0)], items_sha256="other")
    with pytest.raises(InputError, match="benchmark boolq-5 in ko: long and other were not asked the same items"):
        table_of([*files, other])


def test_the_picture_has_both_scores_and_the_levels(monkeypatch, tmp_path, files):
    student = evaluation(tmp_path, "base/teacher/ko", [record("i0", 0, 0), record("i1", 1, 1)])
    write_sheet(tmp_path / "continuations.csv", check(table_of([*files, student]), CONTINUATIONS, "continuations.csv"))
    out, annotations = tmp_path / "drawn.csv", tmp_path / "drawn.json"
    command = ["data", "--continuations", str(tmp_path / "continuations.csv"), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", [*command, "--annotations", str(annotations)])
    continuation_scores_data.main()
    rows = pd.read_csv(out)
    assert rows["model"].tolist() == ["long", "short"] and rows["items"].tolist() == [2, 2]
    figure = continuation_scores.draw(rows, read_json(annotations), ONE_COLUMN)
    figure.canvas.draw()
    (axes,) = figure.axes
    dots = [dot.get_offsets()[:, 0].tolist() for dot in axes.collections if len(dot.get_offsets())]
    assert [1.0, pytest.approx(1 / 3)] in dots and [1.0, 0.5] in dots
    assert sorted(line.get_xdata()[0] for line in axes.lines) == [pytest.approx(1 / 3), 0.5]
    assert axes.get_title(loc="left") == "boolq-5 (ko), 2 items"
    plt.close(figure)


def test_the_page_has_each_model_with_both_scores(monkeypatch, tmp_path, files):
    absent = {"benchmark": "boolq-5", "language": "es", "items_sha256": None, "n": 0}
    (tmp_path / "long/es").mkdir()
    write_json(tmp_path / "long/es/boolq-5.json", absent)
    out, evaluated = tmp_path / "continuations.csv", ["long/ko", "short/ko", "tiny/ko", "long/es"]
    command = ["continuations", "--folder", str(tmp_path), "--evaluated", json.dumps(evaluated)]
    command += ["--benchmarks", '["boolq-5"]', "--out", str(out)]
    monkeypatch.setattr(sys, "argv", command)
    continuations.main()
    assert len(read_sheet(out, CONTINUATIONS)) == 3
    text = out.with_suffix(".md").read_text(encoding="utf-8")
    assert "## boolq-5 (ko)" in text and "4 items, 1 left out; 5 examples asked for; log-likelihood" in text
    (line,) = (line for line in text.splitlines() if line.startswith("| short"))
    assert "0.333" in line and "0.500 (0.000 to 1.000)" in line and "1.5" in line
    (line,) = (line for line in text.splitlines() if line.startswith("| tiny"))
    assert line.count("none") == 3
