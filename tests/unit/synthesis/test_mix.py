"""Equal parts, nested sizes, shortages and duplicates of a training set."""

import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.study.design import part
from polyglot.synthesis import mix as program
from polyglot.synthesis.mix import COLUMNS, NEEDED, equal_parts, mix

METHODS = ["generate", "respond", "translate"]


def rows(method, count, same=0):
    """`count` rows of a method, the first `same` of which say what those of other methods say."""
    return pd.DataFrame(
        [
            {
                "row_id": f"{method}-{number}",
                "request_id": f"q-{method}-{number}",
                "teacher": "tee",
                "language": "es",
                "method": method,
                "trial": 1,
                "seed_ids": [f"s{number}"],
                "prompt": f"prompt {number}" if number < same else f"{method} prompt {number}",
                "response": f"response {number}",
            }
            for number in range(count)
        ],
        columns=NEEDED,
    )


def tables(**counts):
    return {method: rows(method, count) for method, count in counts.items()}


def mixed(had, size, shortage="refuse", seed=1):
    givers = {method: list(table["teacher"].unique()) for method, table in had.items()}
    return mix(had, givers, size=size, shortage=shortage, seed=seed, cell="tee/es/mix-9/trial1")


def test_parts_by_hand():
    assert equal_parts(10, METHODS) == {"generate": 4, "respond": 3, "translate": 3}
    assert equal_parts(11, ["translate", "generate", "respond"]) == {"generate": 4, "respond": 4, "translate": 3}
    assert equal_parts(5, ["respond"]) == {"respond": 5}


@given(size=st.integers(1, 60000), count=st.integers(1, 3))
def test_parts_are_those_that_the_design_asks_of_teachers(size, count):
    methods = METHODS[:count]
    assert equal_parts(size, methods) == {method: part(size, methods, method) for method in methods}
    assert sum(equal_parts(size, methods).values()) == size


def test_exactly_the_size_in_equal_parts():
    result = mixed(tables(generate=9, respond=9, translate=9), 10)
    assert len(result.rows) == 10
    assert result.rows["row_id"].is_unique
    assert dict(result.rows["method"].value_counts()) == {"generate": 4, "respond": 3, "translate": 3}
    assert result.rows["method"].tolist() != sorted(result.rows["method"])  # shuffled


def test_refusing_names_all_that_is_needed():
    with pytest.raises(InputError) as refused:
        mixed(tables(generate=9, respond=2, translate=9), 9)
    for word in ("tee/es/mix-9/trial1", "respond", "had 2 rows", "3 are needed", "synthesis.oversampling"):
        assert word in str(refused.value)


def test_shrinking_keeps_the_parts_equal():
    result = mixed(tables(generate=9, respond=2, translate=9), 9, "shrink")
    assert result.parts == {"generate": 3, "respond": 2, "translate": 2}
    assert len(result.rows) == 7
    assert result.had == {"generate": 9, "respond": 2, "translate": 9}
    assert result.short == ["respond"]


def test_the_parts_of_a_shrunk_set_by_hand():
    assert mixed(tables(a=5, b=20, c=20), 60, "shrink").parts == {"a": 5, "b": 5, "c": 5}
    assert mixed(tables(a=20, b=20, c=5), 60, "shrink").parts == {"a": 6, "b": 6, "c": 5}  # c has none at its turn


def answers(teacher, count, rejected=()):
    """The rows of a teacher who answers each of `count` requests of each method but the `rejected` ones."""
    return {
        method: rows(method, count)
        .drop(index=list(rejected))
        .assign(
            teacher=teacher,
            row_id=lambda table: f"{teacher}-" + table["row_id"],
            response=lambda table: f"{teacher}: " + table["response"],
        )
        for method in METHODS
    }


def test_teachers_that_answer_everything_share_every_request_in_the_same_order():
    first, second = (mixed(answers(teacher, 30), 60).rows["request_id"].tolist() for teacher in ("tee", "bob"))
    assert first == second
    assert set(first) == {f"q-{method}-{number}" for method in METHODS for number in range(20)}


def test_a_reject_is_replaced_by_the_next_request():
    requests = set(mixed(answers("bob", 30, rejected=[0, 7]), 60).rows["request_id"])
    assert requests == {f"q-{method}-{number}" for method in METHODS for number in range(22) if number not in (0, 7)}


@given(more=st.lists(st.integers(0, 40), min_size=3, max_size=3), size=st.integers(1, 24))
def test_rows_made_for_a_larger_block_change_no_smaller_set(more, size):
    pool = {method: rows(method, 60, same=60) for method in METHODS}  # every method says the same: all are duplicates
    least = {method: pool[method].head(24) for method in METHODS}
    larger = {method: pool[method].head(24 + extra) for method, extra in zip(METHODS, more, strict=True)}
    pd.testing.assert_frame_equal(mixed(larger, size).rows, mixed(least, size).rows)


@pytest.mark.parametrize("shortage", ["refuse", "shrink"])
def test_a_method_without_rows_is_an_error(shortage):
    with pytest.raises(InputError, match="method translate had 0 rows"):
        mixed(tables(generate=9, respond=9, translate=0), 9, shortage)


def test_duplicates_across_methods_count_once():
    had = {method: rows(method, 6, same=2) for method in METHODS}
    result = mixed(had, 12)
    assert result.duplicates == 4
    assert result.parts == dict.fromkeys(METHODS, 4)
    assert not result.rows.duplicated(["prompt", "response"]).any()


def test_a_request_that_occurs_twice_is_refused():
    with pytest.raises(InputError, match="request_id occurs twice"):
        mixed({"generate": pd.concat([rows("generate", 3)] * 2)}, 3)


@settings(max_examples=60)
@given(
    counts=st.tuples(*[st.integers(1, 12)] * 3),
    small=st.integers(1, 40),
    more=st.integers(0, 20),
    shortage=st.sampled_from(["refuse", "shrink"]),
)
def test_sizes_are_nested_and_parts_equal(counts, small, more, shortage):
    had = {method: rows(method, count, same=2) for method, count in zip(METHODS, counts, strict=True)}
    try:
        larger = mixed(had, small + more, shortage)
    except InputError:
        return
    smaller = mixed(had, small, shortage)
    assert set(smaller.rows["row_id"]) <= set(larger.rows["row_id"])
    assert max(smaller.parts.values()) - min(smaller.parts.values()) <= 1
    turned = {method: had[method] for method in reversed(METHODS)}
    pd.testing.assert_frame_equal(mixed(turned, small, shortage).rows, smaller.rows)


def run_mix(monkeypatch, tmp_path, had, *more, size=6):
    for method, table in had.items():
        write_parquet(tmp_path / f"{method}.parquet", table)
    out = tmp_path / "data" / "trial1.parquet"
    arguments = ["--synthetic", *(f"{method}={tmp_path / method}.parquet" for method in had), "--teacher", "tee"]
    arguments += ["--language", "es", "--recipe", "mix", "--size", str(size), "--trial", "1", "--shortage", "shrink"]
    monkeypatch.setattr(sys, "argv", ["mix", *arguments, "--seed", "1", "--out", str(out), *more])
    program.main()
    return out


def test_the_program_writes_rows_and_counts_the_same_twice(monkeypatch, tmp_path):
    out = run_mix(monkeypatch, tmp_path, tables(respond=4, generate=1))
    made = read_parquet(out)
    assert list(made.columns) == COLUMNS
    assert set(made["recipe"]) == {"mix"}
    assert set(made["size"]) == {6}
    assert read_json(out.with_suffix(".counts.json")) == {
        "seen": 5,
        "kept": 2,
        "rejected": {"not_needed": 3},
        "wanted": 6,
        "had": {"generate": 1, "respond": 4},
        "parts": {"generate": 1, "respond": 1},
        "short": ["generate"],
    }
    before = out.read_bytes()
    run_mix(monkeypatch, tmp_path, tables(generate=1, respond=4))
    assert out.read_bytes() == before


def test_rows_of_another_teacher_are_refused(monkeypatch, tmp_path):
    with pytest.raises(InputError, match=r"generate\.parquet: column 'teacher' holds other values than 'tee'"):
        run_mix(monkeypatch, tmp_path, {"generate": rows("generate", 6).assign(teacher="bob")})
    with pytest.raises(InputError, match="METHOD=PATH"):
        run_mix(monkeypatch, tmp_path, tables(generate=6), "--synthetic", "nothing")
    assert not (tmp_path / "data").exists()
