"""Rows that a user brings, filed as those of a teacher: what is taken, what is left out, and why."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet
from polyglot.synthesis import give_rows
from polyglot.synthesis.synthesise import ROW_COLUMNS

PAIRS = {
    "s1": ("¿Qué es un mate?", "Una infusión."),
    "s2": ("¿Qué es una jota?", "Un baile de Aragón."),
    "s3": ("¿Qué es un pozole?", "Un caldo de maíz."),
    "s4": ("¿Y una cueca?", None),
    "s5": ("¿Y un joropo?", "Otro baile."),
}


def seeds(language="es"):
    rows = [
        {"seed_id": key, "language": language, "split": "train", "prompt": prompt, "response": response, "origin": key}
        for key, (prompt, response) in PAIRS.items()
    ]
    rows[4]["split"] = "benchmark"
    return pd.DataFrame(
        [*rows, {**rows[0], "seed_id": "id1", "language": "id", "prompt": "Apa itu mate?"}], dtype=object
    )


def rejects():
    foreign = {"seed_id": "s9", "language": "es", "split": None, "prompt": "What is it?", "response": "Tea, I think."}
    rows = [{**foreign, "origin": "a.csv#9", "reason": "wrong_language"}]
    rows.append(
        {**rows[0], "seed_id": "s8", "prompt": None, "response": None, "origin": "a.csv#8", "reason": "unreadable"}
    )
    return pd.DataFrame([*rows, {**rows[0], "seed_id": "id9", "language": "id"}], dtype=object)


def run(monkeypatch, folder, trial=1, wanted=9, language="es"):
    seeds().to_parquet(folder / "mine.parquet")
    rejects().to_parquet(folder / "mine.rejected.parquet")
    options = {"seeds": folder / "mine.parquet", "rejected": folder / "mine.rejected.parquet", "teacher": "my-data"}
    options |= {
        "language": language,
        "trial": trial,
        "wanted": wanted,
        "seed": 3,
        "out": folder / f"trial{trial}.parquet",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    monkeypatch.setattr(sys, "argv", ["give_rows", *words])
    give_rows.main()
    out = options["out"]
    return *(read_parquet(out.with_suffix(end)) for end in (".parquet", ".rejected.parquet")), out


def test_the_pairs_of_a_language_are_rows_and_everything_else_says_why(monkeypatch, tmp_path):
    rows, rejected, out = run(monkeypatch, tmp_path)
    assert {(row.prompt, row.response) for row in rows.itertuples()} == {PAIRS["s1"], PAIRS["s2"], PAIRS["s3"]}
    assert list(rows.columns) == list(ROW_COLUMNS) and set(rows["method"]) == {"given"}
    assert {tuple(ids) for ids in rows["seed_ids"]} == {("s1",), ("s2",), ("s3",)}
    counts = read_json(out.with_suffix(".counts.json"))
    reasons = {"held_out": 1, "no_response": 1, "wrong_language": 1, "unreadable": 1}
    assert counts["rejected"] == reasons and (counts["seen"], counts["kept"]) == (7, 3)
    assert dict(rejected["reason"].value_counts()) == reasons
    # fidelity judges the refused texts too
    assert rejected.set_index("reason").loc["wrong_language", "response"] == "Tea, I think."
    assert not {*rows["row_id"]} & {*rejected["row_id"]} and rejected["row_id"].is_unique


def test_a_smaller_set_is_the_beginning_of_a_larger_one_and_of_every_trial(monkeypatch, tmp_path):
    prompts = [
        list(run(monkeypatch, tmp_path, trial, wanted)[0]["prompt"]) for trial, wanted in ((1, 9), (1, 2), (2, 9))
    ]
    assert prompts[1] == prompts[0][:2] and prompts[2] == prompts[0]


def test_a_language_that_the_source_lacks_is_named(monkeypatch, tmp_path):
    with pytest.raises(InputError, match=r"mine\.parquet: holds no row in tl; take it out of the design"):
        run(monkeypatch, tmp_path, language="tl")
