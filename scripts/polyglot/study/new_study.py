"""Write the study of a language: the benchmarks and seeds that hold it, teachers, a student base, and what is missing.

Names and scripts are CLDR's; what data sets hold is in resources/languages/holdings.csv. Over another study, such as
the demo, it writes that study in the language.
"""

import argparse
import json
import shlex
from pathlib import Path

import langcodes
import yaml
from langcodes.tag_parser import LanguageTagError

from polyglot.core.adapter import adapters
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, whole
from polyglot.core.holdings import RESOURCES, parts
from polyglot.core.language import MEASURED, in_language
from polyglot.evaluation.benchmark_adapter import BENCHMARKS
from polyglot.study.other_language import UNSPACED, study_in
from polyglot.study.yaml_files import read_yaml

# of an ability the first that holds the language: what was written in it comes before what was translated
ASKED = (
    *("belebele", "sib200", "include", "kmmlu", "global-mmlu", "hae-rae", "mgsm", "afrimgsm", "m-rewardbench"),
    "native-text",
)
NATIVE = "native-text"
SEEDS = ("aya", "oasst2", "wildchat")
WRITTEN_BY_PEOPLE = ("aya", "oasst2")
ENOUGH = ("aya", "wildchat")  # each has prompts enough for the recipe mix; OpenAssistant 2 has a few hundred in most
ABILITIES = ("reading", "topics", "culture", "knowledge", "math", "chat")  # which data sets of many languages measure
SAME = {"fil": "tl", "nb": "no"}  # codes of one language in the config and in data sets
ENGLISH_SEEDS = ("tulu-3", "gsm8k", "magpie-pro")
STUDY = """# Which teacher writes the best fine-tuning data in {name}?
# Keys are explained in config.yaml; what it costs says
# .venv/bin/snakemake --cores 1 plan --configfile {file}
# {missing}
study: {key}

languages:
  {key}: {{name: {name}{flores}}}

sources:
{sources}

benchmarks:
{benchmarks}

seeds:
  sources: {seeds}
{contamination}{comparison}
evaluation:
  benchmarks: {evaluated}

scoring: # the mean of these is a student's score; the others have their line in gains.md
  benchmarks: {deciding}

design:
  - name: teachers for {name}
    student_bases: [gemma-3-4b]
    teachers: [gemma-3-27b, gemma-3-12b, llama-3.1-70b, aya-expanse-32b]
    languages: [{key}]
    recipes: [{recipe}]
    sizes: [3000]
    trials: 3
"""
OVER = """# {name} in the study {over}. Keys are explained in config.yaml; it runs by
# {command}
"""
COMPARISON = """
comparison: # with the models of config.yaml that serve this language
  baseline: {{teacher: gemma-3-27b, recipe: {recipe}, size: 3000}}
"""


def code_of(tag: str) -> str:
    """The code of a language in the config, from a BCP 47 tag. Raises InputError for what is none, or a part of one.

    Macrolanguages stand for their standard form, as in the data sets: "ar" is standard Arabic.
    """
    try:
        language = langcodes.Language.get(tag) if langcodes.tag_is_valid(tag) else None
    except LanguageTagError:
        language = None
    if language is None or not language.language:
        raise InputError(f"language {tag!r}: no BCP 47 code of a language; give one such as eu, sw or yue")
    if language.script or language.territory:
        raise InputError(f"language {tag!r}: give the language alone, {language.language}, without script or country")
    code = language.prefer_macrolanguage().language
    code = SAME.get(code, code)
    in_language("", code)  # raises for a language that the answers' language cannot be told of
    return code


def seeded(code: str) -> list[str]:
    """The seed sources of many languages that hold `code`."""
    return [name for name in SEEDS if code in parts(name)]


def held(code: str, config: Json) -> list[str]:
    """The benchmarks that hold `code`, one an ability, in the order of `ASKED`."""
    known, names, measured = adapters(BENCHMARKS), [], set()
    for name in ASKED:
        entry = config["benchmarks"][name]
        served = known[entry["adapter"]].served(RESOURCES)
        holds = code in served if served is not None else set(seeded(code)) & set(WRITTEN_BY_PEOPLE)
        if holds and entry["measures"] not in measured:
            names.append(name)
            measured.add(entry["measures"])
    return names


def missing(code: str, benchmarks: list[str], config: Json) -> list[str]:
    """What the study lacks, in sentences; empty where it has all."""
    lacks, sources = [], seeded(code)
    if not sources:
        lacks.append("No seeds in the language: prompts are translated from English, nothing is answered or made anew.")
    elif not set(sources) & set(ENOUGH):
        lacks.append(
            "Few seeds in the language: prompts are translated from English, nothing is answered or made anew."
        )
    measured = {config["benchmarks"][name]["measures"] for name in benchmarks}
    if lacking := [ability for ability in ABILITIES if ability not in measured]:
        lacks.append(f"Not measured, for want of a data set in the language: {', '.join(lacking)}.")
    if NATIVE not in benchmarks:
        lacks.append(
            "No answers of people: native text, the measure that tells small models apart, is not asked, and the judge"
            " is not checked."
        )
    elif code not in yaml.safe_load((RESOURCES / "judge_check" / "praise.yaml").read_text(encoding="utf-8")):
        lacks.append("No sentence in resources/judge_check/praise.yaml: the judge is not checked against empty praise.")
    if not (RESOURCES / "questions" / f"{code}.yaml").is_file():
        lacks.append(f"No words in resources/questions/{code}.yaml: questions are put in English words.")
    if code not in MEASURED.split():
        lacks.append("Identification of the language was not measured: only what is clearly in another is foreign.")
    if code not in parts("flores"):
        lacks.append("No FLORES code: NLLB cannot translate into it.")
    return lacks


def study_of(code: str, config: Json, file: Path) -> str:
    """The study's YAML, to be written to `file`. Raises InputError for a language that no benchmark holds."""
    if not (benchmarks := held(code, config)):
        raise InputError(
            f"language {code!r}: held by none of {', '.join(ASKED)}, so no student could be measured; define a"
            " benchmark of your own (docs/adding.md)"
        )
    sources, key = seeded(code), json.dumps(code) if code == "no" else code  # YAML reads no as false
    recipe = "mix" if set(sources) & set(ENOUGH) else "translate"
    flores = f", flores: {parts('flores')[code]}" if code in parts("flores") else ""
    contamination = f"\ncontamination:\n  characters: {{{key}: 30}}\n" if code in UNSPACED else ""
    return STUDY.format(
        name=langcodes.Language.get(code).display_name(),
        file=file,
        missing=" ".join(missing(code, benchmarks, config))
        or "Nothing is missing: seeds, benchmarks and words are in the language.",
        key=key,
        flores=flores,
        sources="\n".join(f"  {name}: {{languages: [{key}], rows: 5000}}" for name in sources) or "  {}",
        benchmarks="\n".join(f"  {name}: {{languages: [{key}]}}" for name in benchmarks),
        seeds=f"[{', '.join([*sources, *ENGLISH_SEEDS])}]",
        contamination=contamination,
        comparison=COMPARISON.format(recipe=recipe) if code == config["comparison"]["language"] else "",
        evaluated=f"[{', '.join(benchmarks)}]",
        deciding=f"[{', '.join(name for name in benchmarks if name != NATIVE)}]",
        recipe=recipe,
    )


def write_study(path: Path, text: str) -> None:
    """Write a study's file. Raises InputError where it is there already."""
    if path.exists():
        raise InputError(f"{path}: is there already; edit it, or remove it to have it written anew")
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def where(config: Json) -> str:
    """Options by which a study runs where that of `config` does: by its own profile, on this machine, on a cluster."""
    if Path("profiles", config["study"]).is_dir():
        return f"--profile profiles/{config['study']}"
    return "--cores 2" if config["device"] == "cpu" else "--profile slurm"


def write_over(code: str, config: Json, files: list[str], folder: Path) -> None:
    """Write the study of `config`, which `files` make, in a language; say what it has and how it runs."""
    study, over = study_in(code, config), config["study"]
    path, name = folder / f"{study['study']}.yaml", study["languages"][code]["name"]
    command = f".venv/bin/snakemake {where(config)} --configfile {shlex.join([*files, str(path)])}"
    keys = yaml.safe_dump(study, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
    write_study(path, OVER.format(name=name, over=over, command=command) + keys)
    print(f"{path}: {name}, measured by {', '.join(study['evaluation']['benchmarks'])}")
    print(f"next: {command}")


def main() -> None:
    """Parse the command line, write the study, say what it has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", required=True, help="BCP 47 code")
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="the config that a study lies over")
    parser.add_argument("--over", type=json.loads, help="JSON object: the whole config of another study")
    parser.add_argument("--files", nargs="*", default=[], help="the files that make that config, in their order")
    parser.add_argument("--folder", type=Path, default=Path("studies"), help="where the study is written")
    arguments = parser.parse_args()
    code = code_of(arguments.language)
    if arguments.over:
        write_over(code, arguments.over, arguments.files, arguments.folder)
        return
    config, path = read_yaml(arguments.config), arguments.folder / f"{code}.yaml"
    write_study(path, study_of(code, config, path))
    benchmarks = held(code, config)
    print(f"{path}: {langcodes.Language.get(code).display_name()}, measured by {', '.join(benchmarks)}")
    for sentence in missing(code, benchmarks, config):
        print(f"  {sentence}")
    print(f"next: .venv/bin/snakemake --cores 1 plan --configfile {path}")


if __name__ == "__main__":
    run(main)
