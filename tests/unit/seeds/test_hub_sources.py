"""Adapters of hub data sets, on rows shaped like the real ones: what is a seed, what is left out, what is missing."""

import gzip
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from langcodes import Language

from polyglot.core.adapter import adapters, load
from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet
from polyglot.seeds import fetch_seeds
from polyglot.seeds.hub_source import first_exchange, iso_code, with_input
from polyglot.seeds.source_adapter import SOURCES
from polyglot.seeds.sources.oasst2 import best_reply
from polyglot.seeds.sources.taco import answer
from tests.conftest import ROOT

AYA = [
    {
        "inputs": prompt,
        "targets": response,
        "language": name,
        "language_code": code,
        "annotation_type": "original-annotations",
        "user_id": "f0ff69570af705b75c5a0851883e",
    }
    for prompt, response, name, code in [
        ("Jaké je hlavní město Moravy?", "Moravu spravuje Brno.", "Czech", "ces"),
        ("日本で一番高い山は何ですか？", "富士山です。", "Japanese", "jpn"),
        ("Ano ang kabisera ng Pilipinas?", "Maynila ang kabisera.", "Filipino", "fil"),
        ("ما عاصمة مصر؟", "القاهرة.", "Standard Arabic", "arb"),
        ("إيه هي عاصمة مصر؟", "القاهرة.", "Egyptian Arabic", "arz"),
    ]
]


def turns(*texts, keys=("role", "content"), roles=("user", "assistant"), **more):
    return [{keys[0]: roles[place % 2], keys[1]: text, **more} for place, text in enumerate(texts)]


def wild(language, *texts, toxic=False):
    header = {"accept-language": "cs", "user-agent": "Mozilla/5.0"}
    return {
        "conversation_hash": "9d0a",
        "model": "gpt-4o-2024-08-06",
        "conversation": turns(
            *texts, language=language, toxic=toxic, hashed_ip="22fd", header=header, country="Czechia"
        ),
        "turn": len(texts) // 2,
        "language": language,
        "openai_moderation": [{"flagged": toxic, "categories": {"hate": False}}],
        "toxic": toxic,
        "redacted": False,
        "state": "Prague",
    }


WILDCHAT = [
    wild("Czech", "Napiš báseň o dešti.", "Prší a prší.", "Ještě jednu.", "Už neprší."),
    wild("Arabic", "اكتب قصة قصيرة", "كان يا ما كان"),
    wild("Czech", "něco ošklivého", "ne", toxic=True),
    wild("Tagalog", "Sumulat ng tula.", None),
    wild("Chinese", "你好", "你好"),
]
CIDAR = [{"output": "المبتدأ هو العلم", "instruction": "لو سمحت ما إعراب كلمة العلم؟", "index": 10030}]
CENDOL = [
    {
        "prompt_id": "7c1f",
        "subset_name": "wikihow",
        "template_name": "wikihow_1",
        "input": "Bagaimana cara menanam padi?",
        "output": "Siapkan lahan yang basah.",
    }
]
OASST2 = [
    {
        "message_tree_id": "a1",
        "tree_state": "ready_for_export",
        "prompt": {
            "message_id": "a1",
            "text": "Warum ist der Himmel blau?",
            "role": "prompter",
            "lang": "de",
            "review_count": 3,
            "synthetic": False,
            "replies": [
                {"text": "Weiß nicht.", "role": "assistant", "lang": "de", "rank": 1, "replies": []},
                {
                    "text": "Wegen der Streuung.",
                    "role": "assistant",
                    "lang": "de",
                    "rank": 0,
                    "replies": [{"text": "?"}],
                },
                {"text": "Gelöscht.", "role": "assistant", "lang": "de", "rank": -1, "deleted": True},
            ],
        },
    },
    {"message_tree_id": "a2", "prompt": {"text": "こんにちは", "role": "prompter", "lang": "ja", "replies": []}},
    {"message_tree_id": "a3", "prompt": {"text": "Olá", "role": "prompter", "lang": "pt-BR", "replies": []}},
]
EUROBLOCKS = [
    {
        "conversations": turns(*texts, keys=("from", "value"), roles=roles),
        "language": language,
        "dataset": part,
        "langid": "cs",
        "reward": 0.1,
    }
    for language, part, roles, texts in [
        (
            "Czech",
            "instruction-generation",
            ("user", "assistant"),
            ["Shrň text.", "Text je krátký.", "Kratší.", "Ano."],
        ),
        ("German", "multilingual-synthetic-llama3.1-70B", ("human", "gpt"), ["Was ist Öl?", "Ein Stoff."]),
        ("German", "Magpie-llama3.1", ("user", "assistant"), ["Hallo", "Hallo"]),
        ("Greek", "instruction-generation", ("user", "assistant"), ["Γεια", "Γεια"]),
    ]
]
GSM8K = [
    {
        "question": "Natalia sold clips to 48 friends in April, and half as many in May. How many in all?",
        "answer": "In May she sold 48/2 = <<48/2=24>>24 clips.\nIn all 48+24 = <<48+24=72>>72.\n#### 72",
    }
]


def steer(language, preference, *texts, domain="multilingual"):
    return {
        "domain": domain,
        "language": language,
        "context": turns(*texts),
        "response1": "erste",
        "response2": "zweite",
        "overall_preference": preference,
        "individual_preference": [{"score": preference, "reasoning": "…", "feedback1": "…", "feedback2": "…"}],
    }


HELPSTEER3 = [
    steer("german", -2, "Erkläre Ebbe und Flut."),
    steer("japanese", 1, "潮の満ち引きを説明して。"),
    steer("german", 0, "Sag Hallo."),
    steer("german", 3, "Hallo", "Hallo!", "Und weiter?"),
    steer("german", 3, "Nur allgemein", domain="general"),
    steer("python", 3, "print", domain="code"),
]
MAGPIE = [
    {
        "uuid": "5e1c",
        "conversations": turns("What is tea?", "A drink.", keys=("from", "value"), roles=("human", "gpt")),
        "instruct_reward": 1.5,
    }
]
TACO = [
    {
        "instruction": "Ilarawan ang dagat.",
        "input": "",
        "output": "Instruction in English: Describe the sea. Response in English: It is blue. "
        "Response in Filipino: Asul ang dagat.",
    },
    {"instruction": "Isalin ito.", "input": "good morning", "output": "Magandang umaga."},
]
TULU3 = [
    {
        "id": "t_1",
        "messages": [{"role": "system", "content": "Be brief."}, *turns("Name a fruit.", "Pear.")],
        "source": "ai2-adapt-dev/personahub",
    },
    {"id": "t_2", "messages": turns("Habari?", "Nzuri."), "source": "ai2-adapt-dev/tulu_v3.9_aya_100k"},
]
# adapter: file in the data set, its rows, languages asked for, (language, prompt, response) expected, rows left out
HUB = [name for name, facts in adapters(SOURCES).items() if not facts.packaged and not facts.columns]
CASES = {
    "aya": (
        "data/train-00000-of-00001.parquet",
        AYA,
        ["ar", "cs", "tl"],
        [
            ("cs", "Jaké je hlavní město Moravy?", "Moravu spravuje Brno."),
            ("tl", "Ano ang kabisera ng Pilipinas?", "Maynila ang kabisera."),
            ("ar", "ما عاصمة مصر؟", "القاهرة."),
        ],
        [],
    ),
    "wildchat": (
        "data/train-00000-of-00086.parquet",
        WILDCHAT,
        ["ar", "cs", "tl"],
        [
            ("cs", "Napiš báseň o dešti.", "Prší a prší."),
            ("ar", "اكتب قصة قصيرة", "كان يا ما كان"),
            ("tl", "Sumulat ng tula.", None),
        ],
        [("cs", "toxic")],
    ),
    "cidar": ("data/train-0.parquet", CIDAR, ["ar"], [("ar", "لو سمحت ما إعراب كلمة العلم؟", "المبتدأ هو العلم")], []),
    "cendol": (
        "data/train-00000-of-00030.parquet",
        CENDOL,
        ["id"],
        [("id", "Bagaimana cara menanam padi?", "Siapkan lahan yang basah.")],
        [],
    ),
    "oasst2": (
        "2023-11-05_oasst2_ready.trees.jsonl.gz",
        OASST2,
        ["de", "ja"],
        [("de", "Warum ist der Himmel blau?", "Wegen der Streuung."), ("ja", "こんにちは", None)],
        [],
    ),
    "euroblocks": (
        "data/train-00000-of-00002.parquet",
        EUROBLOCKS,
        ["cs", "de"],
        [("cs", "Shrň text.", "Text je krátký."), ("de", "Was ist Öl?", "Ein Stoff.")],
        [("de", "magpie_part")],
    ),
    "gsm8k": (
        "main/train-00000-of-00001.parquet",
        GSM8K,
        ["en"],
        [("en", GSM8K[0]["question"], "In May she sold 48/2 = 24 clips.\nIn all 48+24 = 72.\n#### 72")],
        [],
    ),
    "helpsteer3": (
        "preference/train.jsonl.gz",
        HELPSTEER3,
        ["de", "ja"],
        [("de", "Erkläre Ebbe und Flut.", "erste"), ("ja", "潮の満ち引きを説明して。", "zweite")],
        [("de", "no_preference"), ("de", "more_than_one_turn")],
    ),
    "magpie": ("data/train-00000-of-00003.parquet", MAGPIE, ["en"], [("en", "What is tea?", "A drink.")], []),
    "taco": (
        "data/train-00000-of-00001.parquet",
        TACO,
        ["tl"],
        [("tl", "Ilarawan ang dagat.", "Asul ang dagat."), ("tl", "Isalin ito.\n\ngood morning", "Magandang umaga.")],
        [],
    ),
    "tulu3": (
        "data/train-00000-of-00006.parquet",
        TULU3,
        ["en"],
        [("en", "Name a fruit.", "Pear.")],
        [("en", "multilingual_part")],
    ),
}
# a column, as the adapter names it, that the data set might rename
RENAMED = {
    "aya": "language_code",
    "wildchat": "conversation.content",
    "cidar": "instruction",
    "cendol": "input",
    "oasst2": "prompt.lang",
    "euroblocks": "conversations.from",
    "gsm8k": "answer",
    "helpsteer3": "context.content",
    "magpie": "conversations.value",
    "taco": "output",
    "tulu3": "messages.role",
}


def put(folder, name, rows):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))


def renamed(value, path):
    """`value` with the key at the end of the dotted path called otherwise, in every item of a list on the way."""
    if isinstance(value, list):
        return [renamed(item, path) for item in value]
    first, _, rest = path.partition(".")
    if rest:
        return {**value, first: renamed(value[first], rest)}
    return {("new_name" if key == first else key): cell for key, cell in value.items()}


def test_every_adapter_of_the_hub_is_tested():
    assert set(CASES) == set(RENAMED) == set(HUB)


@pytest.mark.parametrize("adapter", sorted(HUB))
def test_rows_shaped_like_the_real_ones(tmp_path, adapter):
    name, rows, languages, expected, left_out = CASES[adapter]
    put(tmp_path, name, rows)
    result = list(load(SOURCES, adapter).rows(languages, {}, 0, tmp_path))
    assert [(row.language, row.prompt, row.response) for row in result if row.left_out is None] == expected
    assert [(row.language, row.left_out) for row in result if row.left_out] == left_out
    assert all(row.origin.startswith(f"{name}#") and row.problem is None for row in result)
    assert not list(load(SOURCES, adapter).rows(["fr"], {}, 0, tmp_path))


@pytest.mark.parametrize("adapter", sorted(HUB))
def test_a_changed_schema_names_the_column_that_is_missed(tmp_path, adapter):
    name, rows, languages, _, _ = CASES[adapter]
    put(tmp_path, name, renamed(rows, RENAMED[adapter]))
    with pytest.raises(InputError, match=rf"{name}: .*column '{RENAMED[adapter]}' is missing; it has .*new_name"):
        list(load(SOURCES, adapter).rows(languages, {}, 0, tmp_path))


def test_a_cell_of_another_type_is_a_problem_of_its_row(tmp_path):
    put(tmp_path, "x.jsonl.gz", [{"instruction": 5, "output": 6}, {"instruction": "ما اسمك؟", "output": "ليلى"}])
    row, good = load(SOURCES, "cidar").rows(["ar"], {}, 0, tmp_path)
    assert row.problem == "a int where text is expected" and row.prompt is None
    assert (good.prompt, good.problem) == ("ما اسمك؟", None)


def test_an_odd_row_costs_itself_and_too_many_end_the_source(tmp_path):
    good = [json.dumps({"instruction": f"ما اسمك {number}؟", "output": "ليلى"}) for number in range(30)]
    odd = ["{", "[]", '{"instruction": "x"}', "nul", '"x"', "{}", "1", "0", "[", "]", "x"]
    for count in (10, 11):
        (tmp_path / "x.jsonl").write_text("\n".join([*odd[:count], "", *good]) + "\n")
        rows = load(SOURCES, "cidar").rows(["ar"], {}, 0, tmp_path)
        if count == 11:
            with pytest.raises(
                InputError, match=r"x\.jsonl: row 0: line 1 is not valid JSON .*; 11 of the first 11 rows"
            ):
                list(rows)
        else:
            result = list(rows)
            assert [row.origin for row in result if row.problem] == [f"x.jsonl#{number}" for number in range(10)]
            assert len(result) == 40 and {row.language for row in result} == {"ar"}


@pytest.mark.parametrize(
    ("preference", "response"),
    [("-2", "první"), (2.0, "druhá"), ("0", None), (None, None), ("many", "problem"), (float("nan"), "problem")],
)
def test_numbers_may_be_texts(tmp_path, preference, response):
    row = {"domain": "multilingual", "language": "czech", "context": turns("Kdo jsi?"), "response1": "první"}
    rows = [row | {"response2": "druhá", "overall_preference": value} for value in (preference, -1)]
    put(tmp_path, "x.jsonl.gz", rows)
    result, good = load(SOURCES, "helpsteer3").rows(["cs", "de"], {}, 0, tmp_path)
    assert good.response == "první"
    if response == "problem":
        assert result.problem and result.language == "und"
    else:
        assert (result.response, result.left_out) == (response, None if response else "no_preference")


@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl.gz"])
def test_turns_may_be_stored_by_column(tmp_path, name):
    columns = {"role": ["user", "assistant"], "content": ["Kdo jsi?", "Jsem pes."], "header.x": ["a", "b"]}
    put(tmp_path, name, [wild("Czech", "x", "y") | {"conversation": columns}])
    (row,) = load(SOURCES, "wildchat").rows(["cs"], {}, 0, tmp_path)
    assert (row.prompt, row.response, row.problem) == ("Kdo jsi?", "Jsem pes.", None)
    with pytest.raises(TypeError, match="no list of objects"):
        first_exchange(["Kdo jsi?"], "role", "content")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Arabic", "ar"),
        ("arb", "ar"),
        ("arz", None),
        ("ces", "cs"),
        ("indonesian", "id"),
        ("jpn", "ja"),
        ("Tagalog", "tl"),
        ("fil", "tl"),
        ("Standard Malay", "ms"),
        ("zsm", "ms"),
        ("pes", "fa"),
        ("swh", "sw"),
        ("Standard Latvian", "lv"),
        ("pt-BR", "pt"),
        ("python", None),
        ("", None),
        (None, None),
    ],
)
def test_names_of_languages(name, code):
    assert iso_code(name) == code


def test_the_registry_names_its_languages_as_langcodes_does():
    languages = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["languages"]
    for code, entry in languages.items():
        language, script = entry["flores"].split("_")
        assert iso_code(entry["name"]) == iso_code(language) == code
        # Korean's own script, Kore, is Hangul with Chinese characters
        assert Language.get(code).maximize().script in {script, "Kore" if script == "Hang" else script}


def test_an_exchange_needs_the_user_first_and_the_assistant_next():
    assert first_exchange(turns("a", "b"), "role", "content") == ("a", "b")
    assert first_exchange(turns("a", "b", roles=("assistant", "user")), "role", "content") == (None, None)
    assert first_exchange(turns("a", "b", roles=("user", "user")), "role", "content") == ("a", None)
    assert first_exchange([], "role", "content") == first_exchange(None, "role", "content") == (None, None)
    assert with_input("a", " ") == "a" and with_input(None, None) is None


def test_the_best_reply_has_the_lowest_rank_and_unranked_ones_come_last():
    reply = {"role": "assistant"}
    assert best_reply([{**reply, "text": "x"}, {**reply, "text": "y", "rank": 2}]) == "y"
    assert best_reply([{**reply, "text": "x"}, {**reply, "text": "y", "rank": None}]) == "x"
    assert best_reply([{"role": "prompter", "text": "x"}]) is None and best_reply(None) is None


def test_an_output_that_stops_before_its_answer_is_empty():
    assert answer("Instruction in English: a Response in English: b") == ""
    assert (
        answer("Instruction in English: a Response in English: b Response in Tagalog (Filipino): Oo: hindi")
        == "Oo: hindi"
    )
    assert answer(None) is None


# the program ---------------------------------------------------------------------------------------------------------


def run_fetch(monkeypatch, folder, out, *more, adapter="aya", dataset=True):
    command = ["fetch_seeds", "--source", "own", "--adapter", adapter, "--benchmark-share", "0", "--seed", "1"]
    command += ["--dataset", str(folder)] if dataset else []
    monkeypatch.setattr(sys, "argv", [*command, "--out", str(out), *more])
    fetch_seeds.main()


def test_the_program_samples_masks_and_counts(monkeypatch, tmp_path):
    prompts = [f"Jak se jmenuje {place}. nejdelší řeka v naší zemi a kudy teče?" for place in range(40)]
    rows = [{"inputs": text, "targets": "Napište na jana@seznam.cz.", "language_code": "ces"} for text in prompts]
    rows += [{"inputs": "What is the longest river of this country?", "targets": "No.", "language_code": "ces"}] * 3
    put(tmp_path / "data", "train-0.parquet", rows)
    run_fetch(monkeypatch, tmp_path / "data", tmp_path / "own.parquet", "--languages", "cs", "--rows", '{"cs": 10}')
    counts = read_json(tmp_path / "own.counts.json")
    assert counts["seen"] == 43 == counts["kept"] + sum(counts["rejected"].values())
    assert counts["by_language"] == {"cs": 10} and counts["seen_by_language"] == {"cs": 43}
    assert counts["masked"] == {"cs": {"EMAIL": 10}}
    assert counts["rejected"]["sampled_out"] >= 30
    assert counts["rejects_held"] == len(read_parquet(tmp_path / "own.rejected.parquet"))
    kept = read_parquet(tmp_path / "own.parquet")
    assert set(kept["response"]) == {"Napište na [EMAIL]."} and set(kept["split"]) == {"train"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"languages": "de"}, "--source own: holds nothing in de"),
        ({"languages": "cs", "rows": '{"de": 1}'}, "--rows: no number for cs"),
        ({"languages": "cs", "adapter": "chatterbot"}, "--dataset: adapter chatterbot reads no data set"),
        ({"languages": "cs", "dataset": False}, "--dataset: adapter aya reads a data set"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(monkeypatch, tmp_path, more, words):
    put(tmp_path, "train-0.parquet", AYA)
    options = ["--languages", more.pop("languages")]
    options += ["--rows", more.pop("rows")] if "rows" in more else []
    with pytest.raises(InputError, match=words):
        run_fetch(monkeypatch, tmp_path, tmp_path / "out" / "own.parquet", *options, **more)
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_and_a_broken_file(monkeypatch, tmp_path):
    with pytest.raises(InputError, match=r"no file matches \*\*/\*\.parquet"):
        run_fetch(monkeypatch, tmp_path, tmp_path / "own.parquet", "--languages", "cs")
    (tmp_path / "data.parquet").write_bytes(b"PAR1 not")
    with pytest.raises(InputError, match=r"data\.parquet: not a whole parquet file"):
        run_fetch(monkeypatch, tmp_path, tmp_path / "own.parquet", "--languages", "cs")
