"""Two jobs of a teacher behind an API, free to run at once, share its rate limit and its budget."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby

import pandas as pd
import pytest

from polyglot.core.identity import derive_seed
from tests.conftest import ROOT

STUDY = """
teachers:
  far-away:
    licence: OpenAI
    api:
      base_url: http://127.0.0.1:{port}/v1
      model: m
      key_env: LOOPBACK_KEY
      requests_per_minute: 400
      concurrency: 4
      usd_per_million_input_tokens: 0
      usd_per_million_output_tokens: 10000
      budget_usd: 7.5
    sampling: {{temperature: 0.5, top_p: 0.9, max_tokens: 40}}
scoring: {{main_recipe: respond, main_size: 24}}
design:
  - name: shared
    student_bases: [smollm2-135m]
    teachers: [far-away]
    languages: [es]
    recipes: [respond]
    sizes: [24]
    trials: 2
"""
ANSWER = "La respuesta correcta a esta pregunta es la palabra casa."
FOLDER = "results/test/synthetic/far-away/es/respond"
NAMES = [f"r{number}" for number in range(30)]
ROWS = [f"{FOLDER}/trial{trial}.parquet" for trial in (1, 2)]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seeds.append(request["seed"])
        self.server.last = request, self.headers["Authorization"]
        choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}
        content = json.dumps({"choices": [choice], "usage": {"prompt_tokens": 50, "completion_tokens": 10}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seeds = []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def write_requests(folder, names):
    """A table of requests for each method; no row of the first two is wanted."""
    for method in ("generate", "translate", "respond"):
        columns = {"method": method, "language": "es", "demonstrations": []}
        asked = [
            {"request_id": name, "seed_ids": [name], "source_prompt": f"¿Qué es {name}?"} | columns for name in names
        ]
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(asked).to_parquet(folder / f"{method}.parquet", index=False)


@pytest.fixture
def make(server, project, snakemake):
    """Make the rows of both trials; only the rule that asks the server runs."""
    (project / "studies/shared.yaml").write_text(STUDY.format(port=server.server_port), encoding="utf-8")
    write_requests(project / "results/test/requests/es", NAMES)

    def run():
        options = ("--allowed-rules", "generate_api", "--keep-going", "--show-failed-logs")
        done = snakemake(*ROWS, *options, "--configfile", "studies/test.yaml", "studies/shared.yaml")
        return done.stdout + done.stderr

    return run


def test_a_missing_key_ends_the_run_before_its_first_job(server, make, monkeypatch):
    monkeypatch.delenv("LOOPBACK_KEY", raising=False)
    text = make()
    says = "error: teacher far-away: environment variable LOOPBACK_KEY: not set; put the key of http://127.0.0.1"
    assert says in text and not server.seeds, text


def test_jobs_of_a_teacher_take_turns_and_spend_one_budget(server, make, project, monkeypatch):
    # an answer costs 0.1 dollars and could cost 0.4: with 12 calls at a time the second job's second chunk could reach
    # 2.4 + 1.2 + 4.8 dollars
    monkeypatch.setenv("LOOPBACK_KEY", "sk-loopback-only")
    text = make()
    assert "budget_usd: 3.6000 of 7.5 US dollars are spent, and the next 12 requests could cost more" in text, text
    assert [(project / path).exists() for path in ROWS].count(True) == 1
    assert len(server.seeds) == 36
    trials = {
        derive_seed(20260414, "far-away", "es", "respond", trial, name): trial for trial in (1, 2) for name in NAMES
    }
    assert len(list(groupby(server.seeds, trials.get))) == 2  # first all calls of one job, then those of the other


DESIGN = """
study: short
scoring: {main_recipe: respond, main_size: 3}
design: [{name: short, student_bases: [smollm2-135m], teachers: [far-away], languages: [es], recipes: [respond],
  sizes: [3], trials: 1}]
"""


def test_the_short_form_of_the_docs_is_enough_and_costs_nobody_knows_are_no_zero(
    server, project, snakemake, monkeypatch
):
    page = (ROOT / "docs/adding.md").read_text(encoding="utf-8")
    (entry,) = re.findall(r"^```yaml\n# studies/far_away\.yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    address = f"http://127.0.0.1:{server.server_port}/v1"
    study = entry.replace("https://api.example.org/v1", address) + DESIGN
    (project / "studies/short.yaml").write_text(study, encoding="utf-8")
    write_requests(project / "results/short/requests/es", NAMES[:3])
    monkeypatch.setenv("POLYGLOT_API_KEY", "sk-loopback-only")
    rows = "results/short/synthetic/far-away/es/respond/trial1"
    rules = ("generate_api", "plan_study", "plan")
    studies = ("studies/test.yaml", "studies/short.yaml")
    done = snakemake(f"{rows}.parquet", "plan", "--allowed-rules", *rules, "--configfile", *studies)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = json.loads((project / f"{rows}.counts.json").read_text(encoding="utf-8"))
    assert counts["seen"] == 3 and counts["prompt_tokens"] == 150 and counts["cost_usd"] is None
    request, authorization = server.last
    assert authorization == "Bearer sk-loopback-only" and request["model"] == "some-model"
    assert (request["temperature"], request["top_p"], request["max_completion_tokens"]) == (0.8, 0.9, 4096)
    page = (project / "results/short/plan.md").read_text(encoding="utf-8")
    assert "Teacher far-away: what its answers cost is not known, and nothing limits it" in page
    assert re.search(r"generate_api .*\| *not known \|", page)
