"""The page that a report opens on: whole in itself, with its picture and rows, whatever models wrote."""

import sys

import pandas as pd
import pytest

from polyglot.core.files import read_json, write_json
from polyglot.report import decision_page
from polyglot.report.figures import teachers_by_language, teachers_by_language_data
from polyglot.report.plotting import ONE_COLUMN, plt

HOSTILE = "<script>alert(1)</script>[x](javascript:alert(1))"


def teacher(name, gain, low, high, rows=60):
    numbers = {"estimate": gain, "low": low, "high": high}
    return {
        **{"teacher": name, "gain": numbers, **numbers, "rank_low": 1, "rank_high": 2, "p_best": 0.5, "tie_group": 1},
        **{"rows": rows, "rows_asked": 60, "short": [] if rows == 60 else ["es"], "smallest_difference": 0.1},
    }


@pytest.fixture
def decision(tmp_path):
    """A study of one language, whose second teacher has 9 of 60 rows."""
    teachers = [teacher("ann", 0.2, 0.1, 0.3), teacher("bob", 0.1, -0.1, 0.3, rows=9)]
    entry = {
        **{"student_base": "b", "score": "gain", "why": "w", "anchors": {"es": False}, "certainty": "tied"},
        **{"first": ["ann", "bob"], "first_by_pg_score": ["ann"], "teachers": teachers, "items": {}, "trials": 1},
        "change": {"over": "bob", "lead": 0.1, "least_lead": 0.1, "difference_se": None},
    }
    rows = [{"prompt": "¿Qué?", "answers": [HOSTILE, "مرحبا"]}]
    content = {
        **{"study": "s", "recipe": "mix", "size": 60, "names": {"es": "Spanish"}, "licences": {}},
        "decisions": [{**entry, "language": "all"}, {**entry, "language": "es"}],
        "examples": [{"language": "es", "teachers": ["ann", "bob"], "rows": rows}],
    }
    write_json(tmp_path / "decision.json", content)
    return tmp_path / "decision.json"


def run(module, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["program", *map(str, arguments)])
    module.main()


def test_the_picture_marks_short_cells_and_anchors_that_are_not_valid(decision, tmp_path, monkeypatch):
    data, annotations = tmp_path / "t.csv", tmp_path / "t.json"
    run(teachers_by_language_data, monkeypatch, "--decision", decision, "--out", data, "--annotations", annotations)
    table = pd.read_csv(data)
    assert table["gain"].tolist() == [0.2, 0.1] and table["short"].tolist() == [False, True]
    figure = teachers_by_language.draw(table, read_json(annotations), ONE_COLUMN)
    figure.canvas.draw()
    texts = [text.get_text() for text in figure.findobj(plt.Text)]
    assert "Spanish (es) †" in texts and "bob § 9 of 60" in texts and "ann" in texts and "+0.200" in texts
    plt.close(figure)
    figure = teachers_by_language.draw(table.assign(gain=None), read_json(annotations), ONE_COLUMN)
    assert "has scores of students" in figure.findobj(plt.Text)[0].get_text().replace("\n", " ")
    plt.close(figure)


def test_the_page_holds_everything_and_runs_nothing(decision, tmp_path, monkeypatch):
    (tmp_path / "picture.png").write_bytes(b"picture")
    arguments = ["--decision", decision, "--picture", tmp_path / "picture.png", "--templates", "resources/pages"]
    run(decision_page, monkeypatch, *arguments, "--out", tmp_path / "decision.html")
    page = (tmp_path / "decision.html").read_text(encoding="utf-8")
    assert 'src="data:image/png;base64,cGljdHVyZQ=="' in page and page.count("<img") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script" not in page and "<a " not in page
    assert '<div class="text" dir="auto" lang="es">مرحبا</div>' in page
    assert page.index("no single winner") < page.index("<img") < page.index("How sure, and on what")
