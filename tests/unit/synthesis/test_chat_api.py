"""The client against a small server on loopback that answers from a script."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from polyglot.core.errors import InputError
from polyglot.synthesis import chat_api
from polyglot.synthesis.api_settings import read_api
from polyglot.synthesis.chat_api import ApiTeacher, Pace
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.prompting import Question, pair_schema
from polyglot.synthesis.synthesise import Call, Job

KEY = "sk-a-very-secret-key"
SAMPLING = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 40}


def said(text, finish="stop", **message):
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text, **message},
    }
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    return 200, {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [choice],
        "usage": usage,
    }


def refused(status, message="no", code=None):
    return status, {"error": {"message": message, "type": "error", "code": code}}


class Server(ThreadingHTTPServer):
    """Answers the n-th request with the n-th step of `script`, the last step for ever after."""

    daemon_threads = True

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.requests = []
        self.keys = []
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            step = self.server.script[min(len(self.server.requests), len(self.server.script) - 1)]
            self.server.requests.append(body)
            self.server.keys.append(self.headers["Authorization"])
        status, answer, *headers = step(body) if callable(step) else step
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers[0].items() if headers else ():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def serve(monkeypatch):
    """Start a server with a script; the server and the settings of its client."""
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr(chat_api, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(chat_api, "LONGEST_DELAY", 0.02)
    servers = []

    def start(*script, **changes):
        server = Server(script)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server, settings(f"http://127.0.0.1:{server.server_port}/v1", **changes)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def settings(base_url, **changes):
    return read_api(
        {
            "base_url": base_url,
            "model": "m",
            "key_env": "TEST_KEY",
            "requests_per_minute": 60_000,
            "concurrency": 4,
            "usd_per_million_input_tokens": 0.15,
            "usd_per_million_output_tokens": 0.6,
            "budget_usd": 1,
            **changes,
        }
    )


@pytest.fixture
def ask(tmp_path):
    """Ask a teacher behind an API; its answers are kept below `tmp_path`."""

    def answers(api, calls, sampling=SAMPLING, **changes):
        job = {"teacher": "t", "language": "id", "language_name": "Indonesian", "trial": 1, "seed": 1, "style": "chat"}
        job |= {"templates": Path("resources/prompts"), "longest": None, "max_tokens": 40, "chunk_size": 4}
        job |= {"made_with": "settings", "out": tmp_path / "t" / "id", **changes}
        return ApiTeacher(api, sampling, Job(**job), ["respond"]).answers("respond", calls)

    return answers


def call(text="Halo, apa kabar?", schema=None, seed=5):
    return Call(Question([{"role": "user", "content": text}]), schema, seed)


def test_request_carries_the_settings_the_seed_and_the_strict_schema(serve, ask):
    server, api = serve(said("Baik."))
    assert ask(api, [call(schema=pair_schema(None))]) == [Completion("Baik.", "stop", 12, 3)]
    request = server.requests[0]
    assert request["messages"] == [{"role": "user", "content": "Halo, apa kabar?"}]
    assert (request["model"], request["seed"], request["max_completion_tokens"]) == ("m", 5, 40)
    assert (request["temperature"], request["top_p"]) == (0.5, 0.9)
    assert "max_tokens" not in request and "top_k" not in request
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["response_format"]["json_schema"]["schema"] == pair_schema(None)
    assert server.keys == [f"Bearer {KEY}"]


def test_plain_answers_ask_for_no_schema_and_other_servers_get_their_settings(serve, ask):
    server, api = serve(said("Baik."))
    ask(api, [call()], {**SAMPLING, "top_k": 40, "repetition_penalty": 1.1})
    request = server.requests[0]
    assert "response_format" not in request
    assert (request["top_k"], request["repetition_penalty"]) == (40, 1.1)


def test_limits_and_faults_of_the_server_are_retried(serve, ask):
    server, api = serve(refused(429, "slow down"), refused(500), refused(503), said("Baik."))
    assert ask(api, [call()])[0].text == "Baik."
    assert len(server.requests) == 4
    assert all(request == server.requests[0] for request in server.requests)


def test_lasting_fault_ends_in_one_line(serve, monkeypatch, ask):
    monkeypatch.setattr(chat_api, "TRIES", 3)
    server, api = serve(refused(500, "out of order"))
    with pytest.raises(InputError, match=r"/v1: refused with 500 .*out of order.*run the same command again"):
        ask(api, [call()])
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (refused(401, f"Incorrect API key provided: {KEY}"), "the key in TEST_KEY is refused"),
        (refused(404, "no such model"), "model 'm' or the address is unknown"),
        (refused(400, f"bad schema {KEY}"), r"refused with 400 .*bad schema \.\.\..*correct the teacher's settings"),
    ],
)
def test_refusals_for_good_are_not_retried_and_never_show_the_key(serve, answer, says, ask):
    server, api = serve(answer)
    with pytest.raises(InputError, match=says) as caught:
        ask(api, [call()])
    assert KEY not in str(caught.value)
    assert len(server.requests) == 1


def test_after_a_refusal_no_further_call_is_made(serve, ask):
    server, api = serve(refused(401), concurrency=1)
    with pytest.raises(InputError):
        ask(api, [call(seed=seed) for seed in range(50)])
    assert len(server.requests) < 50


def test_server_that_is_not_there(monkeypatch, ask):
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr(chat_api, "TRIES", 1)
    with pytest.raises(InputError, match=r"http://127\.0\.0\.1:9/v1: no answer .*run the same command again"):
        ask(settings("http://127.0.0.1:9/v1"), [call()])


@pytest.mark.parametrize("value", [None, ""])
def test_key_comes_from_the_environment_alone(monkeypatch, value, ask):
    monkeypatch.delenv("TEST_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-server")
    if value is not None:
        monkeypatch.setenv("TEST_KEY", value)
    with pytest.raises(InputError, match="environment variable TEST_KEY: not set"):
        ask(settings("http://127.0.0.1:9/v1"), [call()])


def test_answers_come_in_the_order_of_the_calls(serve, ask):
    _, api = serve(lambda request: said(request["messages"][0]["content"].upper()))
    texts = [f"soal {number}" for number in range(20)]
    assert [item.text for item in ask(api, [call(text) for text in texts])] == [text.upper() for text in texts]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said("Ba", "length"), "length"),
        (said(None, "content_filter"), "refused"),
        (said(None, refusal="I cannot help with that."), "refused"),
        (refused(400, "too many tokens", "context_length_exceeded"), "too_long"),
        (refused(400, "This model's maximum context length is 1024 tokens."), "too_long"),
    ],
)
def test_answers_that_are_none_are_told_apart(serve, answer, reason, ask):
    _, api = serve(answer)
    assert ask(api, [call()])[0].finish_reason == reason


def test_patience_ends_the_wait_that_a_server_asks_for(serve, ask, capsys):
    step = (429, {"error": {"message": "slow down"}}, {"Retry-After": "7200"})
    server, api = serve(step, patience_s=60)
    with pytest.raises(InputError, match=r"refused with 429 .*slow down.*run the same command again later"):
        ask(api, [call()])
    assert len(server.requests) == 1


def test_wait_that_a_server_asks_for_is_kept(serve, ask, capsys, monkeypatch):
    monkeypatch.setattr(chat_api, "WORTH_SAYING", 0.3)
    server, api = serve((503, {}, {"Retry-After": "0.4"}), said("Baik."))
    start = time.monotonic()
    assert ask(api, [call()])[0].text == "Baik."
    assert time.monotonic() - start >= 0.4 and len(server.requests) == 2
    assert "refused with 503 ({}); tries again in 0 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "says"), [({"modle": "x"}, "'modle' is unknown"), ({"model": None}, "'model' is missing")]
)
def test_settings_are_a_closed_set(changes, says):
    given = {**vars(settings("http://127.0.0.1:9/v1")), **changes}
    with pytest.raises(InputError, match=f"--api: key {says}"):
        read_api({name: value for name, value in given.items() if value is not None})


def test_defaults_are_those_of_the_schema():
    schema = yaml.safe_load(Path("resources/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    described = schema["$defs"]["api"]["properties"]
    api = read_api({"base_url": "http://127.0.0.1:9/v1", "model": "m"})
    for name in ("key_env", "requests_per_minute", "concurrency", "timeout_s", "patience_s"):
        value = getattr(api, name)
        shown = value if isinstance(value, str) else f"{value:.0f}"
        assert f"by default {shown}." in described[name]["description"].rstrip(".") + ".", name
    assert set(vars(api)) == set(described)


@pytest.mark.parametrize("key", ["sk-ends\n", "sk with space", "sk-ключ"])
def test_key_that_no_header_can_hold_is_refused_and_not_shown(monkeypatch, ask, key):
    monkeypatch.setenv("TEST_KEY", key)
    with pytest.raises(InputError, match="environment variable TEST_KEY: holds signs that no key has") as caught:
        ask(settings("http://127.0.0.1:9/v1"), [call()])
    assert "sk" not in str(caught.value)


def test_pace_spaces_requests_evenly():
    pace = Pace(120)
    assert [pace.wait(100.0) for _ in range(4)] == pytest.approx([0.0, 0.5, 1.0, 1.5])
    assert pace.wait(200.0) == 0.0


def test_answers_on_disk_are_not_asked_for_again(serve, ask):
    server, api = serve(lambda request: said(request["messages"][0]["content"].upper()))
    first = ask(api, [call("satu"), call("dua")])
    again = ask(api, [call("dua"), call("tiga"), call("satu")])
    assert [item.text for item in again] == ["DUA", "TIGA", "SATU"] and [item.text for item in first] == ["SATU", "DUA"]
    assert len(server.requests) == 3
    ask(api, [call("satu")], made_with="other settings")
    assert len(server.requests) == 4


def test_earlier_runs_are_booked_before_anything_is_asked(serve, ask):
    # an answer is booked at 12 x 0.15 + 3 x 100 = 301.8 millionths; it could cost 300 bytes and 40 x 100
    server, api = serve(said("Baik."), usd_per_million_output_tokens=100, budget_usd=0.0042)
    ask(api, [call("satu")])
    with pytest.raises(InputError, match=r"budget_usd: 0\.0003 of 0\.0042 US dollars are spent"):
        ask(api, [call("dua")])
    assert len(server.requests) == 1


def test_bill_holds_failed_calls_and_estimates(serve, tmp_path, ask):
    status, answer = said("Baik sekali.")
    _, api = serve((200, []), (status, {**answer, "usage": {"prompt_tokens": -5}}))
    answers = ask(api, [call()])
    assert answers[0].estimated and answers[0].completion_tokens == 4  # 12 bytes
    job = Job("t", "id", "Indonesian", 1, 1, "chat", Path("x"), None, 40, 4, "settings", tmp_path / "t" / "id")
    bill = ApiTeacher(api, SAMPLING, job, ["respond"]).bill("respond", 0, 0)
    assert bill["estimated_usage"] == 1 and bill["failed_calls"] == 1 and bill["cost_usd"] > 0
