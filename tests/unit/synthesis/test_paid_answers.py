import json

import pytest

from polyglot.core.errors import InputError
from polyglot.synthesis.paid_answers import Ledger, OtherJobs, PaidAnswers
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.prompting import Question
from polyglot.synthesis.synthesise import Call

PRICES = 2.0, 10.0  # US dollars for a million tokens of requests and of answers
GOOD = Completion(
    "Sí, señora.\u2028\x85", "stop", 100, 10
)  # 300 millionths of a dollar; signs that end a line for some


def call(text="Hola"):
    return Call(Question([{"role": "user", "content": text}]), None, 5)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "id" / "respond" / "trial1.paid.jsonl"


def ledger_of(path, budget_usd=1.0, prices=PRICES):
    """The ledger of the job with the answers in `path`."""
    reservation = path.with_name("trial1.chunks") / "reserved.json"
    return Ledger(prices, budget_usd, OtherJobs(path.parents[2], {path}), reservation)


def test_an_answer_is_on_disk_when_it_is_appended(path):
    ledger = ledger_of(path)
    kept = PaidAnswers(path, ledger)
    kept.append(("a", GOOD))
    assert json.loads(path.read_text("ascii"))["text"] == GOOD.text
    kept.append(("b", Completion("no answer", "failed", 50, 0, estimated=True)))
    assert ledger.spent_usd == pytest.approx(0.0004)
    again = ledger_of(path)
    read = PaidAnswers(path, again)
    assert read.answers == {"a": GOOD} and [item.prompt_tokens for item in read.failures()] == [50]
    assert again.spent_usd == pytest.approx(0.0004)


@pytest.mark.parametrize(
    "end",
    [
        b'{"call": "b", "text": "Ma',
        b"\xff\xfe\n",
        b"[]\n",
        b'{"call": "b"}\n',
        b'{"call": "b", "text": null, "finish_reason": "stop", "prompt_tokens": 1, "completion_tokens": 1,'
        b' "estimated": false, "usd": 0.1}\n',
        b'{"call": "b", "text": "", "finish_reason": "stop", "prompt_tokens": 1, "completion_tokens": 1,'
        b' "estimated": false, "usd": -0.1}\n',
        b'{"call": "b", "text": "", "finish_reason": "stop", "prompt_tokens": 1, "completion_tokens": 1,'
        b' "estimated": false, "usd": NaN}\n',
        b'{"call": "b", "text": "", "finish_reason": "stop", "prompt_tokens": -1, "completion_tokens": 1,'
        b' "estimated": false, "usd": 0.1}\n',
    ],
)
def test_a_line_that_cannot_be_read_is_reported_and_costs_no_other(path, end, capsys):
    PaidAnswers(path, ledger_of(path)).append(("a", GOOD))
    path.write_bytes(path.read_bytes() + end)
    kept = PaidAnswers(path, ledger_of(path))
    assert list(kept.answers) == ["a"]
    assert "trial1.paid.jsonl: 1 of 2 lines cannot be read" in capsys.readouterr().err
    kept.append(("c", GOOD))
    assert list(PaidAnswers(path, ledger_of(path)).answers) == ["a", "c"]


def test_budget_is_never_exceeded(path):
    # 103 bytes of JSON and 50 tokens could cost 2 x 103 + 10 x 50 = 706 millionths
    ledger = ledger_of(path, 0.00172)
    assert ledger.most(call(), 50) == pytest.approx(0.000706)
    ledger.reserve([call(), call()], 50)
    PaidAnswers(path, ledger).append(("a", GOOD))
    assert ledger.affords()  # 0.0003 + 0.001412
    PaidAnswers(path.with_name("trial2.paid.jsonl"), ledger).append(("b", Completion("", "failed", 10, 0)))
    assert not ledger.affords()
    with pytest.raises(
        InputError, match=r"budget_usd: 0\.0003 of 0\.00172 US dollars are spent, and the next 3 requests"
    ):
        ledger.reserve([call()] * 3, 50)


def test_jobs_of_a_teacher_share_one_budget(path):
    other = path.parents[2] / "es" / "respond" / "trial1.paid.jsonl"
    mine, theirs = ledger_of(path, 0.002), ledger_of(other, 0.002)
    theirs.reserve([call()], 50)  # 706 millionths
    mine.reserve([call()], 50)
    mine.release()
    with pytest.raises(InputError, match=r"0\.0000 of 0\.002 US dollars are spent and 0\.0007 set aside by other jobs"):
        mine.reserve([call(), call()], 50)
    PaidAnswers(other, theirs).append(("a", GOOD), ("b", GOOD), ("c", GOOD))
    theirs.release()
    mine.reserve([call()], 50)  # 0.0009 are spent
    PaidAnswers(other, theirs).append(("d", Completion("no answer", "failed", 250, 0)))
    assert not mine.affords()  # 0.0009 + 0.0005 + 0.000706


def test_a_refused_reservation_bars_no_other_job(path):
    mine, theirs = ledger_of(path, 0.001), ledger_of(path.parents[2] / "es" / "respond" / "trial1.paid.jsonl", 0.001)
    with pytest.raises(InputError, match="the next 2 requests could cost more than what is left; raise it"):
        mine.reserve([call(), call()], 50)
    theirs.reserve([call()], 50)


def test_a_line_that_another_job_is_writing_counts_when_it_is_whole(path):
    others, ledger = OtherJobs(path.parents[2], set()), ledger_of(path)
    PaidAnswers(path, ledger).append(("a", GOOD))
    line = path.read_bytes()
    path.write_bytes(line + line[:30])
    others.look(ledger.booked)
    assert others.spent_usd == pytest.approx(0.0003)
    path.write_bytes(line + line)
    others.look(ledger.booked)
    others.look(ledger.booked)
    assert others.spent_usd == pytest.approx(0.0006)


def test_what_was_paid_at_another_price_stays_paid(path):
    ledger = ledger_of(path)
    PaidAnswers(path, ledger).append(("a", GOOD))
    cheaper = ledger_of(path, prices=(0.0, 0.0))
    PaidAnswers(path, cheaper)
    assert cheaper.all_spent_usd() == pytest.approx(0.0003)


def test_a_cost_that_is_not_known_is_no_zero_and_is_booked_once_there_are_prices(path):
    unpriced = ledger_of(path, budget_usd=None, prices=None)
    unpriced.reserve([call()] * 1000, 10**9)  # nothing limits it
    kept = PaidAnswers(path, unpriced)
    kept.append(("a", GOOD))
    assert json.loads(path.read_text("ascii"))["usd"] is None and unpriced.cost(100, 10) is None
    priced = ledger_of(path)
    assert PaidAnswers(path, priced).answers == {"a": GOOD} and priced.spent_usd == pytest.approx(0.0003)
    other = ledger_of(path.parents[2] / "es" / "respond" / "trial1.paid.jsonl")
    assert other.left_usd() == pytest.approx(0.9997)
