"""The plan of a small study, worked out by hand."""

import copy
import json
import subprocess
import sys

import pytest

from polyglot.design import Design
from polyglot.errors import InputError
from polyglot.planning.sums import (
    analysis_jobs,
    by_stage,
    checkpoint_gb,
    critical_path,
    disk,
    over_budget,
    stage_of,
    totals,
)
from polyglot.planning.tasks import Task, tasks_of
from scripts.plan import shown

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
    "sources": {"book": {"languages": ["id"]}, "other": {"languages": ["cs"]}},
    "benchmarks": {"quiz": {"dataset": "items", "languages": ["id"], "formulation": "letters", "shots": 1, "items": 5}},
    "quality": {"recipes": []},
    "recipes": {"mix": ["generate", "respond"]},
    "seeds": {"sources": ["book", "other"]},
    "synthesis": {"oversampling": 1.5},
    "intrinsic": {"judge": "judge", "embedder": "embedder", "length_model": "tiny", "dtype": "bfloat16"},
    "training": {"method": "full", "epochs": 2, "dtype": "bfloat16"},
    "evaluation": {"benchmarks": ["quiz"], "dtype": "bfloat16"},
    "plan": {
        "tokens": {"request": 200, "answer": 50, "row": 60, "rubric": 40, "verdict": 10, "item": 20},
        "rejected_share": 0.5,
        "throughput": [{"up_to_b": 50, **RATES}, {"up_to_b": 5, "read": 2000, "write": 200, "train": 100}],
        "load_minutes": 6,
        "small_job_minutes": 3,
        "download_mb_per_s": 50,
        "cards": 4,
        "trainings_at_once": 1,
        "token_bytes": 5,
        "record_kb": 2,
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


@pytest.fixture(scope="module")
def tasks():
    return {task.name: task for task in tasks_of(Design(CONFIG))}


def test_the_jobs_are_all_there_and_in_order(tasks):
    counted = {}
    for task in tasks.values():
        counted[task.rule] = counted.get(task.rule, 0) + 1
    assert counted == {
        **{"fetch_model": 2, "prepare_model": 1, "fetch_dataset": 1, "fetch_seeds": 1, "prepare_benchmark": 1},
        **{"select_requests": 2, "generate": 1, "generate_api": 1, "mix": 2, "length": 2, "fidelity": 2},
        **{"contamination_cell": 2, "diversity": 2, "judge": 2, "perplexity": 2, "sample_rows": 2, "train": 2},
        **{"plot_loss": 2, "evaluate_student": 2, "evaluate_model": 3, "collect": 1, "measurements": 1},
    }
    critical_path(tasks.values())  # every task comes after what it waits for


def test_a_local_teacher_by_hand(tasks):
    made = tasks["generate/local/id/1"]
    # 5 rows of each of 2 methods; half are rejected, so 10 each, but only ceil(5 x 1.5) = 8 are prepared
    assert (made.read, made.written) == (16 * 200, 16 * 50)
    assert made.cards == 2  # 60 GB of weights, 48 GB of a card
    assert made.hours == pytest.approx(0.1 + (3200 / 1000 + 800 / 100) / 2 / 3600)
    assert made.card_hours == pytest.approx(2 * made.hours)
    assert made.after == ("fetch_model/big", "select_requests/id/generate", "select_requests/id/respond")


def test_a_teacher_behind_an_api_by_hand(tasks):
    made = tasks["generate_api/remote/id/1"]
    assert (made.read, made.written, made.cards) == (3200, 16 * 40, 0)  # an answer has at most max_tokens
    assert made.usd == pytest.approx((3200 * 1 + 640 * 4) / 1e6)
    assert made.hours == pytest.approx(16 / 10 / 60)
    assert over_budget(Design(CONFIG), tasks.values()) == [
        "Teacher remote: a job is planned at 0.01 US dollars and stops at 0.004 (budget_usd)."
    ]


def test_metrics_training_and_evaluation_by_hand(tasks):
    judge = tasks["judge/local/id/mix-10/trial1"]
    assert (judge.read, judge.written) == (10 * 60 + 10 * 40, 10 * 10)
    train = tasks["train/base/local/id/mix-10/trial1"]
    assert (train.read, train.cards) == (10 * 60 * 2, 1)
    assert train.hours == pytest.approx(0.1 + 1200 / 100 / 3600)
    evaluated = tasks["evaluate_student/base/local/id/mix-10/trial1"]
    assert evaluated.read == 5 * 20 * 2 * 4  # a shot beside each item, four letters
    assert tasks["fetch_model/big"].hours == pytest.approx(60_000 / 50 / 3600)


def test_the_longest_chain_by_hand():
    tasks = [
        Task("a", "a", 1.0),
        Task("b", "b", 2.0),
        Task("c", "c", 4.0, ("a",)),
        Task("d", "d", 1.0, ("a", "b")),
        Task("e", "e", 0.5, ("c", "d")),
    ]
    assert [task.name for task in critical_path(tasks)] == ["a", "c", "e"]
    assert critical_path([]) == []
    with pytest.raises(AssertionError, match="c waits for a"):
        critical_path(tasks[2:])


def test_stages_and_totals_add_up(tasks):
    rows = by_stage(Design(CONFIG), tasks.values(), ["01", "07"])
    assert sum(row["jobs"] for row in rows) == len(tasks) + len(analysis_jobs(Design(CONFIG), [])) + 4
    assert stage_of("plot_loss") == "train" and stage_of("figure_07_data") == "tables, figures, pages"
    chain = critical_path(tasks.values())
    sums = totals(rows, chain, 4)
    assert sums["card_hours"] == pytest.approx(sum(task.hours * task.cards for task in tasks.values()))
    assert sums["hours_at_best"] == max(sums["hours_of_chain"], sums["card_hours"] / 4)
    assert totals(rows, [], 1)["hours_at_best"] == pytest.approx(sums["card_hours"])


def test_disk_by_hand():
    gb = disk(Design(CONFIG))
    assert gb["models"] == pytest.approx((30 + 2 + 0.1) * 2)
    assert gb["data sets"] == 3  # what the study does not read is not counted
    assert gb["students"] == pytest.approx(2 * 2 * 2)
    assert gb["checkpoints while training"] == pytest.approx(2 * 2 * 3) == checkpoint_gb(2, CONFIG["training"])
    assert gb["synthetic rows and data"] == pytest.approx((16 * 2 + 10 * 2) * 60 * 5 / 1e9)
    assert gb["evaluation records"] == pytest.approx((2 + 3) * 5 * 2 / 1e6)


def test_a_model_larger_than_the_table_names_the_key():
    config = copy.deepcopy(CONFIG)
    config["models"]["big"]["size_b"] = 51
    with pytest.raises(InputError, match=r"plan\.throughput: no row for a model of 51 billion parameters; add one"):
        tasks_of(Design(config))


def test_a_study_on_the_cpu_uses_no_card():
    assert {task.cards for task in tasks_of(Design(CONFIG | {"device": "cpu"}))} == {0}


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


def test_the_program_writes_the_three_files(tmp_path):
    out = tmp_path / "plan.md"
    words = ["--config", json.dumps(CONFIG), "--figures", "01", "--out", out]
    done = subprocess.run([sys.executable, "scripts/plan.py", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = out.read_text(encoding="utf-8")
    plan = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert (
        "| generate " in page and "GPU-hours are for 4 at a time" in page and "Teacher remote: a job is planned" in page
    )
    assert plan["critical_path"][-1]["job"] == "measurements/all"
    assert out.with_suffix(".csv").read_text(encoding="utf-8").startswith("stage,jobs,cards_each,")
