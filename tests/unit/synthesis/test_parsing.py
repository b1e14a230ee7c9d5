import json

import pytest

from polyglot.synthesis.parsing import REASONS, Completion, Reader, Rejected, parse_pair

TEXTS = {
    "es": ("¿Cuál es la capital de España?", "La capital de España es Madrid."),
    "id": ("Apa ibu kota negara Indonesia?", "Ibu kota negara Indonesia adalah Jakarta."),
    "ja": ("日本の首都はどこですか？", "日本の首都は東京です。"),
    "ar": ("ما هي عاصمة مصر؟", "عاصمة مصر هي القاهرة."),
    "cs": ("Jaké je hlavní město České republiky?", "Hlavním městem České republiky je Praha."),
    "de": ("Was ist die Hauptstadt von Deutschland?", "Die Hauptstadt von Deutschland ist Berlin."),
    "ko": ("대한민국의 수도는 어디입니까?", "대한민국의 수도는 서울입니다."),
}


def done(text, reason="stop"):
    return Completion(text, reason, 10, 5)


def pair(prompt, response, **more):
    return done(json.dumps({"prompt": prompt, "response": response, **more}))


def reason(reader, completion, source=None, shown=()):
    with pytest.raises(Rejected) as caught:
        reader.read(completion, source, list(shown))
    assert caught.value.reason in REASONS
    return caught.value.reason


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("method", ["generate", "translate", "respond"])
def test_good_answers_become_rows_in_every_language(language, method):
    prompt, response = TEXTS[language]
    answer = done(f"\n {response} ") if method == "respond" else pair(f" {prompt}\n", response)
    source = prompt if method == "respond" else "What is the capital?"
    assert Reader(method, language, 200).read(answer, source, ["otro"]) == (prompt, response)


def test_texts_are_stored_in_nfc():
    read = Reader("generate", "es", 200).read(
        pair("¿Co\u0301mo estas hoy, mi querido amigo?", "Estoy muy bien hoy"), None, []
    )
    assert read[0].startswith("¿C\u00f3mo")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hola",
        "null",
        "[]",
        '"prompt"',
        '{"prompt": "Hola',
        '{"prompt": "¿Qué hora es?"}',
        '{"prompt": "¿Qué hora es?", "response": 3}',
        '{"prompt": ["¿Qué hora es?"], "response": "Son las tres."}',
        '{"prompt": "¿Qué hora es?", "response": null}',
        '{"prompt": "¿Qué hora es?", "response": "Son las tres.", "note": "x"}',
        '{"prompt": "¿Qué hora es?", "response": "Son las tres."} y más',
        '```json\n{"prompt": "¿Qué hora es?", "response": "Son las tres."}\n```',
        '{"prompt": "¿Qué \ud83d hora es?", "response": "Son las tres."}',
        '{"prompt": "\\ud83d", "response": "Son las tres."}',
        "[" * 100_000,
    ],
)
def test_malformed_answers(text):
    with pytest.raises(Rejected) as caught:
        parse_pair(text, 200)
    assert caught.value.reason == "malformed"


@pytest.mark.parametrize("blank", ["", "  \n", "\u3000"])
def test_empty_texts(blank):
    assert reason(Reader("generate", "es", 200), pair(blank, "Son las tres de la tarde.")) == "empty"
    assert reason(Reader("generate", "es", 200), pair("¿Qué hora es ahora?", blank)) == "empty"
    assert reason(Reader("respond", "es", 200), done(blank), "¿Qué hora es ahora?") == "empty"


def test_answers_that_were_cut():
    prompt, response = TEXTS["es"]
    whole = json.dumps({"prompt": prompt, "response": response})
    assert reason(Reader("generate", "es", 200), done(whole, "length")) == "truncated"
    assert reason(Reader("respond", "es", 200), done(response, "length"), prompt) == "truncated"
    assert reason(Reader("respond", "es", 200), done(response, "abort"), prompt) == "unknown_end"


def test_text_as_long_as_the_schema_allows_was_cut_by_it():
    prompt, response = TEXTS["es"]
    assert parse_pair(pair(prompt, response).text, len(response) + 1) == (prompt, response)
    with pytest.raises(Rejected) as caught:
        parse_pair(pair(prompt, response).text, len(response))
    assert (caught.value.reason, caught.value.pair) == ("truncated", (prompt, response))
    assert parse_pair(pair(prompt, response).text, None) == (prompt, response)


@pytest.mark.parametrize("reason_given", ["too_long", "refused"])
def test_requests_that_were_never_answered(reason_given):
    assert reason(Reader("generate", "es", 200), done("", reason_given)) == reason_given


def test_both_texts_must_be_in_the_language():
    prompt, response = TEXTS["es"]
    english = "The capital of Spain is the city of Madrid."
    assert reason(Reader("translate", "es", 200), pair(prompt, english)) == "wrong_language"
    assert reason(Reader("translate", "es", 200), pair(english, response)) == "wrong_language"
    assert reason(Reader("respond", "es", 200), done(english), prompt) == "wrong_language"
    # a right answer may be a number or a name, in no language or in all
    for answer in ("123 456", "Paris."):
        assert Reader("generate", "es", 200).read(pair(prompt, answer), None, []) == (prompt, answer)


def test_copies_are_recognised_through_case_and_punctuation():
    prompt, response = TEXTS["es"]
    reader = Reader("generate", "es", 200)
    assert reason(reader, pair("cuál es la capital de españa", response), shown=[prompt]) == "copied"
    assert reason(reader, pair(prompt, "Cuál es la capital de España")) == "copied"
    assert reason(Reader("translate", "es", 200), pair(prompt, response), source=prompt) == "copied"
    assert reason(Reader("respond", "es", 200), done("¡¿Cuál es la capital de España?!"), prompt) == "copied"


def test_answer_to_a_demonstrated_prompt_is_no_copy_when_responding():
    prompt, response = TEXTS["es"]
    assert Reader("respond", "es", 200).read(done(response), prompt, [prompt]) == (prompt, response)


def test_same_row_is_kept_once():
    prompt, response = TEXTS["ja"]
    reader = Reader("generate", "ja", 200)
    reader.read(pair(prompt, response), None, [])
    assert reason(reader, pair(prompt + " ", response)) == "duplicate"
    assert reader.read(pair(prompt, "東京だと思います。"), None, [])


MARKS = ("<think>", "</think>")


@pytest.mark.parametrize("language", ["es", "ar", "ja"])
@pytest.mark.parametrize("method", ["generate", "respond"])
def test_reasoning_is_stripped_where_the_format_has_it_and_refused_elsewhere(language, method):
    prompt, response = TEXTS[language]
    source = prompt if method == "respond" else "What is it?"
    answer = response if method == "respond" else pair(prompt, response).text
    for text in (
        f"<think>\nHmm, <b>, {{.\n</think>\n\n{answer}",
        f"Hmm.</think>{answer}",
        f"\n<think></think>{answer}",
    ):
        assert Reader(method, language, 200, MARKS).read(done(text), source, [])[1] == response
        assert reason(Reader(method, language, 200), done(text), source) == "reasoning"
    assert Reader(method, language, 200, MARKS).read(done(answer), source, [])[1] == response


@pytest.mark.parametrize(
    "text",
    [
        "<think>La capital de España es Madrid.",
        "<Thinking>Hmm</Thinking>La capital de España es Madrid.",
        "[THINK]Hmm[/THINK]La capital de España es Madrid.",
        "<|channel|>analysis<|message|>Hmm",
        "<think>a</think>b</think>La capital de España es Madrid.",
    ],
)
def test_reasoning_in_other_marks_is_refused(text):
    assert reason(Reader("respond", "es", 200, MARKS), done(text), "x") == "reasoning"
    assert reason(Reader("respond", "es", 200), done(text), "x") == "reasoning"
    inside = pair("¿Cuál es la capital de España?", text)
    assert reason(Reader("generate", "es", 200), inside) == "reasoning"


def test_text_about_marks_is_an_answer():
    text = "La etiqueta <think> abre el razonamiento del modelo."
    assert Reader("respond", "es", 200).read(done(text), "x", []) == ("x", text)


def test_answers_are_cleaned_and_counted():
    reader = Reader("respond", "es", 200)
    assert reader.read(done("La capital\x07 de\r\nEspan\u0303a \x1b[1mes\x1b[0m Madrid."), "x", [])[1] == (
        "La capital de\nEspaña es Madrid."
    )
    assert reader.cleaned == {"controls": 1, "line_ends": 1, "nfc": 1}
    assert reason(reader, done("La capital de España es Ma\ufffd."), "x") == "broken_text"
    assert reason(reader, done("La capital de España es Ma\ud83d."), "x") == "broken_text"
