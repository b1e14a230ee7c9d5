"""Pages and costs: text is escaped, sums agree with hand calculation, bad files are named."""

import sys

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.files import write_json
from polyglot.report import costs, page
from polyglot.report.costs import by_rule, by_stage, duration, read_answers, read_timings
from polyglot.report.page import from_markdown, heading
from tests.conftest import ROOT

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![picture](https://example.org/a.png)",
        "[link](javascript:alert(1))",
        "<b>ا</b>",
        "| a |\n| --- |\n| <script>x</script> |",
    ],
)
def test_foreign_markup_is_escaped(hostile):
    html = from_markdown(f"# Title\n\n{hostile}\n")
    assert not any(tag in html for tag in ("<script", "<img", "<b>", 'href="javascript'))


def test_a_table_scrolls_and_its_numbers_are_aligned():
    rows = "| كلمة 1 | −0.25 | 1 |\n| 日本 | 1,234 (0.1, +0.2) | x |\n| Česko | | 3 |\n"
    html = from_markdown(f"| teacher | score | mixed |\n| :--- | :--- | --- |\n{rows}")
    assert '<div class="wide" tabindex="0"><table>' in html and "</table></div>" in html
    assert '<th class="number">score</th>' in html and html.count('<td class="number">') == 3
    assert "style=" not in html and '<td class="short">1</td>' in html


def test_intervals_stay_on_a_line_and_texts_have_room():
    rows = "| ann | 0.7 [−0.1, 1.2] | tied |\n| bob | [0.3, 0.9] | 0.2 behind ann; errors explain no more |\n"
    html = from_markdown(f"| teacher | score | why |\n| --- | --- | --- |\n{rows}")
    cells = [("short", "ann"), ("number", "0.7 [−0.1, 1.2]"), ("words", "tied")]
    assert all(f'<td class="{mark}">{text}</td>' in html for mark, text in cells)


def run_page(monkeypatch, out, *markdown):
    templates = str(ROOT / "resources/pages")
    monkeypatch.setattr(
        sys, "argv", ["page.py", "--markdown", *map(str, markdown), "--templates", templates, "--out", str(out)]
    )
    page.main()


def test_pages_are_whole_documents_named_after_their_markdown(tmp_path, monkeypatch):
    for name, text in (("claims", "# Čísla & <b>\n\nPět."), ("anchors", "# 錨\n\nテキスト")):
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    run_page(monkeypatch, tmp_path / "pages", tmp_path / "claims.md", tmp_path / "anchors.md")
    claims = (tmp_path / "pages/claims.html").read_text(encoding="utf-8")
    assert claims.startswith("<!doctype html>") and "<title>Čísla &amp; &lt;b&gt;</title>" in claims
    assert "錨" in (tmp_path / "pages/anchors.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in claims and "width=device-width" in claims


def test_a_page_without_a_heading_or_in_another_encoding_is_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"x\.md: has no heading"):
        heading("text\n#no\n# \n", "x.md")
    (tmp_path / "a.md").write_bytes("# Žluť".encode("cp1250"))
    with pytest.raises(InputError, match=r"a\.md: not UTF-8 text"):
        run_page(monkeypatch, tmp_path, tmp_path / "a.md")


def timing(folder, name, line):
    path = folder / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + line, encoding="utf-8")
    return path


@pytest.fixture
def study(tmp_path):
    timings, synthetic = tmp_path / "timings", tmp_path / "synthetic"
    timing(timings, "generate/tee/ar/trial1", "10.5\t0:00:10\t1000.0\t1\t1\t1\t0\t0\t90\t9.5\n")
    timing(timings, "generate/tee/ja/trial1", "20.0\t0:00:20\t3000.0\t1\t1\t1\t0\t0\t90\t19.0\n")
    timing(timings, "generate_api/paid/ar/trial1", "5.0\t0:00:05\t200.0\t1\t1\t1\t0\t0\t1\t0.5\n")
    timing(timings, "score", "0.2\t0:00:00\t-\t-\t-\t-\t-\t-\t-\tNA\n")
    for teacher, method, cost in (("tee", "generate", 0.0), ("paid", "generate", 0.25), ("paid", "respond", 0.5)):
        counts = {"prompt_tokens": 100, "completion_tokens": 10, "cost_usd": cost}
        write_json(synthetic / teacher / "ar" / method / "trial1.counts.json", counts)
    return tmp_path


STAGES = {"fetch_seeds": "seeds", "generate": "synthesis", "generate_api": "synthesis", "score": "scores"}


def test_costs_by_hand(study):
    rules = by_rule(
        read_timings(study / "timings"), read_answers(study / "synthetic", study / "row_scores", ["paid"]), STAGES
    )
    assert rules["rule"].tolist() == ["generate", "generate_api", "score"]
    first = rules.iloc[0]
    assert (first["jobs"], first["seconds"], first["longest_seconds"], first["peak_memory_mb"]) == (2, 30.5, 20, 3000)
    assert rules["usd"].fillna(-1).tolist() == [0, 0.75, -1]
    timing(study / "timings", "judge_rows_api/j/tee/ar", "5.0\t0:00:05\t200.0\t1\t1\t1\t0\t0\t1\t0.5\n")
    judged = {"prompt_tokens": 40, "completion_tokens": 2, "cost_usd": 0.125}
    write_json(study / "row_scores/judge-j/tee/ar.counts.json", judged)
    priced = read_answers(study / "synthetic", study / "row_scores", ["paid"])
    assert priced.loc["judge_rows_api"].tolist() == [40, 2, 0.125]
    stages = by_stage(rules).set_index("stage")
    assert list(stages.index) == ["synthesis", "scores"]
    assert stages.loc["synthesis", ["jobs", "seconds", "cpu_seconds", "usd"]].tolist() == [3, 35.5, 29, 0.75]
    assert stages.loc["synthesis", "prompt_tokens"] == 300 and pd.isna(stages.loc["scores", "peak_memory_mb"])


def test_the_program_writes_table_page_and_picture_of_the_costs(study, monkeypatch):
    folders = [f"--{name}={study / name.replace('-', '_')}" for name in ("timings", "synthetic", "row-scores")]
    more = ["--stages", '[["generate", "synthesis"]]', "--api-teachers", "paid", "--out", str(study / "costs")]
    monkeypatch.setattr(sys, "argv", ["costs.py", *folders, *more])
    costs.main()
    text = (study / "costs/costs.md").read_text(encoding="utf-8")
    assert "4 jobs took 35.7 s of job time, most of it in the stage synthesis (85 %)." in text
    assert "cost 0.75 US dollars" in text and "| other | score | 1 | 0.2\N{NO-BREAK SPACE}s |" in text
    assert (study / "costs/costs.png").read_bytes().startswith(b"\x89PNG")
    assert pd.read_csv(study / "costs/costs.csv")["jobs"].sum() == 4


def test_a_cost_without_a_price_is_not_known_and_no_zero(study):
    counts = {"prompt_tokens": 100, "completion_tokens": 10, "cost_usd": None}
    write_json(study / "synthetic/paid/ja/generate/trial1.counts.json", counts)
    rules = by_rule(
        read_timings(study / "timings"), read_answers(study / "synthetic", study / "row_scores", ["paid"]), STAGES
    )
    text = costs.page(by_stage(rules), rules)
    assert "cost what nobody knows: the config has no price." in text
    lines = [line.split(" | ") for line in text.splitlines()]
    last = {(line[0], line[1]): line[-1] for line in lines if len(line) > 9}
    assert last["| synthesis", "generate_api"] == "not\N{NO-BREAK SPACE}known |"
    assert last["| synthesis", "generate"] == "0.00 |"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (59.9, "59.9 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")]
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_a_broken_timing_and_broken_counts_are_named(study):
    (study / "timings/score.tsv").write_text("nonsense\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"score\.tsv: not the timing of a job \(column 's' is missing\)"):
        read_timings(study / "timings")
    write_json(study / "synthetic/tee/ar/generate/trial1.counts.json", {"prompt_tokens": 1})
    with pytest.raises(InputError, match=r"trial1\.counts\.json: 'completion_tokens' is missing"):
        read_answers(study / "synthetic", study / "row_scores", [])
    with pytest.raises(InputError, match="holds no timings"):
        read_timings(study / "synthetic")
