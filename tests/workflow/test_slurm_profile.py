"""The SLURM profile and its example sites, without a cluster: which rules go where, and what they ask for."""

import shutil
from pathlib import Path

import pytest
from snakemake.profiles import ProfileConfigFileParser

from polyglot.study.site import read_site
from tests.workflow.conftest import parsed

SITES = sorted(Path("profiles/slurm/sites").glob("*.yaml"))


def profile():
    with open("profiles/slurm/config.yaml", encoding="utf-8") as file:
        return dict(ProfileConfigFileParser().parse(file))


@pytest.fixture(scope="module")
def rules():
    """The rules of the test study as Snakemake holds them, and the names of those that it runs beside itself."""
    workflow = parsed("studies/test.yaml")
    named = {rule.name: rule for rule in workflow.rules if rule.shellcmd}
    return named, {name for name in named if name in workflow._localrules}


@pytest.fixture
def site(monkeypatch, tmp_path):
    """Stand in a folder with the profile and a site file."""

    def use(text):
        for name in ("profiles", "rules", "scripts", "resources", "envs", "Snakefile", "config.yaml"):
            (tmp_path / name).symlink_to(Path(name).absolute())
        (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        return profile()

    return use


def test_the_profile_is_one_word_and_no_site_file_is_needed(snakemake, project):
    assert not (project / "site.yaml").exists()
    planned = snakemake("--profile", "slurm", "--configfile", "studies/test.yaml", "-n", "seeds")
    assert planned.returncode == 0, planned.stderr


@pytest.mark.parametrize("file", SITES, ids=lambda file: file.stem)
def test_an_example_site_works(snakemake, project, file):
    shutil.copy(file, project / "site.yaml")
    planned = snakemake(
        "--profile", "slurm", "--configfile", "studies/test.yaml", "-n", "--config", "device=cuda", "--", "synthetic"
    )
    (project / "site.yaml").unlink()
    assert planned.returncode == 0, planned.stderr
    given = read_site(file)
    assert f"slurm_partition={given['partitions']['gpu']}" in planned.stdout
    assert f"slurm_partition={given['partitions']['cpu']}" in planned.stdout


def test_an_account_asks_for_a_report_and_none_for_none(site):
    with_account = site("account: lab\naccounting: true\nqos: high\n")
    assert with_account["slurm-efficiency-report"] == "True" and with_account["slurm-qos"] == "high"
    assert "slurm_account='lab'" in with_account["default-resources"]


def test_nothing_given_asks_for_no_account_partition_or_report(site):
    without = site("")
    assert not {"slurm-efficiency-report", "slurm-qos", "set-resources", "apptainer-args"} & set(without)
    assert not [item for item in without["default-resources"] if "account" in item or "partition" in item]


def test_a_typo_in_the_site_file_ends_at_once(snakemake, project):
    (project / "site.yaml").write_text("acount: lab\n", encoding="utf-8")
    planned = snakemake("--profile", "slurm", "-n")
    local = snakemake("--configfile", "studies/test.yaml", "-n")
    (project / "site.yaml").unlink()
    for ended in (planned, local):
        assert ended.returncode != 0 and "site.yaml: top level: unknown key acount" in ended.stdout + ended.stderr


def test_every_rule_with_cards_goes_to_their_partition_and_no_other_rule_does(site):
    given = site("partitions: {cpu: main, gpu: cards}\ncards: {model: h100}\n")
    rules = [rule for rule in parsed().rules if rule.shellcmd]
    placed = {rule.name for rule in rules if "slurm_partition" in rule.resources}
    assert placed == {rule.name for rule in rules if "gpu" in rule.resources}
    asked = {"slurm_partition": "cards", "nodes": 1, "tasks_per_gpu": 0, "gpu_model": "h100"}
    for name, wanted in asked.items():
        assert {rule.name for rule in rules if name in rule.resources} == placed, name
        # pretraining goes over as many nodes as its run says
        same = placed - {"pretrain_on_nodes"} if name == "nodes" else placed
        assert {rule.resources[name].value for rule in rules if rule.name in same} == {wanted}, name
    # the plugin refuses a job that asks for a model of card and for no card
    assert not [item for item in given["default-resources"] if "gpu_model" in item]


def test_rules_in_arrays_ask_for_the_same_whatever_their_wildcards(site, rules):
    """A task of an array gets what the array's first one asks for."""
    named, local = rules
    arrays = site("arrays: true\n")["slurm-array-jobs"].split(",")
    for name in arrays:
        assert name in named and name not in local, name
        asked = named[name].resources
        for resource in {"gpu", "mem_mb", "runtime"} & set(asked):
            asked[resource].evaluate(None, attempt=1)  # would fail where it asks for a wildcard


def test_arrays_come_only_with_a_queue_that_takes_every_job(site):
    """Where fewer jobs may be submitted than are ready, the plugin waits for the rest of an array for ever."""
    assert int(site("arrays: true\njobs: 7\n")["jobs"]) >= 100_000


def test_a_task_of_an_array_deletes_nothing(site):
    """The plugin may take it for failed while the array's first one writes: docs/cluster.md."""
    assert site("arrays: true\n")["keep-incomplete"] == "True"


def test_without_arrays_the_limit_of_jobs_holds(site):
    limited = site("jobs: 7\n")
    assert limited["jobs"] == "7" and not {"slurm-array-jobs", "keep-incomplete"} & set(limited)


def test_status_is_asked_of_the_controller(rules):
    """`sacct` gives every task of an array the state of its last one."""
    assert profile()["slurm-status-command"] == "squeue"


def test_small_rules_run_beside_snakemake_and_no_others(rules):
    named, local = rules
    assert {"figure_01", "figure_01_data", "score_tables", "claims", "anchors"} <= local
    assert not local & {"generate", "train", "judge", "mix", "select_requests", "prepare_benchmark", "evaluate_student"}
    assert not local & {"score", "ranking"}  # they read every item and every row of the study
    assert [name for name in local if "gpu" in named[name].resources] == []


def test_a_job_on_the_cluster_grows_with_its_attempt(rules):
    named, local = rules
    for name in set(named) - local:
        for resource in ("mem_mb", "runtime"):
            assert named[name].resources[resource].is_evaluable(), f"{name}: {resource} is the same on each attempt"


def test_a_container_is_given_the_cards_of_its_node(site):
    assert site("container: image.sif\n")["apptainer-args"] == "--nv"
