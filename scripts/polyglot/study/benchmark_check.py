"""What a study's config says of benchmarks, checked at parse: how they are asked, of what, and which of them decide."""

from collections.abc import Iterator
from typing import Any

from polyglot.core.adapter import adapters
from polyglot.core.errors import InputError
from polyglot.evaluation.benchmark_adapter import BENCHMARKS
from polyglot.evaluation.items import CONTINUATION, FORMULATIONS
from polyglot.study.design import NATIVE_TEXT, Design

Config = dict[str, Any]


def check_benchmarks(config: Config, name: str) -> None:
    """Raise InputError for benchmarks that cannot be or do not go together: of one ability and protocol, no mean."""
    for benchmark, entry in config["benchmarks"].items():
        for key, fault in [*misasked(entry), *unheld(entry, config)]:
            raise InputError(f"{name}: benchmarks.{benchmark}.{key}: {fault}")
    for benchmark in config["evaluation"]["benchmarks"]:
        entry = config["benchmarks"][benchmark]
        if "source" in entry and not config["seeds"]["benchmark_share"]:
            raise InputError(
                f"{name}: seeds.benchmark_share: is 0, and {benchmark} is made of the seed rows that it holds out;"
                " raise it, or take the benchmark out"
            )
        for fault in misspoken(entry):
            raise InputError(f"{name}: benchmarks.{benchmark}.protocol: {fault}")
    check_abilities(config, name)


def misasked(entry: Config) -> Iterator[tuple[str, str]]:
    """Yield (key, fault and cure) of what does not go with a benchmark's formulation or adapter."""
    formulation, shots, facts = entry["formulation"], entry["shots"], adapters(BENCHMARKS)[entry["adapter"]]
    if entry["metric"] not in FORMULATIONS[formulation]:
        allowed = " or ".join(FORMULATIONS[formulation])
        yield "metric", f"{entry['metric']} is none of formulation {formulation}; use {allowed}"
    for key in ("normalise", "fewer_shots"):
        if key in entry and formulation != CONTINUATION:
            yield key, "is of formulation continuation; remove it"
    if 0 < entry["items"] < shots and formulation != CONTINUATION:
        yield "shots", f"{shots} are more than its {entry['items']} items"
    reads = facts.packaged is None and not facts.own_file and not facts.of_corpus and formulation != NATIVE_TEXT
    if not facts.own_file and reads != ("dataset" in entry):
        yield "dataset", f"adapter {entry['adapter']} reads {'a data set; name one' if reads else 'none; remove it'}"
    if formulation == NATIVE_TEXT and "source" not in entry:
        yield "source", "is missing; name the seed sources whose held-out answers are scored"
    if facts.shots is not None and shots > facts.shots:
        yield "shots", f"{shots} are more than the {facts.shots} solved examples that {facts.title} has; lower it"
    if facts.items is not None and entry["items"] > facts.items:
        yield "items", f"{facts.title} has {facts.items} of a language; lower it, or 0 for all"


def unheld(entry: Config, config: Config) -> Iterator[tuple[str, str]]:
    """Yield (key, fault and cure) of a language that none of a benchmark's sources holds."""
    named = entry.get("source", [])
    sources = [named] if isinstance(named, str) else named
    held = {code for source in sources for code in config["sources"][source]["languages"]}
    lacking = sorted(set(entry["languages"]) - held) if sources else []
    if lacking:
        lack = "has" if len(sources) == 1 else "have"
        yield "source", f"{', '.join(sources)} {lack} no {lacking[0]}; name another"


def misspoken(entry: Config) -> Iterator[str]:
    """Yield what is wrong with the protocol of a benchmark that has but one."""
    if entry["formulation"] == CONTINUATION and entry.get("protocol") == "chat":
        yield "a continuation is asked in plain text; remove it"
    if entry["formulation"] == NATIVE_TEXT and "protocol" in entry:
        yield "native text is always in the chat template; remove it"


def check_abilities(config: Config, name: str) -> None:
    """Raise InputError for two benchmarks of one ability and protocol; of a continuation tasks may stand together."""
    for key, chosen, by_protocol in (
        ("evaluation.benchmarks", config["evaluation"]["benchmarks"], True),
        ("scoring.benchmarks", config["scoring"].get("benchmarks", []), False),
    ):
        measured: dict[tuple[str, str], str] = {}
        for benchmark in chosen:
            entry = config["benchmarks"][benchmark]
            if by_protocol and entry["formulation"] == CONTINUATION:
                continue
            ability, protocol = entry["measures"], entry.get("protocol", "plain")
            first = measured.setdefault((ability, protocol if by_protocol else ""), benchmark)
            if first != benchmark:
                raise InputError(f"{name}: {key}: {first} and {benchmark} both measure {ability}; keep one")


def check_deciding(config: Config, name: str) -> None:
    """Raise InputError for deciding benchmarks without a mean, or none of which holds a language of the main cells."""
    entries, deciding = config["benchmarks"], config["scoring"].get("benchmarks", [])
    if len({entries[benchmark]["metric"] == "bits_per_byte" for benchmark in deciding}) > 1:
        raise InputError(
            f"{name}: scoring.benchmarks: bits per byte and shares of right answers have no common mean; keep one kind"
        )
    if not config["design"]:
        return
    design = Design(config)
    if not design.deciding:
        raise InputError(
            f"{name}: scoring.benchmarks: is missing, and none of evaluation.benchmarks is of the paper's kinds in"
            f" plain text ({', '.join(config['evaluation']['benchmarks'])}); name those whose mean is a student's score"
        )
    held = {code for benchmark in design.deciding for code in entries[benchmark]["languages"]}
    recipe, size = design.main
    for block in config["design"]:
        lacking = [code for code in block["languages"] if code not in held]
        if lacking and recipe in block["recipes"] and size in block["sizes"]:
            raise InputError(
                f"{name}: scoring.benchmarks: none of {', '.join(design.deciding)} holds {lacking[0]}, a language of"
                " the main cells: its students would have no score; add one that does"
            )
