"""Translation by a small real NLLB, converted by CTranslate2's own converter and run by CTranslate2."""

import json
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_jsonl, read_parquet, write_parquet
from polyglot.synthesis import convert_translator, translate_requests
from polyglot.synthesis.nllb import Model, Sentence, Settings, checked, convert, pieces, sentences, translate
from polyglot.synthesis.select_requests import COLUMNS
from tests.unit import nllb_model
from tests.unit.nllb_model import CODES, ENGLISH, TAUGHT

SETTINGS = Settings(beam_size=2, max_input_tokens=40, max_output_tokens=40, batch_tokens=256)


@pytest.fixture(scope="session")
def hub_folder(tmp_path_factory):
    return nllb_model.write(tmp_path_factory.mktemp("nllb") / "hub")


@pytest.fixture(scope="session")
def folder(hub_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("nllb") / "ctranslate2"
    command = ["convert_translator", "--model", hub_folder, "--compute-type", "float32", "--out", out]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(word) for word in command])
        convert_translator.main()
    return out


@pytest.fixture(scope="session")
def model(folder):
    return {code: Model(folder, "eng_Latn", CODES[code], SETTINGS) for code in TAUGHT}


@pytest.mark.parametrize("code", TAUGHT)
def test_it_says_what_it_was_taught(model, code):
    made = translate(ENGLISH, model[code], CODES[code], code)
    assert [item.text for item in made] == TAUGHT[code]
    assert [item.reason for item in made] == [None, None]


def test_the_source_code_comes_first_and_nothing_is_padded(model):
    tokens = model["es"].tokens(ENGLISH[0])
    assert tokens[0] == "eng_Latn" and tokens[-1] == "</s>"
    assert {"<pad>", "<unk>"} & set(tokens) == set()
    assert replace(model["es"], source="ces_Latn").tokens("Kde je")[0] == "ces_Latn"


def test_it_translates_as_transformers_does(model, hub_folder):
    """Greedy decoding in one padded batch, where a <pad> read as a word, or a wrong first token, would show."""
    import torch
    from transformers import AutoTokenizer, M2M100ForConditionalGeneration

    asked = [*ENGLISH, "My sister reads.", "The railway is long every evening, please?"]
    tokenizer = AutoTokenizer.from_pretrained(hub_folder, src_lang="eng_Latn")
    reference = M2M100ForConditionalGeneration.from_pretrained(hub_folder, dtype=torch.float32)
    for code, target in ((item, CODES[item]) for item in TAUGHT):
        first = tokenizer.convert_tokens_to_ids(target)
        batch = tokenizer(asked, padding=True, return_tensors="pt")
        made = reference.generate(**batch, forced_bos_token_id=first, num_beams=1, max_new_tokens=41)
        expected = [text.strip() for text in tokenizer.batch_decode(made, skip_special_tokens=True)]
        greedy = replace(model[code], settings=replace(SETTINGS, beam_size=1))
        assert [item.text for item in greedy(asked)] == expected


def test_neither_order_nor_batches_change_a_translation(model):
    asked = [*ENGLISH, "My sister.", "Where is the book my sister reads every evening?", "A long station, please?"]
    item = dict(zip(asked, model["cs"](asked), strict=True))
    small = replace(model["cs"], settings=replace(SETTINGS, batch_tokens=1))
    assert dict(zip(asked[::-1], small(asked[::-1]), strict=True)) == item
    assert {text: model["cs"]([text])[0] for text in asked} == item


def test_a_translation_without_an_end_is_truncated(model):
    short = replace(model["es"], settings=replace(SETTINGS, max_output_tokens=3))
    assert [item.reason for item in translate(ENGLISH, short, "spa_Latn", "es")] == ["truncated", "truncated"]


def test_a_sentence_that_is_too_long_is_left_out_and_the_others_are_not(model):
    long = "My sister reads " * 30
    made = translate([long, ENGLISH[0], f"{ENGLISH[1]} {long}"], model["es"], "spa_Latn", "es")
    assert [item.reason for item in made] == ["too_long", None, "too_long"]
    assert made[1].text == TAUGHT["es"][0]


def test_each_failure_has_its_reason(model):
    texts = ["", None, "2 + 2 = 4", *ENGLISH]
    assert [item.reason for item in translate(texts, model["es"], "spa_Latn", "es")] == ["empty"] * 3 + [None] * 2
    assert [item.reason for item in translate(ENGLISH, model["es"], "spa_Latn", "cs")] == ["wrong_language"] * 2
    copy = checked(ENGLISH[0], [Sentence("Where is the railway station please", None)], "es")
    assert copy.reason == "copied"
    assert checked(ENGLISH[0], [Sentence("", "empty")], "es").reason == "empty"


def test_lines_lists_and_code_stay_as_they_are(model):
    text = (
        f"{ENGLISH[0]} {ENGLISH[1]}\n\n- {ENGLISH[1]}\n2) {ENGLISH[0]}\n```python\nreads = 'every evening'\n```\n* * *"
    )
    es, ja = TAUGHT["es"], TAUGHT["ja"]
    code = "```python\nreads = 'every evening'\n```\n* * *"
    made = translate([text], model["es"], "spa_Latn", "es")[0]
    assert made == (f"{es[0]} {es[1]}\n\n- {es[1]}\n2) {es[0]}\n{code}", None)
    # Japanese has no space after a sentence
    made = translate([text], model["ja"], "jpn_Jpan", "ja")[0]
    assert made.text == f"{ja[0]}{ja[1]}\n\n- {ja[1]}\n2) {ja[0]}\n{code}"


def test_a_line_is_cut_after_sentences_only():
    assert sentences('He said "Go!" Then he left. 3.5 is e.g. a number? Yes') == [
        'He said "Go!"',
        "Then he left.",
        "3.5 is e.g. a number?",
        "Yes",
    ]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Dr. Smith lives in St. Louis.", 1),
        ("Mr. and Mrs. Jones met Prof. Lee, Lt. Col. Brown and J. R. R. Tolkien.", 1),
        ("The U.S. economy grew 3.2 percent, cf. Fig. 3 and No. 5.", 1),
        ("He lives in the U.S. He is happy.", 2),
        ("She has a Ph.D. in A.I. and works at Apple Inc. They pay her well.", 2),
        ("Is it 5 p.m. already? Yes! No way.", 3),
        ("Apples, pears, etc. Then bread.", 2),
        ("Add approx. two tbsp. sugar, open Mon. to Fri. from 9. Is it? yes.", 3),
        ("i write in small letters. you do too.", 2),
        ("Dr.\u00a0Smith left at 9 a.m.\u202fon Jan. 5. Visit www.example.org. It is free.", 3),
    ],
)
def test_the_point_of_an_abbreviation_ends_no_sentence(line, number):
    assert len(sentences(line)) == number


@given(st.text(alphabet='aB.?! \n-`"1)\t*', max_size=60) | st.text(alphabet="DrJÉ. \u00a0\u3000。’(日", max_size=60))
def test_pieces_joined_are_the_text(text):
    assert "".join("".join(piece.text for piece in pieces(text)).split()) == "".join(text.split())
    assert all(any(character.isalpha() for character in piece.text) for piece in pieces(text) if piece.translated)


def test_a_code_that_the_model_lacks_is_named(folder):
    with pytest.raises(InputError, match=r"has no language 'tgl_Latn'; give a FLORES-200 code"):
        Model(folder, "eng_Latn", "tgl_Latn", SETTINGS)(ENGLISH)


def test_a_folder_that_is_no_model_is_named(hub_folder):
    with pytest.raises(InputError, match=r"hub: no CTranslate2 model; remake it with convert_translator"):
        Model(hub_folder, "eng_Latn", "spa_Latn", SETTINGS)(ENGLISH)


def test_a_vocabulary_in_another_order_is_refused(hub_folder, tmp_path, monkeypatch):
    from ctranslate2.converters.transformers import M2M100Loader

    honest = M2M100Loader.get_vocabulary
    monkeypatch.setattr(M2M100Loader, "get_vocabulary", lambda *given: honest(*given)[::-1])
    with pytest.raises(InputError, match=r"have other places after conversion; pin other versions"):
        convert(hub_folder, tmp_path / "out", "float32")


def request(number, prompt, response):
    return {
        "request_id": f"r{number}",
        "method": "nllb-both",
        "language": "es",
        "seed_ids": [f"s{number}"],
        "source_prompt": prompt,
        "source_response": response,
        "demonstrations": [],
    }


def run_translate(monkeypatch, folder, out, requests, **changes):
    import pandas as pd

    write_parquet(out / "asked.parquet", pd.DataFrame(requests, columns=COLUMNS))
    options = {
        "model": folder,
        "requests": out / "asked.parquet",
        "language": "es",
        "source-code": "eng_Latn",
        "target-code": "spa_Latn",
        "beam-size": 2,
        "max-input-tokens": 40,
        "max-output-tokens": 40,
        "batch-tokens": 256,
        "compute-type": "float32",
        "gpus": 0,
        "chunk-size": 2,
        "out": out / "nllb-both.parquet",
    } | changes
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", ["translate_nllb", *words])
    translate_requests.main()
    made = out / "nllb-both.parquet"
    return (
        read_parquet(made),
        read_parquet(made.with_suffix(".rejected.parquet")),
        read_json(made.with_suffix(".counts.json")),
    )


REQUESTS = [
    request(0, ENGLISH[0], ENGLISH[1]),
    request(1, ENGLISH[1], "42"),
    request(2, ENGLISH[1], "reads " * 60),
    request(3, ENGLISH[1], ENGLISH[0]),
]


def test_the_program_keeps_counts_and_rejects(monkeypatch, folder, tmp_path):
    made, rejected, counts = run_translate(monkeypatch, folder, tmp_path, REQUESTS)
    assert counts == {
        "seen": 4,
        "kept": 2,
        "rejected": {"empty": 1, "too_long": 1},
        "texts": ["source_prompt", "source_response"],
    }
    assert list(made.columns) == COLUMNS
    assert list(made["request_id"]) == ["r0", "r3"]
    assert list(made["source_prompt"]) == TAUGHT["es"] and list(made["source_response"]) == TAUGHT["es"][::-1]
    assert list(rejected["request_id"]) == ["r1", "r2"] and set(rejected["failed"]) == {"source_response"}
    assert not (tmp_path / "nllb-both.chunks").exists()


def test_prompts_alone_are_translated_where_there_are_no_responses(monkeypatch, folder, tmp_path):
    made, _, counts = run_translate(
        monkeypatch, folder, tmp_path, [{**row, "source_response": None} for row in REQUESTS]
    )
    assert counts["kept"] == 4 and counts["texts"] == ["source_prompt"]
    assert set(made["source_response"]) == {None}


def test_finished_chunks_are_taken_up_and_those_of_other_settings_are_not(monkeypatch, folder, tmp_path):
    with pytest.raises(InputError, match=r"asked\.parquet: no text was translated; the reasons are in"):
        run_translate(monkeypatch, folder, tmp_path, REQUESTS[:1], **{"max-output-tokens": 2})
    left = list((tmp_path / "nllb-both.chunks").iterdir())
    assert len(left) == 2 and read_jsonl(left[0])[0]["reason"] == "truncated"
    honest = translate_requests.translate

    def broken(texts, *rest):
        if texts[0] == ENGLISH[1]:
            raise KeyboardInterrupt
        return honest(texts, *rest)

    monkeypatch.setattr(translate_requests, "translate", broken)
    with pytest.raises(KeyboardInterrupt):
        run_translate(monkeypatch, folder, tmp_path, REQUESTS)
    finished = len(list((tmp_path / "nllb-both.chunks").iterdir()))
    assert finished == len(left) + 1
    asked = []
    monkeypatch.setattr(
        translate_requests, "translate", lambda texts, *rest: asked.append(texts) or honest(texts, *rest)
    )
    _, _, counts = run_translate(monkeypatch, folder, tmp_path, REQUESTS)
    assert counts["kept"] == 2 and len(asked) == 3  # of four chunks of texts one was there already


def test_no_requests_make_an_empty_table(monkeypatch, folder, tmp_path):
    made, _, counts = run_translate(monkeypatch, folder, tmp_path, [])
    assert len(made) == 0 and json.dumps(counts["rejected"]) == "{}"
