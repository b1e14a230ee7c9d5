"""What a study's config says of models behind an API: conditions between its keys, and the defaults of the others."""

from collections.abc import Iterator
from typing import Any

from polyglot.core.errors import InputError
from polyglot.synthesis.api_settings import KEY, LICENCE, SAMPLING, with_defaults

Config = dict[str, Any]
MONEY = ("usd_per_million_input_tokens", "usd_per_million_output_tokens", "budget_usd")


def entries(config: Config) -> Iterator[tuple[str, Config]]:
    """(dotted key, entry) of every teacher and judge behind an API."""
    for kind in ("teachers", "judges"):
        for name, entry in config[kind].items():
            if "api" in entry:
                yield f"{kind}.{name}", entry


def fill_apis(config: Config, name: str) -> None:
    """Write the defaults of models behind an API into `config`, so that records and the plan hold what was used.

    Raises InputError for prices without a budget or the other way round, and for a key that would go to two servers.
    """
    servers: dict[str, str] = {}
    for key, entry in entries(config):
        api = entry["api"]
        if entry.get("style") == "few_shot":
            raise InputError(f"{name}: {key}.style: few_shot is plain text, and a server takes turns; use chat")
        given = [part for part in MONEY if part in api]
        if given and len(given) < len(MONEY):
            lacking = next(part for part in MONEY if part not in api)
            raise InputError(
                f"{name}: {key}.api.{lacking}: missing beside {given[0]}; give both prices and the budget, or none of"
                " them: the cost is then not known"
            )
        if "key_env" not in api:
            servers.setdefault(api["base_url"].rstrip("/"), key)
            if len(servers) > 1:
                raise InputError(
                    f"{name}: {key}.api.key_env: missing, and the key in {KEY} would go to two servers, this one and"
                    f" that of {next(iter(servers.values()))}; name a variable for each"
                )
    for key, entry in entries(config):
        entry["api"] = with_defaults(entry["api"])
        entry.setdefault("licence", LICENCE)
        if key.startswith("teachers."):
            entry.setdefault("sampling", SAMPLING)


def family_of(judge: str, config: Config, name: str) -> str:
    """The family of a judge's model. Raises InputError for one behind an API that says none."""
    entry = config["judges"][judge]
    if "model" in entry:
        return config["models"][entry["model"]]["family"]
    if "family" not in entry:
        raise InputError(
            f"{name}: judges.{judge}.family: missing; name the family of the model, for two judges are to be of two"
        )
    return entry["family"]
