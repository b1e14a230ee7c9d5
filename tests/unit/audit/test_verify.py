"""The audit of a small study that the recorder made: nothing is found in it, and every change to it is."""

import itertools
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polyglot.audit.findings import KINDS
from polyglot.audit.records import walk
from polyglot.audit.run import audit
from polyglot.audit.summary import as_html, as_json, as_markdown, as_table, cell, ending
from polyglot.audit.verify import verify
from polyglot.core import provenance
from polyglot.core.texts import spelt
from tests.conftest import ROOT
from tests.unit import audit_tree as tree

SHEET = "table,column,type,empty,low,high,key\nfigure_02.csv,row,text,false,,,true\n"
SHEET += "figure_02.csv,column,text,false,,,true\n"
SHEET += "figure_02.csv,value,number,true,-1,1,false\nintrinsic/*/*/*/*/judge.json,rows,whole,false,1,,false\n"
TEMPLATE = ROOT / "resources/audit/page.html.jinja"
NORMAL = {"uncommitted", "replaced"}  # the small study is not in git; some tests make its manifest anew


@pytest.fixture
def project(small_study, tmp_path):
    """A copy in another place, with other times of change."""
    copy = Path(shutil.copytree(small_study, tmp_path / "elsewhere", copy_function=shutil.copyfile))
    (copy / "tables.csv").write_text(SHEET, encoding="utf-8")
    return copy


def findings(project):
    result = audit(project, tree.STUDY, project=project, sheet=project / "tables.csv").findings
    return [item for item in result if item.kind not in NORMAL]


def only(project, kind):
    """The one finding there is."""
    result = findings(project)
    assert [item.kind for item in result] == [kind], result
    return result[0]


def named(project):
    """Files that verification alone finds an error in."""
    return {finding.file for finding in verify(project, tree.STUDY, project).findings if finding.severity == "error"}


def files(project):
    return [path for folder in (tree.RESULTS, f"paper_figures/{tree.STUDY}") for path, _ in walk(project, folder)]


def reseal(project, output, **changes):
    """Forge a record, checksum and all."""
    path = project / f"{tree.RESULTS}/audit/records/{output}.json"
    record = json.loads(path.read_text("utf-8"))
    path.write_text(provenance.sealed({**record, **changes}), encoding="utf-8")


def test_nothing_is_found_in_a_copy_elsewhere(project):
    assert findings(project) == []
    assert len(files(project)) > 60
    result = audit(project, tree.STUDY, project=project, sheet=project / "tables.csv")
    assert result.outputs == 19 and result.verdict.startswith("Passed: 0 errors, 0 warnings")


def test_every_file_that_a_byte_is_changed_in_is_named(project):
    for path in files(project):
        content = (project / path).read_bytes()
        if not content:
            continue
        (project / path).write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        assert path in named(project), path
        (project / path).write_bytes(content)
    assert findings(project) == []


def test_every_file_that_is_deleted_is_named(project):
    for path in files(project):
        os.rename(project / path, project / "aside")
        assert path in named(project), path
        os.rename(project / "aside", project / path)


def test_files_that_change_places_are_both_named(project):
    paths = [path for path in files(project) if (project / path).stat().st_size]
    for item, two in itertools.pairwise(paths):
        first, second = (project / item).read_bytes(), (project / two).read_bytes()
        if first == second:
            continue
        (project / item).write_bytes(second)
        (project / two).write_bytes(first)
        assert {item, two} <= named(project), (item, two)
        (project / item).write_bytes(first)
        (project / two).write_bytes(second)


def test_a_changed_file_has_everything_downstream_of_it(project):
    path = f"{tree.DATA}.parquet"
    (project / path).write_bytes(b"other")
    result = only(project, "changed")
    assert (result.file, result.severity) == (path, "error")
    assert set(result.downstream) == {
        f"{tree.INTRINSIC}/judge.json",
        f"{tree.STUDENT}/model/{tree.NAME}",
        f"{tree.STUDENT}/model/model.safetensors",
        f"{tree.STUDENT}/training.json",
        f"{tree.EVALUATED}/b.json",
        f"{tree.EVALUATED}/b.samples.jsonl",
        f"{tree.RESULTS}/measurements.csv",
        f"{tree.RESULTS}/scores.csv",
        tree.FIGURE,
    }


def test_an_extra_file_a_link_and_what_a_killed_job_left(project):
    (project / f"{tree.RESULTS}/note.txt").write_text("mine")
    os.symlink("/etc/hostname", project / f"{tree.RESULTS}/link")
    (project / f"{tree.RESULTS}/data/.x.parquet.123.parquet").write_text("half")
    for name in ("synthetic/t/es/respond/trial1", "row_scores/judge-j/t/es", "row_scores/judge-j/all"):
        paid = project / f"{tree.RESULTS}/{name}.paid.jsonl"
        paid.parent.mkdir(parents=True, exist_ok=True)
        paid.write_text("{}\n")
    for folder in (".d.0123456789ab.fetching", "trial1.chunks", ".model.77"):
        (project / f"{tree.RESULTS}/data/{folder}").mkdir()
        (project / f"{tree.RESULTS}/data/{folder}/1").write_text("half")
    results = [
        (finding.kind, finding.severity, finding.file.removeprefix(f"{tree.RESULTS}/")) for finding in findings(project)
    ]
    left = (".d.0123456789ab.fetching/1", ".model.77/1", ".x.parquet.123.parquet", "trial1.chunks/1")
    assert results == [
        ("extra", "error", "note.txt"),
        ("link", "error", "link"),
        *(("unfinished", "warning", f"data/{name}") for name in left),
    ]


def test_the_log_of_a_job_that_failed_is_no_error(project):
    (project / f"{tree.RESULTS}/logs/translate.log").write_text("error: no luck")
    result = only(project, "unfinished")
    assert (result.file, result.severity) == (f"{tree.RESULTS}/logs/translate.log", "warning")


def test_a_link_in_the_place_of_a_file_is_found_even_where_its_target_is_the_same(project):
    path = project / f"{tree.STUDENT}/model/{tree.NAME}"
    os.rename(path, project / "outside")
    os.symlink(project / "outside", path)
    assert only(project, "link").file == f"{tree.STUDENT}/model/{tree.NAME}"


def test_a_folder_or_a_pipe_in_the_place_of_a_file(project):
    os.remove(project / tree.FIGURE)
    os.mkfifo(project / tree.FIGURE)
    assert only(project, "changed").seen == "not a file"
    os.remove(project / tree.FIGURE)
    os.mkdir(project / tree.FIGURE)
    assert only(project, "changed").seen == "not a file"


def test_changed_code_is_named_with_all_that_it_made(project):
    program = project / tree.code_of("judge")
    program.write_text(program.read_text("utf-8") + "# another\n")
    result = only(project, "stale_code")
    assert (result.file, result.severity) == (tree.code_of("judge"), "warning")
    assert set(result.downstream) >= {f"{tree.INTRINSIC}/judge.json", f"{tree.RESULTS}/scores.csv", tree.FIGURE}
    os.remove(program)
    assert only(project, "stale_code").seen == "not there"


def test_a_tracked_file_that_has_changed_is_as_changed_code(project):
    (project / "resources").mkdir()
    (project / "resources/names.csv").write_text("a")
    reads, written = tree.JOBS["figure_02_data"]
    tree.run(project, "figure_02_data", written, reads=[*reads, "resources/names.csv"])
    tree.manifest(project)
    assert findings(project) == []
    (project / "resources/names.csv").write_text("b")
    result = only(project, "stale_code")
    assert (result.file, result.severity, result.downstream) == ("resources/names.csv", "warning", (tree.FIGURE,))


def test_an_input_made_again_since_is_found_in_what_was_made_from_it(project):
    changed = [{**row, "prompt": "Jiná otázka"} for row in tree.ROWS[:1]] + tree.ROWS[1:]
    tree.run(
        project,
        "mix",
        {f"{tree.DATA}.parquet": changed, f"{tree.DATA}.counts.json": tree.COUNTS},
        reads=[f"{tree.SYNTHETIC}.parquet"],
    )
    result = findings(project)
    assert {item.kind for item in result} == {"stale_input", "remade", "unheld"}
    stale = {item.file for item in result if item.kind == "stale_input"}
    assert stale == {f"{tree.INTRINSIC}/judge.json", f"{tree.STUDENT}/model", f"{tree.STUDENT}/training.json"}


def test_an_output_made_again_is_an_error_until_a_manifest_speaks_of_it(project):
    reads, written = tree.JOBS["figure_02_data"]
    tree.run(project, "figure_02_data", written, reads=reads)
    assert {finding.kind: finding.severity for finding in findings(project)} == {"remade": "error", "unheld": "note"}
    tree.manifest(project)
    assert findings(project) == []


def test_an_older_record_does_not_pass_for_the_present_one(project):
    reseal(project, tree.FIGURE, made_at="2020-01-01T00:00:00.000+00:00")
    result = only(project, "changed")
    assert result.file.endswith(f"{tree.FIGURE}.json") and "2020" in result.seen


def test_a_job_without_a_seed_is_found(project):
    reads, written = tree.JOBS["figure_02_data"]
    tree.run(project, "figure_02_data", written, reads=reads, options=())
    tree.manifest(project)
    result = only(project, "unseeded")
    assert (result.file, result.seen) == (tree.FIGURE, "none")


def test_other_versions_than_pinned_are_named(project):
    (project / "envs/requirements-cpu.txt").write_text("PyTest==0.1\nnumpy==0.2\n")
    (project / "envs/requirements-advisories.txt").write_text("pandas==0.3\n")  # of a tool that no job runs
    result = only(project, "other_versions")
    assert "pandas" not in result.expected
    assert "pytest==0.1" in result.expected and "numpy==0.2" in result.expected and tree.FIGURE in result.downstream


def again(project, rule, **content):
    """Make a job's outputs again, with other content of the files named by their end."""
    reads, written = tree.JOBS[rule]
    new = {
        path: next((other for end, other in content.items() if path.endswith(end)), old)
        for path, old in written.items()
    }
    tree.run(project, rule, new, reads=reads)


def of_kind(project, *kinds):
    """Findings of some kinds: a job made again alone makes what rests on it stale, which is another matter."""
    return [finding for finding in findings(project) if finding.kind in kinds]


TOO_MANY = {"seen": 9, "kept": 3, "rejected": {"empty": 6}}
ANOTHER = tree.SCORES.split("\n")[1].replace(",t,", ",u,", 1) + "\n"
UNSEEDED = {**tree.ROWS[2], "request_seed": None}
ALWAYS_B = "".join(json.dumps({**item, "prediction": 1}) + "\n" for item in tree.RECORDS)


@pytest.mark.parametrize(
    ("rule", "content", "kind", "said"),
    [
        ("fetch_seeds", {"s.counts.json": {"seen": 4, "kept": 3, "rejected": {}}}, "incomplete", "make seen: 4"),
        ("fetch_seeds", {"s.parquet": tree.SEEDS[:2]}, "incomplete", "rows kept: 2"),
        ("fetch_seeds", {"s.counts.json": {**tree.SAMPLED, "rejects_held": 6}}, "incomplete", "rejected rows: 1"),
        ("generate", {"trial1.counts.json": TOO_MANY}, "incomplete", "requests"),
        ("mix", {"trial1.parquet": [{**tree.ROWS[0], "row_id": "x"}, *tree.ROWS[1:]]}, "incomplete", "every row_id"),
        ("judge", {"judge.json": {**tree.JUDGE, "rows": 2}}, "incomplete", "trial1.parquet: 3"),
        ("train", {"training.json": {**tree.TRAINING, "held_out_rows": 0}}, "incomplete", "trial1.parquet: 3"),
        ("evaluate_student", {"b.json": {**tree.EVALUATION, "n": 5}}, "incomplete", "records: 6"),
        ("evaluate_student", {"b.json": {**tree.EVALUATION, "unread": ["x"]}}, "incomplete", "es.jsonl: 6"),
        ("score", {"scores.csv": tree.SCORES + ANOTHER}, "incomplete", "measurements.csv: 1"),
        ("score", {"scores.csv": tree.SCORES.replace("true", "false")}, "invalid_anchor", "clearly above base"),
        ("score", {"scores.csv": tree.SCORES.replace(",3,3\n", ",2,3\n")}, "short_data", "3 rows"),
        ("score", {"scores.csv": tree.SCORES.replace("base,t,es", "base,,es")}, "schema", "its schema"),
        ("figure_02_data", {"figure_02.csv": "row,column,value\nt,base,7\n"}, "schema", "its schema"),
        ("figure_02_data", {"figure_02.csv": "row,colour,value\nt,base,0.1\n"}, "schema", "its schema"),
        ("judge", {"judge.json": {**tree.JUDGE, "judge_invalid_rate": 0.25}}, "judge_limit", "at most 0.0%"),
        ("judge", {"judge.json": {"rows": 3}}, "schema", "values of its step"),
        ("judge", {"judge.json": "[]"}, "schema", "what its name says"),
        ("generate", {"trial1.parquet": [*tree.ROWS[:2], UNSEEDED]}, "unseeded", "of each request"),
        ("evaluate_student", {"samples.jsonl": ALWAYS_B}, "degenerate", "depend"),
        ("evaluate_student", {"samples.jsonl": '{"bits": 9.0, "bytes": 3}\n' * 6}, "degenerate", "depend"),
        ("evaluate_student", {"samples.jsonl": '{"text": "42", "prediction": "42"}\n' * 6}, "degenerate", "depend"),
    ],
)  # fmt: skip
def test_what_is_wrong_inside_files_that_hold(project, rule, content, kind, said):
    again(project, rule, **content)
    assert any(said in item.expected for item in of_kind(project, kind)), findings(project)


def test_written_answers_that_differ_are_no_fault_though_no_number_is_read(project):
    records = [{"checks": [{"kind": "lines", "count": 2, "followed": False}], "text": f"Lima {n}"} for n in range(6)]
    again(project, "evaluate_student", **{"samples.jsonl": "".join(json.dumps(record) + "\n" for record in records)})
    assert of_kind(project, "degenerate") == []


def test_repeated_prompts_and_ids(project):
    rows = [{**tree.ROWS[0], "prompt": "Příklad 1!"}, *tree.ROWS[1:]]
    again(project, "mix", **{"trial1.parquet": rows})
    (result,) = of_kind(project, "duplicate", "repeated")
    assert result.seen == "1 of 3 rows repeat a prompt; one stands 2 times"
    again(project, "mix", **{"trial1.parquet": [tree.ROWS[0], *tree.ROWS[:2]]})
    assert [item.kind for item in of_kind(project, "duplicate", "repeated")] == ["repeated", "duplicate"]


def test_rows_that_a_judge_is_checked_by_are_all_counted_and_scored(project):
    folder = f"{tree.RESULTS}/judge_check"
    rows, scores = f"{folder}/rows/es", f"{folder}/scores/es.json"
    counts = {"seen": 3, "kept": 1, "rejected": {"not_needed": 2}, "rows": 4, "kinds": {"real": 1, "praise": 4}}
    for rule in ("judge_check_rows", "judge_check"):
        tree.write_program(project, rule)
    files = {f"{rows}.parquet": [{"row_id": f"k{number}"} for number in range(5)], f"{rows}.counts.json": counts}
    tree.run(project, "judge_check_rows", files)
    tree.run(project, "judge_check", {scores: {**tree.JUDGE, "rows": 4}}, reads=[f"{rows}.parquet"])
    tree.manifest(project)
    results = {(item.file, item.expected, item.seen) for item in of_kind(project, "incomplete", "schema")}
    assert results == {
        (f"{rows}.counts.json", "rows kept: 5", "4"),
        (f"{rows}.counts.json", "rows of all kinds: 5", "4"),
        (scores, f"rows of {rows}.parquet: 5", "4"),
    }


def test_contamination_is_taken_from_its_results(project):
    item = {"above_limit": True, "rows_matched": 2, "contaminated_share": 0.25}
    result = {"limit": 0.01, "benchmarks": {"b": item, "c": {**item, "above_limit": False}}}
    path = f"{tree.RESULTS}/contamination/t/es/mix-3/trial1.json"
    tree.write_program(project, "contamination")
    tree.run(project, "contamination", {path: result}, reads=[f"{tree.DATA}.parquet"])
    tree.manifest(project)
    results = {finding.kind: finding for finding in findings(project)}
    assert results.keys() == {"contamination_limit", "contaminated"}
    assert "25.0%" in results["contamination_limit"].seen and results["contamination_limit"].severity == "error"


def test_a_broken_line_of_the_manifest(project):
    path = project / f"{tree.RESULTS}/audit/manifest.jsonl"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines[:3], '{"path": "x", "sha', *lines[3:], lines[0], "[]"]) + "\n", encoding="utf-8")
    result = findings(project)
    assert {item.kind for item in result} >= {"broken_line"}
    numbers = {int(item.expected.split(":")[0].removeprefix("line ")) for item in result if item.kind == "broken_line"}
    assert numbers == {4, len(lines) + 2, len(lines) + 3}


def test_a_results_folder_without_records_never_passes(project):
    shutil.rmtree(project / f"{tree.RESULTS}/audit")
    result = findings(project)
    assert {item.kind for item in result} == {"missing", "extra", "unfinished"}
    assert {item.file for item in result if item.kind == "unfinished"} == {
        path for path in files(project) if "/logs/" in path or "/timings/" in path
    }
    assert any("older version" in item.seen for item in result)


def test_a_record_of_another_version_is_said_to_be(project):
    reseal(project, tree.FIGURE, format=0)
    assert only(project, "broken_record").seen == "of another version"
    reseal(project, tree.FIGURE, format=provenance.FORMAT, rule=None)
    assert only(project, "broken_record").severity == "error"


def test_weights_that_are_dropped_after_their_evaluation_are_a_note(project):
    model = f"{tree.STUDENT}/model"
    shutil.rmtree(project / model)
    dropped = only(project, "dropped")
    assert (dropped.file, dropped.severity, dropped.expected) == (model, "note", "2 files")
    # an evaluation that read other weights speaks for none that are gone
    for name in ("b.json", "b.samples.jsonl"):
        reseal(project, f"{tree.EVALUATED}/{name}", inputs={f"{model}/model.safetensors": "0" * 64})
    assert {finding.file for finding in findings(project) if finding.kind == "missing"} >= {
        f"{model}/model.safetensors"
    }


def test_a_file_that_vanishes_while_it_is_read_is_missing(project, monkeypatch):
    from polyglot.audit import verify

    real = verify.sha256_of

    def vanish(path, **options):
        if str(path).endswith("figure_02.csv"):
            os.remove(path)
        return real(path, **options)

    monkeypatch.setattr(verify, "sha256_of", vanish)
    assert only(project, "missing").file == tree.FIGURE


def test_names_of_any_bytes_reach_every_page(project):
    name = os.fsdecode(b"<b>|\xff\n\xe2\x80\xae.txt")
    (project / tree.RESULTS / name).write_text("x")
    result = audit(project, tree.STUDY, project=project, sheet=project / "tables.csv")
    pages = (as_markdown(result), as_html(result, TEMPLATE), json.dumps(as_json(result)), as_table(result).to_csv())
    for page in pages:
        page.encode("utf-8")
    assert "<b>|" not in pages[1] and "&lt;b&gt;|\\udcff\\u000a\\u202e.txt" in pages[1]
    assert "\\<b\\>\\|" in pages[0]


def test_the_page_loads_nothing_and_says_what_is_downstream(project):
    (project / f"{tree.DATA}.parquet").write_bytes(b"other")
    page = as_html(audit(project, tree.STUDY, project=project, sheet=project / "tables.csv"), TEMPLATE)
    assert "http" not in page.replace("http-equiv", "") and "src=" not in page and "<script" not in page
    assert "9 files were made from it" in page and f"<li>{tree.FIGURE}</li>" in page
    assert page.count("<h2") == 2


def test_every_kind_has_a_severity_and_a_meaning():
    assert {severity for severity, _ in KINDS.values()} == {"error", "warning", "note"}
    assert all(meaning and not meaning.endswith(".") for _, meaning in KINDS.values())


def test_the_last_lines_name_the_first_finding_and_the_summary(project):
    (project / f"{tree.DATA}.parquet").write_bytes(b"other")
    result = audit(project, tree.STUDY, project=project, sheet=project / "tables.csv")
    verdict, voucher, first, summary = ending(result, Path("results/test/audit")).splitlines()
    assert verdict == "Failed: 1 error, 0 warnings, 1 note."
    assert voucher == "Nobody vouches for this study: its manifest is not signed."
    assert first.startswith(f"First: {tree.DATA}.parquet: changed; repair: .venv/bin/snakemake --cores 2 --force -- ")
    assert summary == "Summary: results/test/audit/summary.md"


def test_text_is_shown_on_one_line():
    assert spelt("a\nb\u202e") == "a\\u000ab\\u202e" and cell("a|b`<") == "a\\|b\\`\\<"
    assert spelt("سؤال česky 日本語") == "سؤال česky 日本語"


@given(some.text(some.characters()))
def test_any_name_is_one_cell_of_one_line(name):
    text = cell(name)
    assert len(text.splitlines()) <= 1 and not re.search(r"(?<!\\)(\\\\)*\|", text)
    text.encode("utf-8")
