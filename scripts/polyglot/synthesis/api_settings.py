"""Settings of a model behind an OpenAI-compatible API, and their defaults."""

import os
from dataclasses import MISSING, dataclass, fields
from typing import Any

from polyglot.core.errors import InputError
from polyglot.core.files import Json

# of a teacher whose entry says nothing of them: as the paper asks its teachers (its Table 17)
SAMPLING: Json = {"temperature": 0.8, "top_p": 0.9, "max_tokens": 4096}
LICENCE = "none stated"
# a variable of the project's own: with that of a provider, its key would go to every other server too
KEY = "POLYGLOT_API_KEY"


@dataclass(frozen=True)
class Batch:
    """Settings of a server's batches: the share of the price that they cost, and how often and long a job waits."""

    price: float
    poll_s: float
    patience_s: float


@dataclass(frozen=True)
class Api:
    """Where a model is served and what it costs; the key stays in the environment variable `key_env`.

    `timeout_s` is the longest that one request may take as a whole, `patience_s` the longest for a call with all its
    tries and waits. `requests_per_minute` holds for this job: jobs of one entry run one after another, by a resource
    of the workflow. `budget_usd` holds for all of them together. Without prices the cost is not known, and no budget
    can hold.
    """

    base_url: str
    model: str
    key_env: str = KEY
    requests_per_minute: int = 60
    concurrency: int = 4
    usd_per_million_input_tokens: float | None = None
    usd_per_million_output_tokens: float | None = None
    budget_usd: float | None = None
    timeout_s: float = 120.0
    patience_s: float = 300.0
    batch: Batch | None = None

    def key(self) -> str:
        """The API key. Raises InputError, without its value, where the environment has none that a header can hold."""
        key = os.environ.get(self.key_env, "")
        if not key:
            raise InputError(f"environment variable {self.key_env}: not set; put the key of {self.base_url} into it")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise InputError(f"environment variable {self.key_env}: holds signs that no key has; set it again")
        return key

    @property
    def prices(self) -> tuple[float, float] | None:
        """US dollars for a million tokens of requests and of answers, in batches their share; None: not known."""
        share = self.batch.price if self.batch else 1.0
        if self.usd_per_million_input_tokens is None or self.usd_per_million_output_tokens is None:
            return None
        return share * self.usd_per_million_input_tokens, share * self.usd_per_million_output_tokens


def read_api(settings: Json) -> Api:
    """The server that `settings` describe. Raises InputError naming a key that is unknown or missing."""
    check_keys(Api, settings, "--api")
    batch = settings.get("batch")
    if batch:
        check_keys(Batch, batch, "--api: batch")
    return Api(**settings | {"batch": Batch(**batch) if batch else None})


def check_keys(kind: type, settings: Json, where: str) -> None:
    """Raise InputError where the keys of `settings` are not the fields of a dataclass."""
    known = [field.name for field in fields(kind)]
    needed = {field.name for field in fields(kind) if field.default is MISSING}
    wrong = sorted((set(settings) - set(known)) | (needed - set(settings)))
    if wrong:
        state = "unknown" if wrong[0] in settings else "missing"
        raise InputError(f"{where}: key {wrong[0]!r} is {state}; the keys are {', '.join(known)}")


def with_defaults(settings: Json) -> Json:
    """The settings of a server with every default written out; what has none and is not given stays out."""
    defaults: dict[str, Any] = {field.name: field.default for field in fields(Api) if field.default is not MISSING}
    return {name: value for name, value in defaults.items() if value is not None} | settings
