"""Shell commands of rules: the program under the recorder, settings as quoted words, its own log."""

import inspect
import json
import re
import shlex
from collections.abc import Iterable
from typing import Any, ClassVar

from polyglot.core.errors import InputError
from polyglot.core.provenance import packed
from polyglot.core.settings_files import word_of

LONGEST_SETTING = 2_000  # characters that a person still reads on a command line
LONGEST = 10_000  # bytes of a plain list of inputs: Linux caps one argument at 128 KiB and a shell line with it


class SettingsFiles:
    """The long settings of this process by their words; a dry run writes no file, a real run those of its jobs."""

    texts: ClassVar[dict[str, str]] = {}
    begun: ClassVar[bool] = False  # settings that are worked out after the start of a run are written at once

    @classmethod
    def begin(cls, jobs: Iterable[Any]) -> None:
        """Write the settings of Snakemake's `jobs`. Raises InputError where that cannot be."""
        cls.begun = True
        params = {str(value) for job in jobs for value in job.params if isinstance(value, str)}
        try:
            for word in sorted({word for value in params for word in value.split()} & set(cls.texts)):
                word_of(cls.texts[word], write=True)
        except OSError as error:
            raise InputError(
                f"{error.filename}: {error.strerror}; results must be writable, with free space"
            ) from error


def text(value: Any) -> str:
    """A structured setting as one shell word: its JSON, or where that is long the file that holds it."""
    content = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(content) <= LONGEST_SETTING:
        return shlex.quote(content)
    word = word_of(content, write=SettingsFiles.begun)
    SettingsFiles.texts[word] = content
    return word


def recorded(command: str, launcher: str = "python", outputs: str = "{output}", options: str = "") -> str:
    """A program below `polyglot` and its arguments as a rule's command: run under the recorder, output to the log."""
    return (
        "python -m polyglot.core.record --wildcards {params.job} --threads {threads} --code {input.code}"
        f" --outputs {outputs} --logs {{log}} {options} -- {launcher} -m polyglot.{command} &> {{log}}"
    )


def accelerate(options: str, threads: int) -> str:
    """What starts the processes of a training over several cards; one process is started by Python alone."""
    fixed = f"--mixed_precision no --dynamo_backend no --num_cpu_threads_per_process {threads}"
    return f"accelerate launch --quiet {options} {fixed}"


def option(name: str, values: Iterable[Any]) -> str:
    """An option with its quoted values; nothing where there is none."""
    words = [name, *map(str, values)]
    return shlex.join(words) if len(words) > 1 else ""


def ends(files: Iterable[Any]) -> list[str]:
    """The files that a study ends with, but its manifest, which speaks of them."""
    return [str(file) for file in files if not str(file).endswith("/audit/manifest.jsonl")]


def job(wildcards: Any, input: Iterable[Any]) -> str:
    """A job's wildcards and inputs for its record; the list of inputs is compressed when long."""
    plain = shlex.join(["--inputs", *map(str, input)])
    inputs = plain if len(plain) < LONGEST else f"--packed-inputs {packed(map(str, input))}"
    return f"{text(dict(wildcards.items()))} {inputs}"


job.__signature__ = inspect.signature(job)  # Snakemake asks for it once a job


def shell_prefix(interpreter: str, setup: str | None, deployed: bool) -> str:
    """The prefix of every command: the site's own lines, then the paths of Python and the project's modules.

    The interpreter that runs Snakemake runs the rules too, also in a shell that has activated nothing; where conda or a
    container brings another one (`deployed`), its own `python` is taken. Braces are doubled for Snakemake's formatting.
    """
    lines = [f"{setup} || exit 1"] if setup else []
    lines += ["set -euo pipefail"]  # after the site's lines, which may leave variables unset
    if not deployed:
        lines += [f"export PATH={shlex.quote(interpreter)}:$PATH"]
    lines += ['export PYTHONPATH="$PWD/scripts" PYTHONNOUSERSITE=1 PYTHONSAFEPATH=1; ']
    return "; ".join(lines).replace("{", "{{").replace("}", "}}")


def complete(workflow: Any, environment: str, folder: str, untimed: Iterable[str]) -> None:
    """Set the directives that follow from a rule's name: environment, log, timing, and the record's `job`.

    A log lies at results/{study}/logs/RULE/WILDCARD/….log, the timing at the same place below timings/. A rule without
    output, which logs to `folder`, has no timing: with one it would run once only. The rules in `untimed` have none
    either: they run after the manifest, which would not hold it.
    """
    for rule in workflow.rules:
        if not rule.shellcmd:
            continue
        output = str(rule.output[0]) if rule.output else folder
        wildcards = re.findall(r"\{(\w+)", output)  # behind each name Snakemake may have put its constraint
        root = "results/{study}" if "study" in wildcards else f"results/{output.split('/')[1]}"
        name = "/".join([rule.name, *(f"{{{wildcard}}}" for wildcard in wildcards if wildcard != "study")])
        rule.conda_env = environment
        if "{params.job}" in rule.shellcmd:
            rule.set_params(job=job)
        rule.log_modifier = rule.benchmark_modifier = workflow.modifier.path_modifier
        if not rule.log:
            rule.set_log(f"{root}/logs/{name}.log")
        if rule.output and rule.name not in untimed:
            rule.benchmark = f"{root}/timings/{name}.tsv"
