"""A judge behind an API, among whose good answers are bad ones; nothing is paid for twice."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, read_parquet, write_parquet
from polyglot.metrics import judge, judge_api
from polyglot.synthesis import chat_api
from tests.loopback_judge import REPLIES, LoopbackJudge

ROWS = ["uno", "dos", *REPLIES, "tres"]
PRICES = {"usd_per_million_input_tokens": 1000, "usd_per_million_output_tokens": 10000}  # an answer costs 0.2 dollars


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("TEST_KEY", "sk-loopback-only")
    monkeypatch.setattr(chat_api, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(chat_api, "LONGEST_DELAY", 0.02)
    server = LoopbackJudge()
    yield server
    server.stop()


@pytest.fixture
def ask(server, tmp_path, monkeypatch):
    """Judge the rows of a table by the server; the table's name is that of its load."""

    def run(load="t/es", rows=ROWS, chunk=4, **changes):
        data = tmp_path / f"{load.replace('/', '-')}.parquet"
        table = pd.DataFrame({"row_id": rows, "prompt": [f"¿Qué es {row}?" for row in rows], "response": rows})
        write_parquet(data, table)
        api = {"base_url": server.address, "model": "judge", "key_env": "TEST_KEY", "requests_per_minute": 60_000}
        out = tmp_path / f"judge-j/{load}.parquet"
        given = {"data": data, "language-names": "Spanish", "api": json.dumps(api | changes), "style": "chat"}
        given |= {"templates": "resources/judge", "max-tokens": 50, "chunk-size": chunk, "seed": 7}
        given |= {"shared": tmp_path / "judge-j", "out": out}
        monkeypatch.setattr(sys, "argv", ["judge_api", *(f"--{name}={value}" for name, value in given.items())])
        judge_api.main()
        return data, out

    return run


@pytest.fixture
def score(tmp_path, monkeypatch):
    def run(data, answers, limit=0.9):
        given = {"data": data, "answers": answers, "judge": "j", "style": "chat", "language-name": "Spanish"}
        given |= {"templates": "resources/judge", "invalid-limit": limit, "least-rows": 1}
        given |= {"out": tmp_path / "judge.json", "rows": tmp_path / "judge.parquet"}
        monkeypatch.setattr(sys, "argv", ["judge", *(f"--{name}={value}" for name, value in given.items())])
        judge.main()
        return read_json(tmp_path / "judge.json")

    return run


def test_good_answers_among_bad_ones_count_and_each_bad_one_has_its_reason(server, ask, score):
    data, out = ask(budget_usd=100, **PRICES)
    table = read_parquet(out)
    assert dict(zip(ROWS, table["finish_reason"], strict=True)) == {
        "uno": "stop",
        "dos": "stop",
        "tres": "stop",
        "off the scale": "stop",
        "in words": "stop",
        "cut": "truncated",
        "refused": "refused",
        "too long": "too_long",
        "without choices": "no_text",
        "half a body": "unanswered",
    }
    figures = score(data, out)
    assert (figures["rows"], figures["valid"], figures["judge_score"], figures["judge_invalid_rate"]) == (10, 3, 4, 0.7)
    reasons = {"malformed": 2, "no_text": 1, "refused": 1, "too_long": 1, "truncated": 1, "unanswered": 1}
    assert figures["invalid"] == reasons
    counts = read_json(out.with_suffix(".counts.json"))
    assert (counts["seen"], counts["kept"]) == (10, 5)
    assert counts["rejected"] == {name: count for name, count in reasons.items() if name != "malformed"}
    assert counts["served_by"] == {"judge-2026-01-01": 7} and counts["failed_calls"] == 3
    assert counts["prompt_tokens"] == 700 and counts["cost_usd"] > 7 * 0.2  # and what the three tries may have cost
    assert table.loc[table["finish_reason"] == "stop", "model"].unique().tolist() == ["judge-2026-01-01"]
    assert not list(out.parent.glob("*.chunks/*"))


def test_questions_are_greedy_and_name_the_form_without_limits_that_servers_refuse(server, ask):
    ask(rows=["uno"])
    (request,) = server.asked
    assert (request["temperature"], request["seed"], request["max_completion_tokens"]) == (0, 7, 50)
    assert [turn["role"] for turn in request["messages"]] == ["system", "user"]
    schema = request["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["feedback"] == {"type": "string", "minLength": 1}
    assert schema["properties"]["score"]["enum"] == [1, 2, 3, 4, 5]


def test_a_rerun_asks_again_only_what_had_no_answer(server, ask, score):
    data, out = ask()
    out.unlink()
    before, server.healed = len(server.asked), True
    ask()
    assert server.times(ROWS)["uno"] == 1 and len(server.asked) == before + 1
    assert score(data, out)["invalid"] == {
        "malformed": 2,
        "no_text": 1,
        "refused": 1,
        "too_long": 1,
        "truncated": 1,
    }
    assert read_json(out.with_suffix(".counts.json"))["cost_usd"] is None  # there is no price


def test_the_jobs_of_a_judge_share_one_budget_and_go_on_where_they_stopped(server, ask):
    ask("t/es", ["uno", "dos"], budget_usd=100, **PRICES)  # 0.4 dollars
    # the two questions of a chunk have more than 2,600 bytes, and so could cost as many dollars
    with pytest.raises(InputError, match=r"^budget_usd: 0\.4000 of 3 US dollars are spent, and the next 2 requests"):
        ask("u/es", ["tres", "cuatro", "cinco", "seis"], chunk=2, budget_usd=3, **PRICES)
    assert len(server.asked) == 2
    _, out = ask("u/es", ["tres", "cuatro", "cinco", "seis"], chunk=2, budget_usd=100, **PRICES)
    assert len(server.asked) == 6 and read_json(out.with_suffix(".counts.json"))["cost_usd"] == pytest.approx(0.8)


def test_the_form_of_prometheus_goes_without_a_schema():
    calls = judge_api.calls(
        pd.DataFrame({"prompt": ["¿Qué?"], "response": ["Sí"], "about0": ["Spanish"]}),
        Path("resources/judge"),
        "prometheus",
        1,
    )
    assert calls[0].schema is None and "###Response to evaluate" in calls[0].question.content[1]["content"]
