"""Which prompts teachers are asked about, and with which demonstrations."""

import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.synthesis import select_requests
from polyglot.synthesis.select_requests import COLUMNS, parallel_rows, select, usable_rows


def seed(number, language="es", split="train", **more):
    row = {
        "seed_id": f"{language}{number:03}",
        "language": language,
        "split": split,
        "prompt": f"{language} pregunta {number}",
        "response": f"{language} respuesta {number}",
        "parallel_id": None,
    }
    return {**row, **more}


def table(*rows):
    return pd.DataFrame(
        rows, columns=["seed_id", "language", "split", "prompt", "response", "parallel_id"], dtype=object
    )


def many(language="es", count=10, split="train", **more):
    return [seed(number, language, split, **more) for number in range(count)]


PARALLEL = table(
    *(seed(n, code, parallel_id=f"p{n}") for code in ("es", "en") for n in range(4)),
    *(seed(n, "en") for n in range(4, 12)),
)


def chosen(seeds, method, count=6, examples=2, study=1, language="es"):
    return select(seeds, language, method, count=count, examples=examples, seed=study)


def test_generate_shows_every_row_before_any_twice():
    made = chosen(table(*many(count=6)), "generate", count=6, examples=3).table
    assert list(made.columns) == COLUMNS
    assert made["source_prompt"].isna().all()
    firsts = [*made["seed_ids"][0], *made["seed_ids"][1]]
    assert sorted(firsts) == [f"es{number:03}" for number in range(6)]
    assert made["request_id"].is_unique
    assert len({tuple(sorted(ids)) for ids in made["seed_ids"]}) > 2  # later rounds make other groups


def test_respond_asks_each_prompt_once_and_never_shows_it():
    result = chosen(table(*many(count=5), seed(9, prompt="ES PREGUNTA 1!")), "respond", count=20)
    assert sorted(result.table["source_prompt"]) == [f"es pregunta {number}" for number in range(5)]
    assert result.usable == 5
    assert result.reasons == ["same_prompt"]
    for row in result.table.itertuples():
        assert len(row.demonstrations) == 2
        assert row.source_prompt not in [demonstration["prompt"] for demonstration in row.demonstrations]
        assert len(set(row.seed_ids)) == len(row.seed_ids) == 3


def test_translate_takes_english_prompts_and_parallel_demonstrations():
    result = chosen(PARALLEL, "translate", count=12, examples=3)
    assert len(result.table) == 12
    assert set(result.table["source_prompt"]) == {f"en pregunta {number}" for number in range(12)}
    assert result.demonstrations == 4
    for row in result.table.itertuples():
        assert len(row.demonstrations) == 3
        for demonstration in row.demonstrations:
            assert demonstration["english"] == demonstration["prompt"].replace("es", "en", 1)
            assert demonstration["english"] != row.source_prompt


def test_translate_without_parallel_rows_has_no_demonstrations():
    made = chosen(table(*many(), *many("en")), "translate").table
    assert [list(shown) for shown in made["demonstrations"]] == [[]] * 6


def test_held_out_prompts_are_never_used():
    seeds = table(*many(count=4), *many(count=3, split="benchmark"), seed(7, prompt="es pregunta 2?"))
    rows, reasons = usable_rows(seeds, "es")
    assert [row["prompt"] for row in rows] == ["es pregunta 3"]  # 0, 1, 2 stand on the benchmark side of another source
    assert sorted(reasons) == ["held_out"] * 4
    held = seed(1, "en", "benchmark", parallel_id="p1")
    assert parallel_rows(table(seed(1, parallel_id="p1"), held), "es") == []


def test_rows_with_an_answer_are_shown_before_rows_without():
    seeds = table(*many(count=3), *(seed(n, response=None) for n in range(3, 9)))
    shown = {item["prompt"] for row in chosen(seeds, "generate").table["demonstrations"] for item in row}
    assert shown == {f"es pregunta {number}" for number in range(3)}
    only = chosen(table(*many(count=4, response=None)), "generate").table
    assert only["demonstrations"][0][0]["response"] is None


def test_small_pools_end():
    made = chosen(table(*many(count=2)), "respond", examples=5).table
    assert [len(shown) for shown in made["demonstrations"]] == [1, 1]


@settings(max_examples=30)
@given(
    method=st.sampled_from(["generate", "respond", "translate"]),
    small=st.integers(0, 8),
    order=st.randoms(use_true_random=False),
)
def test_shorter_lists_begin_longer_ones_and_order_changes_nothing(method, small, order):
    rows = PARALLEL.to_dict("records")
    order.shuffle(rows)
    whole = chosen(PARALLEL, method, count=9).table
    pd.testing.assert_frame_equal(chosen(table(*rows), method, count=9).table, whole)
    assert list(chosen(PARALLEL, method, count=small).table["request_id"]) == list(whole["request_id"][:small])


def test_another_seed_gives_another_order():
    item, other = (chosen(table(*many()), "respond", count=10, study=number).table for number in (1, 2))
    assert list(item["source_prompt"]) != list(other["source_prompt"])


def test_nothing_to_ask_about_is_an_error():
    with pytest.raises(InputError, match="'en'; add a source"):
        chosen(table(*many()), "translate")
    with pytest.raises(InputError, match="--examples"):
        chosen(table(*many()), "generate", examples=0)
    with pytest.raises(InputError, match="generate, nllb-both, nllb-respond, public, respond, translate"):
        chosen(table(*many()), "paraphrase")


def test_where_prompts_run_out_they_are_asked_again_with_other_demonstrations():
    made = select(table(*many(count=4)), "es", "respond", count=11, examples=1, rounds=2, seed=1).table
    assert len(made) == 8  # no prompt is asked a third time
    once, again = made[:4], made[4:]
    assert set(once["source_prompt"]) == set(again["source_prompt"]) and len(set(once["source_prompt"])) == 4
    assert made["request_id"].is_unique
    shorter = select(table(*many(count=4)), "es", "respond", count=3, examples=1, rounds=2, seed=1).table
    assert list(shorter["request_id"]) == list(made["request_id"][:3])


def test_every_way_of_translating_starts_from_the_same_prompts():
    made = {name: chosen(PARALLEL, name, count=9).table for name in ("translate", "nllb-respond", "nllb-both")}
    prompts = [list(item["source_prompt"]) for item in made.values()]
    assert prompts[0] == prompts[1] == prompts[2]
    assert len({request for item in made.values() for request in item["request_id"]}) == 27
    # what a teacher then sees are examples in the language, without their English
    shown = made["nllb-respond"]["demonstrations"][0]
    assert [item["prompt"][:2] for item in shown] == ["es", "es"] and shown[0]["english"] is None
    assert set(made["nllb-respond"]["source_response"]) == {None}
    # the response goes with the prompt, and nobody is shown anything
    both = made["nllb-both"]
    expected = [text.replace("pregunta", "respuesta") for text in both["source_prompt"]]
    assert list(both["source_response"]) == expected and {
        len(demonstration) for demonstration in both["demonstrations"]
    } == {0}


def test_public_takes_the_languages_pairs_once_and_counts_what_has_no_response():
    seeds = table(*many(count=4), seed(7, response=None), seed(8, response=""), *many("en", 3))
    result = select(seeds, "es", "public", count=20, examples=2, rounds=3, seed=1)
    assert sorted(result.table["source_prompt"]) == [f"es pregunta {number}" for number in range(4)]
    assert result.reasons == ["no_response"] * 2 and result.usable == 4 and result.seen == 6


def run_select(monkeypatch, tmp_path, method, count):
    write_parquet(tmp_path / "a.parquet", PARALLEL)
    out = tmp_path / f"{method}.parquet"
    arguments = ["--seeds", tmp_path / "a.parquet", "--language", "es", "--method", method, "--count", count]
    arguments += ["--examples", 2, "--seed", 1, "--out", out]
    monkeypatch.setattr(sys, "argv", ["select_requests", *map(str, arguments)])
    select_requests.main()
    return read_parquet(out, COLUMNS), read_json(out.with_suffix(".counts.json"))


def test_the_program_says_what_it_fell_short_of(monkeypatch, tmp_path):
    made, counts = run_select(monkeypatch, tmp_path, "respond", 10)
    assert len(made) == 4
    assert counts == {
        "seen": 4,
        "kept": 4,
        "rejected": {},
        "wanted": 10,
        "requests": 4,
        "short": 6,
        "demonstration_rows": 4,
    }
    assert made["demonstrations"][0][0].keys() == {"english", "prompt", "response"}


def test_no_requests_wanted_is_an_empty_table(monkeypatch, tmp_path):
    made, counts = run_select(monkeypatch, tmp_path, "generate", 0)
    assert len(made) == counts["requests"] == counts["short"] == 0


def test_a_table_without_a_column_is_named(monkeypatch, tmp_path):
    write_parquet(tmp_path / "b.parquet", PARALLEL.drop(columns="split"))
    arguments = ["--seeds", str(tmp_path / "b.parquet"), "--language", "es", "--method", "respond", "--count", "1"]
    monkeypatch.setattr(
        sys,
        "argv",
        ["select_requests", *arguments, "--examples", "1", "--seed", "1", "--out", str(tmp_path / "o.parquet")],
    )
    with pytest.raises(InputError, match=r"b\.parquet: column 'split' is missing"):
        select_requests.main()
