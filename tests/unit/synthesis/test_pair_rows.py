"""Pairs that exist already, filed as the rows of a teacher."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.synthesis import pair_rows
from polyglot.synthesis.pair_rows import from_requests
from polyglot.synthesis.synthesise import ROW_COLUMNS

TEXTS = [
    ("Ano ang kabisera ng Pilipinas?", "Maynila ang kabisera ng Pilipinas."),
    ("Jaké je hlavní město Česka?", "Hlavním městem Česka je Praha."),
    ("日本の首都はどこですか。", "日本の首都は東京です。"),
    ("ما هي عاصمة مصر؟", "عاصمة مصر هي القاهرة."),
]


def requests(texts=TEXTS, method="public", language="tl"):
    return [
        {
            "request_id": f"r{number}",
            "method": method,
            "language": language,
            "seed_ids": [f"s{number}"],
            "source_prompt": prompt,
            "source_response": response,
            "demonstrations": [],
        }
        for number, (prompt, response) in enumerate(texts)
    ]


def test_the_first_pairs_are_kept_and_the_others_say_why():
    texts = [*TEXTS[:2], ("Sino?", None), ("Sino ka?", "SINO KA"), TEXTS[0], *TEXTS[2:]]
    kept, rejected = from_requests(requests(texts), teacher="public", trial=2, wanted=3)
    assert [(row["prompt"], row["response"]) for row in kept] == TEXTS[:3]
    assert [row["reason"] for row in rejected] == ["empty", "copied", "duplicate", "surplus"]
    assert [row["request_id"] for row in rejected] == ["r2", "r3", "r4", "r6"]
    assert {row["teacher"] for row in kept} == {"public"} and {row["trial"] for row in kept} == {2}
    assert kept[0]["seed_ids"] == ["s0"] and kept[0]["method"] == "public" and kept[0]["language"] == "tl"


def test_rows_of_another_trial_have_other_ids_and_the_same_texts():
    from_request, other = (from_requests(requests(), teacher="public", trial=trial, wanted=9)[0] for trial in (1, 2))
    assert {row["row_id"] for row in from_request} & {row["row_id"] for row in other} == set()
    assert [row["prompt"] for row in from_request] == [row["prompt"] for row in other]


def run(monkeypatch, folder, rows, **changes):
    write_parquet(folder / "public.parquet", pd.DataFrame(rows))
    options = {"requests": folder / "public.parquet", "teacher": "public", "language": "tl", "method": "public"}
    options |= {"trial": 1, "wanted": 2, "out": folder / "trial1.parquet"} | changes
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", ["pair_rows", *words])
    pair_rows.main()


def test_the_program_leaves_the_files_of_a_teacher(monkeypatch, tmp_path):
    run(monkeypatch, tmp_path, requests())
    rows, rejected = (read_parquet(tmp_path / f"trial1{end}.parquet") for end in ("", ".rejected"))
    assert list(rows.columns) == list(ROW_COLUMNS) and list(rejected.columns) == [*ROW_COLUMNS, "reason", "text"]
    assert list(rejected["text"]) == [response for _, response in TEXTS[2:]]
    counts = read_json(tmp_path / "trial1.counts.json")
    assert counts["seen"] == 4 and counts["kept"] == 2 and counts["rejected"] == {"surplus": 2}
    assert counts["wanted"] == 2 and counts["cost_usd"] == 0


def test_a_table_of_another_language_or_without_pairs_is_named(monkeypatch, tmp_path):
    with pytest.raises(InputError, match=r"public\.parquet: column 'language' holds other values than 'es'"):
        run(monkeypatch, tmp_path, requests(), language="es")
    with pytest.raises(InputError, match=r"public\.parquet: holds no pair"):
        run(monkeypatch, tmp_path, requests([("Sino?", "")]))
