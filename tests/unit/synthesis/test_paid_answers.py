import json

import pytest

from polyglot.core.errors import InputError
from polyglot.synthesis.paid_answers import Ledger, PaidAnswers
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.prompting import Question
from polyglot.synthesis.synthesise import Call

PRICES = {"usd_per_million_input_tokens": 2.0, "usd_per_million_output_tokens": 10.0}
GOOD = Completion(
    "Sí, señora.\u2028\x85", "stop", 100, 10
)  # 300 millionths of a dollar; signs that end a line for some


def call(text="Hola"):
    return Call(Question([{"role": "user", "content": text}]), None, 5)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "trial1.chunks" / "answers.jsonl"


def test_an_answer_is_on_disk_when_it_is_appended(path):
    ledger = Ledger(**PRICES, budget_usd=1.0)
    kept = PaidAnswers(path, ledger)
    kept.append("a", GOOD)
    assert json.loads(path.read_text("ascii"))["text"] == GOOD.text
    kept.append("b", Completion("no answer", "failed", 50, 0, estimated=True))
    assert ledger.spent_usd == pytest.approx(0.0004)
    again = Ledger(**PRICES, budget_usd=1.0)
    read = PaidAnswers(path, again)
    assert read.answers == {"a": GOOD} and [item.prompt_tokens for item in read.failed] == [50]
    assert again.spent_usd == pytest.approx(0.0004)


@pytest.mark.parametrize(
    "end",
    [
        b'{"call": "b", "text": "Ma',
        b"\xff\xfe\n",
        b"[]\n",
        b'{"call": "b"}\n',
        b'{"call": "b", "text": null, "finish_reason": "stop", "prompt_tokens": 1, "completion_tokens": 1,'
        b' "estimated": false}\n',
        b'{"call": "b", "text": "", "finish_reason": "stop", "prompt_tokens": -1, "completion_tokens": 1,'
        b' "estimated": false}\n',
    ],
)
def test_a_line_that_cannot_be_read_is_reported_and_costs_no_other(path, end, capsys):
    PaidAnswers(path, Ledger()).append("a", GOOD)
    path.write_bytes(path.read_bytes() + end)
    kept = PaidAnswers(path, Ledger())
    assert list(kept.answers) == ["a"]
    assert "answers.jsonl: 1 of 2 lines cannot be read" in capsys.readouterr().err
    kept.append("c", GOOD)
    assert list(PaidAnswers(path, Ledger()).answers) == ["a", "c"]


def test_budget_is_never_exceeded():
    # 103 bytes of JSON and 50 tokens could cost 2 x 103 + 10 x 50 = 706 millionths
    ledger = Ledger(**PRICES, budget_usd=0.00172)
    assert ledger.most(call(), 50) == pytest.approx(0.000706)
    ledger.reserve([call(), call()], 50)
    ledger.book(GOOD)
    assert ledger.affords()  # 0.0003 + 0.001412
    ledger.book(Completion("", "failed", 10, 0))
    assert not ledger.affords()
    with pytest.raises(
        InputError, match=r"budget_usd: 0\.0003 of 0\.00172 US dollars are spent, and the next 3 requests"
    ):
        ledger.reserve([call()] * 3, 50)
