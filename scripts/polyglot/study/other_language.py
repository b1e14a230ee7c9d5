"""A study in another language: the demo's two small models in Korean.

It keeps the first block of the design, and of seeds and benchmarks those that hold the language.
"""

import langcodes

from polyglot.core.adapter import adapters
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.holdings import RESOURCES, parts
from polyglot.evaluation.benchmark_adapter import BENCHMARKS
from polyglot.seeds.source_adapter import SOURCES

UNSPACED = ("bo", "km", "lo", "my", "th", "yue", "zh")  # scripts without spaces between words


def holds(config: Json, kind: str, name: str, code: str) -> bool:
    """Whether a source or a benchmark of the config holds a language, or its text does: a package, a list of words."""
    entry = config["sources" if kind == SOURCES else "benchmarks"][name]
    served = adapters(kind)[entry["adapter"]].served(RESOURCES)
    if served is None and "source" in entry:
        named = [entry["source"]] if isinstance(entry["source"], str) else entry["source"]
        return any(holds(config, SOURCES, source, code) for source in named)
    return code in (served or parts(entry["adapter"]) or entry["languages"])


def study_in(code: str, config: Json) -> Json:
    """The keys that put a study into a language.

    Raises InputError for a language that none of its seeds, or none of its deciding benchmarks, hold.
    """
    over, sources = config["study"], config["seeds"]["sources"]
    seeded = [name for name in sources if holds(config, SOURCES, name, code)]
    asked = [name for name in config["evaluation"]["benchmarks"] if holds(config, BENCHMARKS, name, code)]
    deciding = [name for name in config["scoring"]["benchmarks"] if name in asked]
    for kind, names, kept in (("seeds", sources, seeded), ("benchmarks", config["scoring"]["benchmarks"], deciding)):
        if not kept:
            raise InputError(
                f"language {code!r}: held by none of the {kind} of the study {over} ({', '.join(names)}); write your"
                " own into a study (docs/adding.md), or leave --configfile out for a study of large models"
            )
    flores = {"flores": parts("flores")[code]} if code in parts("flores") else {}
    return {
        "study": f"{over}-{code}",
        "languages": {code: {"name": langcodes.Language.get(code).display_name(), **flores}},
        "sources": {name: {"languages": sorted({*config["sources"][name]["languages"], code})} for name in seeded},
        "benchmarks": {name: {"languages": [code]} for name in asked},
        **({"contamination": {"characters": {code: 30}}} if code in UNSPACED else {}),
        "evaluation": {"benchmarks": asked},
        "scoring": {"benchmarks": deciding},
        "design": [{**config["design"][0], "languages": [code]}],
    }
