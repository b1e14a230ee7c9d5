"""Packaged benchmarks: correct facts, options without hints, no question that training prompts ask."""

import collections
import re
import sys
import unicodedata

import pandas as pd
import pytest
import yaml

from polyglot.core.adapter import load
from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_jsonl
from polyglot.core.identity import comparable, normalise
from polyglot.evaluation import prepare_benchmark
from polyglot.evaluation.benchmark_adapter import BENCHMARKS, Wanted, place_options
from polyglot.evaluation.benchmarks.cldr import World, facts_by_kind
from polyglot.evaluation.benchmarks.corpus_preference import topic_of
from polyglot.evaluation.items import Benchmark, check_item
from polyglot.evaluation.last_number import last_number
from polyglot.seeds.seed_table import collect
from polyglot.seeds.source_adapter import SOURCES, RawRow
from tests.conftest import ROOT

RESOURCES = ROOT / "resources"
LANGUAGES = ["ar", "cs", "de", "en", "es", "id", "ja", "ko"]
KINDS = {"city", "code", "currency", "currency_country", "language", "language_country"}


def prepared(adapter, language, items=48, shots=0, seed=7, seeds=None):
    return load(BENCHMARKS, adapter).prepare(Wanted(language, items, shots, seed, RESOURCES, seeds))


@pytest.fixture(scope="module")
def seeds():
    """The seed tables of both packaged sources, as in the demo, in one table."""
    tables = []
    for source, options in (("chatterbot", {}), ("arithmetic", {"rows": 300})):
        raw = load(SOURCES, source).rows(["en", "es", "id", "ja"], options, 7, RESOURCES)
        tables.append(collect(raw, source, benchmark_share=0.3, seed=7, max_characters=4000).kept)
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def world():
    chosen = yaml.safe_load((RESOURCES / "culture" / "countries.yaml").read_text(encoding="utf-8"))
    return World(chosen["countries"].split(), chosen["excluded_cities"])


# culture -------------------------------------------------------------------------------------------------------------


def test_well_known_facts(world):
    facts = {fact.item_id: fact for kind in facts_by_kind(world, 1).values() for fact in kind}
    known = {
        "currency-JP": "JPY",
        "currency-HR": "EUR",  # not the kuna of before 2023
        "currency_country-CZK": "CZ",
        "language-MX": "es",
        "language-UA": "uk",
        "language_country-id": "ID",
        "city-Europe-Prague": "CZ",
        "code-SI": "SI",
    }
    assert {item_id: facts[item_id].right for item_id in known} == known
    for absent in ("currency-PA", "language-CH", "language-IN", "city-America-Jamaica", "city-Asia-Jerusalem"):
        assert absent not in facts


def test_no_distractor_is_right_in_any_sense(world):
    for kind, facts in facts_by_kind(world, 3).items():
        for fact in facts:
            assert fact.right not in fact.wrong
            for wrong in fact.wrong:
                if kind == "currency":
                    assert wrong not in world.ever[fact.asked]
                elif kind == "currency_country":
                    assert fact.asked not in world.ever[wrong]
                elif kind == "language":
                    assert wrong not in world.spoken[fact.asked]
                elif kind == "language_country":
                    assert fact.asked not in world.spoken[wrong] | set(world.official[wrong])


@pytest.mark.parametrize("language", LANGUAGES)
def test_culture_items_in_every_language(language):
    items = prepared("cldr", language).items
    assert len(items) == 48
    assert len({item["item_id"] for item in items}) == 48
    assert dict(collections.Counter(item["category"] for item in items)) == dict.fromkeys(KINDS, 8)
    for item in items:
        check_item("item", item, Benchmark("culture", "letters", "accuracy"), shot=False)
        assert len({comparable(option) for option in item["options"]}) == 4
        question = item["question"].split("\n\n")[1]
        assert item["options"][item["answer"]].casefold() not in question.casefold()
        for text in (question, *item["options"]):
            assert text == normalise(text)
            assert "{" not in text


def test_non_latin_languages_ask_in_their_own_script():
    for language, script in (("ar", "ARABIC"), ("ja", "CJK|KATAKANA|HIRAGANA"), ("ko", "HANGUL")):
        for item in prepared("cldr", language).items:
            for option in item["options"]:
                assert re.match(script, unicodedata.name(option[0])), option


def test_items_of_a_fact_have_the_same_options_everywhere():
    spanish, german = ({item["item_id"]: item for item in prepared("cldr", code, 500).items} for code in ("es", "de"))
    both = set(spanish) & set(german)
    assert len(both) > 300
    assert sum(spanish[item]["answer"] == german[item]["answer"] for item in both) == len(both)


def test_answers_are_spread_over_the_letters():
    answers = collections.Counter(item["answer"] for item in prepared("cldr", "es", 400).items)
    assert sum(answers.values()) == 400
    assert all(70 < answers[place] < 130 for place in range(4))


def test_order_of_options_depends_only_on_seed_and_item():
    placed = place_options("right", ["a", "b", "c"], 1, "item")
    assert placed == place_options("right", ["a", "b", "c"], 1, "item")
    assert placed["options"][placed["answer"]] == "right"
    orders = {tuple(place_options("right", ["a", "b", "c"], seed, "item")["options"]) for seed in range(20)}
    assert len(orders) > 5


def test_a_sentence_file_without_a_question_is_named(tmp_path):
    folder = tmp_path / "culture"
    folder.mkdir()
    (folder / "countries.yaml").write_text("countries: DE FR ES IT PL\nexcluded_cities: []\n", encoding="utf-8")
    (folder / "es.yaml").write_text("instruction: Elige.\nquestions: {currency: '{x}?'}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"es\.yaml: questions lacks 'currency_country'"):
        load(BENCHMARKS, "cldr").prepare(Wanted("es", 4, 0, 1, tmp_path))
    with pytest.raises(InputError, match=r"tl\.yaml: not found.*: es"):
        load(BENCHMARKS, "cldr").prepare(Wanted("tl", 4, 0, 1, tmp_path))


# preference ----------------------------------------------------------------------------------------------------------


def corpus(*pairs, split="benchmark"):
    rows = [
        {
            "seed_id": f"id{number}",
            "language": "es",
            "split": split,
            "prompt": prompt,
            "response": response,
            "origin": f"spanish/{topic}#{number}.0.1",
        }
        for number, (prompt, response, topic) in enumerate(pairs)
    ]
    return pd.DataFrame(rows, columns=["seed_id", "language", "split", "prompt", "response", "origin"])


def test_the_true_answer_is_paired_with_that_of_another_message():
    table = corpus(
        ("¿Qué comes?", "Solo como electricidad.", "food"),
        ("¿Qué comes?", "Nada, soy un programa.", "food"),
        ("¿Quién ganó?", "Ganó el equipo local.", "sports"),
        ("¿Te gusta?", "Sí.", "food"),
    )
    result = prepared("corpus_preference", "es", seeds=table)
    assert sorted(result.reasons) == ["answer_says_little", "same_prompt"]
    assert len(result.items) == 2
    food = next(item for item in result.items if item["subset"] == "food")
    assert sorted(food["options"]) == ["Ganó el equipo local.", "Solo como electricidad."]
    assert food["options"][food["answer"]] == "Solo como electricidad."
    assert {item["category"] for item in result.items} == {"persona", "knowledge"}


def test_an_answer_that_the_message_has_elsewhere_is_never_wrong():
    pairs = [("¿Qué comes?", "Solo como electricidad.", "food"), ("¿Qué bebes?", "Solo bebo algo de datos.", "food")]
    both = pd.concat([corpus(*pairs), corpus(("¿qué comes?", "Solo bebo algo de datos", "food"), split="train")])
    items = prepared("corpus_preference", "es", seeds=both).items
    assert [item["item_id"] for item in items] == ["id1"]


def test_translated_files_have_the_topic_of_the_original():
    assert topic_of({"origin": "spanish/dinero#3.0.1"}) == topic_of({"origin": "english/money#1.0.1"}) == "money"


@pytest.mark.parametrize(("language", "least"), [("en", 48), ("es", 48), ("id", 20), ("ja", 48)])
def test_preference_items_of_the_packaged_corpus(seeds, language, least):
    result = prepared("corpus_preference", language, seeds=seeds[seeds["source"] == "chatterbot"])
    assert len(result.items) >= least
    for item in result.items:
        check_item("item", item, Benchmark("chat", "preference", "weighted_accuracy"), shot=False)
        assert comparable(item["options"][0]) != comparable(item["options"][1])
        assert item["category"] in ("conversation", "knowledge", "persona")


def test_preference_needs_seeds():
    with pytest.raises(InputError, match="--seeds"):
        prepared("corpus_preference", "es")


# arithmetic ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_arithmetic_items_and_solved_shots(language):
    result = prepared("number_words", language, items=24, shots=5)
    assert (len(result.items), len(result.shots)) == (24, 5)
    assert len({item["item_id"] for item in result.items + result.shots}) == 29
    for shot in result.shots:
        check_item("shot", shot, Benchmark("math", "generate", "exact_match"), shot=True)
        assert last_number(shot["solution"]) == shot["answer"]
    for item in result.items:
        check_item("item", item, Benchmark("math", "generate", "exact_match"), shot=False)
        assert "solution" not in item


def test_word_problems_have_no_end_to_prepare():
    with pytest.raises(InputError, match="--items 0: word problems are drawn without end"):
        prepared("number_words", "es", items=0)


# all three -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["es", "id", "ja"])
@pytest.mark.parametrize("study", [7, 8])
def test_no_training_prompt_is_asked_by_a_benchmark(seeds, language, study):
    """On the packaged data itself: no training text, in any language, is the question of an item or its message."""
    training = seeds[seeds["split"] == "train"]
    known = {comparable(text) for text in [*training["prompt"], *training["response"].dropna()]}
    corpus_rows = seeds[seeds["source"] == "chatterbot"]
    math = prepared("number_words", language, items=300, shots=5, seed=study)
    asked = [item["question"] for item in math.items + math.shots]
    asked += [item["question"].split("\n\n")[-1] for item in prepared("cldr", language, 500, seed=study).items]
    asked += [
        item["question"].split("\n\n", 2)[2]
        for item in prepared("corpus_preference", language, 500, seed=study, seeds=corpus_rows).items
    ]
    assert len(asked) > 500
    assert [text for text in asked if comparable(text) in known] == []


@pytest.mark.parametrize("adapter", ["cldr", "number_words", "corpus_preference"])
def test_order_of_seeds_changes_nothing_and_fewer_items_begin_more(seeds, adapter):
    table = seeds[seeds["source"] == "chatterbot"]
    whole = prepared(adapter, "es", 30, seeds=table).items
    mixed = table.sample(frac=1, random_state=1)
    assert prepared(adapter, "es", 30, seeds=mixed).items == whole
    assert prepared(adapter, "es", 12, seeds=table).items == whole[:12]


def test_native_text_is_what_people_answered_to_prompts_that_no_teacher_sees(seeds):
    whole = prepared("native_text", "id", 0, seeds=seeds)
    rows = seeds.set_index("seed_id")
    for item in whole.items:
        row = rows.loc[item["item_id"]]
        assert (row["split"], row["language"]) == ("benchmark", "id")
        assert (item["question"], item["answer"]) == (row["prompt"], row["response"])
        check_item("here", item, Benchmark("some", "native_text", "bits_per_byte"), shot=False)
    assert prepared("native_text", "id", 10, seeds=seeds).items == whole.items[:10]
    long = seeds.assign(prompt=[f"{text} {'muy ' * 500}" for text in seeds["prompt"]])
    nothing = prepared("native_text", "es", 0, seeds=long)
    assert nothing.items == [] and "too_long" in nothing.reasons


def run_prepare(monkeypatch, tmp_path, adapter, language, *more):
    out = tmp_path / f"{language}.jsonl"
    command = ["prepare_benchmark", "--benchmark", "some", "--adapter", adapter, "--language", language]
    command += ["--resources", str(RESOURCES), "--seed", "7", "--out", str(out), *more]
    monkeypatch.setattr(sys, "argv", command)
    prepare_benchmark.main()
    return out


def test_the_program_writes_items_shots_and_counts(monkeypatch, tmp_path):
    out = run_prepare(monkeypatch, tmp_path, "number_words", "ja", "--items", "6", "--shots", "2")
    assert len(read_jsonl(out)) == 6
    assert len(read_jsonl(tmp_path / "ja.shots.jsonl")) == 2
    counts = read_json(tmp_path / "ja.counts.json")
    assert (counts["wanted"], counts["items"], counts["short"], counts["shots"], counts["kept"]) == (6, 6, 0, 2, 8)
    before = out.read_bytes()
    assert (
        run_prepare(monkeypatch, tmp_path, "number_words", "ja", "--items", "6", "--shots", "2").read_bytes() == before
    )


def test_counts_report_missing_items(monkeypatch, tmp_path):
    out = run_prepare(monkeypatch, tmp_path, "cldr", "es", "--items", "9999")
    counts = read_json(tmp_path / "es.counts.json")
    assert counts["items"] == len(read_jsonl(out))
    assert counts["short"] == 9999 - counts["items"]
    assert read_jsonl(tmp_path / "es.shots.jsonl") == []


def test_no_item_at_all_is_an_error(monkeypatch, tmp_path):
    raw = [RawRow("es", "¿Quién ganó?", "Ganó el equipo local.", "x#1")]
    collect(raw, "x", benchmark_share=0.0, seed=1, max_characters=99).kept.to_parquet(tmp_path / "x.parquet")
    more = ["--items", "5", "--seeds", str(tmp_path / "x.parquet")]
    with pytest.raises(InputError, match="some in es: no item could be prepared"):
        run_prepare(monkeypatch, tmp_path, "corpus_preference", "es", *more)
    assert not (tmp_path / "es.jsonl").exists()


def test_unknown_adapters_are_refused():
    with pytest.raises(InputError, match="cldr, corpus_preference, filbench"):
        load(BENCHMARKS, "mmlu")
