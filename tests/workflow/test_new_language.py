"""A language that no study has, from the one line on: seeds, requests and items are made, the rest is planned."""

import json
import re

import pandas as pd
import pytest

from tests.conftest import ROOT, copy_project

PAGE = (ROOT / "docs/languages.md").read_text(encoding="utf-8")
# study files, benchmarks, the source of seeds, its rows of each split, what every prompt of it has
CASES = {
    "ko": (
        ["studies/test.yaml"],
        ["cldr-culture", "corpus-text"],
        "chatterbot",
        {"benchmark": 175, "train": 486},
        r"[가-힣]",
    ),
    "sw": (
        ["studies/test.yaml", "studies/swahili.yaml"],
        ["corpus-text"],
        "mine",
        {"benchmark": 14, "train": 29},
        "[?.]$",
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy with the page's own study of a language that no packaged text holds."""
    project = copy_project(tmp_path_factory.mktemp("languages") / "project")
    name, text = re.search(r"^```yaml\n# (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL).groups()
    (project / name).write_text(text, encoding="utf-8")
    return project


@pytest.mark.parametrize("code", CASES)
def test_a_language_is_seeded_asked_for_and_planned_to_its_decision(project, snakemake, code):
    files, benchmarks, source, splits, script = CASES[code]
    written, folder = f"studies/test-{code}.yaml", project / f"results/test-{code}"
    said = snakemake("new", "--configfile", *files, "--config", f"language={code}")
    assert said.returncode == 0, said.stdout + said.stderr
    command = f"next: .venv/bin/snakemake --profile profiles/test --configfile {' '.join([*files, written])}\n"
    assert command in said.stdout + said.stderr
    study = ("--configfile", *files, written)
    targets = [f"requests/{code}/{method}.parquet" for method in ("respond", "translate")]
    targets += [f"benchmarks/{benchmark}/{code}.jsonl" for benchmark in benchmarks]
    made = snakemake(*(f"results/test-{code}/{target}" for target in targets), *study)
    assert made.returncode == 0, made.stdout + made.stderr
    counts = json.loads((folder / f"seeds/{source}.counts.json").read_text(encoding="utf-8"))
    assert counts["by_split"][code] == splits
    prompts, english = (pd.read_parquet(folder / target)["source_prompt"] for target in targets[:2])
    assert len(prompts) == len(english) == 16 and prompts.str.contains(script).all()
    assert not english.str.contains("[가-힣]").any() and not set(prompts) & set(english)
    planned = snakemake("--dry-run", "--quiet", "rules", *study)
    rules = set(re.findall(r"^(\w+) +\d+$", planned.stdout + planned.stderr, re.MULTILINE))
    assert {"generate", "train", "evaluate_student", "decide", "decision_page", "manifest"} <= rules
    assert "fetch_seeds" not in rules  # they are made
