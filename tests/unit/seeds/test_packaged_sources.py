"""Seed sources: the corpus's YAML, arithmetic in eight languages, and the judging and splitting of rows."""

import dataclasses
import functools
import json
import random
import re
import sys
import unicodedata

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from polyglot.core.adapter import load
from polyglot.core.errors import InputError
from polyglot.core.files import read_json
from polyglot.core.identity import comparable
from polyglot.seeds import fetch_seeds
from polyglot.seeds.seed_table import COLUMNS, collect
from polyglot.seeds.source_adapter import SOURCES, RawRow
from polyglot.seeds.sources.arithmetic import KINDS, draw, is_benchmark, load_templates, make_problem, render, spell
from polyglot.seeds.sources.chatterbot import file_rows, pairs, parallel_prefix
from tests.conftest import ROOT

RESOURCES = ROOT / "resources"
LANGUAGES = ["ar", "cs", "de", "en", "es", "id", "ja", "ko"]
SETTINGS = {"benchmark_share": 0.3, "seed": 1, "max_characters": 200}


@functools.cache
def templates_of(language):
    return load_templates(RESOURCES, language)


def problem(kind, *numbers, spelled=False):
    return dataclasses.replace(make_problem(kind, numbers), spelled=spelled)


def corpus_file(folder, text, name="greetings"):
    path = folder / "spanish" / f"{name}.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@st.composite
def problems(draw_one):
    kind = draw_one(st.sampled_from(sorted(KINDS)))
    made = make_problem(kind, tuple(draw_one(st.integers(low, high)) for low, high in KINDS[kind].ranges))
    assume(made is not None)
    return dataclasses.replace(made, spelled=draw_one(st.booleans()))


# chatterbot ----------------------------------------------------------------------------------------------------------


def test_turns_after_the_first_are_alternatives_outside_dialogues():
    assert pairs(["You lie", "No.", "Do I?"], dialogue=False) == [(0, 1), (0, 2)]


def test_dialogues_give_openings_and_questions():
    turns = ["Hola", "Hola", "¿Qué tal?", "Bien.", "Me alegro.", "元気ですか？ ", "はい"]
    assert pairs(turns, dialogue=True) == [(0, 1), (2, 3), (5, 6)]


def test_parallel_only_where_the_shapes_prove_it():
    two, three = ["a", "b"], ["a", "b", "c"]
    assert parallel_prefix([two, two], [two, two]) == 2
    assert parallel_prefix([two, two], [two, two, two]) == 0  # which of the three was left out?
    assert parallel_prefix([three, two, two], [three, two, three]) == 1
    assert parallel_prefix([two, three, two], [two, three, three, two]) == 2


def test_a_file_that_is_not_yaml_is_one_unreadable_row(tmp_path, capsys):
    rows = list(file_rows(corpus_file(tmp_path, "conversations:\n- - a\n  b: ["), "es", None))
    assert [(row.problem is not None, row.origin) for row in rows] == [(True, "spanish/greetings")]
    assert "spanish/greetings.yml" in capsys.readouterr().err


def test_a_broken_conversation_spares_the_others(tmp_path):
    text = "conversations:\n- - Hola\n  - Buenas\n- Hola - Buenas\n- - Sola\n- - 5\n  - a\n"
    rows = list(file_rows(corpus_file(tmp_path, text), "es", None))
    assert [(row.origin, row.problem is None) for row in rows] == [
        ("spanish/greetings#0.0.1", True),
        ("spanish/greetings#1", False),
        ("spanish/greetings#2", False),
        ("spanish/greetings#3", False),
    ]


def test_invisible_characters_are_removed(tmp_path):
    row = next(file_rows(corpus_file(tmp_path, "conversations:\n- - 機能的に言\u200bえば\n  - はい\n"), "ja", None))
    assert row.prompt == "機能的に言えば"


@pytest.mark.parametrize("code", ["de", "en", "es", "id", "ja", "ko"])
def test_the_packaged_corpus_has_few_rejects(code):
    rows = list(load(SOURCES, "chatterbot").rows([code], {}, 0, RESOURCES))
    seeds = collect(rows, "chatterbot", benchmark_share=0.3, seed=1, max_characters=4000)
    wrong = (seeds.rejected["reason"] == "wrong_language").sum()
    assert len(seeds.kept) > 100
    assert wrong < 0.06 * seeds.seen[code]
    assert not seeds.masked
    assert set(seeds.kept["language"]) == {code}


def test_a_language_that_the_corpus_lacks():
    with pytest.raises(InputError, match=r"--languages cs.*it has"):
        list(load(SOURCES, "chatterbot").rows(["cs"], {}, 0, RESOURCES))


def test_unknown_adapters_and_options():
    with pytest.raises(InputError, match=r"arithmetic, aya, .*chatterbot"):
        load(SOURCES, "wikipedia")
    with pytest.raises(InputError, match="'row'"):
        list(load(SOURCES, "arithmetic").rows(["es"], {"row": 3}, 0, RESOURCES))
    with pytest.raises(InputError, match="rows"):
        list(load(SOURCES, "arithmetic").rows(["es"], {"rows": 0}, 0, RESOURCES))
    assert next(load(SOURCES, "chatterbot").rows(["es"], {"rows": None}, 0, RESOURCES)).language == "es"


# arithmetic ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@given(item=problems())
def test_every_template_renders_and_every_step_is_right(language, item):
    question, solution = render(item, templates_of(language), language)
    for text in (question, solution):
        assert unicodedata.is_normalized("NFC", text)
        assert "{" not in text
        assert "  " not in text
    assert re.search(rf"[:：] ?{item.answer}$", solution)
    steps = re.findall(r"([\d+\-×÷() ]*\d\)?) = (\d+)", solution)
    assert steps
    for left, right in steps:
        assert eval(left.replace("×", "*").replace("÷", "/")) == int(right)
    assert int(steps[-1][1]) == item.answer
    template = templates_of(language)["problems"][item.kind]["question"]
    shown = {str(value) for name, value in item.values if re.search(rf"\{{{name}\b", template)}
    assert set(re.findall(r"\d+", question)) == (set() if item.spelled else shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_spelled_questions_hold_no_digits(language):
    templates = templates_of(language)
    for item in draw(60, 3, benchmark=False):
        assert bool(re.search(r"\d", render(item, templates, language)[0])) != item.spelled


def test_answers_by_hand():
    worked = {
        ("saving_sum", 28, 34): 62,
        ("spending_rest", 71, 51): 20,
        ("cycling_days", 15, 5): 75,
        ("rope_pieces", 4, 7): 4,
        ("change", 15, 10, 11): 11,
        ("walk_sum", 41, 44, 35): 120,
        ("perimeter", 53, 17): 140,
        ("area", 38, 34): 1292,
        ("weekly_saving", 35, 10, 3): 65,
        ("two_boxes", 25, 19): 69,
        ("tank", 99, 3, 3): 90,
        ("rice", 35, 8): 1960,
        ("profit", 28, 43): 15,
        ("half", 20, 15): 35,
    }
    assert {key[0] for key in worked} == set(KINDS)
    assert {key: problem(*key).answer for key in worked} == worked


def test_numbers_agree_with_their_nouns():
    assert spell(21, "es") == "veintiún"
    assert spell(31, "es") == "treinta y un"
    assert spell(25, "ar") == "خمسة وعشرون"
    czech, arabic = (templates_of(code) for code in ("cs", "ar"))
    assert "osm kilometrů" in render(problem("cycling_days", 8, 4, spelled=True), czech, "cs")[0]
    assert "za 4 dny" in render(problem("cycling_days", 8, 4), czech, "cs")[0]
    assert "za 5 dní" in render(problem("cycling_days", 8, 5), czech, "cs")[0]
    assert "15 دولارا" in render(problem("saving_sum", 15, 10), arabic, "ar")[0]
    assert "10 دولارات" in render(problem("saving_sum", 15, 10), arabic, "ar")[0]


def test_rows_of_all_languages_are_parallel():
    rows = list(load(SOURCES, "arithmetic").rows(["es", "ja"], {"rows": 30}, 5, RESOURCES))
    spanish = {row.parallel_id for row in rows if row.language == "es"}
    japanese = {row.parallel_id for row in rows if row.language == "ja"}
    assert len(rows) == 60
    assert spanish == japanese
    assert len(spanish) == 30


@settings(max_examples=8)
@given(first=st.integers(0, 2**31), second=st.integers(0, 2**31))
def test_training_and_benchmark_problems_share_no_numbers(first, second):
    training = {tuple(sorted(item.numbers)) for item in draw(40, first, benchmark=False)}
    held_out = {tuple(sorted(item.numbers)) for item in draw(40, second, benchmark=True)}
    assert not training & held_out
    assert all(is_benchmark(numbers) for numbers in held_out)


def test_smaller_draws_begin_larger_ones():
    assert draw(20, 9, benchmark=False) == draw(50, 9, benchmark=False)[:20]
    assert len(set(draw(500, 9, benchmark=False))) == 500
    with pytest.raises(InputError, match="ask for fewer"):
        draw(10**6, 9, benchmark=False)


def test_a_template_file_that_is_missing_or_incomplete(tmp_path):
    folder = tmp_path / "arithmetic"
    folder.mkdir()
    (folder / "es.yaml").write_text("names: {}\nunits: {}\nanswer: x\nproblems: {half: x}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"tl\.yaml: not found.*es"):
        load_templates(tmp_path, "tl")
    with pytest.raises(InputError, match=r"es\.yaml: .*saving_sum"):
        load_templates(tmp_path, "es")
    (folder / "es.yaml").write_text("names: [", encoding="utf-8")
    with pytest.raises(InputError, match=r"es\.yaml: not readable as YAML"):
        load_templates(tmp_path, "es")


# judging and splitting -----------------------------------------------------------------------------------------------


def row(prompt, response="Vale, lo haré mañana por la mañana.", language="es", origin="here", **more):
    return RawRow(language, prompt, response, origin, **more)


def test_every_reject_has_its_reason():
    raw = [
        row("¿Qué es la bolsa de valores?"),
        row("¿qué es la bolsa de valores"),
        row("   "),
        row("¿Dónde vives ahora?", ""),
        row(None, None, problem="not YAML"),
        row("¿Por qué? " * 40),
        row("What is the weather like in the mountains today?"),
        row("¿Estás triste?", "私は" + "あたかも" * 6, language="ja"),
    ]
    seeds = collect(raw, "test", **SETTINGS)
    assert seeds.seen == {"es": 7, "ja": 1}
    assert len(seeds.kept) == 1
    assert dict(seeds.rejected["reason"].value_counts()) == {
        "duplicate": 1,
        "empty": 2,
        "unreadable": 1,
        "too_long": 1,
        "wrong_language": 1,
        "repetitive": 1,
    }
    assert list(seeds.kept.columns) == COLUMNS
    assert list(seeds.rejected.columns) == [*COLUMNS, "reason"]


def test_prompts_without_response_are_kept():
    kept = collect([row("¿Cuál es la capital de Perú?", None)], "test", **SETTINGS).kept
    assert kept["response"].tolist() == [None]


def test_texts_are_stored_composed():
    kept = collect([row("  ¿Que\u0301 tal esta\u0301s? ")], "test", **SETTINGS).kept
    assert kept["prompt"].tolist() == ["¿Qué tal estás?"]


def test_texts_that_are_broken_are_rejects_and_what_was_cleaned_is_counted():
    raw = [
        row("¿Cuál es la \ud83d capital de Perú?"),
        row("¿Cuál es la \ufffd capital de Perú?"),
        row("¿Cuál es la\r\ncapital\x00 de Chile?", "Es\x9b Santiago."),
        row("¿Qué hora es?"),
    ]
    for rows in (None, {"es": 4}):
        seeds = collect(raw, "test", **SETTINGS, rows=rows)
        assert list(seeds.rejected["reason"]) == ["broken_text"] * 2
        assert sorted(seeds.kept["prompt"]) == ["¿Cuál es la\ncapital de Chile?", "¿Qué hora es?"]
        assert seeds.cleaned == {"controls": 2, "line_ends": 1}
        "".join([*seeds.kept["prompt"], *seeds.rejected["prompt"]]).encode()


words = st.sampled_from(["uno", "dos", "tres", "Uno!", "cuatro"])
raw_rows = st.lists(
    st.builds(row, words, words, language=st.sampled_from(["es", "pt"]), parallel_id=st.sampled_from([None, "p", "q"])),
    max_size=12,
)


@given(raw=raw_rows, order=st.randoms(use_true_random=False))
def test_order_changes_nothing_and_no_text_is_on_both_sides(raw, order):
    seeds = collect(raw, "test", **SETTINGS)
    mixed = list(raw)
    order.shuffle(mixed)
    again = collect(mixed, "test", **SETTINGS)
    pd.testing.assert_frame_equal(seeds.kept, again.kept)
    pd.testing.assert_frame_equal(seeds.rejected, again.rejected)
    assert len(seeds.kept) + len(seeds.rejected) == sum(seeds.seen.values()) == len(raw)
    sides = seeds.kept.assign(text=[comparable(text) for text in seeds.kept["prompt"]])
    for _, same in sides.groupby("text"):
        assert same["split"].nunique() == 1
    for _, same in sides.groupby("parallel_id"):
        assert same["split"].nunique() == 1


def test_the_share_is_nearly_met():
    raw = [row(f"¿Cuántos son {number} libros y un cuaderno?", f"Son {number + 1} cosas.") for number in range(1000)]
    split = collect(raw, "test", benchmark_share=0.3, seed=4, max_characters=200).kept["split"]
    assert 250 < (split == "benchmark").sum() < 350
    assert (collect(raw, "test", benchmark_share=0.0, seed=4, max_characters=200).kept["split"] == "train").all()
    assert (collect(raw, "test", benchmark_share=0.3, seed=5, max_characters=200).kept["split"] != split).any()


def run_fetch(monkeypatch, out, *more):
    command = ["fetch_seeds", "--source", "sums", "--adapter", "arithmetic", "--benchmark-share", "0.3", "--seed", "1"]
    monkeypatch.setattr(sys, "argv", [*command, "--resources", str(RESOURCES), "--out", str(out), *more])
    fetch_seeds.main()


def test_the_program_writes_rows_rejects_and_counts_the_same_twice(monkeypatch, tmp_path):
    written = []
    for name, languages in (("a", ["es", "id"]), ("b", ["id", "es"])):
        out = tmp_path / name / "sums.parquet"
        run_fetch(monkeypatch, out, "--options", json.dumps({"rows": 40}), "--languages", *languages)
        files = [out, out.with_suffix(".rejected.parquet"), out.with_suffix(".counts.json")]
        written.append([file.read_bytes() for file in files])
    assert written[0] == written[1]
    counts = read_json(tmp_path / "a" / "sums.counts.json")
    assert counts["seen"] == 80 == counts["kept"] + sum(counts["rejected"].values())
    assert counts["by_language"] == {"es": 40, "id": 40}
    assert sum(sum(sides.values()) for sides in counts["by_split"].values()) == 80


def test_a_source_without_usable_rows_is_an_error(monkeypatch, tmp_path):
    more = ["--options", '{"rows": 5}', "--languages", "es", "--max-characters", "3"]
    with pytest.raises(InputError, match="no usable row of 5"):
        run_fetch(monkeypatch, tmp_path / "sums.parquet", *more)
    assert not list(tmp_path.iterdir())


def test_shuffled_corpora_give_the_same_table():
    raw = list(load(SOURCES, "chatterbot").rows(["id"], {}, 0, RESOURCES))
    mixed = random.Random(3).sample(raw, len(raw))
    item, other = (collect(rows, "chatterbot", **SETTINGS) for rows in (raw, mixed))
    pd.testing.assert_frame_equal(item.kept, other.kept)
