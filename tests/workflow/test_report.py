"""The HTML report in a real browser, at the widths of a desk and of a phone, with hostile model output in it."""

import re
import subprocess
import sys

import pandas as pd
import pytest

from polyglot.core.files import write_json, write_parquet
from tests.browser import DESKTOP, PHONE, open_page, probe
from tests.conftest import ROOT, SNAKEMAKE

HOSTILE = (
    "<script>document.title='owned';fetch('http://127.0.0.1:9/stolen')</script>"
    "<img src='http://127.0.0.1:9/pixel.png' onerror=\"document.title='owned'\"></article>"
    "<style>@import url(http://127.0.0.1:9/style.css)</style>"
)
PROMPTS = {"ar": "ما عاصمة مصر؟", "ja": "富士山の高さは？", "cs": "Kolik je dvě plus tři?"}
RULES = """
report: "{root}/resources/captions/workflow.rst"
configfile: "config.yaml"
rule all:
    input:
        "results/tiny/pages/decision.html", "pages/table_01.html",
        expand("samples/{{language}}.html", language={languages}),
rule table:
    output: report("pages/table_01.html", category="Tables", labels={{"table": "01"}})
    shell: "{python} -m polyglot.report.page --markdown table_01.md --templates {root}/resources/pages --out pages"
rule decision:
    output: report("results/tiny/pages/decision.html", category="Answer", labels={{"page": "decision"}})
    shell: "{python} -m polyglot.report.decision_page --decision decision.json --picture picture.png"
        " --templates {root}/resources/pages --out {{output}}"
rule sample:
    output: report("samples/{{language}}.html", category="Samples", labels={{"language": "{{language}}"}})
    params: parts=lambda wildcards: " ".join(f"--{{one}} {{wildcards.language}}/{{one}}.parquet" for one in {parts})
    shell:
        "{python} -m polyglot.report.sample_rows {{params.parts}} --teacher tee --language {{wildcards.language}}"
        " --language-name L --judge-name j --base b --rows 9 --seed 1 --templates {root}/resources/pages"
        " --out samples/{{wildcards.language}}"
"""
CONFIG = 'study: tiny\nseed: 7\ndevice: cpu\ndesign: [{name: "<b>tiny</b>"}]\nevaluation: {benchmarks: [x]}\n'
PARTS = ["data", "judge", "fidelity", "perplexity"]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report by Snakemake with a table and samples in three scripts, whose responses attack the reader."""
    folder = tmp_path_factory.mktemp("report")
    for language, prompt in PROMPTS.items():
        known = {"row_id": ["a1", "b2"], "recipe": "mix", "size": 2, "trial": 1, "method": "respond"}
        tables = {
            "data": {**known, "prompt": [prompt, HOSTILE], "response": [HOSTILE, prompt]},
            "judge": {"row_id": ["a1", "b2"], "score": pd.array([1, None], "Int64"), "feedback": HOSTILE, "cut": False},
            "fidelity": {"row_id": ["a1", "b2"], "prompt_ok": [True, False], "response_ok": [False, True]},
            "perplexity": {"row_id": ["a1", "b2"], "perplexity": [3.0, None]},
        }
        tables["fidelity"] |= dict.fromkeys(["prompt_language", "response_language"], language)
        for name, columns in tables.items():
            write_parquet(folder / language / f"{name}.parquet", pd.DataFrame(columns))
    (folder / "table_01.md").write_text(
        f"# Table 1: {HOSTILE}\n\n| a | b |\n| --- | --- |\n| 1.5 | {HOSTILE} |\n", "utf-8"
    )
    examples = [
        {"language": "ar", "teachers": ["t", "u"], "rows": [{"prompt": HOSTILE, "answers": [HOSTILE, PROMPTS["ar"]]}]}
    ]
    decision = {"study": "tiny", "recipe": "mix", "size": 2, "names": {}, "decisions": [], "examples": examples}
    write_json(folder / "decision.json", decision)
    (folder / "picture.png").write_bytes(bytes(20_000))
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    rules = RULES.format(root=ROOT, languages=list(PROMPTS), parts=PARTS, python=sys.executable)
    (folder / "Snakefile").write_text(rules, encoding="utf-8")
    pages = ROOT / "resources/pages"
    style = ["--report", "report.html", "--report-stylesheet", str(pages / "report.css")]
    style += ["--report-metadata", str(pages / "report.yaml")]
    for more in ([], style):
        command = [SNAKEMAKE, "--cores", "2", *more]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        assert ended.returncode == 0, ended.stderr[-3000:]
    return folder / "report.html"


def test_the_browser_tells_what_a_page_loads(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<title>x</title><img src='http://127.0.0.1:9/pixel.png'><p>text", encoding="utf-8")
    assert open_page(page, tmp_path / "browser").requests == ["http://127.0.0.1:9/pixel.png"]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_report_renders_and_loads_nothing(report, tmp_path, size):
    opened = open_page(report, tmp_path, size)
    assert "Samples" in opened.dom and "Tables" in opened.dom and "PG-Score is the mean" in opened.dom
    assert opened.requests == []
    assert opened.picture.size == size and opened.colours > 50


OPENED = """setTimeout(() => { const frame = document.querySelector("iframe");
  const page = frame.contentDocument, sandbox = frame.getAttribute("sandbox");
  const text = page.querySelector("h1").innerText, picture = page.querySelector("img").src.length;
  document.querySelector(".prose a").click();
  setTimeout(() => parent.postMessage({graph: document.querySelectorAll("#rulegraph canvas, #rulegraph svg").length,
    first: text, picture: picture, sandbox: sandbox,
    shown: document.querySelector("iframe").src.startsWith("data:text/html"), title: document.title}, "*"), 800);
}, 500);"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_report_opens_on_the_decision_and_its_links_open_the_page_itself(report, tmp_path, size):
    (said,) = probe(report, tmp_path, OPENED, size)
    title = "Snakemake Report"
    assert said.pop("picture") > 20_000  # whole, though its text is longer than docutils allows of a line
    first = "Which teacher: study tiny"
    assert said == {"graph": 0, "first": first, "sandbox": "allow-same-origin", "shown": True, "title": title}


SHOW = """app.showCategory("Samples"); const path = "samples/ar.html";
app.setView({content: "html", contentPath: results[path].data_uri, resultPath: path});
setTimeout(() => parent.postMessage({title: document.title, frames: document.querySelectorAll("iframe").length,
  wide: document.documentElement.scrollWidth, inner: innerWidth,
  nav: document.querySelector("nav").getBoundingClientRect().width}, "*"), 1000);"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_sample_opens_inside_the_report_and_fits_its_width(report, tmp_path, size):
    (said,) = probe(report, tmp_path, SHOW, size)
    assert (said["title"], said["frames"]) == ("Snakemake Report", 1)
    assert said["inner"] == size[0] and said["wide"] <= size[0]
    # beside the page on a desk, above it on a phone
    assert (said["nav"] == size[0]) == (size == PHONE)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("samples/ar.html", PHONE),
        ("samples/ja.html", DESKTOP),
        ("samples/cs.html", DESKTOP),
        ("pages/table_01.html", PHONE),
        ("results/tiny/pages/decision.html", PHONE),
    ],
)
def test_hostile_output_is_shown_and_does_nothing(report, tmp_path, name, size):
    opened = open_page(report.parent / name, tmp_path, size)
    assert opened.requests == [] and opened.colours > 20
    assert "<title>owned" not in opened.dom and not re.search(r"<(script|img(?! src=.data:)|iframe|link)\b", opened.dom)
    assert "&lt;script&gt;document.title='owned'" in opened.dom
    if name.startswith("samples"):
        assert PROMPTS[name[8:10]] in opened.dom and 'dir="auto"' in opened.dom


def test_nothing_in_the_report_is_an_address_to_load(report):
    page = re.sub(r'srcdoc=\\".*?\\"', "", report.read_text(encoding="utf-8"))  # text, as the pages opened above show
    loads = re.findall(r"<(?:script|img|iframe)[^>]+src=[\"']https?://|<link[^>]+href=[\"']https?://|@import", page)
    assert loads == [] and "127.0.0.1" not in page
