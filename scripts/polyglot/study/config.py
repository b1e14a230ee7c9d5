"""Validation of a study's config: the schema, secrets, and references between entries. Errors are one line each."""

import math
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator

from polyglot.core import holdings
from polyglot.core.adapter import adapters, names
from polyglot.core.errors import InputError
from polyglot.core.schema_files import read_schema
from polyglot.evaluation.benchmark_adapter import BENCHMARKS
from polyglot.seeds.source_adapter import SOURCES
from polyglot.study.api_check import family_of, fill_apis
from polyglot.study.benchmark_check import check_benchmarks, check_deciding
from polyglot.study.corpus_views import check_corpora, check_tokenizers
from polyglot.study.design import Design, part
from polyglot.study.design_check import (
    check_blocks,
    check_comparison,
    check_main,
    check_planted,
    check_race,
    check_updates,
)
from polyglot.study.mixture_check import check_mixtures
from polyglot.study.model_check import check_models
from polyglot.study.own_data import check_given, check_own_files, check_own_items
from polyglot.study.pretraining_check import check_pretraining
from polyglot.study.yaml_files import misread, read_yaml
from polyglot.synthesis.methods import ENGLISH, OF_OWN_SEEDS, PAIRED, TRANSLATIONS

Config = dict[str, Any]

PUBLISHED = "published"  # the study of the papers' printed numbers, which any run can make
UNLIMITED = ("generate",)  # shows seeds as examples, in other groups once all were shown
RESOURCES = Path(__file__).parents[3] / "resources"
ADAPTERS = {"sources": SOURCES, "benchmarks": BENCHMARKS}  # where the adapters of a kind of entry are
SECRET_KEY = re.compile(r"(^|_)(api_?key|key|secret|password|passwd|credentials?|token)$", re.IGNORECASE)
# keys as providers write them, a header that holds one, a password in an address
SECRET_VALUE = re.compile(
    r"\b(sk-|hf_|gh[opsu]_|github_pat_|glpat-|gsk_|xox[abp]-|AIza|AKIA|ASIA)[A-Za-z0-9_-]{8,}|\bBearer\s+\S{8,}|://[^/\s@]+@"
)


def validate(config: Config, schema_file: Path, base_file: Path, overlay_files: Iterable[Path]) -> None:
    """Check each overlay by its own name, then the merged config; fill in what an API may leave out.

    Raises InputError that names the key.
    """
    validator = strict_validator(schema_file)
    merged = " + ".join(str(file) for file in [base_file, *overlay_files])
    read_yaml(base_file)
    for file in overlay_files:
        # an overlay holds a few keys only: what it leaves out is judged in the merged config
        check(validator, read_yaml(file), str(file), ignore=("required", "oneOf"))
    check(validator, config, merged)
    for key, value, allowed in references(config):
        if value not in allowed:
            raise InputError(f"{merged}: {key}: {value!r} is unknown; allowed: {', '.join(sorted(allowed))}")
    fill_apis(config, merged)
    check_mixtures(config, merged)
    check_models(config, merged)
    check_benchmarks(config, merged)
    check_blocks(config, merged)
    check_updates(config, merged)
    check_comparison(config, merged)
    check_given(config, merged)
    check_planted(config, merged)
    check_sources(config, merged)
    check_own_files(config, merged)
    check_own_items(config, merged)
    check_adapters(config, merged)
    check_corpora(config, merged)
    check_tokenizers(config, merged)
    check_pretraining(config, merged)
    check_languages(config, merged)
    check_deciding(config, merged)
    check_seeds(config, merged)
    check_templates(config, merged, schema_file.parent.parent / "chat_templates")
    check_contexts(config, merged)
    check_judges(config, merged)
    check_anchors(config, merged)
    check_main(config, merged)
    check_race(config, merged)
    check_rates(config, merged)
    check_screening(config, merged)
    check_signers(config, merged)


def strict_validator(schema_file: Path) -> Validator:
    """A validator by which 1.0 is no whole number, NaN and infinity are no numbers, and no text breaks its line."""

    def pattern(validator: Validator, regex: str, instance: Any, schema: Config) -> Iterator[ValidationError]:
        if isinstance(instance, str) and not (re.search(regex, instance) and instance.isprintable()):
            yield ValidationError(f"{instance!r} does not match {regex}")

    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda _, value: (
                isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            ),
        }
    )
    strict = validators.extend(Draft202012Validator, {"pattern": pattern}, type_checker=types)
    return strict(read_schema(schema_file))


def check(validator: Validator, config: Any, name: str, ignore: tuple[str, ...] = ()) -> None:
    """Raise InputError for the first secret or, else, for the most telling schema error in `config`."""
    for key, value in leaves(config):
        last = key.rpartition(".")[2]
        texts = [text for text in (last, value) if isinstance(text, str)]
        if SECRET_KEY.search(last) or any(SECRET_VALUE.search(text) for text in texts):
            shown = SECRET_VALUE.sub("...", key)
            raise InputError(f"{name}: {shown}: looks like a secret; keep keys in the environment, named by key_env")
    errors = [error for error in validator.iter_errors(config) if error.validator not in ignore]
    if errors:
        raise InputError(f"{name}: {describe(best_match(errors))}")


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, value) for every key of nested mappings and lists, inner keys included."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        here = f"{path}.{key}" if path else str(key)
        yield here, inner
        yield from leaves(inner, here)


def describe(error: ValidationError) -> str:
    """One line for a schema error: the key, its fault, and the allowed values."""
    key = ".".join(str(part) for part in error.absolute_path) or "top level"
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = sorted(str(name) for name in error.instance if name not in known)
        return f"{key}: unknown key {', '.join(unknown)}; allowed: {', '.join(sorted(known))}"
    if error.validator == "oneOf":
        choices = {" and ".join(choice["required"]): choice for choice in error.validator_value}
        whole = [name for name, choice in choices.items() if set(choice["required"]) <= set(error.instance)]
        if len(whole) == 1:
            spare = sorted(set(error.instance) - set(choices[whole[0]]["propertyNames"]["enum"]))
            return f"{key}: {', '.join(spare)} does not go with {whole[0]}; remove it"
        return f"{key}: needs exactly one of: {'; '.join(choices)}"
    if error.validator == "not":
        return f"{key}: {error.instance!r} is reserved; choose another name"
    if error.validator == "enum":
        return f"{key}: {error.instance!r} is unknown; allowed: {', '.join(map(str, error.validator_value))}"
    doubt = misread(error.instance) if error.validator in ("type", "pattern", "enum") else None
    return f"{key}: {' '.join(error.message.split())[:300]}{f' ({doubt})' if doubt else ''}"


def references(config: Config) -> Iterator[tuple[str, Any, Iterable[str]]]:
    """Yield (dotted key, id used there, ids that exist) for every mention of one entry by another."""
    languages, models, sources = config["languages"], config["models"], config["sources"]
    for kind in ("teachers", "translators", "student_bases", "judges", "embedders"):
        for name, entry in config[kind].items():
            for key in ("model", "reference"):
                if key in entry:
                    yield f"{kind}.{name}.{key}", entry[key], models
    for kind, package in ADAPTERS.items():
        for name, entry in config[kind].items():
            yield f"{kind}.{name}.adapter", entry["adapter"], names(package)
            for code in entry["languages"]:
                yield f"{kind}.{name}.languages", code, languages
            of_seeds = entry.get("source", [])
            for source in [of_seeds] if isinstance(of_seeds, str) else of_seeds:
                yield f"{kind}.{name}.source", source, sources
            named = entry.get("dataset", [])
            for dataset in [named] if isinstance(named, str) else named:
                yield f"{kind}.{name}.dataset", dataset, config["datasets"]
            if "corpus" in entry:
                yield f"{kind}.{name}.corpus", entry["corpus"], config["corpora"]
    yield "synthesis.translator", config["synthesis"]["translator"], config["translators"]
    for name in config["quality"]["recipes"]:
        yield "quality.recipes", name, config["recipes"]
    if "comparison" in config:
        comparison = config["comparison"]
        yield "comparison.language", comparison["language"], languages
        for name in comparison["models"]:
            yield "comparison.models", name, models
        for kind in ("teacher", "recipe"):
            yield f"comparison.baseline.{kind}", comparison["baseline"][kind], config[f"{kind}s"]
    for name in config["seeds"]["sources"]:
        yield "seeds.sources", name, sources
    for name in config["evaluation"]["benchmarks"]:
        yield "evaluation.benchmarks", name, config["benchmarks"]
    for code in config["contamination"]["characters"]:
        yield "contamination.characters", code, languages
    yield "intrinsic.judge", config["intrinsic"]["judge"], config["judges"]
    if config["intrinsic"].get("second_judge"):
        yield "intrinsic.second_judge", config["intrinsic"]["second_judge"], config["judges"]
    yield "intrinsic.embedder", config["intrinsic"]["embedder"], config["embedders"]
    yield "intrinsic.length_model", config["intrinsic"]["length_model"], models
    for name in config["scoring"].get("benchmarks", []):
        yield "scoring.benchmarks", name, config["evaluation"]["benchmarks"]
    if config["design"]:
        yield "scoring.main_recipe", Design(config).main[0], config["recipes"]
    for number, block in enumerate(config["design"]):
        for kind in ("student_bases", "teachers", "languages", "recipes"):
            for name in block[kind]:
                yield f"design.{number}.{kind}", name, config[kind]


def check_adapters(config: Config, name: str) -> None:
    """Raise InputError for an entry whose adapter cannot serve one of its languages."""
    for kind, package in ADAPTERS.items():
        for entry_id, entry in config[kind].items():
            served = adapters(package)[entry["adapter"]].served(RESOURCES)
            lacking = sorted(set(entry["languages"]) - served) if served is not None else []
            if lacking:
                fault = f"adapter {entry['adapter']} cannot serve {lacking[0]}; it serves {', '.join(sorted(served))}"
                raise InputError(f"{name}: {kind}.{entry_id}.languages: {fault}")


def check_sources(config: Config, name: str) -> None:
    """Raise InputError for a source whose adapter and data set do not go together, or whose rows lack a language."""
    for source, entry in config["sources"].items():
        adapter = adapters(SOURCES)[entry["adapter"]]
        if (adapter.packaged is not None or adapter.own_file) == ("dataset" in entry):
            needs = "reads no data set; remove it" if "dataset" in entry else "reads a data set; name one"
            raise InputError(f"{name}: sources.{source}.dataset: adapter {entry['adapter']} {needs}")
        rows = entry.get("rows")
        if isinstance(rows, dict) and set(rows) != set(entry["languages"]):
            differing = ", ".join(sorted(set(rows) ^ set(entry["languages"])))
            raise InputError(f"{name}: sources.{source}.rows: its languages are not those of the source: {differing}")


def check_languages(config: Config, name: str) -> None:
    """Raise InputError for a code of no language, two of one FLORES code, and one of the design without items."""
    for code in config["languages"]:
        if not is_language(code):
            raise InputError(f"{name}: languages.{code}: is the code of no language (BCP 47); correct it")
    codes = [entry.get("flores") for entry in config["languages"].values()]
    for code, entry in config["languages"].items():
        if "flores" in entry and codes.count(entry["flores"]) > 1:
            fault = f"{entry['flores']} is another language's too"
            raise InputError(f"{name}: languages.{code}.flores: {fault}; correct one")
    benchmarks = config["evaluation"]["benchmarks"]
    held = {code for benchmark in benchmarks for code in config["benchmarks"][benchmark]["languages"]}
    for number, block in enumerate(config["design"]):
        lacking = [code for code in block["languages"] if code not in held]
        if lacking:
            raise InputError(
                f"{name}: design.{number}.languages: {lacking[0]} is held by none of evaluation.benchmarks"
                f" ({', '.join(benchmarks)}); add a benchmark that holds it, or take it out of the design"
            )


def is_language(code: str) -> bool:
    """Whether BCP 47 has a language of this code."""
    if code in holdings.parts("flores"):
        return True
    import langcodes  # imported here: slow, and every plan checks its config

    return langcodes.tag_is_valid(code)


def check_seeds(config: Config, name: str) -> None:
    """Raise InputError for a recipe in a language that no source of the study has the seeds for."""
    chosen = config["seeds"]["sources"]
    held = {code for source in chosen for code in config["sources"][source]["languages"]}
    for number, block in enumerate(config["design"]):
        for recipe in block["recipes"]:
            for method in config["recipes"][recipe]:
                needed = [ENGLISH] if method in TRANSLATIONS else block["languages"] if method in OF_OWN_SEEDS else []
                lacking = [code for code in needed if code not in held]
                if lacking:
                    raise InputError(
                        f"{name}: design.{number}.recipes: {recipe} ({method}) needs seeds in {lacking[0]}, which none"
                        f" of seeds.sources ({', '.join(chosen)}) holds; add a source that does, or take another recipe"
                    )
                for code in needed if method not in UNLIMITED else []:
                    most = most_rows(config, code) * (1 if method in PAIRED else config["synthesis"]["rounds"])
                    wanted = part(max(block["sizes"]), config["recipes"][recipe], method)
                    if wanted > most and config["mixing"]["shortage"] == "refuse":
                        raise InputError(
                            f"{name}: design.{number}.sizes: {max(block['sizes'])} rows of {recipe} are {wanted} of"
                            f" {method}, and the seeds in {code} give at most {most:.0f} (sources.*.rows,"
                            " seeds.benchmark_share, synthesis.rounds); lower the size, or add a source"
                        )


def most_rows(config: Config, language: str) -> float:
    """The most seed rows in a language that a teacher may be shown; infinite where a source does not say its own."""
    entries = [config["sources"][source] for source in config["seeds"]["sources"]]
    rows = [entry.get("rows", math.inf) for entry in entries if language in entry["languages"]]
    of_language = (each[language] if isinstance(each, dict) else each for each in rows)
    return sum(of_language) * (1 - config["seeds"]["benchmark_share"])


def check_templates(config: Config, name: str, folder: Path) -> None:
    """Raise InputError for a model whose chat template is no file, or that comes from no hub and brings none."""
    for model, entry in config["models"].items():
        template = entry.get("chat_template")
        known = ", ".join(sorted(file.stem for file in folder.glob("*.jinja")))
        if template is None and "hub" not in entry:
            origin = "package" if "package" in entry else "pretraining run"
            raise InputError(
                f"{name}: models.{model}.chat_template: is missing, and a {origin} brings none; use {known}"
            )
        if template is not None and not (folder / f"{template}.jinja").is_file():
            raise InputError(
                f"{name}: models.{model}.chat_template: {template!r} is no file in resources/chat_templates; add "
                f"{template}.jinja there, or use {known}"
            )


def check_anchors(config: Config, name: str) -> None:
    """Raise InputError for a student base that is its own reference: their difference, which PGR divides by, is 0."""
    for base, entry in config["student_bases"].items():
        if entry["model"] == entry["reference"]:
            raise InputError(f"{name}: student_bases.{base}.reference: is the base itself; name its instruction model")


def check_rates(config: Config, name: str) -> None:
    """Raise InputError for a model without rates in the plan, from which time limits follow, or an unknown study."""
    sizes = [row["up_to_b"] for row in config["plan"]["throughput"]]
    if any(after <= before for before, after in pairwise(sizes)):
        raise InputError(
            f"{name}: plan.throughput: up_to_b {', '.join(f'{size:g}' for size in sizes)} do not rise, and the first"
            " that fits counts; sort them, each once"
        )
    largest = sizes[-1]
    for model in Design(config).models:
        if config["models"][model]["size_b"] > largest:
            raise InputError(
                f"{name}: plan.throughput: no row for {model} of {config['models'][model]['size_b']:g} billion "
                "parameters; add one (up_to_b), for the time limits of its jobs follow from it"
            )
    for file in config["plan"]["measured"]:
        if not Path(file).is_file():
            raise InputError(f"{name}: plan.measured: {file}: not found; name the file of a study, as at --configfile")


def check_screening(config: Config, name: str) -> None:
    """Raise InputError for a screen by rows that a recipe cannot share, or that would wait for its own students."""
    settings = config["screening"]
    if settings["evidence"] == config["study"]:
        raise InputError(
            f"{name}: screening.evidence: {config['study']} is the study itself; its screening.md has its own students,"
            " so name another finished study, or published"
        )
    evidence = f"results/{settings['evidence']}/screening.json"
    if settings["evidence"] != PUBLISHED and not Path(evidence).is_file():
        raise InputError(
            f"{name}: screening.evidence: {settings['evidence']} is no finished study here ({evidence} is missing); run"
            f" it first, or name {PUBLISHED}"
        )
    parts = max((len(config["recipes"][cell.recipe]) for cell in Design(config).screened_cells), default=0)
    if settings["rows"] < parts:
        raise InputError(f"{name}: screening.rows: {settings['rows']} rows cannot be in {parts} parts; raise it")


def check_signers(config: Config, name: str) -> None:
    """Raise InputError for a file of signers that is not there."""
    signers = config["audit"]["signers"]
    if signers is not None and not Path(signers).expanduser().is_file():
        raise InputError(f"{name}: audit.signers: {signers} is no file; correct its path, or set null for anybody")


def check_judges(config: Config, name: str) -> None:
    """Raise InputError for a second judge of the first one's family, whose faults it would share."""
    second = config["intrinsic"].get("second_judge")
    if second:
        first, other = (family_of(judge, config, name) for judge in (config["intrinsic"]["judge"], second))
        if first == other:
            raise InputError(
                f"{name}: intrinsic.second_judge: {second} is of the family of the first judge, {first}; choose a judge"
                " of another family, or null"
            )


def check_contexts(config: Config, name: str) -> None:
    """Raise InputError where the longest answer leaves no room for a question, however short.

    Each example of a teacher's request is a prompt and a response, so of two tokens at least.
    """
    examples = config["synthesis"]["examples"]
    answers = [
        (
            f"teachers.{teacher}.sampling.max_tokens",
            entry["sampling"]["max_tokens"],
            2 * examples,
            entry["max_model_len"],
        )
        for teacher, entry in config["teachers"].items()
        if "model" in entry
    ]
    answers += [
        (f"judges.{judge}.max_tokens", entry["max_tokens"], 0, entry["max_model_len"])
        for judge, entry in config["judges"].items()
        if "model" in entry
    ]
    longest = config["evaluation"]["max_model_len"]
    answers += [
        (f"benchmarks.{benchmark}.max_gen_toks", entry["max_gen_toks"], 0, longest)
        for benchmark, entry in (
            (benchmark, config["benchmarks"][benchmark]) for benchmark in config["evaluation"]["benchmarks"]
        )
        if "max_gen_toks" in entry
    ]
    for key, tokens, asked, context in answers:
        if tokens + asked >= context:
            content = f" and {examples} examples" if asked else ""
            raise InputError(
                f"{name}: {key}: an answer of {tokens} tokens{content} leaves no room for a request in max_model_len "
                f"{context}; lower it, or raise max_model_len"
            )
