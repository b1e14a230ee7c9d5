"""Rows of a mixture: who gives which request, parts, and what is refused."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.synthesis import mix as program
from polyglot.synthesis.mix import NEEDED, mix


def rows(teacher, *requests, method="respond", says=None):
    """The rows of a teacher that answers these requests, in this order; all say the same where `says` is given."""
    return pd.DataFrame(
        [
            {
                "row_id": f"{teacher}-{request}",
                "request_id": request,
                "teacher": teacher,
                "language": "es",
                "method": method,
                "trial": 1,
                "seed_ids": [f"s-{request}"],
                "prompt": says or f"prompt {request}",
                "response": says or f"{teacher} on {request}",
            }
            for request in requests
        ],
        columns=NEEDED,
    )


def given(size, *tables, shortage="refuse"):
    """Teacher → the requests that it answers in a mixture of these tables of one method."""
    joined = {"respond": pd.concat(tables, ignore_index=True)}
    givers = {"respond": list(dict.fromkeys(joined["respond"]["teacher"]))}
    mixture = mix(joined, givers, size=size, shortage=shortage, seed=1, cell="both/es/respond-5/trial1")
    return mixture, mixture.rows.groupby("teacher")["request_id"].agg(sorted).to_dict()


def test_teachers_take_turns_over_the_same_requests_and_the_first_named_gives_the_remainder():
    _, of_teacher = given(5, rows("zoe", *"abcdef"), rows("ann", *"abcdef"))
    assert of_teacher == {"zoe": ["a", "c", "e"], "ann": ["b", "d"]}
    _, of_three = given(7, rows("zoe", *"abcdefg"), rows("ann", *"abcdefg"), rows("bob", *"abcdefg"))
    assert of_three == {"zoe": ["a", "d", "g"], "ann": ["b", "e"], "bob": ["c", "f"]}


def test_a_request_that_a_teacher_lacks_goes_to_the_other_and_none_is_answered_twice():
    _, of_teacher = given(6, rows("zoe", *"cdef"), rows("ann", *"abcdef"))
    assert of_teacher == {"zoe": ["c", "d", "e"], "ann": ["a", "b", "f"]}


def test_a_smaller_mixture_is_part_of_a_larger_one():
    tables = rows("zoe", *"abcdef"), rows("ann", *"bcdefg")
    small, large = (set(given(size, *tables)[0].rows["row_id"]) for size in (3, 6))
    assert small == {"zoe-a", "ann-b", "zoe-c"}
    assert small < large


def test_each_method_is_shared_in_equal_parts():
    methods, teachers = ("generate", "respond", "translate"), ["zoe", "ann", "bob"]  # as many of both
    tables = {
        method: pd.concat(
            [rows(teacher, *(f"{method}{number}" for number in range(9)), method=method) for teacher in teachers],
            ignore_index=True,
        )
        for method in methods
    }
    givers = {method: teachers for method in methods}
    mixture = mix(tables, givers, size=18, shortage="refuse", seed=1, cell="both/es/mix-18/trial1")
    assert mixture.rows.groupby(["method", "teacher"]).size().to_dict() == {
        (method, teacher): 2 for method in methods for teacher in teachers
    }
    assert mixture.parts == {"generate": 6, "respond": 6, "translate": 6}


def test_of_texts_that_both_teachers_write_the_second_is_passed_over():
    mixture, of_teacher = given(3, rows("zoe", "a", says="same"), rows("ann", "b", says="same"), shortage="shrink")
    assert of_teacher == {"zoe": ["a"]}
    assert (mixture.duplicates, mixture.short) == (1, ["respond"])


def test_a_teacher_without_rows_left_ends_the_mixture():
    with pytest.raises(InputError, match=r"both/es/respond-5/trial1: method respond had 6 rows, 6 are needed"):
        given(6, rows("zoe", "a"), rows("ann", *"bcdef"))
    mixture, of_teacher = given(6, rows("zoe", "a"), rows("ann", *"bcdef"), shortage="shrink")
    assert of_teacher == {"zoe": ["a"], "ann": ["b"]}
    assert mixture.short == ["respond"]


def run_mix(monkeypatch, tmp_path, tables, mixture, *more):
    files = []
    for number, (method, table) in enumerate(tables):
        write_parquet(tmp_path / f"{number}.parquet", table)
        files.append(f"{method}={tmp_path / str(number)}.parquet")
    out = tmp_path / "data/trial1.parquet"
    settings = ["--language", "es", "--recipe", "respond", "--size", "3", "--trial", "1", "--shortage", "refuse"]
    arguments = [
        "--synthetic",
        *files,
        "--teacher",
        "both",
        "--mixture",
        *mixture,
        *more,
        *settings,
        "--seed",
        "1",
        "--out",
        str(out),
    ]
    monkeypatch.setattr(sys, "argv", ["mix", *arguments])
    program.main()
    return out


def test_the_program_keeps_who_wrote_each_row_and_counts_all_that_it_saw(monkeypatch, tmp_path):
    tables = [("respond", rows("zoe", *"abc")), ("respond", rows("ann", *"abcd"))]
    out = run_mix(monkeypatch, tmp_path, tables, ["zoe", "ann"])
    made = read_parquet(out)
    assert set(zip(made["row_id"], made["teacher"], strict=True)) == {
        ("zoe-a", "zoe"),
        ("ann-b", "ann"),
        ("zoe-c", "zoe"),
    }
    assert read_json(out.with_suffix(".counts.json")) == {
        "seen": 7,
        "kept": 3,
        "rejected": {"not_needed": 4},
        "wanted": 3,
        "had": {"respond": 7},
        "parts": {"respond": 3},
        "short": [],
        "teachers": {"ann": 1, "zoe": 2},
    }


def test_tables_that_are_not_those_of_the_teachers_are_refused(monkeypatch, tmp_path):
    zoe, ann = ("respond", rows("zoe", *"abc")), ("respond", rows("ann", *"abc"))
    with pytest.raises(InputError, match=r"0\.parquet: column 'teacher' holds other values than 'ann'"):
        run_mix(monkeypatch, tmp_path, [zoe, ann], ["ann", "zoe"])
    with pytest.raises(InputError, match="--synthetic respond: has no table of ann; add METHOD=PATH"):
        run_mix(monkeypatch, tmp_path, [zoe], ["zoe", "ann"])
    with pytest.raises(InputError, match="each method once for each teacher"):
        run_mix(monkeypatch, tmp_path, [zoe, ann, ann], ["zoe", "ann"])


def test_a_screen_gives_all_rows_of_a_method_to_the_teacher_that_it_puts_first(monkeypatch, tmp_path):
    lines = [
        "language,method,teacher,predictor,rows,value",
        "es,respond,zoe,z_all,9,-0.5",
        "es,respond,ann,z_all,9,0.5",
    ]
    (tmp_path / "screen.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    tables = [("respond", rows("zoe", *"abcd")), ("respond", rows("ann", *"abcd"))]
    out = run_mix(monkeypatch, tmp_path, tables, ["zoe", "ann"], "--chosen-by", str(tmp_path / "screen.csv"))
    assert sorted(read_parquet(out)["row_id"]) == ["ann-a", "ann-b", "ann-c"]
    counts = read_json(out.with_suffix(".counts.json"))
    assert (counts["seen"], counts["had"], counts["teachers"]) == (8, {"respond": 4}, {"ann": 3})
