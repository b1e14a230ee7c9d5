"""What a study's config says of models, checked at parse: which can do what is asked of them, and their sizes."""

from collections.abc import Iterator
from typing import Any

from polyglot.core.errors import InputError

Config = dict[str, Any]


def check_models(config: Config, name: str) -> None:
    """Raise InputError for a translation model as anything else, a sentence above a batch, a shape of another size."""
    translators = {entry["model"]: key for key, entry in config["translators"].items()}
    for key, model in asked(config):
        if model in translators:
            raise InputError(
                f"{name}: {key}: {model} is the translation model of translators.{translators[model]}, which writes and"
                " scores no text of its own; name a language model"
            )
    for translator, entry in config["translators"].items():
        if entry["max_input_tokens"] > entry["batch_tokens"]:
            raise InputError(
                f"{name}: translators.{translator}.batch_tokens: a sentence of {entry['max_input_tokens']} tokens"
                f" (max_input_tokens) is in no batch of {entry['batch_tokens']}; raise it"
            )
    for model, entry in config["models"].items():
        size = billions(entry["shape"]) if "shape" in entry else entry["size_b"]
        if not 0.5 < size / entry["size_b"] < 2:
            raise InputError(
                f"{name}: models.{model}.shape: is of a model of {size:.3g} billion parameters, and size_b says"
                f" {entry['size_b']:g}; correct one"
            )


def asked(config: Config) -> Iterator[tuple[str, str]]:
    """Yield (dotted key, model) of every use of a model but as a translator."""
    for kind in ("teachers", "student_bases", "judges", "embedders"):
        for name, entry in config[kind].items():
            for key in ("model", "reference"):
                if key in entry:
                    yield f"{kind}.{name}.{key}", entry[key]
    yield "intrinsic.length_model", config["intrinsic"]["length_model"]
    for model in config.get("comparison", {}).get("models", []):
        yield "comparison.models", model


def billions(shape: Config) -> float:
    """Parameters of a decoder with gated layers, in billions: at most, for heads may share keys and values."""
    layer = 4 * shape["hidden"] ** 2 + 3 * shape["hidden"] * shape["intermediate"]
    return (shape["layers"] * layer + 2 * shape["vocabulary"] * shape["hidden"]) / 1e9
