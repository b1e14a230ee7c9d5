import json
import math

import pytest

from polyglot.core.engine import prepare_environment
from polyglot.core.errors import InputError
from polyglot.core.files import read_jsonl, write_jsonl
from polyglot.evaluation.asking import evaluate
from polyglot.evaluation.item_scores import record_of, summarise
from polyglot.evaluation.items import Benchmark, items_digest, parse_benchmarks, read_items
from polyglot.evaluation.last_number import last_number
from tests.conftest import ROOT

TASKS = ROOT / "resources/tasks"


def option_records(corrects, categories, options=4):
    return [
        {"correct": correct, "category": category, "options": ["x"] * options}
        for correct, category in zip(corrects, categories, strict=True)
    ]


def test_accuracy_by_hand():
    content = summarise(option_records([True, True, False, True], "aabb"), "accuracy")
    expected = {"score": 0.75, "se": pytest.approx(math.sqrt(0.75 * 0.25 / 3)), "n": 4, "chance": 0.25, "ties": 0}
    assert content == expected
    assert summarise(option_records([True], "a"), "accuracy")["se"] is None  # one value has no spread


def test_weighted_accuracy_by_hand():
    # chat: 3 of 4; safety: 1 of 2. Mean of categories 0.625, not 4 of 6
    records = option_records([1, 1, 1, 0, 1, 0], ["chat"] * 4 + ["safety"] * 2, options=2)
    content = summarise(records, "weighted_accuracy")
    assert content["score"] == 0.625
    assert content["se"] == pytest.approx(math.sqrt(0.75 * 0.25 / 3 + 0.5 * 0.5 / 1) / 2)
    assert content["chance"] == 0.5


def test_chance_is_the_mean_over_items_with_different_numbers_of_options():
    records = option_records([1, 0], "aa") + option_records([1, 0], "aa", options=2)
    assert summarise(records, "accuracy")["chance"] == 0.375
    assert summarise([{"correct": True}, {"correct": False}], "exact_match")["chance"] == 0


def test_options_of_one_likelihood_share_the_answer():
    item = {"item_id": "i", "question": "?", "options": list("wxyz"), "answer": 2}
    benchmark = Benchmark("b", "letters", "accuracy", items="b.jsonl")

    def record(*likelihoods):
        answers = [(likelihood, False) for likelihood in likelihoods]
        return record_of({"doc": item, "arguments": [("prompt", " A")], "filtered_resps": answers}, benchmark)

    tied, wrong, right = record(-1.5, -2.0, -1.5, -3.0), record(-1.5, -1.5, -2.0, -3.0), record(-2.0, -3.0, -1.0, -4.0)
    assert (tied["correct"], tied["tied"], tied["prediction"]) == (0.5, 2, 0)
    assert (wrong["correct"], wrong["tied"]) == (0.0, 2)
    assert right["correct"] is True and "tied" not in right
    flat = record(-1.0, -1.0, -1.0, -1.0)
    content = summarise([tied, wrong, right, flat], "accuracy")
    assert (content["score"], content["ties"]) == ((0.5 + 0 + 1 + 0.25) / 4, 3)


def letters_file(path, n=24, categories=("money", "words")):
    rows = []
    for number in range(n):
        options = [f"opción {number}-{letter}" for letter in "wxyz"]
        subset = {"category": categories[number % len(categories)], "subset": "s"}
        rows.append({"item_id": f"i{number:02d}", **subset, "question": f"¿Qué es {number}? 貨幣", "options": options})
        rows[-1]["answer"] = number % 4
    write_jsonl(path, rows)
    return str(path)


def math_files(folder):
    rows = [{"item_id": f"m{n}", "question": f"كم يساوي {n} + {n + 1}؟", "answer": str(2 * n + 1)} for n in range(12)]
    solved = [{**row, "item_id": f"s{row['item_id']}", "solution": f"إذن {row['answer']}."} for row in rows[:6]]
    write_jsonl(folder / "math.jsonl", rows)
    write_jsonl(folder / "math.shots.jsonl", solved)
    return str(folder / "math.jsonl"), str(folder / "math.shots.jsonl")


def three_benchmarks(folder):
    items = letters_file(folder / "letters.jsonl")
    asked, shown = math_files(folder)
    return parse_benchmarks(
        [
            {"benchmark": "culture", "formulation": "letters", "metric": "accuracy", "items": items},
            {"benchmark": "chat", "formulation": "preference", "metric": "weighted_accuracy", "items": items},
            {"benchmark": "absent", "formulation": "letters", "metric": "accuracy", "items": None},
            {
                "benchmark": "math",
                "formulation": "generate",
                "metric": "exact_match",
                "shots": 5,
                "items": asked,
                "shot_items": shown,
                "max_gen_toks": 16,
            },
        ]
    )


def planted(letter, text):
    """A model of lm-eval that finds `letter(doc)` likeliest and writes `text(doc)`; `asked` lists its requests."""
    prepare_environment()
    from lm_eval.api.model import LM

    class Planted(LM):
        def __init__(self):
            super().__init__()
            self.asked = []

        def loglikelihood(self, requests, disable_tqdm=False):
            self.asked += [request.args for request in requests]
            return [(-0.5 if request.args[1] == f" {letter(request.doc)}" else -2.0, True) for request in requests]

        def generate_until(self, requests, disable_tqdm=False):
            self.asked += [request.args for request in requests]
            return [text(request.doc) for request in requests]

        def loglikelihood_rolling(self, requests, disable_tqdm=False):
            raise AssertionError("no task here asks for the likelihood of a whole text")

    return Planted()


def ask(lm, benchmarks, **more):
    return {
        content["benchmark"]: (content, records)
        for content, records in evaluate(lm, benchmarks, language="es", tasks=TASKS, **more)
    }


@pytest.fixture
def perfect():
    return planted(lambda doc: "ABCD"[doc["answer"]], lambda doc: f" إذن 7, {doc['answer']}.\n")


def test_perfect_model_scores_1_and_constant_model_chance(tmp_path, perfect):
    benchmarks = three_benchmarks(tmp_path)
    result = ask(perfect, benchmarks)
    assert {name: content["score"] for name, (content, _) in result.items()} == {
        "culture": 1.0,
        "chat": 1.0,
        "absent": None,
        "math": 1.0,
    }
    constant = ask(planted(lambda doc: "C", lambda doc: "siempre 5"), benchmarks)
    scores = {name: (content["score"], content["chance"]) for name, (content, _) in constant.items()}
    assert scores["culture"] == (0.25, 0.25)
    assert scores["math"] == (1 / 12, 0.0)  # 2 + 3


def test_constant_model_on_categories(tmp_path):
    # "money" holds the answers A and C, "words" B and D. C is right for half of "money", and in reverse order for the
    # half of "words" whose answer is B; so each category has 6 halves and 6 zeros
    content, _ = ask(planted(lambda doc: "C", lambda doc: ""), three_benchmarks(tmp_path))["chat"]
    assert content["score"] == 0.25
    assert content["se"] == pytest.approx(math.sqrt(2 * 0.25 * 0.25 / 11) / 2)


def test_a_model_that_always_names_the_first_response_scores_one_half(tmp_path):
    # in 8 of 12 items the better response comes first: asked in one order it would score 0.667
    rows = [
        {
            "item_id": f"i{n}",
            "category": "chat",
            "question": f"Frage {n}",
            "options": ["gut", "schlecht"][:: 1 if n < 8 else -1],
        }
        for n in range(12)
    ]
    write_jsonl(tmp_path / "pairs.jsonl", [{**row, "answer": row["options"].index("gut")} for row in rows])
    entry = {
        "benchmark": "pairs",
        "formulation": "preference",
        "metric": "accuracy",
        "items": str(tmp_path / "pairs.jsonl"),
    }
    lm = planted(lambda doc: "A", lambda doc: "")
    content, records = ask(lm, parse_benchmarks([entry]))["pairs"]
    assert (content["score"], content["n"], len({asked[0] for asked in lm.asked})) == (0.5, 12, 24)
    assert [record["correct"] for record in records] == [0.5] * 12
    assert records[0]["reverse"]["prediction"] == 0
    knowing = planted(lambda doc: "AB"[doc["options"].index("gut")], lambda doc: "")
    assert ask(knowing, parse_benchmarks([entry]))["pairs"][0]["score"] == 1.0


def test_absent_benchmark_has_a_reason_and_no_numbers(tmp_path):
    absent = [benchmark for benchmark in three_benchmarks(tmp_path) if benchmark.items is None]
    content, records = ask(None, absent)["absent"]
    assert records == []
    assert content["reason"] == "no absent task in es"
    assert (content["score"], content["se"], content["chance"], content["items_sha256"], content["n"]) == (
        None,
        None,
        None,
        None,
        0,
    )


def test_prompts_show_labelled_options_and_the_first_shots(tmp_path, perfect):
    result = ask(perfect, three_benchmarks(tmp_path))
    options = "\n".join(f"{letter}. opción 0-{old}" for letter, old in zip("ABCD", "wxyz", strict=True))
    prompt = f"¿Qué es 0? 貨幣\n{options}\nRespuesta:"
    assert result["culture"][1][0]["prompt"] == prompt
    assert [asked for asked in perfect.asked if asked[0] == prompt][:4] == [(prompt, f" {letter}") for letter in "ABCD"]
    shown = [f"كم يساوي {n} + {n + 1}؟\nRespuesta: إذن {2 * n + 1}." for n in range(5)]
    assert result["math"][1][1]["prompt"] == "\n\n".join([*shown, "كم يساوي 1 + 2؟\nRespuesta:"])
    settings = next(asked[1] for asked in perfect.asked if isinstance(asked[1], dict))
    assert (settings["max_gen_toks"], settings["until"], settings["temperature"]) == (16, ["\n\n"], 0.0)


def test_scores_can_be_recomputed_from_the_records_on_disk(tmp_path):
    lm = planted(lambda doc: "A", lambda doc: f"7 {doc['answer']}" if doc["item_id"] > "m3" else "7")
    for name, (content, records) in ask(lm, three_benchmarks(tmp_path)).items():
        if name == "absent":
            continue
        write_jsonl(tmp_path / "samples.jsonl", records)
        stored = read_jsonl(tmp_path / "samples.jsonl")
        for record in stored:
            if name == "math":
                assert record["prediction"] == last_number(record["text"])
                assert record["correct"] == (record["prediction"] == record["answer"])
            else:
                assert record["prediction"] == record["loglikelihoods"].index(max(record["loglikelihoods"]))
                right = record["prediction"] == record["answer"]
                if "reverse" in record:
                    reverse = len(record["options"]) - 1 - record["answer"]
                    right = (right + (record["reverse"]["prediction"] == reverse)) / 2
                assert record["correct"] == right
        again = summarise(stored, content["metric"])
        assert {"score", "se", "n", "chance"} <= set(again)
        assert {key: content[key] for key in again} == again


def test_limit_takes_the_first_items_and_changes_the_digest(tmp_path, perfect):
    whole, part = (ask(perfect, three_benchmarks(tmp_path), limit=limit)["culture"] for limit in (None, 5))
    assert (whole[0]["n"], part[0]["n"]) == (24, 5)
    assert [record["item_id"] for record in part[1]] == ["i00", "i01", "i02", "i03", "i04"]
    assert whole[0]["items_sha256"] != part[0]["items_sha256"]


def test_digest_depends_on_order_of_options_answers_and_shots():
    item = {"item_id": "a", "question": "q", "options": ["x", "y"], "answer": 0}
    first = items_digest([item])
    assert items_digest([dict(item)]) == first
    others = [
        {**item, "options": ["y", "x"]},
        {**item, "answer": 1},
        {**item, "item_id": "b"},
        {**item, "question": ""},
    ]
    assert len({first, *(items_digest([other]) for other in others), items_digest([item], [item])}) == 6


def test_nan_likelihood_is_an_error():
    item = {"item_id": "i7", "options": ["x", "y"], "answer": 0}
    sample = {"doc": item, "arguments": [("p", " A"), ("p", " B")], "filtered_resps": [(math.nan, False), (-1.0, True)]}
    with pytest.raises(InputError, match=r"culture\.jsonl: item i7"):
        record_of(sample, Benchmark("culture", "letters", "accuracy", items="culture.jsonl"))


ITEM = {"item_id": "a", "question": "q", "options": ["x", "y"], "answer": 0}
SUM = {"item_id": "a", "question": "q", "answer": "3"}


@pytest.mark.parametrize(
    ("formulation", "metric", "rows", "content"),
    [
        ("letters", "accuracy", [], "holds no items"),
        ("letters", "accuracy", [ITEM, ITEM], "occurs twice"),
        ("letters", "accuracy", [ITEM, {**ITEM, "answer": 2}], "line 2: answer 2 is not an index of its 2 options"),
        ("letters", "accuracy", [{**ITEM, "answer": -1}], "answer -1"),
        ("letters", "accuracy", [{**ITEM, "answer": "0"}], "answer '0'"),
        ("letters", "accuracy", [{**ITEM, "options": ["x"]}], "1 options"),
        ("letters", "accuracy", [{"item_id": "a", "question": "q", "answer": 0}], "line 1: options is missing"),
        ("preference", "weighted_accuracy", [ITEM], "category is missing"),
        ("generate", "exact_match", [{**SUM, "answer": 3}], "answer 3 is not a plain number as text"),
        ("generate", "exact_match", [{**SUM, "answer": "1,234"}], "is not a plain number"),
        ("generate", "exact_match", [{**SUM, "answer": "nan"}], "is not a plain number"),
    ],
)
def test_bad_items_are_named(tmp_path, formulation, metric, rows, content):
    path = tmp_path / "items.jsonl"
    write_jsonl(path, rows)
    with pytest.raises(InputError, match=f"items.jsonl.*{content}"):
        read_items(str(path), Benchmark("b", formulation, metric, items=str(path)))


def test_item_that_is_not_json_is_named(tmp_path):
    path = tmp_path / "items.jsonl"
    path.write_text(json.dumps(ITEM) + '\n{"item_id": ', encoding="utf-8")
    with pytest.raises(InputError, match=r"items\.jsonl: line 2"):
        read_items(str(path), Benchmark("b", "letters", "accuracy", items=str(path)))


def test_too_few_shots_and_shots_without_solution_are_named(tmp_path, perfect):
    asked, shown = math_files(tmp_path)
    entry = {
        "benchmark": "math",
        "formulation": "generate",
        "metric": "exact_match",
        "items": asked,
        "shot_items": shown,
    }
    with pytest.raises(InputError, match=r"math\.shots\.jsonl: 6 shots, but 8 are needed"):
        ask(perfect, parse_benchmarks([{**entry, "shots": 8}]))
    with pytest.raises(InputError, match=r"math\.jsonl: line 1: solution is missing"):
        ask(perfect, parse_benchmarks([{**entry, "shots": 5, "shot_items": asked}]))


@pytest.mark.parametrize(
    ("entries", "content"),
    [
        ([{"benchmark": "b", "formulation": "cloze", "metric": "accuracy"}], "b: formulation must be one of letters"),
        ([{"benchmark": "b", "formulation": "letters", "metric": "exact_match"}], "metric of letters must be accuracy"),
        ([{"benchmark": "b", "formulation": "letters", "metric": "accuracy", "item": "x"}], "unexpected .*'item'"),
        ([{"benchmark": "b", "formulation": "letters"}], "metric"),
        ([{"benchmark": "b", "formulation": "letters", "metric": "accuracy"}] * 2, "given twice"),
        (
            [{"benchmark": "b", "formulation": "letters", "metric": "accuracy", "items": "x", "shots": 5}],
            "5 shots but no shot_items",
        ),
    ],
)
def test_bad_benchmarks_are_named(entries, content):
    with pytest.raises(InputError, match=content):
        parse_benchmarks(entries)


def test_an_instruction_is_followed_only_where_all_its_checks_hold(tmp_path):
    words, last = {"kind": "words", "count": 3}, {"kind": "ends", "word": "Perú"}
    rows = [
        {"item_id": "i0", "category": "words", "question": "Usa 3 palabras.", "checks": [words]},
        {"item_id": "i1", "category": "both", "question": "Usa 3 palabras y acaba con Perú.", "checks": [words, last]},
        {"item_id": "i2", "category": "both", "question": "Acaba con Perú.", "checks": [last]},
    ]
    write_jsonl(tmp_path / "items.jsonl", rows)
    entry = {"formulation": "instructions", "metric": "instructions_followed", "items": str(tmp_path / "items.jsonl")}
    lm = planted(None, lambda doc: "Viva todo el Perú." if doc["item_id"] != "i0" else "Viva el Perú.")
    content, records = ask(lm, parse_benchmarks([{"benchmark": "told-to", "max_gen_toks": 9, **entry}]))["told-to"]
    assert (content["score"], content["chance"], content["n"]) == (pytest.approx(2 / 3), 0, 3)
    assert records[1] == {
        "item_id": "i1",
        "category": "both",
        "prompt": "Usa 3 palabras y acaba con Perú.\nRespuesta:",
        "checks": [{**words, "followed": False}, {**last, "followed": True}],
        "text": "Viva todo el Perú.",
        "correct": False,
    }
    settings = lm.asked[0][1]
    assert (settings["max_gen_toks"], settings["until"], settings["temperature"]) == (9, ["\n\n"], 0.0)
    write_jsonl(tmp_path / "samples.jsonl", records)
    assert summarise(read_jsonl(tmp_path / "samples.jsonl"), "instructions_followed")["score"] == content["score"]
