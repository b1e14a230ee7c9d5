"""What finds and starts the workflow elsewhere: the Snakemake catalogue, a hosted CI, Docker."""

import re
from pathlib import Path

import yaml


def test_the_catalogue_finds_what_it_looks_for():
    usage = yaml.safe_load(Path(".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    assert usage["software-stack-deployment"]["conda"] and usage["report"]
    assert "configfile:" in Path("Snakefile").read_text(encoding="utf-8")
    page = Path("config/README.md")
    targets = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert targets and all((page.parent / target).is_file() for target in targets)


def test_hosted_runs_and_images_call_the_same_commands():
    (job,) = yaml.safe_load(Path(".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"].values()
    assert any(".ci/run" in step.get("run", "") for step in job["steps"])
    recipe = Path("Dockerfile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r'make"?,? "?([a-z-]+)', recipe)) <= targets
    # the environment is made from these alone, before the project is copied
    rest = Path("Makefile").read_text(encoding="utf-8").split("REQUIREMENTS :=")[1].split("\n\n")[0]
    assert "$(addprefix envs/," in rest and recipe.index("COPY envs envs") < recipe.index("make env")
