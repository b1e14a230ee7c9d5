"""Finished studies with handmade numbers, recorded and put into a manifest as the workflow does, for the board."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from polyglot.analysis.ranking import RANKED, RANKING
from polyglot.analysis.score import SCORES
from polyglot.audit import manifest
from polyglot.audit.records import manifest_path
from polyglot.core import provenance
from polyglot.core.files import write_json
from polyglot.core.sheets import write_sheet
from polyglot.report.sample_rows import sheet

BASE = "small"
ARABIC, SPANISH = "ما عاصمة مصر؟", "¿Cuál es la capital?"
NAMES = {"ar": "Arabic", "es": "Spanish"}
GROUPS = (1, 2)  # of the first teacher and of the second


@contextmanager
def inside(folder):
    """Work in `folder`: paths in records are relative to the project."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def scores(teachers, languages, rows):
    """scores.csv: a trial a teacher and language; Arabic has no valid anchors."""
    known = dict.fromkeys(SCORES.columns, None) | {"student_base": BASE, "recipe": "mix", "size": 60, "trial": 1}
    known |= {"judge_score": 3.25, "perplexity": 12.5, "student_score": -1.5, "base_score": -2.0, "rows_asked": 60}
    return pd.DataFrame(
        [
            known
            | {"teacher": name, "language": code, "anchor_valid": code != "ar", "rows": rows.get((name, code), 60)}
            for name in teachers
            for code in languages
        ]
    ).astype({"anchor_valid": "boolean", "rows": "Int64"})


def ranking(teachers, languages, shift):
    """ranking.csv: the first teacher leads in all languages but Arabic, where the second does."""
    lines = []
    for score in RANKED[:2]:
        for code in ["all", *languages]:
            for place, name in enumerate(teachers if code != "ar" else teachers[::-1]):
                value = shift + 0.2 - place * 0.15
                ends = {"estimate": value, "low": value - 0.05, "high": value + 0.05, "rank_low": place + 1}
                ends |= {"rank_high": place + 1, "p_best": 0.9 / 9**place, "tie_group": min(place + 1, 2)}
                lines.append([score, BASE, code, name, *ends.values(), 0.1])
    return pd.DataFrame(lines, columns=list(RANKING.columns))


def decision(study, teachers, languages):
    """decision.json: a single winner by gain."""
    rows = [{"teacher": name, "price": None, "answers": None, "short": [], "estimate": 0.2} for name in teachers]
    known = {"student_base": BASE, "score": "gain", "why": "w", "certainty": "single", "trials": 1, "teachers": rows}
    entries = [
        {
            **known,
            "language": code,
            "first": [teachers[-1 if code == "ar" else 0]],
            "anchors": {name: name != "ar" for name in languages if code in ("all", name)},
            "items": {name: {"corpus-text": 64} for name in languages if code in ("all", name)},
        }
        for code in ["all", *languages]
    ]
    content = {"study": study, "recipe": "mix", "size": 60, "names": NAMES, "decisions": entries, "examples": []}
    return content | {"licences": {teachers[0]: [{"name": "Own Licence", "url": None, "terms": None}]}}


def samples(code, texts):
    """The annotators' sheet of a teacher in a language."""
    prompt = {"ar": ARABIC, "es": SPANISH}[code]
    lines = [
        {"row_id": f"{n:04}", "method": "respond", "prompt": prompt, "response": text} for n, text in enumerate(texts)
    ]
    return sheet(pd.DataFrame(lines), code)


def make(root, study, *, teachers=("ann", "bob"), languages=("ar", "es"), shift=0.0, rows=None, texts=("Una.", "Dos.")):
    """Make a study below `root`: its files, their records, its manifest. Returns `root`."""
    folder = root / "results" / study
    for name in ("models/small/tokenizer.json", "students/small/model/model.safetensors"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(b"large")
    write_json(folder / "decision.json", decision(study, teachers, languages))
    write_sheet(folder / "ranking.csv", ranking(teachers, languages, shift))
    write_sheet(folder / "scores.csv", scores(teachers, languages, rows or {}))
    for name in teachers:
        for code in languages:
            (folder / "samples" / name).mkdir(parents=True, exist_ok=True)
            (folder / "samples" / name / f"{code}.csv").write_bytes(samples(code, texts))
    write_sheet(root / f"paper_figures/{study}/figure_02.csv", ranking(teachers, languages, shift))
    with inside(root):
        record(study)
    return root


def record(study):
    """Write a record of each file, then the manifest and its own record, in the current folder."""
    folders = (Path("results", study), Path("paper_figures", study))
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    environment = provenance.write_environment([study], {"package": "1.0"})
    job = {"wildcards": {}, "inputs": {}, "code": {}, "command": ["python", "-m", "polyglot.x"], "program": "x.py"}
    job |= {
        "params": {},
        "seed": None,
        "versions": {},
        "environment": environment,
        "git": {},
        "machine": {},
        "logs": [],
    }
    job |= {"seconds": 0.1, "made_at": "2026-01-01T00:00:00.000+00:00", "rule": "made"}
    for file in files:
        provenance.write_record(file, job | {"outputs": [str(file)], "files": provenance.hashed(file)})
    out, arguments = Path(manifest_path(study)), sys.argv
    sys.argv = ["manifest", "--study", study, "--out", str(out)]
    try:
        manifest.main()
    finally:
        sys.argv = arguments
    own = job | {"rule": "manifest", "made_at": "2026-01-01T00:00:01.000+00:00", "outputs": [str(out)]}
    provenance.write_record(out, own | {"files": provenance.hashed(out)})
