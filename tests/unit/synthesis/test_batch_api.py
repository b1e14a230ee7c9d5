"""A teacher in batches against a small server on loopback that speaks OpenAI's form, well and badly."""

import json
import re
import threading
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from polyglot.core.errors import InputError
from polyglot.synthesis import chat_api
from polyglot.synthesis.api_settings import read_api
from polyglot.synthesis.batch_api import BatchTeacher
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.prompting import Question
from polyglot.synthesis.synthesise import Call, Job

KEY = "sk-a-very-secret-key"
USAGE = {"prompt_tokens": 100, "completion_tokens": 10}
ANSWER = Completion("Baik.", "stop", 100, 10)


def result(key, body, status=200):
    return {"id": "r", "custom_id": key, "response": {"status_code": status, "body": body}, "error": None}


def said(key, text="Baik."):
    return result(key, {"choices": [{"finish_reason": "stop", "message": {"content": text}}], "usage": USAGE})


def refused(key, status, message, code=None):
    return result(key, {"error": {"message": message, "code": code}}, status)


class Server(ThreadingHTTPServer):
    """Answers each call of a batch by `lines(word, key)`, where `word` is the call's prompt.

    `steps` are the states that batches go through before they end as `end`; `drop` names a request ("POST /batches")
    whose next replies are lost, how many times.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.batches, self.asked, self.drop = {}, {}, [], {}
        self.steps, self.end, self.errors = [], ["completed"], None
        self.lines = lambda word, key: [said(key)]
        self.lock = threading.Lock()

    def words(self, batch):
        """The prompts of a batch's calls, by key."""
        calls = map(json.loads, self.files[batch["input_file_id"]].splitlines())
        return {call["custom_id"]: call["body"]["messages"][0]["content"] for call in calls}

    def reply(self, method, path, body):
        if method == "POST" and path == "/files":
            name = f"file-{len(self.files)}"
            self.files[name] = uploaded(body)
            return 200, {"id": name}
        if method == "POST" and path == "/batches":
            asked = json.loads(body)
            name = f"batch_{len(self.batches)}"
            self.batches[name] = asked | {"id": name, "errors": None, "left": list(self.steps)}
            return 200, self.batches[name]
        if path.startswith("/batches?"):
            return 200, {"data": list(self.batches.values())[::-1], "has_more": False}
        if path.startswith("/batches/"):
            return self.state(path.removeprefix("/batches/"))
        return 200, self.files[path.split("/")[2]]

    def state(self, name):
        if name not in self.batches:
            return 404, {"error": {"message": "no such batch"}}
        batch = self.batches[name]
        if "status" in batch and batch["status"] in ("completed", "expired", "failed", "cancelled"):
            return 200, batch
        if batch["left"]:
            return 200, batch | {"status": batch["left"].pop(0)}
        batch["status"] = self.end.pop(0) if len(self.end) > 1 else self.end[0]
        if batch["status"] == "failed":
            batch["errors"] = {"data": [self.errors]}
            return 200, batch
        results = [line for key, word in self.words(batch).items() for line in self.lines(word, key)]
        for kind, wanted in (("output_file_id", False), ("error_file_id", True)):
            half = [line for line in results if is_error(line) == wanted]
            batch[kind] = f"file-{len(self.files)}"
            self.files[batch[kind]] = b"\n".join(
                line if isinstance(line, bytes) else json.dumps(line).encode() for line in half
            )
        return 200, batch


def is_error(line):
    return isinstance(line, dict) and (line.get("response") or {}).get("status_code") != 200


def uploaded(body):
    """The file in a form."""
    parts = BytesParser(Message, policy=HTTP).parsebytes(b"Content-Type: multipart/form-data; boundary=" + body)
    fields = {part.get_param("name", header="content-disposition"): part for part in parts.get_payload()}
    assert fields["purpose"].get_payload() == "batch"
    return fields["file"].get_payload(decode=True)


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if boundary := re.search("boundary=(.+)", self.headers["Content-Type"] or ""):
            body = boundary[1].encode() + b"\r\n\r\n" + body
        path = self.path.removeprefix("/v1")
        name = f"{self.command} {re.split('[/?]', path)[1]}"
        with self.server.lock:
            self.server.asked.append((name, self.headers["Authorization"]))
            status, content = self.server.reply(self.command, path, body)
            if self.server.drop.get(name, 0):
                self.server.drop[name] -= 1
                self.close_connection = True
                return
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr(chat_api, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(chat_api, "LONGEST_DELAY", 0.02)
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def teacher(server, tmp_path):
    """A run of the job of a language: what it keeps lies below `tmp_path`, as what an earlier run has kept."""

    def run(language="id", patience_s=60, chunk_size=4, **changes):
        api = {"base_url": f"http://127.0.0.1:{server.server_port}/v1", "model": "m", "key_env": "TEST_KEY"}
        api |= {"requests_per_minute": 600_000, "concurrency": 4, "budget_usd": 1.0}
        api |= {"usd_per_million_input_tokens": 2.0, "usd_per_million_output_tokens": 10.0, **changes}
        api["batch"] = {"price": 0.5, "poll_s": 0.01, "patience_s": patience_s}
        job = ("t", language, "Indonesian", 1, 1, "chat", Path("x"), None, 40, chunk_size, "settings")
        return BatchTeacher(read_api(api), {"max_tokens": 40}, Job(*job, tmp_path / "t" / language), ["respond"])

    return run


def calls(*words):
    return [Call(Question([{"role": "user", "content": word}]), None, 5) for word in words]


def test_a_batch_is_answered_in_order_at_its_share_of_the_price(server, teacher):
    server.steps = ["validating", "in_progress", "an unknown word", "finalizing"]
    server.lines = lambda word, key: [said(key, word.upper())]
    words = [f"soal {number}" for number in range(30)]
    asker = teacher()
    answers = asker.answers("respond", calls(*words))
    assert [answer.text for answer in answers] == [word.upper() for word in words]
    (batch,) = server.batches.values()
    assert batch["endpoint"] == "/v1/chat/completions" and batch["completion_window"] == "24h"
    line = json.loads(server.files["file-0"].splitlines()[0])
    assert (line["method"], line["url"], line["body"]["model"]) == ("POST", "/v1/chat/completions", "m")
    assert line["body"]["max_completion_tokens"] == 40 and line["body"]["seed"] == 5
    assert {key for _, key in server.asked} == {f"Bearer {KEY}"}
    assert asker.bill("respond", 3000, 300)["cost_usd"] == pytest.approx(0.0045)  # half of 0.006 + 0.003
    assert asker.ledger.spent_usd == pytest.approx(0.0045)
    assert (asker.at_once(30), asker.at_once(1)) == (30, 4)
    assert not list(asker.job.out.glob("respond/*.chunks/*"))


def test_a_killed_job_finds_its_batch_again(server, teacher):
    server.steps = ["in_progress"]
    with pytest.raises(InputError, match=r"batch batch_0 is in_progress after 0 s; run the same command again"):
        teacher(patience_s=0).answers("respond", calls("satu", "dua"))
    assert teacher().answers("respond", calls("satu", "dua", "tiga")) == [ANSWER] * 3
    assert [len(server.words(batch)) for batch in server.batches.values()] == [2, 1]


def test_a_lost_reply_makes_no_second_batch(server, teacher, monkeypatch):
    server.drop = {"POST batches": 1}
    assert teacher().answers("respond", calls("satu")) == [ANSWER]
    assert len(server.batches) == 1
    # nor does a run that was killed before the reply came
    server.drop = {"POST batches": 1, "GET batches": 0}
    monkeypatch.setattr("polyglot.synthesis.batch_api.TRIES", 1)
    with pytest.raises(InputError, match="no answer"):
        teacher().answers("respond", calls("dua"))
    assert teacher().answers("respond", calls("dua")) == [ANSWER]
    assert len(server.batches) == 2


def test_a_job_killed_before_its_batch_was_made_makes_it(server, teacher, monkeypatch):
    server.drop = {"POST files": 1}
    monkeypatch.setattr("polyglot.synthesis.batch_api.TRIES", 1)
    with pytest.raises(InputError, match="no answer"):
        teacher().answers("respond", calls("satu"))
    assert teacher().answers("respond", calls("satu")) == [ANSWER]
    assert len(server.batches) == 1


def test_results_that_were_kept_are_not_booked_again(server, teacher):
    server.lines = lambda word, key: [said(key), said("nobody's")] if word == "satu" else []
    server.steps = ["in_progress"]
    asker = teacher(patience_s=0)
    with pytest.raises(InputError, match="run the same command again"):
        asker.answers("respond", calls("satu", "dua"))
    state = asker.job.path("respond", ".chunks") / "batch.json"
    before = state.read_bytes()
    assert teacher().answers("respond", calls("satu")) == [ANSWER]
    spent = teacher().ledger.spent_usd
    state.write_bytes(before)  # as if the job had been killed before it forgot the batch
    again = teacher()
    assert [answer.finish_reason for answer in again.answers("respond", calls("satu", "dua"))] == ["stop", "unanswered"]
    assert len(server.batches) == 4  # and three for the call that is never answered
    # two answers are paid for, and the prompt of a call without a line is estimated four times
    assert spent > 2 * 150e-6
    assert again.ledger.spent_usd - spent == pytest.approx(3 * (spent - 2 * 150e-6))


def test_each_fault_costs_its_own_call_alone(server, teacher, capsys):
    once = set()

    def lines(word, key):
        first = word not in once
        once.add(word)
        passing = {
            "error": [refused(key, 500, "out of order")],
            "limit": [{"custom_id": key, "response": None, "error": {"code": "rate_limit", "message": "later"}}],
            "missing": [],
            "broken": [b'{"custom_id": "' + key.encode() + b'", "respo'],
            "no response": [{"custom_id": key}],
            "not an object": [b"[1, 2]"],
        }
        lasting = {
            "filter": [refused(key, 400, "no", "content_filter")],
            "too long": [refused(key, 400, "maximum context length is 10")],
            "schema": [refused(key, 400, f"bad schema for {KEY}")],
            "never": [],
            "stranger": [said(key), said("nobody's")],
            "twice": [said(key), said(key, "Lain.")],
            "no text": [result(key, {"choices": []})],
        }
        return passing.get(word) if first and word in passing else lasting.get(word, [said(key)])

    server.lines = lines
    words = ["filter", "too long", "schema", "never", "stranger", "twice", "no text"]
    words += ["error", "limit", "missing", "broken", "no response", "not an object"]
    good = [f"good {number}" for number in range(10)]
    asker = teacher()
    answers = dict(zip(words + good, asker.answers("respond", calls(*words, *good)), strict=True))
    ends = {word: answers[word].finish_reason for word in words[:7]}
    assert ends == {
        "filter": "refused",
        "too long": "too_long",
        "schema": "unanswered",
        "never": "unanswered",
        "stranger": "stop",
        "twice": "stop",
        "no text": "no_text",
    }
    assert {answers[word] for word in [*good, *words[7:], "stranger", "twice"]} == {ANSWER}
    assert [len(server.words(batch)) for batch in server.batches.values()] == [23, 7, 1]
    assert asker.bill("respond", 0, 0)["failed_calls"] == 3 + 3 + 2  # never, those without a line, two too many
    text = capsys.readouterr().err + "".join(answer.text for answer in answers.values())
    assert "2 results answer no call of it" in text and KEY not in text


def test_calls_of_an_expired_batch_are_asked_again(server, teacher):
    server.end = ["expired", "completed"]
    expired = {"code": "batch_expired", "message": "This request could not be executed."}
    seen = []

    def lines(word, key):
        seen.append(word)
        ended = word in ("satu", "dua") and seen.count(word) == 1
        return [{"custom_id": key, "response": None, "error": expired}] if ended else [said(key)]

    server.lines = lines
    asker = teacher()
    assert asker.answers("respond", calls("satu", "dua", "tiga", "empat")) == [ANSWER] * 4
    assert seen == ["satu", "dua", "tiga", "empat", "satu", "dua"]
    assert asker.bill("respond", 0, 0)["failed_calls"] == 0  # what was not begun is not charged


def test_a_batch_that_is_refused_as_a_whole(server, teacher):
    server.end, server.errors = ["failed", "completed"], {"code": "token_limit_exceeded", "message": "Enqueued"}
    assert teacher().answers("respond", calls("satu")) == [ANSWER]  # when others have ended
    server.end, server.errors = ["failed"], {"code": "invalid_json_line", "message": "line 1", "line": 1}
    with pytest.raises(
        InputError, match=r"refused a batch as a whole .*invalid_json_line.*correct the teacher's settings"
    ):
        teacher().answers("respond", calls("dua"))
    server.end = ["completed"]
    assert teacher().answers("respond", calls("dua")) == [ANSWER]


def test_a_cancelled_batch_ends_the_job_and_keeps_what_was_answered(server, teacher):
    server.end = ["cancelled", "completed"]
    server.lines = lambda word, key: [said(key)] if word == "satu" or len(server.batches) > 1 else []
    with pytest.raises(InputError, match="batch batch_0 was cancelled; run the same command again"):
        teacher().answers("respond", calls("satu", "dua"))
    assert teacher().answers("respond", calls("satu", "dua")) == [ANSWER] * 2
    assert [len(server.words(batch)) for batch in server.batches.values()] == [2, 1]


def test_connections_that_break_lose_nothing(server, teacher):
    server.drop = {"POST files": 2, "GET batches": 3, "GET files": 2}
    assert teacher().answers("respond", calls("satu", "dua")) == [ANSWER] * 2
    assert len(server.batches) == 1


@pytest.mark.parametrize(("status", "says"), [(404, "leave `batch` out"), (401, "the key in TEST_KEY is refused")])
def test_a_server_without_batches_or_with_another_key(server, teacher, status, says):
    server.reply = lambda *_: (status, {"error": {"message": f"unknown: {KEY}"}})
    with pytest.raises(InputError, match=says) as caught:
        teacher().answers("respond", calls("satu"))
    assert KEY not in str(caught.value)


def test_a_batch_that_the_server_has_forgotten_is_named(server, teacher):
    server.steps = ["in_progress"]
    with pytest.raises(InputError):
        teacher(patience_s=0).answers("respond", calls("satu"))
    server.batches.clear()
    with pytest.raises(InputError, match=r"delete \S*respond/trial1\.chunks/batch\.json where it has forgotten"):
        teacher().answers("respond", calls("satu"))


def test_a_budget_that_pays_for_some_makes_small_batches_and_stops(server, teacher):
    # a call has 100 bytes and could cost (100 x 2 + 40 x 10) / 2 = 300 millionths; an answer costs 150
    budget = 4 * 300e-6 + 1e-6
    with pytest.raises(InputError, match=r"budget_usd: 0\.001\d of 0\.001201 US dollars are spent, and the next 1 req"):
        teacher(budget_usd=budget).answers("respond", calls(*"abcdefgh"))
    assert [len(server.words(batch)) for batch in server.batches.values()] == [4, 2, 1]


def test_two_jobs_at_once_never_spend_more_than_the_budget(server, teacher):
    # with 1100 millionths left, three calls can be paid for, which cost 450; then two of 650, which cost 300; then one
    server.steps = ["in_progress"] * 20
    budget = 1100e-6
    jobs = {language: teacher(language, budget_usd=budget, chunk_size=2) for language in ("id", "es")}
    outcomes = {}

    def run(language):
        try:
            outcomes[language] = len(jobs[language].answers("respond", calls(*"abcdef")))
        except InputError as error:
            outcomes[language] = str(error)

    threads = [threading.Thread(target=run, args=(language,)) for language in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = sum(len(server.words(batch)) for batch in server.batches.values())
    assert asked == 6 and sum(job.ledger.spent_usd for job in jobs.values()) == pytest.approx(900e-6)
    assert "budget_usd: 0.0009 of 0.0011 US dollars are spent, and the next 1 req" in "".join(
        map(str, outcomes.values())
    )


def test_settings_of_batches_are_a_closed_set():
    api = {"base_url": "http://127.0.0.1:9/v1", "model": "m", "key_env": "TEST_KEY", "requests_per_minute": 1}
    api |= {"concurrency": 1, "budget_usd": 1, "usd_per_million_input_tokens": 1, "usd_per_million_output_tokens": 1}
    with pytest.raises(
        InputError, match="--api: batch: key 'pole_s' is unknown; the keys are price, poll_s, patience_s"
    ):
        read_api(api | {"batch": {"price": 0.5, "pole_s": 1, "patience_s": 1}})
