"""Every rule declares what it needs, and nothing reads the config behind a rule's back."""

import ast
import re
from pathlib import Path

import pytest
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings

from polyglot import provenance

ENGINE_PROGRAMS = {"generate", "diversity", "perplexity", "judge", "train", "evaluate_model", "evaluate_student"}
ENGINE_PROGRAMS |= {"translate_requests", "generate_translated", "judge_rows"}


def running(*studies):
    """The rules that run something, of the paper study or of one laid over it."""
    with SnakemakeApi(OutputSettings(verbose=False)) as api:
        parsed = api.workflow(
            resource_settings=ResourceSettings(cores=2),
            config_settings=ConfigSettings(configfiles=[Path(study) for study in studies]),
            snakefile=Path("Snakefile"),
        )
        found = [rule for rule in parsed._workflow.rules if rule.shellcmd or rule.script or rule.run_func_src]
        return [rule for rule in found if rule.name != "plan"]  # `plan` shows a file that plan_study made


@pytest.fixture(scope="module")
def rules():
    """Those of the test study, and those that the paper study alone has."""
    test = running("studies/test.yaml")
    names = {rule.name for rule in test}
    return test + [rule for rule in running() if rule.name not in names]


PROGRAM = re.compile(r"(python scripts/record\.py .* -- )?(?:python|accelerate launch .*) scripts/(\w+)\.py")


def program_of(rule):
    """The program that a rule runs, under the recorder or not."""
    found = PROGRAM.match(rule.shellcmd or "")
    return found and found[2]


def recorded(rule):
    found = PROGRAM.match(rule.shellcmd or "")
    return found and found[1]


def test_every_rule_runs_a_program_and_records_it(rules):
    assert len(rules) > 15
    assert [rule.name for rule in rules if not program_of(rule)] == []
    # one without outputs leaves nothing to record
    assert [rule.name for rule in rules if not recorded(rule)] == ["lock_revisions", "drop_students"]
    # an audit has none either, so that it always runs; what it writes is named to the recorder
    always = {"lock_revisions", "drop_students", "audit", "audit_published"}
    assert {rule.name for rule in rules if not rule.output} == always


# the last to run: nothing comes after them that could vouch for the file with their timing
UNTIMED = {"benchmark": {"manifest", "audit", "audit_published", "crate", "data_card", "student_card"}}


@pytest.mark.parametrize("what", ["log", "benchmark", "conda_env"])
def test_every_rule_declares(rules, what):
    assert {rule.name for rule in rules if not getattr(rule, what)} <= UNTIMED.get(what, set())


@pytest.mark.parametrize("resource", ["_cores", "mem_mb", "runtime"])
def test_every_rule_asks_for(rules, resource):
    assert [rule.name for rule in rules if resource not in rule.resources] == []


def test_every_rule_that_loads_weights_declares_its_cards(rules):
    programs = {rule.name for rule in rules if "gpu" in rule.resources}
    assert programs == ENGINE_PROGRAMS


def test_every_log_is_named_after_its_rule(rules):
    assert [rule.name for rule in rules if provenance.rule_of(Path(str(rule.log[0]))) != rule.name] == []


def test_no_two_rules_share_a_log(rules):
    logs = [str(log) for rule in rules for log in rule.log]
    assert len(logs) == len(set(logs))


def test_every_rule_has_its_program_and_the_modules_it_imports_as_inputs(rules):
    for rule in rules:
        program = f"scripts/{program_of(rule)}.py"
        declared = {str(file) for file in rule.input}
        assert program in declared, rule.name
        assert modules_of(Path(program)) <= declared, rule.name


def modules_of(program):
    """Library modules imported by a program at any depth, found apart from the workflow's own search."""
    found = set()
    for node in ast.walk(ast.parse(program.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "polyglot":
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            stem = Path("scripts", *name.split("."))
            for file in (stem.with_suffix(".py"), stem / "__init__.py"):
                if file.is_file() and str(file) not in found:
                    found |= {str(file)} | modules_of(file)
    return found


def test_programs_know_nothing_of_snakemake_or_the_config():
    for file in Path("scripts").rglob("*.py"):
        if file.name == "config.py":  # validates what the workflow has read
            continue
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\b(import|from) snakemake\b|config\.yaml|studies/", text), file


# run around each job, and by people on what the rules have made
BY_HAND = {"record", "trace", "replay"}


def test_every_program_belongs_to_a_rule(rules):
    programs = {file.stem for file in Path("scripts").glob("*.py")}
    assert programs - {program_of(rule) for rule in rules} == BY_HAND


def test_programs_are_short():
    long = {str(file): len(file.read_text(encoding="utf-8").splitlines()) for file in Path("scripts").glob("*.py")}
    assert {name: lines for name, lines in long.items() if lines > 160} == {}
