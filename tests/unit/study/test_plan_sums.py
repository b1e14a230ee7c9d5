"""The plan of a small study, worked out by hand: the work in each job, the sums over jobs, the disk."""

import copy
import re
from types import SimpleNamespace

import pytest

from polyglot.core.errors import InputError
from polyglot.study.design import Design
from polyglot.study.disk import disk, retraining_note, training_gb
from polyglot.study.graph import Job
from polyglot.study.plan import memory, page, shown, training_memory
from polyglot.study.schedule import Planned, by_rule, critical_path, planned, totals
from polyglot.study.work import Estimates, Work, about_money, asked_of, summed

RATES = {"read": 1000, "write": 100, "train": 50}
CONFIG = {
    "study": "small",
    "device": "cuda",
    "languages": {"id": {"name": "Indonesian"}},
    "models": {
        "big": {"hub": "org/big", "size_b": 30},
        "base": {"hub": "org/base", "size_b": 2},
        "tiny": {"package": "tiny", "size_b": 0.1},
    },
    "datasets": {"items": {"hub": "org/items", "size_gb": 3}, "unused": {"hub": "org/unused", "size_gb": 99}},
    "teachers": {
        "local": {"model": "big", "dtype": "bfloat16", "sampling": {"max_tokens": 4096}},
        "remote": {
            "api": {
                "requests_per_minute": 10,
                "usd_per_million_input_tokens": 1.0,
                "usd_per_million_output_tokens": 4.0,
                "budget_usd": 0.004,
            },
            "sampling": {"max_tokens": 40},
        },
    },
    "student_bases": {"base": {"model": "base", "reference": "tiny"}},
    "judges": {"judge": {"model": "base", "dtype": "bfloat16"}},
    "embedders": {"embedder": {"model": "base", "dtype": "bfloat16"}},
    "sources": {
        "book": {"adapter": "chatterbot", "languages": ["id"]},
        "other": {"adapter": "arithmetic", "languages": ["cs"]},
    },
    "benchmarks": {"quiz": {"dataset": "items", "languages": ["id"], "formulation": "letters", "shots": 1, "items": 5}},
    "corpora": {},
    "pretraining": {"runs": {}},
    "quality": {"recipes": []},
    "recipes": {"mix": ["generate", "respond"]},
    "seeds": {"sources": ["book", "other"]},
    "synthesis": {"oversampling": 1.5},
    "engine_load": "language",
    "intrinsic": {
        "judge": "judge",
        "judge_check_rows": 3,
        "embedder": "embedder",
        "length_model": "tiny",
        "dtype": "bfloat16",
    },
    "training": {"method": "full", "epochs": 2, "dtype": "bfloat16"},
    "students": {"keep": False, "disk_gb": 60},
    "evaluation": {"benchmarks": ["quiz"], "dtype": "bfloat16", "max_model_len": 2048},
    "scoring": {},
    "screening": {"rows": 1000, "one_shot": 2},
    "plan": {
        "tokens": {
            **{"request": 200, "answer": 50, "row": 60, "item": 20},
            **{"rubric_before": 25, "rubric_after": 15, "verdict": 10},
        },
        "rejected_share": 0.5,
        "throughput": [{"up_to_b": 50, **RATES}, {"up_to_b": 5, "read": 2000, "write": 200, "train": 100}],
        "load_minutes": 6,
        "small_job_minutes": 3,
        "download_mb_per_s": 50,
        "cards": 4,
        "token_bytes": 5,
        "record_kb": 2,
        "measured": [],
    },
    "design": [
        {
            "name": "main",
            "student_bases": ["base"],
            "teachers": ["local", "remote"],
            "languages": ["id"],
            "recipes": ["mix"],
            "sizes": [10],
            "trials": 1,
        }
    ],
}
CELL = {"teacher": "local", "language": "id", "recipe": "mix", "size": "10", "trial": "1"}
REMOTE = CELL | {"teacher": "remote"}


@pytest.fixture(scope="module")
def estimates():
    return Estimates(Design(CONFIG))


def test_a_local_teacher_by_hand(estimates):
    # 5 rows of each of 2 methods; half are rejected, so 10 each, but only ceil(5 x 1.5) = 8 are prepared
    work = estimates.work("generate", CELL)
    assert (work.read, work.written, work.size_b) == (16 * 200, 16 * 50, 30)
    assert estimates.hours(work, 2) == pytest.approx(0.1 + (3200 / 1000 + 800 / 100) / 2 / 3600)
    one_method = estimates.work("generate_translated", CELL | {"method": "respond"})
    assert (one_method.read, one_method.written) == (8 * 200, 8 * 50)


def test_what_several_trials_ask_is_read_once_and_written_for_each():
    config = copy.deepcopy(CONFIG)
    config["design"][0]["trials"] = 3
    more = {"name": "more", "teachers": ["local"], "recipes": ["mix"], "sizes": [20], "trials": 1}
    config["design"].append(config["design"][0] | more)
    work = Estimates(Design(config)).work("generate", {"teacher": "local", "language": "id"})
    # of each method 20 requests for the 10 rows of the first trial, 10 for the 5 of the others; 15 are prepared
    assert work.read == 2 * 15 * 200 and work.written == 2 * (15 + 10 + 10) * 50


def test_a_pair_of_answers_is_read_in_both_orders_after_its_prompt():
    config = copy.deepcopy(CONFIG)
    config["benchmarks"]["quiz"] |= {"formulation": "preference", "shots": 0}
    work = Estimates(Design(config)).work("evaluate_student", CELL | {"student_base": "base"})
    assert work.read == 5 * (20 + 2 * (2 * 20))


def test_shots_before_items_that_are_answered_in_words_are_read_once():
    config = copy.deepcopy(CONFIG)
    config["benchmarks"]["quiz"] |= {"formulation": "generate", "shots": 4, "max_gen_toks": 30}
    work = Estimates(Design(config)).work("evaluate_student", CELL | {"student_base": "base"})
    assert (work.read, work.written) == (4 * 20 + 5 * 20, 5 * 30)


def test_a_model_that_is_evaluated_in_all_languages_reads_the_items_of_each():
    config = copy.deepcopy(CONFIG)
    config["engine_load"] = "study"
    config["languages"]["cs"] = {"name": "Czech"}
    config["design"].append(config["design"][0] | {"name": "other", "languages": ["cs"]})
    config["benchmarks"]["test"] = {"languages": ["cs", "id"], "formulation": "generate", "shots": 0, "items": 3}
    config["evaluation"]["benchmarks"] = ["quiz", "test"]
    estimates = Estimates(Design(config))
    assert estimates.work("evaluate_model", {"model": "base"}).read == 5 * 20 * 2 + 2 * 3 * 20  # no quiz in Czech
    assert estimates.work("evaluate_student", CELL | {"student_base": "base"}).read == 5 * 20 * 2 + 3 * 20


def test_an_engine_and_a_training_start_in_the_minutes_of_their_models_size():
    config = copy.deepcopy(CONFIG)
    config["plan"]["throughput"][1]["load"] = 2  # of models up to 5 billion: the judge and the base, not the teacher
    estimates = Estimates(Design(config))
    assert estimates.work("judge_rows", {"judge": "judge", "load": "local/id"}).minutes == 2
    assert estimates.work("evaluate_student", CELL | {"student_base": "base"}).minutes == 2
    assert estimates.work("generate", CELL).minutes == 6
    assert estimates.work("train", CELL | {"student_base": "base"}).minutes == 2


def test_a_job_is_given_twice_its_planned_time_and_half_an_hour_at_least(estimates):
    assert estimates.limit("generate", CELL, 2) == 30  # six minutes of loading and some seconds
    hours = estimates.hours(estimates.work("fetch_model", {"model": "big"}), 0)
    assert estimates.limit("fetch_model", {"model": "big"}, 0) == pytest.approx(2 * 60 * hours)


def test_a_teacher_behind_an_api_by_hand(estimates):
    work = estimates.work("generate_api", REMOTE)
    assert (work.read, work.written) == (3200, 16 * 40)  # an answer has at most max_tokens
    assert work.usd == pytest.approx((3200 * 1 + 640 * 4) / 1e6)
    assert estimates.hours(work, 0) == pytest.approx(16 / 10 / 60)
    key = asked_of(REMOTE)
    assert about_money(CONFIG, [(key, 0.003), (key, 0.009)]) == [
        "Teacher remote: its jobs are planned at 0.01 US dollars; its budget_usd is 0.004."
    ]
    assert about_money(CONFIG, [(key, 0.003)]) == []


def test_fees_without_a_price_are_not_known_and_no_zero(monkeypatch):
    monkeypatch.setitem(CONFIG["teachers"]["remote"], "api", {"requests_per_minute": 10})
    job = Job("generate_api", "synthesis", REMOTE)
    rows = by_rule(planned([job], Estimates(Design(CONFIG))))
    assert rows[0]["tokens_read"] == 3200 and rows[0]["api_usd"] is None
    assert totals(rows, [], 1)["api_usd"] is None and shown(None) == "not known"
    assert summed([1.0, None]) is None and summed([1.0, 2.0]) == 3
    assert about_money(CONFIG, [(asked_of(REMOTE), None)]) == [
        "Teacher remote: what its answers cost is not known, and nothing limits it; give its prices and budget_usd."
    ]


def test_a_judge_behind_an_api_by_hand(monkeypatch):
    api = CONFIG["teachers"]["remote"]["api"] | {"budget_usd": 0.001}
    monkeypatch.setitem(CONFIG["judges"], "far", {"api": api, "style": "chat", "max_tokens": 50})
    monkeypatch.setitem(CONFIG["intrinsic"], "judge", "far")
    place = {"judge": "far", "load": "local/id"}
    work = Estimates(Design(CONFIG)).work("judge_rows_api", place)
    assert (work.read, work.written) == (10 * (25 + 60 + 15), 10 * 10)  # all is paid for, each time
    assert work.usd == pytest.approx((1000 * 1 + 100 * 4) / 1e6) and work.minutes == 1  # ten rows, ten a minute
    assert about_money(CONFIG, [(asked_of(place), work.usd)]) == [
        "Judge far: its jobs are planned at 0.00 US dollars; its budget_usd is 0.001."
    ]


def test_batches_cost_their_share_and_a_job_may_wait_as_long_as_its_patience(estimates, monkeypatch):
    batch = {"price": 0.5, "poll_s": 60, "patience_s": 7200}
    monkeypatch.setitem(CONFIG["teachers"]["remote"]["api"], "batch", batch)
    assert estimates.work("generate_api", REMOTE).usd == pytest.approx((3200 * 1 + 640 * 4) / 2e6)
    assert estimates.limit("generate_api", REMOTE, 0) == pytest.approx(150)  # two hours, and half an hour to say so


def test_metrics_training_and_evaluation_by_hand(estimates):
    judge = estimates.work("judge_rows", {"judge": "judge", "load": "local/id"})
    assert (judge.read, judge.written) == (25 + 10 * (60 + 15), 10 * 10)  # all rows' questions begin alike
    check = estimates.work("judge_rows", {"judge": "judge", "load": "judge_check/id"})
    assert check.read == 25 + 3 * 5 * (60 + 15)  # of 3 prompts a real row and four bad ones
    assert estimates.work("embed_rows", {"load": "remote/id"}).read == 10 * 60
    likelihood = estimates.work("perplexity_rows", {"student_base": "base", "load": "id"})
    # the rows of both teachers, their responses without prompts, and each row twice more, before what people answered
    assert likelihood.read == 2 * 10 * (60 + 50) + 2 * 10 * 2 * (60 + 60)
    train = estimates.work("train", CELL | {"student_base": "base"})
    assert train.trained == 10 * 60 * 2
    assert estimates.hours(train, 1) == pytest.approx(0.1 + 1200 / 100 / 3600)
    evaluated = estimates.work("evaluate_student", CELL | {"student_base": "base"})
    assert evaluated.read == 5 * 20 * 2  # a shot beside each item, whose letters are scored by one pass
    assert estimates.hours(estimates.work("fetch_model", {"model": "big"}), 0) == pytest.approx(60_000 / 50 / 3600)
    assert estimates.work("score", {}) == Work(minutes=3)


def chain(*hours_and_needs):
    return [
        Planned(Job(str(n), "metrics", {}, 0, after), Work(), hours) for n, (hours, after) in enumerate(hours_and_needs)
    ]


def test_the_longest_chain_by_hand():
    jobs = chain((1.0, ()), (2.0, ()), (4.0, (0,)), (1.0, (0, 1)), (0.5, (2, 3)))
    assert [entry.job.rule for entry in critical_path(jobs)] == ["0", "2", "4"]
    assert critical_path([]) == []


def test_rows_and_totals_add_up(estimates):
    jobs = [
        Job("fetch_model", "hub", {"model": "big"}),
        Job("generate", "synthesis", CELL, 2, (0,)),
        Job("mix", "synthesis", CELL, 0, (1,)),
        Job("train", "training", CELL | {"student_base": "base"}, 1, (2,)),
    ]
    entries = planned(jobs, estimates)
    rows = by_rule(entries)
    assert [(row["stage"], row["rule"], row["jobs"]) for row in rows] == [
        ("hub", "small jobs", 1),
        ("synthesis", "generate", 1),
        ("synthesis", "small jobs", 1),
        ("training", "train", 1),
    ]
    sums = totals(rows, critical_path(entries), 4)
    generate, train = 0.1 + 11.2 / 2 / 3600, 0.1 + 12 / 3600
    assert sums["jobs"] == 4 and sums["card_hours"] == pytest.approx(2 * generate + train)
    assert sums["hours_of_chain"] == pytest.approx(1 / 3 + generate + 0.05 + train)
    assert sums["hours_at_best"] == sums["hours_of_chain"]
    assert totals(rows, [], 1)["hours_at_best"] == pytest.approx(sums["card_hours"])


def test_disk_by_hand():
    gb = disk(Design(CONFIG))
    assert gb["models"] == pytest.approx((30 + 2 + 0.1) * 2)
    assert gb["data sets"] == 3  # what the study does not read is not counted
    # each of two trainings takes 40 GB, and 60 are there for both
    assert gb["students that train or are evaluated"] == 60 and gb["students that stay"] == 0
    assert gb["synthetic rows and data"] == pytest.approx((16 * 2 + 10 * 2) * 60 * 5 / 1e9)
    assert gb["evaluation records"] == pytest.approx((2 + 3) * 5 * 2 / 1e6)


@pytest.mark.parametrize(
    ("minutes", "method", "gigabytes"),
    [
        (29, "full", 8 + 4 + 4),  # no checkpoint
        (30, "full", 24 + 8 + 4 + 4),
        (60, "full", 24 + 24 + 4),  # the second is written beside the first
        (600, "full", 24 + 24 + 4),
        (30, "lora", 0.24 + 0.08 + 4 + 4),
    ],
)
def test_the_disk_of_a_training_by_hand(minutes, method, gigabytes):
    assert training_gb(2, {"method": method, "dtype": "bfloat16"}, minutes) == pytest.approx(gigabytes)


@pytest.mark.parametrize(("keep", "disk_gb", "stay", "at_once"), [(False, 60, 0, 60), (True, 300, 8, 80)])
def test_students_stay_if_the_study_says_so_and_trainings_share_the_disk(monkeypatch, keep, disk_gb, stay, at_once):
    monkeypatch.setitem(CONFIG, "students", {"keep": keep, "disk_gb": disk_gb})
    gb = disk(Design(CONFIG))
    assert (gb["students that stay"], gb["students that train or are evaluated"]) == (stay, at_once)


def training_job(folder, *made):
    """A training as Snakemake holds it, whose student has `made` lying there."""
    for name in made:
        (folder / name).mkdir(parents=True)
    output = SimpleNamespace(model=str(folder / "model"), summary=str(folder / "training.json"))
    return SimpleNamespace(rule=SimpleNamespace(name="train"), output=output)


def test_students_that_are_trained_again_for_their_weights_alone_are_counted(tmp_path):
    new, whole = training_job(tmp_path / "new"), training_job(tmp_path / "whole", "model", "training.json")
    gone = training_job(tmp_path / "gone", "training.json")
    other = SimpleNamespace(rule=SimpleNamespace(name="mix"), output=SimpleNamespace())
    assert retraining_note([new, whole, other]) is None
    assert retraining_note([new, gone, whole, other]) == (
        f"note: 1 students are trained again, such as {tmp_path}/gone/model: their weights were deleted after their"
        " evaluation; docs/cluster.md, section Disk"
    )


def test_a_model_larger_than_the_table_names_the_key():
    config = copy.deepcopy(CONFIG)
    config["models"]["big"]["size_b"] = 51
    estimates = Estimates(Design(config))
    with pytest.raises(InputError, match=r"plan\.throughput: no row for a model of 51 billion parameters; add one"):
        estimates.hours(estimates.work("generate", CELL), 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (0, "0"),
        (0.0, "0"),
        (0.0123, "0.012"),
        (0.5, "0.5"),
        (1.25, "1.2"),
        (1234.5, "1,234"),
        (2**31, "2,147,483,648"),
    ],
)
def test_numbers_are_short(value, text):
    assert shown(value) == text


def test_the_page_names_sums_disk_and_warnings(estimates):
    entries = planned([Job("generate", "synthesis", CELL, 2)], estimates)
    rows = by_rule(entries)
    plan = {"rules": rows, "totals": totals(rows, critical_path(entries), 4), "disk_gb": {"models": 2.0}}
    plan |= {"critical_path": [{"job": "generate/local", "hours": 0.1}], "warnings": ["Teacher x: too dear."]}
    plan["size"] = {"students": 6, "configurations": 2, "rows": 60_000, "rows_of_one_trial": 20_000}
    plan["race"] = []
    text = page(
        "small", plan | {"training_memory": [], "pretraining": [], "measured": [], "assumptions": CONFIG["plan"]}
    )
    assert (
        "| synthesis | generate |" in text
        and "GPU-hours are for 4 at a time" in text
        and "Teacher x: too dear." in text
        and "Students: 6, without trials 2. Rows in their data sets: 60,000, without trials 20,000." in text
        and "Memory of training" not in text
    )


def test_the_page_holds_the_ledger_of_each_base_that_trains_on_cards(estimates):
    config = copy.deepcopy(CONFIG)
    config["training"] |= {"max_length": 100, "batch_size": 32, "gradient_accumulation_steps": 4}
    jobs = [Job("train", "training", CELL | {"student_base": "base"}, cards) for cards in (2, 2)]
    (row,) = training_memory(jobs, Estimates(Design(config)))
    assert (row["student_base"], row["method"], row["cards"]) == ("base", "full", 2)
    assert row["tokens"] == 480  # 8 rows of 60 tokens at once are more than the longest row
    assert row["weights"] == pytest.approx(2e9 * 4 / 2 / 1e9)
    assert "| base | full | 2 | 480 | 4.0 |" in re.sub(" +", " ", "\n".join(memory([row])))
    assert training_memory([Job("train", "training", CELL | {"student_base": "base"})], estimates) == []
