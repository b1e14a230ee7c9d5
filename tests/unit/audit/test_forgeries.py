"""Ways to deceive an audit, each with right checksums: every one is an error, and the manifest is the statement."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from polyglot.audit.expectations import Outside
from polyglot.audit.run import audit
from polyglot.core import provenance
from tests.conftest import ROOT, program
from tests.unit import audit_tree as tree

MANIFEST = f"{tree.RESULTS}/audit/manifest.jsonl"
RUN = f"{tree.RESULTS}/audit/runs/0001.json"
SCORES = f"{tree.RESULTS}/scores.csv"
LATER, EARLIER = "2999-01-01T00:00:00.000+00:00", "2020-01-01T00:00:00.000+00:00"
EVALUATIONS = (f"{tree.EVALUATED}/b.json", f"{tree.INTRINSIC}/judge.json")


@pytest.fixture
def project(small_study, tmp_path):
    """A copy of a finished study, which an audit passes."""
    copy = Path(shutil.copytree(small_study, tmp_path / "project", copy_function=shutil.copyfile))
    (copy / "tables.csv").write_text("table,column,type,empty,low,high,key\na.csv,a,any,true,,,false\n")
    return copy


def findings(project, **outside):
    sheet = project / "tables.csv"
    result = audit(project, tree.STUDY, project=project, sheet=sheet, outside=Outside(**outside))
    assert all(finding.repair for finding in result.findings)
    return result.findings


def errors(project, **outside):
    """Kind and file of each error."""
    return {(item.kind, item.file) for item in findings(project, **outside) if item.severity == "error"}


def record_of(path):
    return f"{tree.RESULTS}/audit/records/{path}.json"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def read(project, path):
    return json.loads((project / path).read_text("utf-8"))


def forge(project, path, content, **changes):
    """Another content of an output, and a record that says the same."""
    (project / path).write_bytes(content)
    record = read(project, record_of(path))
    own = {"path": path, "sha256": sha256(content), "bytes": len(content), "mtime_ns": 1}
    changed = {"made_at": LATER, "files": [own], **changes}
    (project / record_of(path)).write_text(provenance.sealed({**record, **changed}), encoding="utf-8")


def manifest_lines(project):
    return [json.loads(line) for line in (project / MANIFEST).read_text("utf-8").splitlines()]


def forge_manifest(project, lines):
    text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
    forge(project, MANIFEST, text.encode())


def a_table_and_its_record_changed_later(project):
    forge(project, SCORES, tree.SCORES.replace("0.25", "0.95").encode())
    return {("remade", record_of(SCORES))}


def a_table_and_its_record_changed_with_the_time_kept(project):
    made = read(project, record_of(SCORES))["made_at"]
    forge(project, SCORES, tree.SCORES.replace("0.25", "0.95").encode(), made_at=made)
    return {("changed", record_of(SCORES))}


def a_table_and_its_record_changed_and_dated_back(project):
    forge(project, SCORES, tree.SCORES.replace("0.25", "0.95").encode(), made_at=EARLIER)
    return {("changed", record_of(SCORES))}


def two_results_exchanged_with_their_records(project):
    item, two = ((project / path).read_bytes() for path in EVALUATIONS)
    forge(project, EVALUATIONS[0], two)
    forge(project, EVALUATIONS[1], item)
    return {("remade", record_of(path)) for path in EVALUATIONS}


def records_exchanged_as_they_are(project):
    item, two = (project / record_of(path) for path in EVALUATIONS)
    content = item.read_bytes()
    item.write_bytes(two.read_bytes())
    two.write_bytes(content)
    return {("changed", record_of(path)) for path in EVALUATIONS}


def an_empty_manifest(project):
    forge_manifest(project, [])
    return {("broken_chain", MANIFEST)}


def half_a_manifest(project):
    forge_manifest(project, manifest_lines(project)[::2])
    return {("broken_chain", MANIFEST)}


def a_manifest_without_what_was_taken_away(project):
    left = [line for line in manifest_lines(project) if line["output"] != tree.FIGURE]
    (project / tree.FIGURE).unlink()
    (project / record_of(tree.FIGURE)).unlink()
    forge_manifest(project, left)
    return {("broken_chain", MANIFEST)}


def a_result_of_a_job_taken_away_with_all_that_speaks_of_it(project):
    path = f"{tree.STUDENT}/training.json"
    left = [line for line in manifest_lines(project) if line["output"] != path]
    (project / path).unlink()
    (project / record_of(path)).unlink()
    forge_manifest(project, left)
    return {("broken_chain", MANIFEST), ("missing", record_of(path))}


def a_line_of_the_manifest_changed_with_its_file(project):
    lines = manifest_lines(project)
    for line in lines:
        if line["path"] == tree.FIGURE:
            line.update(sha256=sha256(b"x"), bytes=1)
    (project / tree.FIGURE).write_bytes(b"x")
    forge_manifest(project, lines)
    return {("broken_line", tree.FIGURE)}


def another_log_of_manifests(project):
    entry = read(project, RUN)
    (project / RUN).write_text(json.dumps({**entry, "records": "0" * 64}), encoding="utf-8")
    return {("broken_chain", MANIFEST)}


def no_log_of_manifests(project):
    shutil.rmtree(project / RUN.rpartition("/")[0])
    return {("broken_chain", MANIFEST), ("missing", RUN)}


def an_entry_of_the_log_too_many(project):
    extra = RUN.replace("1.json", "2.json")
    (project / extra).write_text(json.dumps({**read(project, RUN), "number": 2}), encoding="utf-8")
    return {("broken_chain", extra)}


def an_entry_of_the_log_that_is_no_object(project):
    (project / RUN).write_text('{"number": 1, "replaces": [], "made": {"a": {}}, "gone": 7}', encoding="utf-8")
    return {("broken_chain", RUN)}


def a_file_of_nobody_with_a_record(project):
    extra = f"{tree.RESULTS}/tables/table_99.csv"
    (project / record_of(extra)).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(project / record_of(SCORES), project / record_of(extra))
    (project / extra).parent.mkdir()
    forge(project, extra, b"a,b\n", output=extra, outputs=[extra])
    return {("unlisted", extra)}


def a_file_of_nobody_in_the_record_of_another(project):
    extra = f"{tree.RESULTS}/tables/table_99.csv"
    record = read(project, record_of(SCORES))
    (project / extra).parent.mkdir()
    (project / extra).write_bytes(b"x")
    own = {"path": extra, "sha256": sha256(b"x"), "bytes": 1}
    forged = provenance.sealed({**record, "files": [*record["files"], own]})
    (project / record_of(SCORES)).write_text(forged, encoding="utf-8")
    return {("broken_record", record_of(SCORES))}


def all_records_and_the_manifest_gone(project):
    shutil.rmtree(project / f"{tree.RESULTS}/audit")
    return {("missing", MANIFEST), ("missing", f"{tree.RESULTS}/audit/records"), ("extra", SCORES)}


def the_manifest_gone(project):
    (project / MANIFEST).unlink()
    (project / record_of(MANIFEST)).unlink()
    return {("missing", MANIFEST)}


def all_records_gone(project):
    shutil.rmtree(project / f"{tree.RESULTS}/audit/records")
    return {("missing", record_of(SCORES)), ("missing", record_of(MANIFEST))}


def a_hard_link_to_a_file_elsewhere(project):
    os.rename(project / SCORES, project / "elsewhere.csv")
    os.link(project / "elsewhere.csv", project / SCORES)
    return {("link", SCORES)}


def a_report_written_later(project):
    (project / f"{tree.RESULTS}/report.html").write_text("<h1>Mine is best</h1>")
    return {("unlisted", f"{tree.RESULTS}/report.html")}


def a_report_exchanged(project):
    (project / f"{tree.RESULTS}/report.html").write_text("<h1>A report</h1>")
    tree.manifest(project)
    assert errors(project) == set()
    (project / f"{tree.RESULTS}/report.html").write_text("<h1>Another</h1>")
    return {("changed", f"{tree.RESULTS}/report.html")}


def an_older_manifest_with_its_record(project):
    kept = {path: (project / path).read_bytes() for path in (MANIFEST, record_of(MANIFEST))}
    reads, written = tree.JOBS["figure_02_data"]
    tree.run(project, "figure_02_data", written, reads=reads)
    tree.manifest(project)
    assert errors(project) == set()
    for path, content in kept.items():
        (project / path).write_bytes(content)
    return {("broken_chain", MANIFEST), ("remade", record_of(tree.FIGURE))}


def reseal(project, path, **changes):
    """Another record of an output that stays as it is."""
    record = read(project, record_of(path))
    (project / record_of(path)).write_text(provenance.sealed({**record, **changes}), encoding="utf-8")


def a_symbolic_link_to_a_file_elsewhere(project):
    os.rename(project / SCORES, project / "elsewhere.csv")
    os.symlink(project / "elsewhere.csv", project / SCORES)
    return {("link", SCORES)}


def a_folder_exchanged_for_a_link(project):
    os.rename(project / f"{tree.STUDENT}/model", project / "elsewhere")
    os.symlink(project / "elsewhere", project / f"{tree.STUDENT}/model")
    return {("link", f"{tree.STUDENT}/model")}


def a_folder_in_the_place_of_a_file(project):
    (project / SCORES).unlink()
    (project / SCORES).mkdir()
    return {("changed", SCORES)}


def a_file_changed_with_its_size_and_time_kept(project):
    before = os.stat(project / SCORES)
    (project / SCORES).write_text(tree.SCORES.replace("0.25", "0.95"))
    os.utime(project / SCORES, ns=(before.st_atime_ns, before.st_mtime_ns))
    return {("changed", SCORES)}


def a_part_of_a_model_taken_away_and_out_of_its_record(project):
    model = f"{tree.STUDENT}/model"
    (project / f"{model}/model.safetensors").unlink()
    files = read(project, record_of(model))["files"]
    reseal(project, model, files=[file for file in files if not file["path"].endswith("model.safetensors")])
    return {("changed", record_of(model)), ("missing", f"{model}/model.safetensors")}


def a_timing_made_shorter(project):
    (project / f"{tree.RESULTS}/timings/train.tsv").write_text("s\tmax_rss\n0.1\t20.0\n")
    return {("changed", f"{tree.RESULTS}/timings/train.tsv")}


def a_log_that_says_something_else(project):
    (project / f"{tree.RESULTS}/logs/train.log").write_text("0 rows dropped\n")
    return {("changed", f"{tree.RESULTS}/logs/train.log")}


def another_list_of_packages(project):
    path = f"{tree.RESULTS}/audit/environments/{read(project, record_of(SCORES))['environment']}.txt"
    (project / path).write_text("torch==99.0\n")
    return {("changed", path)}


def another_seed_in_a_record(project):
    reseal(project, tree.FIGURE, seed=8)
    return {("changed", record_of(tree.FIGURE))}


def other_inputs_in_a_record(project):
    inputs = read(project, record_of(SCORES))["inputs"]
    reseal(project, SCORES, inputs={**inputs, f"{tree.RESULTS}/measurements.csv": "0" * 64})
    return {("changed", record_of(SCORES))}


def other_code_in_a_record(project):
    reseal(project, SCORES, code={tree.code_of("score"): "0" * 64})
    return {("changed", record_of(SCORES))}


def a_key_given_twice_in_a_record(project):
    path = project / record_of(SCORES)
    path.write_text(path.read_text("utf-8").replace('"seed": 7', '"seed": 8,\n "seed": 7'), encoding="utf-8")
    return {("changed", record_of(SCORES))}


def a_record_that_leads_out_of_the_study(project):
    (project / "elsewhere.csv").write_bytes(b"x")
    files = read(project, record_of(SCORES))["files"]
    outside = {"path": f"{SCORES}/../../../elsewhere.csv", "sha256": sha256(b"x"), "bytes": 1}
    reseal(project, SCORES, files=[*files, outside])
    return {("broken_record", record_of(SCORES))}


def a_file_twice_in_the_manifest(project):
    lines = manifest_lines(project)
    forge_manifest(project, [*lines, {**lines[0], "sha256": "0" * 64}])
    return {("broken_line", MANIFEST)}


def an_output_in_the_manifest_as_a_file_of_no_job(project):
    (project / tree.FIGURE).write_bytes(b"x")
    own = {"kind": "report", "sha256": sha256(b"x"), "bytes": 1}
    forge_manifest(
        project, [{**line, **own} if line["path"] == tree.FIGURE else line for line in manifest_lines(project)]
    )
    return {("broken_chain", MANIFEST)}


def a_manifest_dated_before_what_it_is_of(project):
    reseal(project, MANIFEST, made_at=EARLIER)
    return {("changed", record_of(MANIFEST))}


# from here on, the manifest is made of the changed study, by its own program: what the files say gives it away


def stated(project, path, content):
    """A forged output of a study whose manifest was made of it."""
    forge(project, path, content.encode(), made_at=EARLIER)
    shutil.rmtree(project / RUN.rpartition("/")[0])
    (project / record_of(MANIFEST)).unlink()
    tree.manifest(project)


def a_score_that_its_measurements_do_not_give(project):
    stated(project, SCORES, tree.SCORES.replace(",0.25,", ",0.95,"))
    return {("unfounded", SCORES)}


def a_metric_that_its_table_of_scores_repeats_otherwise(project):
    stated(project, f"{tree.RESULTS}/measurements.csv", tree.MEASUREMENTS.replace(",9.0,3.0,", ",9.0,5.0,"))
    return {("unfounded", SCORES)}


def an_item_with_other_options_in_the_records_of_answers(project):
    records = [{**record, "options": ["b", "a"]} for record in tree.RECORDS]
    samples = f"{tree.EVALUATED}/b.samples.jsonl"
    stated(project, samples, "".join(json.dumps(record) + "\n" for record in records))
    return {("unfounded", samples)}


def rejects_that_were_never_counted(project):
    counts = f"{tree.DATA}.counts.json"
    stated(project, counts, json.dumps({"seen": 9, "kept": 3, "rejected": {"empty": 6}}))
    return {("incomplete", counts)}


FORGERIES = [
    a_symbolic_link_to_a_file_elsewhere,
    a_folder_exchanged_for_a_link,
    a_folder_in_the_place_of_a_file,
    a_file_changed_with_its_size_and_time_kept,
    a_part_of_a_model_taken_away_and_out_of_its_record,
    a_timing_made_shorter,
    a_log_that_says_something_else,
    another_list_of_packages,
    another_seed_in_a_record,
    other_inputs_in_a_record,
    other_code_in_a_record,
    a_key_given_twice_in_a_record,
    a_record_that_leads_out_of_the_study,
    a_file_twice_in_the_manifest,
    an_output_in_the_manifest_as_a_file_of_no_job,
    a_manifest_dated_before_what_it_is_of,
    a_score_that_its_measurements_do_not_give,
    a_metric_that_its_table_of_scores_repeats_otherwise,
    an_item_with_other_options_in_the_records_of_answers,
    rejects_that_were_never_counted,
    a_table_and_its_record_changed_later,
    a_table_and_its_record_changed_with_the_time_kept,
    a_table_and_its_record_changed_and_dated_back,
    two_results_exchanged_with_their_records,
    records_exchanged_as_they_are,
    an_empty_manifest,
    half_a_manifest,
    a_manifest_without_what_was_taken_away,
    a_result_of_a_job_taken_away_with_all_that_speaks_of_it,
    a_line_of_the_manifest_changed_with_its_file,
    another_log_of_manifests,
    no_log_of_manifests,
    an_entry_of_the_log_too_many,
    an_entry_of_the_log_that_is_no_object,
    a_file_of_nobody_with_a_record,
    a_file_of_nobody_in_the_record_of_another,
    all_records_and_the_manifest_gone,
    the_manifest_gone,
    all_records_gone,
    a_hard_link_to_a_file_elsewhere,
    a_report_written_later,
    a_report_exchanged,
    an_older_manifest_with_its_record,
]


def test_a_study_as_it_was_made_has_no_error(project):
    assert errors(project) == set()


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_every_forgery_is_an_error(project, forgery):
    expected = forgery(project)
    assert expected <= errors(project)


def manifest_hash(project):
    return sha256((project / MANIFEST).read_bytes())


def test_what_is_made_again_and_stated_is_no_error_and_keeps_its_past(project):
    known = manifest_hash(project)
    reads, written = tree.JOBS["figure_02_data"]
    tree.run(project, "figure_02_data", written, reads=reads)
    tree.manifest(project)
    assert manifest_hash(project) != known
    assert errors(project, manifest=known) == errors(project, manifest=manifest_hash(project).upper()) == set()
    assert errors(project, manifest="0" * 64) == {("broken_chain", MANIFEST)}
    first, second = read(project, RUN), read(project, RUN.replace("1.json", "2.json"))
    assert second["replaces"] == {"manifest": known, "run": sha256((project / RUN).read_bytes())}
    assert list(second["made"]) == [tree.FIGURE] and second["gone"] == []
    assert (first["outputs"], first["rules"]["train"], first["replaces"]["manifest"]) == (18, 2, None)
    (note,) = [item for item in findings(project) if item.kind == "replaced"]
    assert note.seen == "1 outputs made again, 0 gone" and note.downstream == (tree.FIGURE,)


def test_a_study_rewritten_whole_is_an_error_to_who_knows_it_from_outside(project):
    known = manifest_hash(project)
    (project / tree.FIGURE).unlink()
    (project / record_of(tree.FIGURE)).unlink()
    (project / record_of(MANIFEST)).unlink()
    shutil.rmtree(project / RUN.rpartition("/")[0])
    tree.manifest(project)
    assert errors(project, outputs=[SCORES]) == set()  # its own folder tells nothing
    assert errors(project, manifest=known) == {("broken_chain", MANIFEST)}
    known_after = [
        f"{tree.RESULTS}/cards/t.md",
        "results/published/scores.csv",
    ]  # made from the manifest; another study's
    assert errors(project, outputs=[SCORES, tree.FIGURE, *known_after]) == {("missing", tree.FIGURE)}


def test_an_audit_that_was_told_of_no_output_is_none(project):
    """What a graph that could not be built leaves of the list."""
    command = program("audit.run", "--study", tree.STUDY, "--root", project, "--expected", os.devnull)
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1 and ended.stderr.startswith(f"error: {os.devnull}: names no output; ")


def test_a_log_that_was_changed_ends_the_next_manifest(project):
    (project / RUN).write_text("{}")
    before = (project / MANIFEST).read_bytes()
    with pytest.raises(subprocess.CalledProcessError):
        tree.manifest(project)
    said = (project / f"{tree.RESULTS}/logs/manifest.log").read_text("utf-8")
    assert said.startswith(f"error: {RUN}: ") and "to begin a new log" in said and said.count("\n") == 1
    assert (project / MANIFEST).read_bytes() == before
