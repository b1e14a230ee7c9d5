"""Every finding ends with the command that repairs it."""

import os
import subprocess

import pytest

from polyglot.audit.findings import KINDS, Finding
from polyglot.audit.repairs import repair
from polyglot.audit.truth import Truth
from polyglot.core.command_line import overlays_of

RUN = ".venv/bin/snakemake --cores 2 --configfile studies/my_own.yaml"
MEANT = "  # if you made it yourself, this states it; else bring back what was there"
PART = "results/mine/students/b/t/es/mix-3/trial1/model/a b.safetensors"
MODEL = "results/mine/students/b/t/es/mix-3/trial1/model"


@pytest.fixture
def mended(tmp_path):
    """The repair of a finding in a study that has an overlay."""
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/my_own.yaml").write_text("# of my own\nstudy: 'mine' # and mine alone\n")
    (tmp_path / "studies/latin.yaml").write_bytes(b"# \xe9\nstudy: mine-too\n")
    truth = Truth(lines={PART: {"output": MODEL}}, jobs={"results/mine/scores.csv": {"environment": "ab12"}})

    def command(kind, file="results/mine/scores.csv", study="mine"):
        return repair(Finding(kind, file, "", ""), truth, study, overlays_of(study, tmp_path))

    return command


def test_every_kind_has_a_repair(mended):
    for kind in KINDS:
        line = mended(kind)
        assert RUN in line or line.startswith("rm "), kind
        if kind not in ("judge_limit", "invalid_judge", "contamination_limit", "contaminated", "duplicate"):
            subprocess.run(["bash", "-n", "-c", line], check=True)


@pytest.mark.parametrize(
    ("kind", "file", "line"),
    [
        ("changed", "results/mine/scores.csv", f"{RUN} --force -- results/mine/scores.csv"),
        ("changed", PART, f"{RUN} --force -- {MODEL}"),
        ("link", PART, f"rm -- '{PART}' && {RUN} --force -- {MODEL}"),
        ("link", "results/mine/x", "rm -- results/mine/x"),
        ("extra", "results/mine/$(touch x)", "rm -r -- 'results/mine/$(touch x)'"),
        ("unfinished", "results/mine/.a.csv.123.csv", "rm -r -- results/mine/.a.csv.123.csv"),
        ("unfinished", "results/mine/synthetic/t/es/respond/trial1.chunks/1.jsonl", RUN),
        ("missing", "results/mine/audit/records", f"{RUN} --forceall"),
        ("missing", "results/mine/audit/records/results/mine/a.md.json", f"{RUN} --force -- results/mine/a.md"),
        ("missing", "results/mine/audit/environments/ab12.txt", f"{RUN} --force -- results/mine/scores.csv"),
        ("changed", "results/mine/audit/summary.md", f"{RUN} -- audit"),
        ("broken_line", "results/mine/audit/manifest.jsonl", f"{RUN} --force -- results/mine/audit/manifest.jsonl"),
        ("stale_code", "scripts/polyglot/core/files.py", RUN),
        ("unlisted", "results/mine/report.html", f"{RUN} --forcerun manifest -- audit{MEANT}"),
        ("signature", "results/mine/audit/manifest.jsonl.sig", f"{RUN} -- sign"),
        ("judge_limit", "results/mine/a.json", f"change intrinsic.judge in the config, then {RUN}"),
    ],
)
def test_repairs_by_hand(mended, kind, file, line):
    assert mended(kind, file) == line


def test_a_hard_link_becomes_a_file_of_its_own(mended, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "it's mine").write_bytes(b"\0same")
    os.link("it's mine", "b")
    line = repair(Finding("link", "it's mine", "", "a hard link, a file with 2 names"), Truth(), "mine", [])
    subprocess.run(["bash", "-c", line], check=True)
    assert (tmp_path / "it's mine").read_bytes() == b"\0same" and os.stat("b").st_nlink == 1


def test_a_study_over_another_is_run_with_the_files_of_both():
    overlays = ["studies/demo.yaml", "studies/demo-ko.yaml"]
    line = repair(Finding("changed", "results/demo-ko/scores.csv", "", ""), Truth(), "demo-ko", overlays)
    both = "--configfile studies/demo.yaml studies/demo-ko.yaml"
    assert line == f".venv/bin/snakemake --cores 2 {both} --force -- results/demo-ko/scores.csv"


def test_repairs_of_the_published_study(mended):
    assert mended("signature", study="published") == ".venv/bin/snakemake --cores 2 sign_published"
    renewed = ".venv/bin/snakemake --cores 2 --forcerun manifest -- audit_published" + MEANT
    assert mended("remade", study="published") == renewed
    assert mended("stale_code", "x.py", "published") == ".venv/bin/snakemake --cores 2 published"
    page = "results/published/audit/index.html"
    assert mended("missing", page, "published") == ".venv/bin/snakemake --cores 2 audit_published"
