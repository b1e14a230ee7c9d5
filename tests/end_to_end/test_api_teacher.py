"""The API teacher against vLLM's own OpenAI-compatible server on loopback, which serves the small model."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pandas as pd
import pytest

from tests.conftest import ROOT, program

KEY = "sk-loopback-only"
QUESTIONS = [
    "What is the capital of France?",
    "Tell me a fact about the sea.",
    "Why is the sky blue?",
    "How do I make a cup of tea?",
    "What do bees make?",
    "Who was Albert Einstein?",
    "What is a good book for a child?",
    "How many days are in a week?",
]
SHOWN = [
    ("What colour is grass?", "Grass is green because its leaves hold a green pigment."),
    ("Where do penguins live?", "Most penguins live in the cold south of the world."),
    ("Can you name a musical instrument?", "Yes, the violin is a musical instrument with four strings."),
]
PRICES = {"usd_per_million_input_tokens": 1.0, "usd_per_million_output_tokens": 4.0}
ENVIRONMENT = {
    **os.environ,
    "HF_HUB_OFFLINE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_API_KEY": KEY,
    "LOOPBACK_KEY": KEY,
}


def run(module, *arguments, **environment):
    return subprocess.run(
        program(module, *arguments), cwd=ROOT, env={**ENVIRONMENT, **environment}, capture_output=True, text=True
    )


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture(scope="module")
def server(smollm2, tmp_path_factory):
    """Address of a running server; it is stopped with all its processes whatever happens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = f"--model {smollm2} --served-model-name smol --dtype float32 --max-model-len 1024 --enforce-eager"
    # in parts, the prompt of a seeded request would end the engine: a CPU's generator cannot be set back
    address = f"--host 127.0.0.1 --port {port} --no-enable-chunked-prefill"
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *settings.split(), *address.split()]
    log = tmp_path_factory.mktemp("server") / "log"
    with open(log, "w") as out:
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=out, stderr=out, start_new_session=True)
        try:
            for _ in range(600):
                try:
                    fetch(f"http://127.0.0.1:{port}/health")
                    break
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    assert process.poll() is None, log.read_text()[-3000:]
                    time.sleep(1)
            yield f"http://127.0.0.1:{port}"
        finally:
            try:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(30)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def answered(server):
    """How many requests the server has answered so far, by its own count."""
    counts = re.findall(r"^vllm:request_success_total\{.*\} ([0-9.e+]+)$", fetch(f"{server}/metrics"), re.MULTILINE)
    return round(sum(map(float, counts)))


@pytest.fixture
def requests(tmp_path):
    shown = [{"english": item, "prompt": item, "response": two} for item, two in SHOWN]
    paths = []
    for method in ("generate", "translate", "respond"):
        rows = [
            {
                "request_id": f"{method}-{number}",
                "method": method,
                "language": "en",
                "seed_ids": [f"s{number}"],
                "source_prompt": None if method == "generate" else question,
                "demonstrations": [shown[number % 3], shown[(number + 1) % 3]],
            }
            for number, question in enumerate(QUESTIONS)
        ]
        paths.append(tmp_path / f"{method}.parquet")
        pd.DataFrame(rows).to_parquet(paths[-1], index=False)
    return paths


def generate(server, requests, out, wanted, key=KEY, **api):
    settings = {
        "base_url": f"{server}/v1",
        "model": "smol",
        "key_env": "LOOPBACK_KEY",
        "requests_per_minute": 6000,
        "concurrency": 4,
        "budget_usd": 1.0,
        **PRICES,
        **api,
    }
    return run(
        "synthesis.generate_api",
        *("--api", json.dumps(settings), "--teacher", "smol-api", "--language", "en", "--language-name", "English"),
        *("--sampling", '{"temperature": 1.0, "top_p": 0.9, "top_k": 40, "max_tokens": 80}'),
        *("--seed", 1, "--chunk-size", 4, "--templates", "resources/prompts", "--requests", *requests),
        *("--wanted", json.dumps({1: wanted}), "--out", out),
        LOOPBACK_KEY=key,
    )


def read(out, method):
    folder = out / method
    counts = json.loads((folder / "trial1.counts.json").read_text())
    return pd.read_parquet(folder / "trial1.parquet"), pd.read_parquet(folder / "trial1.rejected.parquet"), counts


def test_rows_counts_and_cost(server, requests, tmp_path):
    out = tmp_path / "out"
    done = generate(server, requests, out, {"generate": 2, "translate": 0, "respond": 4})
    assert done.returncode == 0, done.stderr
    assert KEY not in done.stderr + done.stdout
    for method, wanted in (("generate", 2), ("respond", 4)):
        rows, rejected, counts = read(out, method)
        assert 1 <= len(rows) <= wanted
        assert counts["kept"] == len(rows) and counts["seen"] == len(rows) + len(rejected)
        assert sum(counts["rejected"].values()) == len(rejected)
        assert set(rows["teacher"]) == {"smol-api"} and set(rows["method"]) == {method}
        assert rows["prompt"].str.len().min() > 0 and rows["response"].str.len().min() > 0
        tokens = pd.concat([rows, rejected])[["prompt_tokens", "completion_tokens"]].sum()
        assert counts["prompt_tokens"] == tokens["prompt_tokens"] > 0
        assert counts["completion_tokens"] == tokens["completion_tokens"] > 0
        assert counts["cost_usd"] == pytest.approx(
            tokens["prompt_tokens"] / 1e6 + 4 * tokens["completion_tokens"] / 1e6
        )
    assert set(read(out, "respond")[0]["prompt"]) <= set(QUESTIONS)
    assert read(out, "translate")[2]["seen"] == 0
    assert not list(out.glob("*/*.chunks")) and len(list(out.glob("*/trial1.paid.jsonl"))) == 2


def test_stopped_run_goes_on_and_pays_for_nothing_twice(server, requests, tmp_path):
    wanted = {"generate": 0, "translate": 0, "respond": 8}
    before = answered(server)
    # four answers could cost 4 x 80 tokens = 0.00128: the first four may be asked for, and no more after them
    prices = {"usd_per_million_input_tokens": 0.0, "usd_per_million_output_tokens": 4.0}
    stopped = generate(server, requests, tmp_path / "out", wanted, **prices, budget_usd=0.001285)
    assert stopped.returncode == 1
    assert stopped.stderr.splitlines()[-1].startswith("error: budget_usd:")
    assert answered(server) - before == 4
    assert not (tmp_path / "out" / "respond" / "trial1.parquet").exists()
    kept = tmp_path / "out" / "respond" / "trial1.paid.jsonl"
    first = [json.loads(line) for line in kept.read_text().splitlines()]

    resumed = generate(server, requests, tmp_path / "out", wanted, **prices)
    assert resumed.returncode == 0, resumed.stderr
    assert answered(server) - before == 8
    rows, rejected, counts = read(tmp_path / "out", "respond")
    assert counts["seen"] == len(rows) + len(rejected) == 8
    texts = [text.strip() for text in [*rows["response"], *rejected["text"]]]
    assert len(first) == 4 and all(item["text"].strip() in texts for item in first)
    assert counts["cost_usd"] == pytest.approx(4 * counts["completion_tokens"] / 1e6)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"key": "sk-of-somebody-else"}, "the key in LOOPBACK_KEY is refused"),
        ({"key": ""}, "environment variable LOOPBACK_KEY: not set"),
        ({"model": "gpt-17"}, "model 'gpt-17' or the address is unknown"),
    ],
)
def test_what_cannot_work_ends_in_one_line(server, requests, tmp_path, changes, says):
    failed = generate(server, requests, tmp_path / "out", {"generate": 0, "translate": 0, "respond": 1}, **changes)
    assert failed.returncode == 1
    assert says in failed.stderr.splitlines()[-1]
    assert "Traceback" not in failed.stderr and "somebody" not in failed.stderr
