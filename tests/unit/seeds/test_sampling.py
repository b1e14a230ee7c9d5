"""Samples of streams: order, head and chunking mean nothing; every row is counted once; memory has a bound."""

import tracemalloc
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyglot.core.identity import comparable
from polyglot.seeds import sampling
from polyglot.seeds.sampling import Pool
from polyglot.seeds.seed_table import collect
from polyglot.seeds.source_adapter import RawRow

SETTINGS = {"benchmark_share": 0.0, "seed": 5, "max_characters": 60}
GOOD = [
    "Jaká řeka je nejdelší v Česku?",
    "JAKÁ řeka je nejdelší v Česku",
    "Kdy se narodil Karel Čapek?",
    "Co je to houska?",
]
BAD = ["What is the longest river of this country?", "", None, "x" * 61]
rows = st.builds(
    lambda language, prompt, response, place, left_out: RawRow(
        language, prompt, response, f"f#{place}", left_out=left_out
    ),
    st.sampled_from(["cs", "sk"]),
    st.sampled_from([*GOOD, *BAD, "Proč prší?", "proč prší", "PROČ PRŠÍ!"]),
    st.sampled_from(["Ano.", "ano", "ANO!"]),
    st.integers(0, 3),
    st.sampled_from([None, None, None, "toxic"]),
)


@settings(max_examples=40)
@given(
    raw=st.lists(rows, max_size=40),
    limit=st.integers(1, 6),
    seed=st.integers(0, 99),
    order=st.randoms(use_true_random=False),
)
def test_a_sample_is_a_function_of_the_set_of_rows(raw, limit, seed, order):
    limits, options = {"cs": limit, "sk": 2}, {**SETTINGS, "seed": seed}
    seeds = collect(raw, "own", rows=limits, **options)
    mixed = list(raw)
    order.shuffle(mixed)
    again = collect(mixed, "own", rows=limits, **options)
    pd.testing.assert_frame_equal(seeds.kept, again.kept)
    pd.testing.assert_frame_equal(seeds.rejected, again.rejected)
    assert (seeds.reasons, seeds.seen, seeds.masked) == (again.reasons, again.seen, again.masked)
    # every row is counted once, and rejects are held with their texts
    assert sum(seeds.seen.values()) == len(raw) == len(seeds.kept) + seeds.reasons.total()
    held = Counter(seeds.rejected["reason"])
    assert held == Counter(
        {key: number for key, number in seeds.reasons.items() if key not in ("sampled_out", "toxic")}
    )
    # as many as are wanted, or all good ones where there are fewer
    every = collect(raw, "own", **SETTINGS)
    for language, wanted in limits.items():
        good = (every.kept["language"] == language).sum()
        assert (seeds.kept["language"] == language).sum() == min(wanted, good)
    assert "sampled_out" not in every.reasons


@settings(max_examples=15)
@given(raw=st.lists(rows, max_size=30), limit=st.integers(1, 5))
def test_smaller_samples_are_part_of_larger_ones(raw, limit):
    small, large = (collect(raw, "own", rows={"cs": n, "sk": n}, **SETTINGS) for n in (limit, limit + 1))
    assert {comparable(item) for item in small.kept["prompt"]} <= {comparable(item) for item in large.kept["prompt"]}


def test_the_head_weighs_no_more_than_the_end_and_the_seed_decides():
    raw = [
        RawRow("es", f"¿Cuántos son {place} libros y un cuaderno?", "Muchos.", f"f#{place}") for place in range(1000)
    ]
    chosen = [collect(raw, "own", rows={"es": 200}, **{**SETTINGS, "seed": seed}) for seed in (1, 2)]
    places = [sorted(int(origin[2:]) for origin in seeds.kept["origin"]) for seeds in chosen]
    for item in places:
        assert 430 < sum(item) / 200 < 570  # 499.5 with a standard error of 18
    assert len(set(places[0]) & set(places[1])) < 65  # 40 are expected


def test_a_rank_may_come_again_and_a_replaced_key_leaves_the_heap():
    pool = Pool(2, order=lambda item: (item["name"],))
    for rank, key, name in [(9, "a", "a2"), (8, "b", "b8"), (3, "a", "a3"), (5, "c", "c5"), (3, "a", "a4")]:
        pool.seen += 1
        if rank <= pool.threshold:
            pool.keep(rank, key, {"name": name})
    assert pool.kept == {"a": (3, {"name": "a3"}), "c": (5, {"name": "c5"})}
    assert pool.threshold == 5
    # a2 and b8 rank above 5; a4 comes after a3, of the same rank
    assert pool.reasons() == {"sampled_out": 2, "duplicate": 1}
    assert [item["name"] for item in pool.rejects()] == ["a4"]


def test_rejects_are_held_by_rank_and_all_counted(monkeypatch):
    monkeypatch.setattr(sampling, "HELD", 5)
    pool = Pool(3, order=lambda item: (item["name"],))
    for rank in range(40, 0, -1):
        pool.seen += 1
        pool.reject(rank, "empty", {"name": rank})
    assert pool.reasons() == {"empty": 40}
    assert [item["name"] for item in pool.rejects()] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("prompt", ["{} je číslo řádku, který si přejeme.", "{} is the number of a line that we want."])
def test_memory_is_bounded(monkeypatch, prompt):
    monkeypatch.setattr(sampling, "HELD", 100)
    monkeypatch.setattr(
        "polyglot.seeds.seed_table.in_language", lambda text, code: "line" not in text
    )  # the model's own memory is not ours

    def stream(length):
        return (RawRow("cs", prompt.format(place) * 30, None, f"f#{place}") for place in range(length))

    peaks = []
    for length in (300, 1500):
        tracemalloc.start()
        collect(stream(length), "own", rows={"cs": 100}, **{**SETTINGS, "max_characters": 4000})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
