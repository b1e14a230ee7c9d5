"""Planted teachers: known damage of what people wrote, in every script."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.synthesis import plant_rows
from polyglot.synthesis.plant_rows import DAMAGES, damaged_answer, plant
from polyglot.synthesis.synthesise import ROW_COLUMNS

ANSWERS = [
    "Maynila ang kabisera ng Pilipinas at malaki ito.",
    "Hlavním městem Česka je Praha na řece Vltavě.",
    "日本の首都は東京です。",
    "عاصمة مصر هي القاهرة وهي مدينة كبيرة.",
    "Die Hauptstadt von Österreich ist Wien an der Donau.",
    "대한민국의 수도는 서울이며 큰 도시입니다.",
    "La capital de España es Madrid y es grande.",
    "Ibu kota Indonesia adalah Jakarta di pulau Jawa.",
]


def pairs(count=8):
    return [
        {
            "request_id": f"r{number}",
            "method": "public",
            "language": "es",
            "seed_ids": [f"s{number}"],
            "source_prompt": f"¿Pregunta {number}?",
            "source_response": f"{ANSWERS[number % 8]} {number}",
        }
        for number in range(count)
    ]


def changed(planted):
    return {
        before["request_id"]
        for before, after in zip(pairs(len(planted)), planted, strict=True)
        if before["source_response"] != after["source_response"]
    }


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_share_of_the_pairs_is_damaged_and_a_larger_share_damages_them_too(kind):
    weak, strong, whole = (changed(plant(pairs(40), kind, share, ["Apa kabar?"], 7)) for share in (0.1, 0.5, 1.0))
    assert (len(weak), len(strong), len(whole)) == (4, 20, 40)
    assert weak < strong < whole
    assert weak == changed(plant(pairs(40), kind, 0.1, ["Apa kabar?"], 7))
    prompts = [pair["source_prompt"] for pair in plant(pairs(40), kind, 0.5, ["Apa kabar?"], 7)]
    assert prompts == [pair["source_prompt"] for pair in pairs(40)]


def test_swapped_answers_are_answers_of_other_prompts():
    planted = plant(pairs(10), "swapped_answers", 0.4, [], 7)
    before = {pair["request_id"]: pair["source_response"] for pair in pairs(10)}
    assert sorted(pair["source_response"] for pair in planted) == sorted(before.values())
    assert len(changed(plant(pairs(10), "swapped_answers", 0.1, [], 7))) == 1


@pytest.mark.parametrize("text", ANSWERS)
def test_damage_keeps_to_the_words_or_the_characters_of_the_text(text):
    units = text.split() if " " in text else list(text)
    count = max(1, len(units) // 3)
    joint = " " if " " in text else ""
    shuffled = damaged_answer(text, "shuffled_words", 7, "r")
    assert sorted(shuffled.split() if joint else shuffled) == sorted(units) and shuffled != text
    first = joint.join(units[:count])
    assert damaged_answer(text, "cut_short", 7, "r") == first
    assert damaged_answer(text, "repeated", 7, "r").split(first) == ["", *[" "] * 5, ""]


def run(monkeypatch, tmp_path, *more):
    write_parquet(tmp_path / "requests.parquet", pd.DataFrame(pairs()))
    options = {"requests": tmp_path / "requests.parquet", "teacher": "cut", "language": "es", "trial": 1, "wanted": 6}
    options |= {"share": 0.5, "seed": 7, "out": tmp_path / "rows.parquet"}
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", ["plant_rows", *arguments, *more])
    plant_rows.main()
    return read_parquet(tmp_path / "rows.parquet", list(ROW_COLUMNS))


def test_rows_and_counts_are_those_of_a_teacher(monkeypatch, tmp_path):
    rows = run(monkeypatch, tmp_path, "--damage", "cut_short")
    assert rows["request_id"].tolist() == [f"r{number}" for number in range(6)] and (rows["teacher"] == "cut").all()
    assert (rows["response"] != [pair["source_response"] for pair in pairs(6)]).sum() == 3
    counts = read_json(tmp_path / "rows.counts.json")
    assert (counts["seen"], counts["kept"], counts["rejected"]) == (8, 6, {"surplus": 2})


def test_no_usable_pair_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(sys.modules[__name__], "pairs", lambda count=8: [EMPTY])
    with pytest.raises(InputError, match=r"requests.parquet: holds no pair"):
        run(monkeypatch, tmp_path, "--damage", "cut_short")


EMPTY = {"request_id": "r", "method": "public", "language": "es", "seed_ids": ["s"]}
EMPTY |= {"source_prompt": "", "source_response": "Sí, claro."}


def test_another_language_must_be_among_the_seeds(monkeypatch, tmp_path):
    seeds = [{"seed_id": "s", "language": "es", "split": "train", "response": "Sí."}]
    write_parquet(tmp_path / "seeds.parquet", pd.DataFrame(seeds))
    with pytest.raises(InputError, match=r"seeds.parquet: holds no answer in id"):
        run(
            monkeypatch,
            tmp_path,
            *("--damage", "other_language", "--other-language", "id", "--seeds", str(tmp_path / "seeds.parquet")),
        )
