"""Items of instructions: even, without duplicates, in the language, each with the checks that its words ask for."""

import collections
import functools
import json
import unicodedata

import pytest
import yaml

from polyglot.core.adapter import load
from polyglot.core.errors import InputError
from polyglot.core.language import in_language
from polyglot.evaluation.benchmark_adapter import BENCHMARKS, Wanted
from polyglot.evaluation.instruction_checks import refuse_unknown, share_followed
from polyglot.evaluation.items import Benchmark, check_item, items_digest, read_items
from polyglot.metrics.overlap import Unit, overlap
from tests.conftest import ROOT

RESOURCES = ROOT / "resources"
LANGUAGES = ["ar", "cs", "de", "en", "es", "id", "ja", "ko", "tl"]
BENCHMARK = Benchmark("instructions", "instructions", "instructions_followed", items="i.jsonl")


@functools.cache
def prepared(language, items=0, seed=7):
    return load(BENCHMARKS, "instructions").prepare(Wanted(language, items, 0, seed, RESOURCES))


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_are_spread_evenly_and_each_is_asked_once(language):
    items = prepared(language).items[:120]
    assert len(items) == len({item["question"] for item in items}) == len({item["item_id"] for item in items}) == 120
    counts = collections.Counter(item["category"] for item in items)
    assert len(counts) == 15 and set(counts.values()) == {8}
    kinds = {check["kind"] for item in items for check in item["checks"]}
    length = {"characters", "characters_at_most"} if language == "ja" else {"words", "words_at_most"}
    form = {"lines", "bullets", "numbered", "json", "quoted", "number", "language"}
    assert kinds == length | form | {"begins", "ends", "includes", "excludes"}
    assert sum(len(item["checks"]) == 2 for item in items) == 32
    for item in items:
        check_item("item", item, BENCHMARK, shot=False)
        assert "{" not in item["question"] and item["content"] == [item["question"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_instruction_says_what_its_checks_look_at(language):
    digits = {"ar": str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")}.get(language, {})
    for item in prepared(language).items[:150]:
        question = item["question"].translate(digits)
        for check in item["checks"]:
            sought = [*check.get("words", []), *check.get("keys", []), check.get("word", "")]
            assert all(text in question for text in [*sought, str(check.get("count", ""))])
        assert language != "ar" or not any(digit in item["question"] for digit in "0123456789")
    items = prepared(language).items[:120]
    assert sum(in_language(item["question"], language) is False for item in items) == 0


def test_words_are_the_languages_own():
    for language, script in (("ar", "ARABIC"), ("ja", "CJK|KATAKANA"), ("ko", "HANGUL")):
        words = [
            word
            for item in prepared(language).items[:120]
            for check in item["checks"]
            for word in [*check.get("words", []), check.get("word", "")]
            if word
        ]
        assert len(words) > 50
        assert all(unicodedata.name(word[0]).split()[0] in script for word in words)


def test_names_do_not_depend_on_the_languages_asked_before():
    """Babel shares months between languages once they were asked for in the wrong form."""
    months = {
        language: load(BENCHMARKS, "instructions").Language(wanted).names["month"] for language, wanted in wanted_of()
    }
    assert (months["es"][0], months["cs"][0], months["ja"][0], months["ko"][0]) == ("enero", "leden", "1月", "1월")
    assert (months["ar"][1], months["tl"][1], months["de"][2]) == ("فبراير", "Pebrero", "März")


def wanted_of():
    return [(language, Wanted(language, 0, 0, 7, RESOURCES)) for language in ["ja", *reversed(LANGUAGES)]]


def test_a_text_is_asked_for_other_words_than_its_topic_each_once():
    language = load(BENCHMARKS, "instructions").Language(dict(wanted_of())["id"])  # Turki is a country and a language
    assert "Turki" in language.words["country"] and "Turki" in language.words["language"]
    for task in language.topics():
        words = language.words_for(task)
        assert len(words) == len(set(words)) > 50 and task.name not in words


def test_no_word_stands_in_another():
    words = load(BENCHMARKS, "instructions").Language(dict(wanted_of())["ko"]).words
    assert "인도네시아" in words["country"] or "인도네시아어" in words["language"]
    assert "인도" not in words["country"]  # India stands in Indonesia
    assert "month" not in words


def test_a_smaller_benchmark_begins_a_larger_one_and_seeds_differ():
    whole = prepared("es", 60).items
    assert prepared.__wrapped__("es", 60).items == whole
    assert prepared("es", 12).items == whole[:12]
    assert prepared("es").items[:60] == whole
    assert prepared("es", 60, seed=8).items != whole
    result = prepared("es", 60)
    assert result.reasons == ["not_needed"] * (len(prepared("es").items) - 60)


def test_more_items_than_there_are_is_one_line():
    count = len(prepared("cs").items)
    with pytest.raises(
        InputError, match=rf"--items: instructions has {count} items in cs, 99999 were asked for; ask for fewer"
    ):
        prepared("cs", 99_999)


ANSWERS = {
    "numbered-includes": lambda item: "\n".join(
        f"{place}. {item['checks'][1]['words'][0]}" for place in range(1, item["checks"][0]["count"] + 1)
    ),
    "begins-ends": lambda item: f"{item['checks'][0]['word']} … {item['checks'][1]['word']}",
    "begins-excludes": lambda item: item["checks"][0]["word"],
    "words_at_most-includes": lambda item: item["checks"][1]["words"][0],
    "json": lambda item: json.dumps(dict.fromkeys(item["checks"][0]["keys"], "?")),
    "quoted": lambda item: "a".join(item["checks"][0]["quotes"]),
    "includes": lambda item: " ".join(item["checks"][0]["words"]),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_instruction_can_be_followed_but_not_by_repeating_it(language):
    for item in prepared(language).items[:150]:
        answer = ANSWERS.get(item["category"])
        if answer:
            assert share_followed(answer(item), item["checks"]) == 1, item["question"]
        question, own = item["question"], item["checks"]
        assert share_followed(f" {question}\n{question}", own, question) == 0


def test_a_language_file_without_a_field_is_named(tmp_path):
    folder = tmp_path / "instructions"
    folder.mkdir()
    names = (RESOURCES / "instructions" / "names.yaml").read_text(encoding="utf-8")
    (folder / "names.yaml").write_text(names, encoding="utf-8")
    sentences = yaml.safe_load((RESOURCES / "instructions" / "es.yaml").read_text(encoding="utf-8"))
    del sentences["demands"]
    (folder / "es.yaml").write_text(yaml.safe_dump(sentences), encoding="utf-8")
    with pytest.raises(InputError, match=r"es\.yaml: 'demands' is missing"):
        load(BENCHMARKS, "instructions").prepare(Wanted("es", 4, 0, 1, tmp_path))
    with pytest.raises(InputError, match=r"eu\.yaml: not found"):
        load(BENCHMARKS, "instructions").prepare(Wanted("eu", 4, 0, 1, tmp_path))


def test_contamination_finds_a_copied_instruction():
    items = prepared("es").items[:30]
    row = {"row_id": "r", "prompt": items[3]["question"].upper(), "response": "Vale."}
    total = overlap("instructions", items, [row], Unit(13), item_share=0.5, limit=0.01).total
    assert items[3]["item_id"] in total["contaminated"]
    assert len(total["contaminated"]) <= 2 and total["checked"] == 30


def test_the_digest_depends_on_the_checks_and_bad_checks_are_named(tmp_path):
    item = prepared("es").items[0]
    other = item | {"checks": [{"kind": "words", "count": 99}]}
    assert items_digest([item]) != items_digest([other])
    path = tmp_path / "i.jsonl"
    path.write_text(json.dumps(item | {"checks": [{"kind": "words"}]}), encoding="utf-8")
    with pytest.raises(InputError, match=r"i\.jsonl: line 1: a check of kind words needs count"):
        read_items(str(path), BENCHMARK)
    path.write_text(json.dumps({"item_id": "a", "question": "q", "answer": "x"}), encoding="utf-8")
    with pytest.raises(InputError, match=r"line 1: checks is missing"):
        read_items(str(path), BENCHMARK)
    refuse_unknown("here", item["checks"])
