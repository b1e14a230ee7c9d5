"""Language fidelity: both texts of a row must be in the language."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.metrics import fidelity
from polyglot.metrics.fidelity import identified, shares

SENTENCES = {
    "es": "¿Cuál es la capital de España y cuántos habitantes tiene hoy en día?",
    "id": "Apa ibu kota Indonesia dan berapa banyak orang yang tinggal di sana sekarang?",
    "ja": "日本の首都はどこですか。そこには何人の人が住んでいますか。",
    "ar": "ما هي عاصمة مصر وكم يبلغ عدد السكان الذين يعيشون فيها اليوم؟",
    "cs": "Jaké je hlavní město České republiky a kolik lidí v něm dnes žije?",
    "de": "Was ist die Hauptstadt von Deutschland und wie viele Menschen leben heute dort?",
    "ko": "대한민국의 수도는 어디이며 오늘날 그곳에는 얼마나 많은 사람이 살고 있습니까?",
}


def table(*pairs):
    rows = [(f"r{row}", prompt, response) for row, (prompt, response) in enumerate(pairs)]
    return pd.DataFrame(rows, columns=["row_id", "prompt", "response"])


@pytest.mark.parametrize("language", SENTENCES)
def test_only_rows_of_the_language_count(language):
    result = identified(table(*((text, text) for text in SENTENCES.values())), language)
    assert result["prompt_language"].tolist() == list(SENTENCES)
    assert result["prompt_ok"].tolist() == [code == language for code in SENTENCES]
    assert shares(result)["language_fidelity"] == pytest.approx(1 / 7)


def test_both_texts_must_be_in_the_language():
    es, de = SENTENCES["es"], SENTENCES["de"]
    figures = shares(identified(table((es, es), (es, de), (de, es), (es, "12 + 7 = 19"), ("¿7?", "42")), "es"))
    assert figures == {
        "prompt_fidelity": 0.75,
        "response_fidelity": pytest.approx(2 / 3),
        "language_fidelity": 0.5,
        "answers": 5,
        "undetermined": 1,
    }
    assert shares(identified(table(("1", "2")), "es"))["language_fidelity"] is None


def run(monkeypatch, folder, language):
    paths = [
        "--data",
        folder / "d.parquet",
        "--answers",
        *folder.glob("answers*.parquet"),
        "--out",
        folder / "f.json",
        "--rows",
        folder / "f.pq",
    ]
    monkeypatch.setattr(sys, "argv", ["fidelity.py", "--language", language, *map(str, paths)])
    fidelity.main()


def test_figures_and_rows_are_written_in_file_order(tmp_path, monkeypatch):
    write_parquet(tmp_path / "d.parquet", table((SENTENCES["ja"], SENTENCES["ko"]), (SENTENCES["ja"], SENTENCES["ja"])))
    ja, ko = SENTENCES["ja"], SENTENCES["ko"]
    write_parquet(tmp_path / "answers.parquet", table((ja, ja), (ja, "42")))
    rejected = table((ja, ko), (ko, ko), (ja, ""), ("", ""))  # word salad was filtered out, but the teacher wrote it
    write_parquet(tmp_path / "answers.rejected.parquet", rejected.replace("", None))
    run(monkeypatch, tmp_path, "ja")
    written = read_json(tmp_path / "f.json")
    assert (written["language_fidelity"], written["answers"], written["unread"], written["rows"]) == (0.5, 4, 2, 2)
    assert read_parquet(tmp_path / "f.pq")["response_language"].tolist() == ["ko", "ja"]


def test_no_rows_and_unknown_languages_are_errors(tmp_path, monkeypatch):
    write_parquet(tmp_path / "answers.parquet", table(("a", "b")))
    write_parquet(tmp_path / "d.parquet", table())
    with pytest.raises(InputError, match=r"d\.parquet: holds no rows"):
        run(monkeypatch, tmp_path, "es")
    write_parquet(tmp_path / "d.parquet", table(("a", "b")))
    with pytest.raises(InputError, match="xx"):
        run(monkeypatch, tmp_path, "xx")
