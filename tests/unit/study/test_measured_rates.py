"""Rates that finished jobs show, by hand: half an hour, minutes and factors that a person can check."""

import json
from pathlib import Path

import pytest

from polyglot.study.design import Design
from polyglot.study.graph import Job
from polyglot.study.measured_rates import Timed, applied, comparable, measured, rates, timed
from polyglot.study.plan import measurements
from polyglot.study.schedule import planned
from polyglot.study.work import Estimates
from tests.unit.study.test_plan_sums import CELL, CONFIG

H100 = "NVIDIA H100 80GB HBM3"


def job(loading, tokens, hours, rule="generate", cards=2, kind=H100):
    return Timed(rule, 50, cards, kind, loading, tokens, hours)


def row(**changes):
    common = {"rule": "generate", "up_to_b": 50, "cards": 2, "kind": H100, "jobs": 1}
    return common | {"load_minutes": None, "tokens_take": None} | changes


def test_short_jobs_tell_how_long_loading_takes_and_long_ones_how_fast_tokens_go():
    # planned: 6 minutes to load; taken: 3 and 5 minutes where there are hardly any tokens
    short = [job(0.1, 0.01, 0.05), job(0.1, 0.02, 5 / 60)]
    # planned: 1 and 3 hours of tokens; taken: 2 and 4 hours, 4 minutes of each to load
    long = [job(0.1, 1, 2 + 4 / 60), job(0.1, 3, 4 + 4 / 60)]
    assert rates([*long, *short]) == [row(jobs=4, load_minutes=pytest.approx(4), tokens_take=pytest.approx(6 / 4))]


def test_without_a_measured_load_nothing_is_taken_off_for_it():
    assert rates([job(0.1, 1, 2.5)]) == [row(tokens_take=2.5)]
    assert rates([job(0.1, 0.05, 0.4)]) == []  # a third of it are tokens: it tells neither
    assert rates([]) == []


def test_rules_sizes_and_numbers_of_cards_are_kept_apart():
    jobs = [job(0.1, 1, 2), job(0.1, 1, 3, rule="judge_rows"), job(0.1, 1, 4, cards=4)]
    seen = [(entry["rule"], entry["cards"], entry["tokens_take"]) for entry in rates(jobs)]
    assert seen == [("generate", 2, 2), ("generate", 4, 4), ("judge_rows", 2, 3)]


def test_only_jobs_on_the_cards_that_are_planned_count():
    here, other, none = (
        job(0.1, 1, 2),
        job(0.1, 1, 2, kind="NVIDIA A100-SXM4-40GB"),
        job(0.1, 1, 2, cards=0, kind="AMD EPYC"),
    )
    assert comparable([here, other, none], True, "nvidia_h100") == [here]
    assert comparable([here, none], True, "") == [here]  # the site names no card: those of a single model do
    assert comparable([here, other], True, "") == []
    assert comparable([here, none], False, "AMD EPYC") == [none]
    assert comparable([none], False, "Intel Xeon") == []


def record(rule="generate", seconds=720.0, **changes):
    """The record of a finished job, as far as the plan reads it."""
    common = {
        "rule": rule,
        "wildcards": CELL,
        "seconds": seconds,
        "machine": {"gpu": f"8 x {H100}", "cpu": "AMD EPYC"},
        "command": ["python", "-m", "polyglot.synthesis.generate", "--gpus", "2"],
        "logs": [{"path": f"results/small/logs/{rule}/local/id/1.log"}],
    }
    return common | changes


def test_a_record_is_held_against_the_plan_of_its_job():
    estimates = Estimates(Design(CONFIG))
    # 3,200 tokens read at 1,000 a second and 800 written at 100, on two cards; 6 minutes to load (test_plan_sums)
    assert timed(record(), estimates) == ("generate", 50, 2, H100, 0.1, pytest.approx(5.6 / 3600), 0.2)
    launched = ["accelerate", "launch", "--num_processes", "4", "-m", "polyglot.training.train"]
    train = record("train", command=launched, wildcards=CELL | {"student_base": "base"})
    assert timed(train, estimates)[:4] == ("train", 5, 4, H100)
    on_processor = record(command=["python", "--gpus", "0"])
    assert timed(on_processor, estimates)[2:4] == (0, "AMD EPYC")
    assert timed(record(wildcards=CELL | {"teacher": "gone"}), estimates) is None
    assert timed(record("fetch_model", wildcards={"model": "big"}), estimates) is None


def test_records_of_the_study_and_of_those_it_names_tell_the_plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = CONFIG | {"plan": CONFIG["plan"] | {"measured": ["first.yaml"]}}
    Path("config.yaml").write_text(json.dumps(config))
    Path("first.yaml").write_text("study: first\n")
    for study, seconds in (("small", 240.0), ("first", 480.0)):
        folder = Path(f"results/{study}/audit/records/results/{study}/synthetic/local/id/respond")
        folder.mkdir(parents=True)
        for name in ("trial1.parquet", "trial1.rejected.parquet"):  # two files of one job
            (folder / f"{name}.json").write_text(json.dumps(record(seconds=seconds)))
    assert measured(config, Path("config.yaml"), True, "h100") == [row(jobs=2, load_minutes=pytest.approx(6))]
    assert measured(config, Path("config.yaml"), True, "a100") == []


def test_planned_jobs_take_the_measured_rates_of_their_rule_size_and_cards():
    estimates = Estimates(Design(CONFIG))
    jobs = planned([Job("generate", "synthesis", CELL, 2), Job("generate", "synthesis", CELL, 1)], estimates)
    jobs += planned([Job("score", "analysis", {}), Job("fetch_model", "hub", {"model": "big"})], estimates)
    two, single, *rest = applied(jobs, [row(load_minutes=3, tokens_take=2.0)], estimates)
    assert two.hours == pytest.approx(0.05 + 2 * 5.6 / 3600)
    assert [single, *rest] == jobs[1:]  # on one card nothing was measured
    (slower,) = applied(jobs[:1], [row(tokens_take=2.0)], estimates)
    assert slower.hours == pytest.approx(0.1 + 2 * 5.6 / 3600)


def test_the_page_says_what_is_measured_and_what_assumed():
    text = "\n".join(measurements([row(load_minutes=3.04, jobs=4)]))
    assert f"Finished jobs on {H100}" in text
    assert "| generate | 50 | 2 | 4 | 3.0 | |" in " ".join(text.split()).replace("|  |", "| |")
    assert "Nothing: no job" in "\n".join(measurements([]))
