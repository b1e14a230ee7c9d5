# Shared by the stages: the validated config, the design, code as input, resources. Nothing is made here.
import ast
import atexit
import gc
import json
import os
import re
import shlex
import sys
from functools import cache
from pathlib import Path

# a plan of thousands of jobs holds millions of objects and hardly any garbage: looking for it, as often as Python does and
# once more at the end, took a sixth of the time
gc.set_threshold(100_000)
atexit.register(gc.freeze)
sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from polyglot import sizing
from polyglot.config import validate
from polyglot.design import METRICS, Design
from polyglot.errors import InputError
from polyglot.identity import derive_seed
from polyglot.provenance import packed
from polyglot.site import read_site

try:
    validate(
        config,
        Path(workflow.basedir) / "resources/schemas/config.schema.yaml",
        Path("config.yaml"),
        [Path(os.path.relpath(file)) for file in workflow.overwrite_configfiles],
    )
    SITE = read_site(Path("site.yaml"))
except InputError as error:
    sys.exit(f"error: {error}")

STUDY = config["study"]
DESIGN = Design(config)
CARDS = {"card_gb": SITE["cards"]["memory_gb"], "per_node": SITE["cards"]["per_node"]}
ENV = f"../envs/{'cpu' if config['device'] == 'cpu' else 'gpu'}.yaml"

if SITE["setup"]:
    # before the strict mode: what a cluster's own scripts leave unset is not ours
    shell.prefix(SITE["setup"].replace("{", "{{").replace("}", "}}") + " || exit 1; set -euo pipefail; ")
if SITE["container"]:

    container: SITE["container"]


# two paths that are spelt in several stages — of a data set, and of a student
DATA = "{teacher}/{language}/{recipe}-{size}/trial{trial}"
STUDENT = f"{{student_base}}/{DATA}"

# folders in resources/ that adapters read, so that a changed sentence reruns what was made of it
ADAPTER_FOLDERS = {
    "arithmetic": ["resources/arithmetic"],
    "cldr": ["resources/culture"],
    "corpus_preference": ["resources/preference"],
    "filbench": ["resources/filbench"],
    "global_mmlu": ["resources/questions"],
    "m_rewardbench": ["resources/preference", "resources/rewardbench"],
    "mgsm": ["resources/questions"],
}


def any_of(names):
    return "|".join(re.escape(name) for name in sorted(names)) or "(?!)"


wildcard_constraints:
    study=re.escape(STUDY),
    source=any_of(config["sources"]),
    language=any_of(config["languages"]),
    method=any_of(DESIGN.methods),
    teacher=any_of(config["teachers"]),
    student_base=any_of(config["student_bases"]),
    recipe=any_of(config["recipes"]),
    model=any_of(config["models"]),
    dataset=any_of(config["datasets"]),
    benchmark=any_of(config["benchmarks"]),
    size=r"[1-9]\d*",
    trial=r"[1-9]\d*",


SCRIPTS = Path(workflow.basedir) / "scripts"


@cache
def imported(file):
    """The library modules that a program or module imports itself."""
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "polyglot":
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
            paths = [SCRIPTS / name.replace(".", "/") for name in names]
            found += [path.with_suffix(".py") for path in paths if path.with_suffix(".py").is_file()]
            found += [path / "__init__.py" for path in paths if (path / "__init__.py").is_file()]
    return found


@cache
def code(program):
    """A program in scripts/ and the library modules that it imports, directly or not: inputs of its rule."""
    found, queue = set(), [SCRIPTS / f"{program}.py"]
    while queue:
        file = queue.pop()
        if file not in found:
            found.add(file)
            queue += imported(file) if file.is_file() else []  # Snakemake names a missing input of the rule itself
    return sorted(str(file.relative_to(workflow.basedir)) for file in found)


@cache
def files_below(folder):
    """All files below a tracked folder: inputs of the rule whose program reads the folder."""
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file())


def adapter_files(kind, name):
    """What the adapter of a source or benchmark reads from resources/."""
    folders = ADAPTER_FOLDERS.get(config[kind][name]["adapter"], [])
    return [file for folder in folders for file in files_below(folder)]


def text(value):
    """A structured setting as one shell word of JSON."""
    return shlex.quote(json.dumps(value, ensure_ascii=False, sort_keys=True))


def recorded(command):
    """A rule's command under scripts/record.py, which runs the program and records what it read and wrote."""
    return (
        "python scripts/record.py --wildcards {params.job} --threads {threads}"
        f" --code {{input.code}} --outputs {{output}} --logs {{log}} -- {command}"
    )


def job(wildcards, input):
    """A job's wildcards and inputs for its record; many inputs in one short word, for no command is endless."""
    plain = shlex.join(["--inputs", *map(str, input)])
    inputs = plain if len(plain) < 10_000 else f"--packed-inputs {packed(map(str, input))}"
    return f"{text(dict(wildcards.items()))} {inputs}"


def of_cells(pattern):
    """`pattern` filled for each cell of the design."""
    return sorted({pattern.format(study=STUDY, **cell._asdict()) for cell in DESIGN.cells})


def teacher(wildcards):
    return config["teachers"][wildcards.teacher]


def rows_wanted(wildcards, output):
    """Rows to keep of each method that a job writes."""
    methods = [Path(file).parent.name for file in output.rows]
    return text(DESIGN.wanted_of(wildcards.teacher, wildcards.language, int(wildcards.trial), methods))


def launch(wildcards, resources):
    """How accelerate starts training: one process on the CPU or one card, sharded over more cards."""
    if config["device"] == "cpu":
        return "--cpu --num_processes 1"
    if resources.gpu == 1:
        return "--num_processes 1"
    return f"--config_file resources/accelerate/fsdp.yaml --num_processes {resources.gpu}"


def gpus(size, dtype):
    """Cards that serve a model of `size` billion parameters: none where the study's device is the CPU."""
    return sizing.gpus_to_serve(size, dtype, **CARDS) if config["device"] == "cuda" else 0


def gpus_to_train(student_base):
    """Cards that train a student base: none where the study's device is the CPU."""
    size, method = DESIGN.base_size_b(student_base), DESIGN.training(student_base)["method"]
    return sizing.gpus_to_train(size, method, **CARDS) if config["device"] == "cuda" else 0


def chat_template(wildcards):
    """The file of a model's chat template, where the config names one."""
    name = config["models"][wildcards.model].get("chat_template")
    return [f"resources/chat_templates/{name}.jinja"] if name else []


def template_option(wildcards, input):
    if input.template:
        return f"--chat-template {input.template}"
    return "" if DESIGN.talks(wildcards.model) else "--no-chat"
