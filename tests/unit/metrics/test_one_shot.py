"""The one-shot gain: which answers a row is shown before, and what it saves, by hand."""

import math

import pandas as pd
import pytest

from polyglot.metrics.one_shot import POOL, Pair, chosen_before, one_shot_gains, people

FACTS = [Pair("¿Capital?", "Lima"), Pair("¿Río?", "Ebro"), Pair("¿Mar?", "Negro"), Pair("¿Día?", "Lunes")]


def test_the_gain_is_the_bits_a_byte_that_a_row_saves_on_the_answers_it_is_shown_before():
    shown = []

    def bits(conversations):
        shown.extend(pairs for pairs in conversations if len(pairs) == 2)
        return [8.0 if len(pairs) == 1 else {"good": 5.0, "bad": 9.0}[pairs[0].response] for pairs in conversations]

    gains = one_shot_gains([Pair("a", "good"), Pair("b", "bad")], FACTS[:2], 2, bits)
    assert gains == pytest.approx([(3 + 3) / (4 + 4), (-1 - 1) / (4 + 4)])
    assert len(shown) == 4 and {pairs[1] for pairs in shown} == set(FACTS[:2])


def test_no_row_is_shown_before_an_answer_to_its_own_prompt():
    assert {prompt: set(chosen_before(prompt, FACTS, 9)) for prompt in ("¿Río?", "otro")} == {
        "¿Río?": {0, 2, 3},
        "otro": {0, 1, 2, 3},
    }
    (gain,) = one_shot_gains([FACTS[0]], FACTS[:1], 2, lambda asked: [1.0] * len(asked))
    assert math.isnan(gain)


def test_the_prompt_alone_chooses_the_answers_and_prompts_choose_unlike():
    chosen = {prompt: tuple(chosen_before(prompt, FACTS, 2)) for prompt in map(str, range(40))}
    assert chosen == {prompt: tuple(chosen_before(prompt, FACTS, 2)) for prompt in map(str, range(40))}
    assert {place for places in chosen.values() for place in places} == {0, 1, 2, 3}
    assert len(set(chosen.values())) > 6


def test_an_answer_that_cannot_be_scored_counts_for_no_row():
    def bits(conversations):
        return [math.nan if pairs[-1].response == "Lima" else 8.0 - len(pairs) for pairs in conversations]

    assert one_shot_gains([Pair("a", "x")], FACTS[:2], 2, bits) == [pytest.approx(1 / 4)]
    assert math.isnan(one_shot_gains([Pair("a", "x")], FACTS[:1], 2, bits)[0])


def test_people_are_those_whose_answers_no_benchmark_asks(tmp_path):
    table = pd.DataFrame(
        {
            "language": ["es", "es", "es", "es", "ko"],
            "split": ["train", "benchmark", "train", "train", "train"],
            "prompt": ["a", "b", "c", "d", "가"],
            "response": ["sí", "no", None, " ", "네"],
        }
    )
    table.to_parquet(tmp_path / "seeds.parquet")
    assert people([tmp_path / "seeds.parquet"]) == {"es": [Pair("a", "sí")], "ko": [Pair("가", "네")]}
    many = pd.DataFrame({"prompt": list(map(str, range(200)))}).assign(language="es", split="train", response="sí")
    many.to_parquet(tmp_path / "many.parquet")
    assert len(people([tmp_path / "many.parquet"])["es"]) == POOL
