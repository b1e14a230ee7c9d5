"""A server that misbehaves in every way that users of such servers report, mixed into good answers."""

import argparse
import contextlib
import gzip
import json
import re
import socketserver
import struct
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.synthesis import chat_api
from polyglot.synthesis.api_settings import read_api
from polyglot.synthesis.chat_api import ApiTeacher
from polyglot.synthesis.parsing import REASONS
from polyglot.synthesis.synthesise import Job, run_jobs
from tests.conftest import ROOT, program

KEY = "sk-a-very-secret-key"
GOOD = "La respuesta correcta a esta pregunta es la palabra casa."
USAGE = {"prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21}


def http(content, status=200, *headers):
    """The bytes of a reply."""
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


def chat(text=GOOD, finish="stop", usage=USAGE, message=None, **more):
    """A chat completion."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **(message or {})}}
    return {"id": "1", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage, **more}


def without(name, value):
    return {key: item for key, item in value.items() if key != name}


def error(status, message, code=None, *headers):
    return http({"error": {"message": message, "type": "invalid_request_error", "code": code}}, status, *headers)


def drip(send):
    send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    for _ in range(50):
        send(b" ")
        time.sleep(0.1)


def drip_headers(send):
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 40:
        send(bytes([byte]))
        time.sleep(0.1)


def hang(send):
    time.sleep(5)


def endless(send):
    send(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(200):
        send(b" " * 65536)


def head(*lines):
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode()


def chunked(content):
    """A body in two chunks."""
    parts = content[:50], content[50:], b""
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)


def nested(depth):
    return http(b'{"choices": ' + b"[" * depth + b"]" * depth + b"}")


JSON_200 = json.dumps(chat()).encode()
ANTHROPIC = {"type": "message", "content": [{"type": "text", "text": GOOD}], "stop_reason": "end_turn"}
GEMINI = {"candidates": [{"content": {"parts": [{"text": GOOD}]}, "finishReason": "STOP"}]}
CALLED = {"tool_calls": [{"id": "1", "type": "function", "function": {"name": "search", "arguments": "{}"}}]}
# what the server does, and what becomes of the call
MODES = {
    # good answers in unusual clothes
    "end-turn": (http(chat(finish="end_turn")), "kept"),
    "eos": (http(chat(finish="eos")), "kept"),
    "stop-in-capitals": (http(chat(finish="STOP")), "kept"),
    "finish-as-an-enum": (http(chat(finish="FinishReason.STOP")), "kept"),
    "content-in-parts": (http(chat([{"type": "text", "text": GOOD[:9]}, {"type": "text", "text": GOOD[9:]}])), "kept"),
    "byte-order-mark": (http(b"\xef\xbb\xbf" + JSON_200), "kept"),
    "gzip": (http(gzip.compress(JSON_200), 200, "Content-Encoding: gzip"), "kept"),
    "wrong-content-type": (http(chat(), 200, "Content-Type: text/html"), "kept"),
    "status-201": (http(chat(), 201), "kept"),
    "error-that-is-null": (http(chat(error=None)), "kept"),
    "no-usage": (http(without("usage", chat())), "kept"),
    "usage-is-empty": (http(chat(usage={})), "kept"),
    "usage-is-null": (http(chat(usage=None)), "kept"),
    "usage-is-a-list": (http(chat(usage=[1, 2])), "kept"),
    "null-counts": (http(chat(usage={"prompt_tokens": 12, "completion_tokens": None})), "kept"),
    "negative-counts": (http(chat(usage={"prompt_tokens": -12, "completion_tokens": -9})), "kept"),
    "counts-as-words": (http(chat(usage={"prompt_tokens": "many", "completion_tokens": "9"})), "kept"),
    "counts-not-a-number": (http(JSON_200.replace(b": 12", b": NaN").replace(b": 9", b": Infinity")), "kept"),
    "counts-beyond-reason": (http(chat(usage={"prompt_tokens": 10**30, "completion_tokens": 9})), "kept"),
    "null-refusal": (http(chat(message={"refusal": None, "tool_calls": None, "function_call": None})), "kept"),
    "chunked": (head("Transfer-Encoding: chunked") + chunked(JSON_200), "kept"),
    "early-hints": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http(chat()), "kept"),
    "a-key-twice": (http(b'{"choices": [], ' + JSON_200[1:]), "kept"),
    "id-is-half-a-pair": (http(JSON_200.replace(b'"id": "1"', b'"id": "\\ud83d"')), "kept"),
    "reasoning-beside": (http(chat(message={"reasoning_content": "casa", "tool_calls": []})), "kept"),
    "nul-in-the-text": (http(chat(f"{GOOD}\0")), "kept"),
    # refused
    "filter-400": (error(400, "no", "content_filter"), "refused"),
    "filter-azure": (error(400, "The response was filtered: Azure OpenAI's content management policy."), "refused"),
    "filter-openai": (error(400, "Your prompt was flagged as potentially violating our usage policy."), "refused"),
    "filter-deepseek": (error(400, "Content Exists Risk"), "refused"),
    "filter-alibaba": (error(400, "no", "data_inspection_failed"), "refused"),
    "filter-zhipu": (error(400, "系统检测到输入或生成内容可能包含不安全或敏感内容", "1301"), "refused"),
    "filter-403": (error(403, "Your input was flagged: requires moderation", 403), "refused"),
    "filter-in-a-200": (http({"error": {"message": "Request violates our content policy", "code": 400}}), "refused"),
    "filter-at-the-end": (http(chat(None, "content_filter")), "refused"),
    "filter-safety": (http(chat("", "SAFETY")), "refused"),
    "refusal-in-the-message": (http(chat(None, message={"refusal": "I cannot help with that."})), "refused"),
    "blocked-without-a-choice": (http({"choices": [], "promptFeedback": {"blockReason": "OTHER"}}), "refused"),
    "refusal-as-a-part": (http(chat([{"type": "refusal", "refusal": "I cannot help with that."}])), "refused"),
    "error-in-a-list": (http([{"error": {"code": 400, "message": "blocked by our content policy"}}], 400), "refused"),
    "error-that-is-text": (http({"error": "content policy violation"}, 400), "refused"),
    "status-451": (http(b"", 451), "refused"),
    # too long
    "long-openai": (error(400, "This model's maximum context length is 8192 tokens."), "too_long"),
    "long-code": (error(400, "no", "context_length_exceeded"), "too_long"),
    "long-anthropic": (error(400, "prompt is too long: 200251 tokens > 199999 maximum"), "too_long"),
    "long-gemini": (error(400, "The input token count (9000) exceeds the maximum number of tokens"), "too_long"),
    "long-tgi": (error(422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096"), "too_long"),
    "long-tei": (error(422, "`inputs` must have less than 1024 tokens. Given: 2000"), "too_long"),
    "long-decoder": (error(400, "The decoder prompt (length 5000) is longer than the maximum"), "too_long"),
    "long-negative": (error(400, "max_tokens must be at least 1, got -300."), "too_long"),
    "long-zhipu": (error(400, "Prompt 超长"), "too_long"),
    "long-alibaba": (error(400, "Range of input length should be [1, 30720]"), "too_long"),
    "long-llama-cpp": (error(400, "the request exceeds the available context size"), "too_long"),
    "long-in-a-200": (http({"error": {"message": "maximum context length is 5", "code": 400}}), "too_long"),
    "long-in-a-500": (error(500, "maximum context length exceeded"), "too_long"),
    "long-vllm": (http({"object": "error", "message": "maximum context length is 4096"}, 400), "too_long"),
    "status-413": (http(b"<html>Request Entity Too Large</html>", 413), "too_long"),
    # no text
    "no-choices": (http(without("choices", chat())), "no_text"),
    "empty-choices": (http({**chat(), "choices": []}), "no_text"),
    "null-choices": (http({**chat(), "choices": None}), "no_text"),
    "choices-of-words": (http({**chat(), "choices": ["casa"]}), "no_text"),
    "null-message": (http({**chat(), "choices": [{"finish_reason": "stop", "message": None}]}), "no_text"),
    "content-is-a-number": (http(chat(42)), "no_text"),
    "content-is-an-object": (http(chat({"text": GOOD})), "no_text"),
    "content-parts-without-text": (http(chat([{"type": "image"}])), "no_text"),
    "schema-of-anthropic": (http(ANTHROPIC), "no_text"),
    "schema-of-gemini": (http(GEMINI), "no_text"),
    "schema-of-completions": (http({"choices": [{"text": GOOD, "finish_reason": "stop"}]}), "no_text"),
    "null-content": (http(chat(None)), "empty"),
    "empty-content": (http(chat("")), "empty"),
    "white-content": (http(chat(" \n ")), "empty"),
    "nothing-to-see": (http(chat("\u200b\ufeff \u2060")), "empty"),
    "message-of-text": (http({**chat(), "choices": [{"finish_reason": "stop", "message": GOOD}]}), "no_text"),
    "parts-in-parts": (http(chat([[GOOD]])), "no_text"),
    "tool-calls": (http(chat(None, "tool_calls", message=CALLED)), "tool_calls"),
    "tool-calls-that-stop": (http(chat(None, "stop", message=CALLED)), "tool_calls"),
    "huge": (http(chat("casa " * 1_000_000)), "huge"),
    "endless": (endless, "huge"),
    "gzip-bomb": (http(gzip.compress(b" " * 50_000_000), 200, "Content-Encoding: gzip"), "huge"),
    # text that is none, or not whole
    "half-a-pair": (http(JSON_200.replace(b"casa", b"\\ud83d")), "broken_text"),
    "invalid-utf-8": (http(JSON_200.replace(b"casa", b"\xff\xfe")), "broken_text"),
    "length": (http(chat(finish="length")), "truncated"),
    "max-tokens": (http(chat(finish="MAX_TOKENS")), "truncated"),
    "unknown-end": (http(chat(finish="bored")), "unknown_end"),
    "null-end": (http(chat(finish=None)), "unknown_end"),
    "end-is-a-list": (http(chat(finish=["stop"])), "unknown_end"),
    "end-is-half-a-pair": (http(JSON_200.replace(b'"stop"', b'"\\ud83d"')), "unknown_end"),
    "end-without-end": (http(chat(finish="x" * 100_000)), "unknown_end"),
    # no answer, however often it is tried
    "error-in-a-200": (http({"error": {"message": "upstream failed", "code": 502}}), "unanswered"),
    "error-in-a-choice": (http({"choices": [{"error": {"message": "provider", "code": 503}}]}), "unanswered"),
    "error-at-the-end": (http(chat("", "error")), "unanswered"),
    "truncated-json": (http(JSON_200[:60]), "unanswered"),
    "html": (http(b"<html>Welcome to nginx</html>"), "unanswered"),
    "empty-200": (http(b""), "unanswered"),
    "status-204": (b"HTTP/1.1 204 No Content\r\n\r\n", "unanswered"),
    "list-for-a-body": (http([chat()]), "unanswered"),
    "text-for-a-body": (http("casa"), "unanswered"),
    "deep-nesting": (nested(100_000), "unanswered"),
    "stream-of-events": (http(b"data: " + JSON_200 + b"\n\ndata: [DONE]\n\n"), "unanswered"),
    "digits-beyond-reason": (http(JSON_200.replace(b": 12", b": " + b"1" * 5000)), "unanswered"),
    "two-bodies": (http(JSON_200 * 2), "unanswered"),
    "utf-16": (http(json.dumps(chat()).encode("utf-16")), "unanswered"),
    "error-of-half-a-pair": (http(b'{"error": {"message": "\\ud83d"}}', 400), "unanswered"),
    "chunk-cut-short": (head("Transfer-Encoding: chunked") + b"ffffffff\r\n" + JSON_200, "unanswered"),
    "length-below-the-body": (head("Content-Length: 20") + JSON_200, "unanswered"),
    "redirect-to-a-file": (http(b"", 307, "Location: file:///etc/passwd"), "unanswered"),
    "status-500": (http(b"", 500), "unanswered"),
    "status-503-html": (http(b"<html>overloaded</html>", 503), "unanswered"),
    "status-529": (error(529, "Overloaded"), "unanswered"),
    "limit-for-hours": (error(429, "slow down", None, "Retry-After: 86400"), "unanswered"),
    "limit-for-ever": (error(429, "slow down", None, "Retry-After: inf"), "unanswered"),
    "limit-in-words": (error(429, "slow down", None, "Retry-After: soon"), "unanswered"),
    "status-418": (http(b"teapot", 418), "unanswered"),
    "bad-request": (error(400, f"bad schema for {KEY}"), "unanswered"),
    "redirect-to-another-host": (
        http(b"", 307, "Location: http://127.0.0.1:{other}/v1/chat/completions"),
        "unanswered",
    ),
    "redirect-in-a-circle": (http(b"", 308, "Location: /v1/chat/completions"), "unanswered"),
    "not-http": (b"SSH-2.0-OpenSSH_9.6\r\n", "unanswered"),
    "closed": (b"", "unanswered"),
    "reset": (None, "unanswered"),
    "cut-short": (http(chat())[:-40], "unanswered"),
    "not-gzip": (http(JSON_200, 200, "Content-Encoding: gzip"), "unanswered"),
    "drip": (drip, "unanswered"),
    "drip-of-headers": (drip_headers, "unanswered"),
    "hang": (hang, "unanswered"),
}


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        received = b""
        while b"\r\n\r\n" not in received:
            if not (part := self.request.recv(65536)):
                return
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        wanted = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        while len(body) < wanted:
            body += self.request.recv(65536)
        name = re.search(r"\[(.+?)\]", json.loads(body)["messages"][-1]["content"])[1]
        with self.server.lock:
            self.server.asked[name] += 1
            mode = self.server.modes.get(name.split("#")[0], (http(chat()), "kept"))[0]
        with contextlib.suppress(OSError):  # the client went away
            self.answer(mode)

    def answer(self, mode):
        if mode is None:
            self.request.setsockopt(
                socketserver.socket.SOL_SOCKET, socketserver.socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        elif callable(mode):
            mode(self.request.sendall)
        else:
            self.request.sendall(mode.replace(b"{other}", str(self.server.other).encode()))


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, modes, other=0):
        super().__init__(("127.0.0.1", 0), Handler)
        self.modes, self.other, self.asked, self.lock = modes, other, Counter(), threading.Lock()
        self.port = self.server_address[1]


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    monkeypatch.setattr(chat_api, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(chat_api, "LONGEST_DELAY", 0.02)
    servers = []

    def start(modes, other=0):
        servers.append(Server(modes, other))
        threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def requests(path, names):
    """A request table whose prompts name their modes."""
    columns = {"method": "respond", "language": "es", "demonstrations": []}
    rows = [
        {"request_id": name, "seed_ids": [name], "source_prompt": f"¿Qué es [{name}]?", **columns} for name in names
    ]
    pd.DataFrame(rows).to_parquet(path, index=False)


def settings(server, **changes):
    """The settings of a client of the server."""
    api = {"base_url": f"http://127.0.0.1:{server.port}/v1", "model": "m", "key_env": "TEST_KEY"}
    api |= {"requests_per_minute": 600_000, "concurrency": 16, "budget_usd": 100.0, "timeout_s": 20.0}
    return api | {"usd_per_million_input_tokens": 1.0, "usd_per_million_output_tokens": 4.0, **changes}


@pytest.fixture
def make(tmp_path):
    """Run a job over requests that name their modes; rows, rejects and counts."""

    def run(server, names, **changes):
        path = tmp_path / "respond.parquet"
        requests(path, names)
        api = settings(server, **changes)
        out = tmp_path / "t" / "es"
        job = Job(*("t", "es", "Spanish", 1, 7, "chat", Path("resources/prompts"), None, 60, 64, "settings", out))
        arguments = argparse.Namespace(language="es", requests=[path], wanted={1: {"respond": len(names)}})
        run_jobs(arguments, [[job]], lambda job: ApiTeacher(read_api(api), {"max_tokens": 60}, job, ["respond"]))
        folder = out / "respond"
        counts = json.loads((folder / "trial1.counts.json").read_text())
        return (
            pd.read_parquet(folder / "trial1.parquet"),
            pd.read_parquet(folder / "trial1.rejected.parquet"),
            counts,
        )

    return run


def test_each_mode_costs_its_own_call_alone(serve, make, capsys):
    assert len(MODES) >= 64 and {reason for _, reason in MODES.values()} - {"kept"} <= set(REASONS)
    elsewhere = serve({})
    server = serve(MODES, elsewhere.port)
    names = [name for mode in MODES for name in (f"good#{mode}", mode)]
    kept, rejected, counts = make(server, names, timeout_s=6.0)

    outcomes = dict.fromkeys(kept["request_id"], "kept") | dict(
        zip(rejected["request_id"], rejected["reason"], strict=True)
    )
    assert {mode: outcomes[mode] for mode in MODES} == {mode: reason for mode, (_, reason) in MODES.items()}
    good = [name for name in names if name.startswith("good#")]
    assert [name for name in kept["request_id"] if name.startswith("good#")] == good
    assert set(kept["response"]) == {GOOD}
    assert {server.asked[name] for name in good} == {1}
    final = [mode for mode, (_, reason) in MODES.items() if reason != "unanswered"]
    assert {mode: server.asked[mode] for mode in final} == dict.fromkeys(final, 1)
    assert server.asked["truncated-json"] == 3 and server.asked["status-500"] == 9 and server.asked["bad-request"] == 1
    assert not elsewhere.asked  # no prompt and no key went to another host
    assert counts["unknown_ends"] == {"None": 1, "['stop']": 1, "bored": 1, "\ufffd": 1, "x" * 40: 1}
    assert counts["estimated_usage"] == 16  # nine that are kept, three huge ones, four in another schema
    assert kept["prompt_tokens"].min() > 0 and kept["completion_tokens"].min() > 0 and counts["cost_usd"] > 0
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err + "".join(rejected["text"])


def test_healed_server_is_asked_only_for_what_is_missing(serve, make):
    names = [f"good#{number}" for number in range(60)] + ["closed", "filter-400", "usage-is-empty", "no-credit"]
    server = serve({**MODES, "no-credit": (error(402, "Payment Required"), None)})
    with pytest.raises(InputError, match=r"/v1: refused with 402 .*pay the account .* answers so far are kept"):
        make(server, names, concurrency=4)
    before = Counter(server.asked)
    server.modes = {}
    kept, rejected, counts = make(server, names)
    assert len(kept) == 63 and list(rejected["reason"]) == ["refused"]
    assert {server.asked[name] for name in names if name not in ("closed", "no-credit")} == {1}
    assert server.asked["closed"] == before["closed"] + 1 and server.asked["no-credit"] == 2
    assert counts["seen"] == 64


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("closed", "no answer"),
        ("drip", r"no whole answer within 1 s; raise timeout_s"),
        ("html", r"not a JSON object \(<html>Welcome to nginx</html>\)"),
        ("bad-request", "correct the teacher's settings"),
        ("redirect-to-another-host", "put the last address into base_url"),
        ("schema-of-gemini", "no text"),
    ],
)
def test_server_that_gives_nothing_of_use_ends_the_job_soon(serve, make, mode, says):
    server = serve(MODES)
    names = [f"{mode}#{number}" for number in range(60)]
    with pytest.raises(InputError, match=says):
        make(server, names, concurrency=4, timeout_s=0.6 if mode == "drip" else 20.0)
    assert len(server.asked) <= 24  # sixteen in a row, and those under way


def test_what_passes_by_itself_loses_nothing(serve, make):
    """Every second try of a call meets a fault."""
    server = serve({})
    faults = [mode for mode, (_, reason) in MODES.items() if reason == "unanswered"]
    lasting = {
        "bad-request",
        "error-of-half-a-pair",
        "status-418",
        "limit-for-hours",
        "drip",
        "drip-of-headers",
        "hang",
    }
    lasting |= {mode for mode in faults if mode.startswith("redirect")}
    passing = [mode for mode in faults if mode not in lasting]
    assert len(passing) > 20

    class Once(dict):
        def get(self, name, default):
            return MODES[name] if name in MODES and server.asked[name] == 1 else default

    server.modes = Once()
    kept, rejected, _ = make(server, passing)
    assert list(kept["request_id"]) == passing and rejected.empty
    assert set(server.asked.values()) == {2}


def test_a_killed_program_asks_again_only_for_what_was_under_way(serve, tmp_path):
    def slowly(send):
        time.sleep(0.1)
        send(http(chat()))

    server = serve({"good": (slowly, "kept")})
    requests(tmp_path / "respond.parquet", names := [f"good#{number}" for number in range(40)])
    api = settings(server, concurrency=4)
    options = ["--teacher", "t", "--language", "es", "--language-name", "Spanish", "--seed", 7]
    options += ["--chunk-size", 40, "--templates", "resources/prompts", "--requests", tmp_path / "respond.parquet"]
    options += ["--sampling", '{"max_tokens": 60}', "--wanted", '{"1": {"respond": 40}}', "--out", tmp_path / "out"]
    command = program("synthesis.generate_api", "--api", json.dumps(api), *options)
    running = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    while len(server.asked) < 12:
        assert running.poll() is None
        time.sleep(0.02)
    running.kill()
    running.wait()
    time.sleep(0.3)  # what was under way is answered into the void
    began = set(server.asked)
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    again = [name for name in names if server.asked[name] > 1]
    assert len(again) <= 4 and set(again) <= began and set(server.asked) == set(names)
    assert len(pd.read_parquet(tmp_path / "out/respond/trial1.parquet")) == 40
