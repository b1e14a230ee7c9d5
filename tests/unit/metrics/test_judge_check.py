"""Rows by which a judge is checked: of people's pairs, each bad in its own way, in any order of the seeds."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.metrics import judge_check
from tests.conftest import ROOT

PRAISE = ROOT / "resources/judge_check/praise.yaml"
PEOPLE = [
    ("s1", "¿Por qué flota el hielo?", "Porque es menos denso que el agua."),
    ("s2", "¿Quién escribió el Quijote?", "Lo escribió Miguel de Cervantes."),
    ("s3", "¿Qué es un soneto?", "Un poema de catorce versos."),
    ("s4", "¿Cómo se hace el gazpacho?", "Se tritura el tomate con pan y aceite."),
    ("s5", "¿Dónde nace el Ebro?", "Nace en Fontibre, en Cantabria."),
]
SEEDS = pd.DataFrame(
    [
        *((seed_id, "people", "es", prompt, response) for seed_id, prompt, response in PEOPLE),
        ("s6", "people", "es", "¿qué es un soneto", "Una forma de poema muy antigua."),  # the prompt of s3
        ("s7", "people", "es", "Define soneto.", "Un poema de catorce versos"),  # the answer of s3
        ("s8", "people", "es", "¿Sí o no?", "Sí."),
        ("s9", "people", "es", "¿Y tú?", None),
        ("m1", "machine", "es", "¿Qué es un río?", "Una corriente de agua que va al mar."),
        ("d1", "people", "de", "Was ist ein Sonett?", "Ein Gedicht aus vierzehn Versen."),
        ("d2", "machine", "de", "Was ist ein Fluss?", "Fließendes Wasser auf dem Weg ins Meer."),
        ("j1", "people", "ja", "ソネットとは何ですか。", "十四行からなる詩の形式です。"),
    ],
    columns=["seed_id", "source", "language", "prompt", "response"],
)


def made(tmp_path, monkeypatch, seeds=SEEDS, **changes):
    """The rows and the counts that the program writes of some seeds."""
    write_parquet(tmp_path / "seeds.parquet", seeds)
    settings = {"seeds": tmp_path / "seeds.parquet", "sources": "people", "praise": PRAISE, "language": "es"}
    settings |= {"pairs": 24, "seed": 7, "out": tmp_path / "rows.parquet"} | changes
    monkeypatch.setattr(sys, "argv", ["judge_check.py", *(f"--{key}={value}" for key, value in settings.items())])
    judge_check.main()
    return read_parquet(tmp_path / "rows.parquet"), read_json(tmp_path / "rows.counts.json")


def answers(rows, kind):
    return rows[rows["kind"] == kind].set_index("seed_id")["response"].to_dict()


def test_each_prompt_has_its_own_answer_and_every_kind_of_bad_one(tmp_path, monkeypatch):
    rows, _ = made(tmp_path, monkeypatch)
    real = answers(rows, "real")
    assert set(real.items()) <= {(seed_id, response) for seed_id, _, response in PEOPLE} | {
        ("s7", SEEDS.response[6])
    } | {("s6", SEEDS.response[5])}
    assert len(real) == 5 and rows["row_id"].is_unique
    assert set(answers(rows, "praise").values()) == {judge_check.read_praise(PRAISE, "es")}
    prompts = SEEDS.set_index("seed_id")["prompt"]
    assert answers(rows, "copied_prompt") == {seed_id: prompts[seed_id] for seed_id in real}
    assert (rows["prompt"] == rows["seed_id"].map(prompts)).all()
    assert set(answers(rows, "other_language").values()) == {SEEDS.response[10], SEEDS.response[12]}  # of people alone
    swapped = answers(rows, "other_prompt")
    assert sorted(swapped.values()) == sorted(real.values())
    assert all(swapped[seed_id] != real[seed_id] for seed_id in real)


def test_what_says_little_or_stands_twice_is_counted_out(tmp_path, monkeypatch):
    _, counts = made(tmp_path, monkeypatch)
    reasons = counts["rejected"]
    assert (counts["seen"], counts["kept"], counts["rows"]) == (9, 5, 25)
    assert reasons == {"answer_says_little": 2, "same_prompt": 1, "same_answer": 1}
    assert counts["kinds"] == dict.fromkeys(["real", *judge_check.BAD], 5)


def test_the_order_of_the_seeds_does_not_matter_and_fewer_pairs_are_the_first_of_more(tmp_path, monkeypatch):
    whole, _ = made(tmp_path, monkeypatch)
    turned, _ = made(tmp_path, monkeypatch, SEEDS.iloc[::-1].reset_index(drop=True))
    pd.testing.assert_frame_equal(whole, turned)
    fewer, counts = made(tmp_path, monkeypatch, pairs=2)
    assert answers(fewer, "real").items() == dict([*answers(whole, "real").items()][:2]).items()
    assert counts["rejected"]["not_needed"] == 3
    other, _ = made(tmp_path, monkeypatch, seed=8)
    assert other["seed_id"].tolist() != whole["seed_id"].tolist()


def test_a_kind_without_a_text_has_no_rows(tmp_path, monkeypatch):
    alone = SEEDS[SEEDS["language"] == "es"].assign(language="xx")
    rows, counts = made(tmp_path, monkeypatch, alone, language="xx", pairs=1)
    assert set(rows["kind"]) == {"real", "copied_prompt"}
    assert counts["kinds"] == {"real": 1, "copied_prompt": 1, "praise": 0, "other_language": 0, "other_prompt": 0}


def test_answers_of_machines_serve_as_another_language_where_people_gave_none(tmp_path, monkeypatch):
    rows, _ = made(tmp_path, monkeypatch, SEEDS[SEEDS["seed_id"].str.match("s|d2")])
    assert set(answers(rows, "other_language").values()) == {SEEDS.response[11]}


def test_a_language_without_pairs_of_people_has_no_rows(tmp_path, monkeypatch):
    rows, counts = made(tmp_path, monkeypatch, language="cs")
    assert rows.empty and list(rows.columns) == judge_check.COLUMNS
    assert (counts["seen"], counts["kept"], counts["rows"]) == (0, 0, 0)


def test_praise_that_is_not_a_sentence_for_each_language_is_named(tmp_path):
    file = tmp_path / "praise.yaml"
    for text in ("- Great!", "es: [Great]", "es: {", "es: Hi\nno: 3"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"praise\.yaml"):
            judge_check.read_praise(file, "es")
