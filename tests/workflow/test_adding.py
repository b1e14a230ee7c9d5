"""docs/adding.md does what it says: each addition is made from the page's own text in a copy, and runs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from polyglot.core.adapter import adapters
from polyglot.evaluation.benchmark_adapter import BENCHMARKS
from polyglot.seeds.source_adapter import SOURCES
from tests.conftest import ROOT, copy_project

PAGE = (ROOT / "docs/adding.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w+\n# (\S+?)(, in METRICS)?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
STUDY = ("--configfile", "studies/test.yaml", "studies/mine.yaml")


def blocks(path):
    """The texts that the page puts into a file."""
    texts = [text for name, _, text in BLOCKS if name == path]
    assert texts, path
    return texts


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path / "project")


def add(project, path, text, *, end=False):
    """Write a block of the page as the file that it names, or at its end."""
    file = project / path
    file.write_text((file.read_text(encoding="utf-8") + "\n\n" if end else "") + text, encoding="utf-8")


def entry(project, kind):
    """The page's entry of the config, as a study of its own."""
    (text,) = [text for text in blocks("studies/mine.yaml") if text.startswith(f"{kind}:")]
    (project / "studies/mine.yaml").write_text(text, encoding="utf-8")


def test_a_seed_source_is_a_module_and_an_entry(project, snakemake):
    path = "scripts/polyglot/seeds/sources/proverbs.py"
    add(project, path, blocks(path)[0])
    entry(project, "sources")
    made = snakemake("results/test/seeds/proverbs.parquet", *STUDY)
    assert made.returncode == 0, made.stdout + made.stderr
    assert len(pd.read_parquet(project / "results/test/seeds/proverbs.parquet")) == 2


def test_a_benchmark_is_a_module_and_an_entry(project, snakemake):
    path = "scripts/polyglot/evaluation/benchmarks/capitals.py"
    add(project, path, blocks(path)[0])
    entry(project, "benchmarks")
    made = snakemake("results/test/benchmarks/capitals/es.jsonl", *STUDY)
    assert made.returncode == 0, made.stdout + made.stderr
    items = [
        json.loads(line) for line in (project / "results/test/benchmarks/capitals/es.jsonl").open(encoding="utf-8")
    ]
    assert {item["options"][item["answer"]] for item in items} == {"Lima", "Santiago", "La Habana", "Quito"}


def test_an_intrinsic_metric_is_a_module_a_rule_and_a_line(project, snakemake):
    path = "scripts/polyglot/metrics/exclamations.py"
    add(project, path, blocks(path)[0])
    add(project, "rules/metrics.smk", blocks("rules/metrics.smk")[0], end=True)
    registry = project / "scripts/polyglot/metrics/registry.py"
    (line,) = blocks("scripts/polyglot/metrics/registry.py")
    last = re.search(r"METRICS = \{.*?\n\}\n", registry.read_text(encoding="utf-8"), re.DOTALL)[0]
    registry.write_text(registry.read_text("utf-8").replace(last, last[:-2] + line + "}\n"), encoding="utf-8")
    cell = "smollm2-135m/es/mix-12/trial1"
    data = project / f"results/test/data/{cell}.parquet"
    data.parent.mkdir(parents=True)
    pd.DataFrame({"row_id": ["a", "b"], "prompt": ["¿Qué?", "何"], "response": ["¡Sí!", "猫です"]}).to_parquet(data)
    metric = f"results/test/intrinsic/{cell}/exclamations.json"
    made = snakemake(metric, "--configfile", "studies/test.yaml", "--rerun-triggers", "mtime")
    assert made.returncode == 0, made.stdout + made.stderr
    assert json.loads((project / metric).read_text(encoding="utf-8"))["exclamations"] == 0.5
    assert (project / f"results/test/audit/records/{metric}.json").is_file()
    planned = snakemake("results/test/scores.csv", "-n", "--configfile", "studies/test.yaml")
    assert "rule exclamations:" in planned.stdout, planned.stderr
    code = "from polyglot.analysis.score import SCORES; print(list(SCORES.columns).index('exclamations'))"
    assert columns_of(project, code) == 14  # after the other intrinsic metrics, before the abilities


def columns_of(project, code):
    path = {"PYTHONPATH": str(project / "scripts"), "PATH": "/usr/bin:/bin"}
    return int(subprocess.run([sys.executable, "-c", code], env=path, check=True, capture_output=True).stdout)


@pytest.mark.parametrize("package", [SOURCES, BENCHMARKS])
def test_the_pages_table_is_the_adapters_own(package):
    for name, adapter in adapters(package).items():
        served = adapter.served(Path("resources"))
        languages = ", ".join(sorted(served)) if served else "those of the data"
        if served and len(served) > 30:
            languages = f"{len(served)}, in [languages.md](languages.md)"
        data = "your file" if adapter.own_file else "corpus" if adapter.of_corpus else "hub"
        data = adapter.packaged.title if adapter.packaged else data
        cells = [f"`{name}`", adapter.title, data, languages]
        if package == BENCHMARKS:
            cells.append("—" if adapter.chance is None else f"{adapter.chance:g}")
        assert f"| {' | '.join(cells)} |" in PAGE.splitlines()
