"""Options scored as texts after a context: layout of examples, normalisations, macro F1, records, counts."""

import json

import numpy as np
import pytest

from polyglot.core.engine import prepare_environment
from polyglot.core.errors import InputError
from polyglot.core.files import write_jsonl
from polyglot.evaluation.asking import evaluate
from polyglot.evaluation.items import Benchmark, items_digest, parse_benchmarks, read_benchmark
from polyglot.evaluation.macro_f1 import macro_f1
from tests.conftest import ROOT

TASKS = ROOT / "resources/tasks"


def records(answers, scores):
    return [{"answer": answer, "scores": part} for answer, part in zip(answers, scores, strict=True)]


def test_a_constant_answer_to_a_balanced_task_has_one_third():
    score, error = macro_f1(records([0, 1] * 50, [[-1.0, -2.0]] * 100))
    assert score == pytest.approx(1 / 3)
    assert 0.01 < error < 0.05  # accuracy would have 0.05
    assert macro_f1(records([0, 1, 2, 3], [[0.0, -1, -1, -1]] * 4))[0] == pytest.approx(0.1)


def test_macro_f1_by_hand():
    # three zeros of which two are found, one 1 that is found: F1 4/5 and 2/3
    score, error = macro_f1(records([0, 0, 0, 1], [[2, 1], [2, 1], [1, 2], [1, 2]]))
    assert score == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert error > 0
    assert macro_f1(records([1], [[1, 2]])) == (1.0, None)
    # both options of one likelihood: each is half predicted. F1 of 0: 2 · 0.5 / (1 + 0.5), of 1: 2 · 1 / (1 + 1.5)
    assert macro_f1(records([0, 1], [[1, 1], [1, 2]]))[0] == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_without_spread_the_error_is_no_zero():
    # of 20 items none is wrong: up to 1 - 0.025 ** (1 / 20) = 0.168 could be
    assert macro_f1(records([0, 1] * 10, [[1, 0], [0, 1]] * 10)) == (1.0, pytest.approx(0.1684 / 1.96, abs=1e-4))


def test_the_error_of_macro_f1_is_that_of_repeated_sampling():
    random = np.random.default_rng(5)

    def sample():
        answers = random.integers(0, 2, 200)
        right = random.random(200) < np.where(answers == 0, 0.9, 0.6)
        return records(
            answers.tolist(), [[1, 0] if (a == 0) == r else [0, 1] for a, r in zip(answers, right, strict=True)]
        )

    results = [macro_f1(sample()) for _ in range(200)]
    spread = np.std([score for score, _ in results])
    assert np.mean([error for _, error in results]) == pytest.approx(spread, rel=0.2)


def letters_model(likelihood, max_length=10_000):
    """A model of lm-eval whose tokens are characters; `likelihood(context, option)`."""
    prepare_environment()
    from lm_eval.api.model import LM

    class Letters(LM):
        def __init__(self):
            super().__init__()
            self.asked, self.max_length = [], max_length

        def tok_encode(self, text):
            return list(text)

        def loglikelihood(self, requests, disable_tqdm=False):
            self.asked += [request.args for request in requests]
            return [(likelihood(*request.args), False) for request in requests]

        def generate_until(self, requests, disable_tqdm=False):
            raise AssertionError("nothing is written out")

        loglikelihood_rolling = generate_until

    return Letters()


ITEMS = [
    {"item_id": "rain", "question": "비가 온다. 그래서", "options": ["우산을 쓴다.", "잔다."], "answer": 0},
    {"item_id": "night", "question": "밤이다. 그래서", "options": ["달린다.", "잠을 푹 잔다."], "answer": 1},
]
SHOWN = [
    {"item_id": "a", "question": "목마르다. 그래서", "options": ["마신다.", "먹는다."], "answer": 0},
    {"item_id": "b", "question": "배고프다. 그래서", "options": ["마신다.", "먹는다."], "answer": 1},
]


def benchmark(folder, shots=0, items=ITEMS, shown=SHOWN, **more):
    drawn = [["b", "a"], ["a", "b"]]
    own = [item | {"shots": names[:shots]} for item, names in zip(items, drawn, strict=True)] if shots else items
    write_jsonl(folder / "items.jsonl", own)
    write_jsonl(folder / "shots.jsonl", shown)
    entry = {"benchmark": "copa", "formulation": "continuation", "metric": "accuracy", "shots": shots}
    (parsed,) = parse_benchmarks(
        [{**entry, "items": str(folder / "items.jsonl"), "shot_items": str(folder / "shots.jsonl"), **more}]
    )
    return parsed


def ask(lm, asked):
    ((content, records),) = evaluate(lm, [asked], language="ko", tasks=TASKS)
    return content, records


def test_the_option_of_the_highest_likelihood_is_the_answer(tmp_path):
    lm = letters_model(lambda context, option: -float(len(option)))
    content, (rain, night) = ask(lm, benchmark(tmp_path))
    assert lm.asked[0] == ("비가 온다. 그래서", " 우산을 쓴다.")
    assert rain["loglikelihoods"] == rain["scores"] == [-8.0, -4.0]
    assert (rain["prediction"], rain["correct"], rain["shots"], rain["options"]) == (1, False, 0, ITEMS[0]["options"])
    assert (night["prediction"], night["correct"]) == (0, False)
    assert (content["score"], content["macro_f1"], content["chance"]) == (0.0, 0.0, 0.5)
    assert (content["n"], content["unread"], content["fewer_shots"], content["normalise"]) == (2, [], 0, "none")


def test_by_characters_a_longer_option_is_not_less_likely(tmp_path):
    lm = letters_model(lambda context, option: -6.0)
    content, (rain, night) = ask(lm, benchmark(tmp_path, normalise="characters"))
    assert rain["scores"] == [-6 / 7, -6 / 3] and night["scores"] == [-6 / 4, -6 / 8]
    assert (content["score"], content["macro_f1"], content["normalise"]) == (1.0, 1.0, "characters")


def test_what_an_option_is_without_its_context_is_subtracted(tmp_path):
    usual = {" 우산을 쓴다.": -9.0, " 잔다.": -1.0, " 달린다.": -2.0, " 잠을 푹 잔다.": -8.0}
    lm = letters_model(lambda context, option: usual[option] + (2.0 if context and option[1] in "우달" else 0.0))
    content, (rain, night) = ask(lm, benchmark(tmp_path, normalise="unconditional"))
    assert rain["loglikelihoods"] == [-7.0, -1.0] and rain["unconditional"] == [-9.0, -1.0]
    assert rain["scores"] == [2.0, 0.0] and (rain["prediction"], rain["correct"]) == (0, True)
    assert night["scores"] == [2.0, 0.0] and content["score"] == 0.5
    assert content["macro_f1"] == pytest.approx(1 / 3)


A, B = "목마르다. 그래서 마신다.", "배고프다. 그래서 먹는다."  # 14 characters each


def test_examples_stand_before_the_question_in_the_order_of_the_item(tmp_path):
    lm = letters_model(lambda context, option: 0.0)
    _, (rain, night) = ask(lm, benchmark(tmp_path, shots=2))
    assert rain["prompt"] == f"{B}\n\n{A}\n\n비가 온다. 그래서"
    assert night["prompt"] == f"{A}\n\n{B}\n\n밤이다. 그래서"
    assert rain["shots"] == 2


@pytest.mark.parametrize(
    ("context", "shown"),
    # "비가 온다. 그래서" has 10 characters, its longest option 7 with a space before it, each example 14 and 2 after it
    [(51, 2), (50, 1), (35, 1), (34, 0), (19, 0), (18, None)],
)
def test_as_many_examples_as_fit(tmp_path, context, shown):
    lm = letters_model(lambda context, option: 0.0, max_length=context)
    content, answers = ask(lm, benchmark(tmp_path, shots=2, fewer_shots=True, items=ITEMS))
    by_id = {record["item_id"]: record["shots"] for record in answers}
    assert by_id.get("rain") == shown
    assert content["unread"] == ([] if shown is not None else ["rain"])
    assert content["n"] == len(answers) == 2 - len(content["unread"])
    assert content["fewer_shots"] == sum(shots < 2 for shots in by_id.values())


def test_without_the_setting_an_item_with_too_long_examples_is_not_read(tmp_path):
    lm = letters_model(lambda context, option: 0.0, max_length=50)
    content, answers = ask(lm, benchmark(tmp_path, shots=2))
    # "밤이다. 그래서" has 8 characters and 8 in its longest option: 49
    assert content["unread"] == ["rain"] and [record["item_id"] for record in answers] == ["night"]
    assert content["items_sha256"] == items_digest(*read_benchmark(benchmark(tmp_path, shots=2), None))


def test_a_model_that_can_read_nothing_has_no_score(tmp_path):
    content, answers = ask(letters_model(lambda context, option: 0.0, max_length=12), benchmark(tmp_path))
    assert answers == [] and (content["n"], content["score"]) == (0, None)
    assert content["reason"] == "none of 2 items fits the model's context of 12 tokens"
    assert content["unread"] == ["rain", "night"]


def test_shots_are_part_of_the_digest():
    items = [ITEMS[0] | {"shots": ["a"]}]
    assert items_digest(items) != items_digest([ITEMS[0] | {"shots": ["b"]}]) != items_digest([ITEMS[0]])


def test_items_that_name_no_or_other_shots_are_refused(tmp_path):
    asked = benchmark(tmp_path, shots=2)
    write_jsonl(tmp_path / "items.jsonl", ITEMS)
    with pytest.raises(InputError, match=r"items\.jsonl: line 1: shots is missing"):
        read_benchmark(asked, None)
    write_jsonl(tmp_path / "items.jsonl", [ITEMS[0] | {"shots": ["a", "c"]}])
    with pytest.raises(InputError, match=r"item rain names 1 different rows of .*shots\.jsonl, but 2 are needed"):
        read_benchmark(asked, None)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"protocol": "chat"}, "a continuation is asked in plain text"),
        ({"normalise": "tokens"}, "normalise must be one of none, characters, unconditional"),
        ({"metric": "macro_f1"}, "the metric of continuation must be accuracy"),
    ],
)
def test_settings_that_cannot_be_are_refused(more, words):
    with pytest.raises(InputError, match=words):
        Benchmark(**{"benchmark": "copa", "formulation": "continuation", "metric": "accuracy", **more})


def test_a_score_is_recomputed_from_its_records(tmp_path):
    from polyglot.evaluation.item_scores import summarise

    lm = letters_model(lambda context, option: -float(len(option)))
    content, answers = ask(lm, benchmark(tmp_path, normalise="characters"))
    again = summarise(json.loads(json.dumps(answers)), "accuracy")
    assert again.items() <= content.items()
