"""What a study's config says of models behind an API: conditions between its keys, and the defaults of the others."""

from collections.abc import Iterator
from typing import Any

from polyglot.core.errors import InputError
from polyglot.synthesis.api_settings import KEY, LICENCE, SAMPLING, with_defaults

Config = dict[str, Any]
MONEY = ("usd_per_million_input_tokens", "usd_per_million_output_tokens", "budget_usd")


def entries(config: Config) -> Iterator[tuple[str, Config]]:
    """(dotted key, entry) of every teacher behind an API."""
    for name, entry in config["teachers"].items():
        if "api" in entry:
            yield f"teachers.{name}", entry


def fill_apis(config: Config, name: str) -> None:
    """Write the defaults of models behind an API into `config`, so that records and the plan hold what was used.

    Raises InputError for prices without a budget or the other way round, and for a key that would go to two servers.
    """
    servers: dict[str, str] = {}
    for key, entry in entries(config):
        api = entry["api"]
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
    for _, entry in entries(config):
        entry["api"] = with_defaults(entry["api"])
        entry.setdefault("licence", LICENCE)
        entry.setdefault("sampling", SAMPLING)
