"""Every rule declares what it needs, and uses what it declares."""

import re
from pathlib import Path

import pytest

from polyglot.core import provenance
from polyglot.study.code import code, imported
from tests.workflow.conftest import parsed

ENGINES = {"generate", "generate_translated", "translate_requests", "judge_rows", "embed_rows", "perplexity_rows"}
ENGINES |= {"generate_screened", "generate_translated_screened", "train", "evaluate_model", "evaluate_student"}
ENGINES |= {"pretrain", "pretrain_on_nodes"}
# without outputs they leave nothing to record
UNRECORDED = {"lock_revisions", "drop_students", "new", "sign", "sign_published", "status"}
ALWAYS = UNRECORDED | {"audit", "audit_published"}  # without outputs, so that they always run
# the last to run: nothing comes after them that could vouch for the file with their timing
UNTIMED = {"manifest", "crate", "data_card", "student_card", "croissant"}
LAUNCHER = r"python|\{params\.launcher\}"
PROGRAM = re.compile(rf"(python -m polyglot\.core\.record .* -- )?(?:{LAUNCHER}) -m polyglot\.(\S+)")
# run around each job, for an audit, and by people on what the rules have made
BY_HAND = {"core.record", "study.expected_outputs", "audit.trace", "audit.replay"}


def running(workflow):
    """The rules that run a program; `plan` shows a file that plan_study made."""
    return [rule for rule in workflow.rules if rule.shellcmd and rule.name != "plan"]


@pytest.fixture(scope="module")
def rules():
    """The rules of the test study, and those that the paper study alone has."""
    test = running(parsed("studies/test.yaml"))
    names = {rule.name for rule in test}
    return test + [rule for rule in running(parsed()) if rule.name not in names]


def program_of(rule):
    """The module that a rule runs, under the recorder or not."""
    match = PROGRAM.match(rule.shellcmd)
    return match and match[2].replace("{params.program}", str(rule.params.get("program")))


def words_beside(rule):
    """The text of the captions of a rule's outputs, which may print its params."""
    captions = {str(file.flags["report"].caption) for file in rule.output if "report" in file.flags}
    return "".join(Path("rules", caption).read_text(encoding="utf-8") for caption in captions if caption != "None")


def faults_of(rule):
    """What a rule fails to declare, or declares for nothing; empty for a good one."""
    module = program_of(rule)
    if not module:
        yield "its command runs no program as `python -m polyglot.…`"
        return
    declared = {str(file) for file in rule.input}
    if not set(code(module)) <= declared:
        yield f"lacks code as input: {sorted(set(code(module)) - declared)[0]}"
    for name in ("log", "conda_env"):
        if not getattr(rule, name):
            yield f"lacks {name}"
    if bool(rule.benchmark) != bool(rule.output and rule.name not in UNTIMED):
        yield "lacks a timing, or has one that nothing vouches for"
    for name in ("mem_mb", "runtime"):
        if name not in rule.resources:
            yield f"lacks {name}"
    if "polyglot.core.record" not in rule.shellcmd and rule.name not in UNRECORDED:
        yield "is not recorded"
    if not rule.output and rule.name not in ALWAYS:
        yield "lacks output"
    used = rule.shellcmd + words_beside(rule)
    for name in dict(rule.params.items()):
        if not re.search(rf"\bparams\.{name}\b", used):
            yield f"declares the param {name}, which neither its command nor a caption uses"


def test_every_rule_declares_what_it_needs_and_uses_what_it_declares(rules):
    assert len(rules) > 40
    assert {rule.name: faults for rule in rules if (faults := list(faults_of(rule)))} == {}


BAD_RULE = """
rule careless:
    input:
        "LICENSE",
    output:
        "results/{study}/careless.txt",
    params:
        size=3,
    shell:
        recorded("metrics.length --data {input} --out {output}")
"""


def test_a_careless_rule_is_named_with_what_it_lacks(monkeypatch, project):
    snakefile = project / "Snakefile"
    text = snakefile.read_text(encoding="utf-8")
    snakefile.write_text(text.replace("\n\ncomplete(", f"\n{BAD_RULE}\n\ncomplete("), encoding="utf-8")
    monkeypatch.chdir(project)
    try:
        (rule,) = [rule for rule in running(parsed("studies/test.yaml")) if rule.name == "careless"]
    finally:
        snakefile.write_text(text, encoding="utf-8")
    faults = list(faults_of(rule))
    assert faults[0].startswith("lacks code as input: scripts/polyglot/") and faults[1:] == [
        "lacks mem_mb",
        "lacks runtime",
        "declares the param size, which neither its command nor a caption uses",
    ]


def test_every_rule_that_loads_weights_declares_its_cards(rules):
    assert {rule.name for rule in rules if "gpu" in rule.resources} == ENGINES


def test_every_log_is_named_after_its_rule_and_no_two_rules_share_one(rules):
    assert [rule.name for rule in rules if provenance.rule_of(Path(str(rule.log[0]))) != rule.name] == []
    logs = [str(log) for rule in rules for log in rule.log]
    assert len(logs) == len(set(logs))


def test_where_a_job_runs_is_written_out():
    text = "\n".join(file.read_text(encoding="utf-8") for file in Path("rules").glob("*.smk"))
    assert "localrules" not in text + Path("Snakefile").read_text(encoding="utf-8")
    bodies = re.split(r"^ *rule\b.*:$", text, flags=re.MULTILINE)[1:]
    small = [body for body in bodies if "**SMALL" in body]
    assert len(small) > 15 and [body for body in small if "localrule: True" not in body] == []


def test_every_program_belongs_to_a_rule(rules):
    programs = {
        ".".join(file.relative_to("scripts/polyglot").with_suffix("").parts)
        for file in Path("scripts/polyglot").rglob("*.py")
        if 'if __name__ == "__main__":' in file.read_text(encoding="utf-8")
    }
    assert programs - {program_of(rule) for rule in rules} == BY_HAND
    assert {program_of(rule) for rule in rules} <= programs


def test_programs_know_nothing_of_snakemake_or_the_config():
    study = Path("scripts/polyglot/study")  # what serves the rules themselves
    for file in Path("scripts").rglob("*.py"):
        if file.parent != study:
            text = file.read_text(encoding="utf-8")
            assert not re.search(r"\b(import|from) snakemake\b|\bread_config\b", text), file


def test_rule_files_hold_rules_and_no_functions():
    for file in Path("rules").glob("*.smk"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(def|class) ", text, re.MULTILINE), file
        assert file.name == "common.smk" or re.search(r"^ *rule\b", text, re.MULTILINE), file
    assert imported(Path("scripts/polyglot/study/views.py").resolve())
