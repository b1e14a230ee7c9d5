"""The client against a small server on loopback that answers from a script."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from polyglot.core.errors import InputError
from polyglot.synthesis import chat_api
from polyglot.synthesis.chat_api import Pace, api_teacher, read_api
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.prompting import Question, pair_schema
from polyglot.synthesis.synthesise import Call

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
        status, answer = step(body) if callable(step) else step
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "0.01")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def serve(monkeypatch):
    """Start a server with a script; the server and the settings of its client."""
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
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


def call(text="Halo, apa kabar?", schema=None, seed=5):
    return Call(Question([{"role": "user", "content": text}]), schema, seed)


def test_request_carries_the_settings_the_seed_and_the_strict_schema(serve):
    server, api = serve(said("Baik."))
    assert api_teacher(api, SAMPLING)([call(schema=pair_schema(None))]) == [Completion("Baik.", "stop", 12, 3)]
    request = server.requests[0]
    assert request["messages"] == [{"role": "user", "content": "Halo, apa kabar?"}]
    assert (request["model"], request["seed"], request["max_completion_tokens"]) == ("m", 5, 40)
    assert (request["temperature"], request["top_p"]) == (0.5, 0.9)
    assert "max_tokens" not in request and "top_k" not in request
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["response_format"]["json_schema"]["schema"] == pair_schema(None)
    assert server.keys == [f"Bearer {KEY}"]


def test_plain_answers_ask_for_no_schema_and_other_servers_get_their_settings(serve):
    server, api = serve(said("Baik."))
    api_teacher(api, {**SAMPLING, "top_k": 40, "repetition_penalty": 1.1})([call()])
    request = server.requests[0]
    assert "response_format" not in request
    assert (request["top_k"], request["repetition_penalty"]) == (40, 1.1)


def test_limits_and_faults_of_the_server_are_retried(serve):
    server, api = serve(refused(429, "slow down"), refused(500), refused(503), said("Baik."))
    assert api_teacher(api, SAMPLING)([call()])[0].text == "Baik."
    assert len(server.requests) == 4
    assert all(request == server.requests[0] for request in server.requests)


def test_lasting_fault_ends_in_one_line(serve, monkeypatch):
    monkeypatch.setattr(chat_api, "RETRIES", 2)
    server, api = serve(refused(500, "out of order"))
    with pytest.raises(InputError, match=r"/v1: refused with 500 .*out of order.*run the same command again"):
        api_teacher(api, SAMPLING)([call()])
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (refused(401, f"Incorrect API key provided: {KEY}"), "the key in TEST_KEY is refused"),
        (refused(404, "no such model"), "model 'm' or the address is unknown"),
        (refused(400, f"bad schema {KEY}"), r"refused with 400 .*bad schema \.\.\..*correct the teacher's settings"),
    ],
)
def test_refusals_for_good_are_not_retried_and_never_show_the_key(serve, answer, says):
    server, api = serve(answer)
    with pytest.raises(InputError, match=says) as caught:
        api_teacher(api, SAMPLING)([call()])
    assert KEY not in str(caught.value)
    assert len(server.requests) == 1


def test_after_a_refusal_no_further_call_is_made(serve):
    server, api = serve(refused(401), concurrency=1)
    with pytest.raises(InputError):
        api_teacher(api, SAMPLING)([call(seed=seed) for seed in range(50)])
    assert len(server.requests) < 50


def test_server_that_is_not_there(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr(chat_api, "RETRIES", 0)
    with pytest.raises(InputError, match=r"http://127\.0\.0\.1:9/v1: no answer .*run the same command again"):
        api_teacher(settings("http://127.0.0.1:9/v1"), SAMPLING)([call()])


@pytest.mark.parametrize("value", [None, ""])
def test_key_comes_from_the_environment_alone(monkeypatch, value):
    monkeypatch.delenv("TEST_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-server")
    if value is not None:
        monkeypatch.setenv("TEST_KEY", value)
    with pytest.raises(InputError, match="environment variable TEST_KEY: not set"):
        api_teacher(settings("http://127.0.0.1:9/v1"), SAMPLING)


def test_answers_come_in_the_order_of_the_calls(serve):
    _, api = serve(lambda request: said(request["messages"][0]["content"].upper()))
    texts = [f"soal {number}" for number in range(20)]
    assert [item.text for item in api_teacher(api, SAMPLING)([call(text) for text in texts])] == [
        text.upper() for text in texts
    ]


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
def test_answers_that_are_none_are_told_apart(serve, answer, reason):
    _, api = serve(answer)
    assert api_teacher(api, SAMPLING)([call()])[0].finish_reason == reason


def test_server_that_counts_no_tokens_is_refused(serve):
    status, answer = said("Baik.")
    _, api = serve((status, {**answer, "usage": None}))
    with pytest.raises(InputError, match="no token usage"):
        api_teacher(api, SAMPLING)([call()])


@pytest.mark.parametrize(
    ("changes", "says"), [({"modle": "x"}, "'modle' is unknown"), ({"model": None}, "'model' is missing")]
)
def test_settings_are_a_closed_set(changes, says):
    given = {**vars(settings("http://127.0.0.1:9/v1")), **changes}
    with pytest.raises(InputError, match=f"--api: key {says}"):
        read_api({name: value for name, value in given.items() if value is not None})


def test_pace_spaces_requests_evenly(monkeypatch):
    slept = []
    monkeypatch.setattr(chat_api.time, "monotonic", lambda: 100.0)
    monkeypatch.setattr(chat_api.time, "sleep", slept.append)
    pace = Pace(120)
    for _ in range(4):
        pace.wait()
    assert slept == pytest.approx([0.0, 0.5, 1.0, 1.5])


def test_ledger_has_the_servers_prices():
    ledger = settings("http://127.0.0.1:9/v1").ledger()
    assert ledger.cost(1_000_000, 2_000_000) == pytest.approx(0.15 + 2 * 0.6)
    assert ledger.budget_usd == 1
