"""Check that requests fit a model's context before the engine is loaded."""

from collections.abc import Sequence
from pathlib import Path

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json

LEAST = 32  # tokens of the shortest answer worth asking for
LOOKED_AT = 2000  # requests of a table whose tokens are counted; more would take longer than loading the engine


def own_limit(settings: Json) -> int | None:
    """The longest context that a model's config.json allows; None if it names no limit.

    A factor by which positions are stretched is taken as allowed, whether the engine uses it or not.
    """
    settings = settings.get("text_config", settings)
    positions = settings.get("max_position_embeddings")
    scaling = settings.get("rope_parameters") or settings.get("rope_scaling") or {}
    factor = scaling.get("factor") or 1
    return None if positions is None else int(positions * max(factor, 1))


def within_own(model: Path, tokens: int) -> int:
    """`tokens`, or as many as a model folder's own context holds where that is fewer."""
    limit = own_limit(read_json(model / "config.json"))
    return tokens if limit is None else min(tokens, limit)


def check_limit(model: Path, max_model_len: int) -> None:
    """Raise InputError if a model folder's own context is shorter than `max_model_len`."""
    limit = own_limit(read_json(model / "config.json"))
    if limit is not None and limit < max_model_len:
        raise InputError(
            f"{model.name}: max_model_len is {max_model_len}, but its context holds {limit} tokens; lower it"
        )


def spread(rows: Sequence[Json], number: int) -> list[Json]:
    """At most `number` of the rows, at even distances."""
    return [rows[len(rows) * place // number] for place in range(number)] if len(rows) > number else list(rows)


def check_room(lengths: Sequence[int], requests: int, wanted: int, max_model_len: int, content: str) -> None:
    """Raise InputError if too few `requests` leave room for an answer to yield `wanted` rows.

    `lengths` are the tokens of requests looked at, all or a fair share of them; `told` says whose they are.
    """
    fitting = sum(length + LEAST <= max_model_len for length in lengths)
    if lengths and requests * fitting < wanted * len(lengths):
        raise InputError(
            f"{content}: {len(lengths) - fitting} of {len(lengths)} requests leave less than {LEAST} tokens of "
            f"max_model_len {max_model_len} for an answer (the longest has {max(lengths)}), and what is left cannot "
            f"give {wanted} rows; raise max_model_len of the teacher, or lower synthesis.examples"
        )
