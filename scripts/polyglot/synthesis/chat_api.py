"""A teacher behind an OpenAI-compatible server: paced, retried, and paid for."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.synthesise import Call, Complete, Ledger

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI
    from openai.types.chat import ChatCompletion

RETRIES = 8  # of a request that met a limit (429), a fault of the server (5xx) or no connection: 40 s in all
BEYOND_OPENAI = ("top_k", "repetition_penalty")  # sampling settings that vLLM and others take beside OpenAI's own


@dataclass(frozen=True)
class Api:
    """Where a model is served and what it costs; the key stays in the environment variable `key_env`."""

    base_url: str
    model: str
    key_env: str
    requests_per_minute: int
    concurrency: int
    usd_per_million_input_tokens: float
    usd_per_million_output_tokens: float
    budget_usd: float

    def key(self) -> str:
        """The API key. Raises InputError where the environment has none."""
        key = os.environ.get(self.key_env, "")
        if not key:
            raise InputError(f"environment variable {self.key_env}: not set; put the key of {self.base_url} into it")
        return key

    def ledger(self) -> Ledger:
        """An empty ledger with this server's prices."""
        return Ledger(self.usd_per_million_input_tokens, self.usd_per_million_output_tokens, self.budget_usd)


def read_api(settings: Json) -> Api:
    """The server that `settings` describe. Raises InputError naming a key that is unknown or missing."""
    known = [field.name for field in fields(Api)]
    wrong = sorted(set(settings) ^ set(known))
    if wrong:
        state = "unknown" if wrong[0] in settings else "missing"
        raise InputError(f"--api: key {wrong[0]!r} is {state}; the keys are {', '.join(known)}")
    return Api(**settings)


class Pace:
    """Lets threads pass one by one, at most `per_minute` a minute, evenly spaced."""

    def __init__(self, per_minute: int) -> None:
        self.gap = 60 / per_minute  # seconds
        self.next = 0.0
        self.lock = threading.Lock()

    def wait(self) -> None:
        """Block until this thread's turn."""
        with self.lock:
            now = time.monotonic()
            turn = max(now, self.next)
            self.next = turn + self.gap
        time.sleep(turn - now)


def api_teacher(api: Api, sampling: dict[str, Any]) -> Complete:
    """A teacher that answers the calls of a chunk over `api`, several at once, in the calls' order."""
    from openai import OpenAI

    client = OpenAI(base_url=api.base_url, api_key=api.key(), max_retries=RETRIES)
    pace = Pace(api.requests_per_minute)

    def complete_call(call: Call) -> Completion:
        pace.wait()
        return answer(client, api, sampling, call)

    def complete(calls: list[Call]) -> list[Completion]:
        pool = ThreadPoolExecutor(api.concurrency)
        try:
            return list(pool.map(complete_call, calls))
        finally:
            pool.shutdown(cancel_futures=True)  # after an error no further call is made and paid for

    return complete


def answer(client: "OpenAI", api: Api, sampling: dict[str, Any], call: Call) -> Completion:
    """One answer; the client retries what can pass by itself. Raises InputError for what cannot."""
    from openai import APIConnectionError, APIStatusError

    try:
        response = client.chat.completions.create(**body(api, sampling, call))
    except APIStatusError as error:
        if outgrown(error):
            return Completion("", "too_long", 0, 0)
        raise InputError(refusal(api, error)) from error
    except APIConnectionError as error:
        raise InputError(f"{api.base_url}: no answer ({error}); check it, then run the same command again") from error
    return completion(api, response)


def body(api: Api, sampling: dict[str, Any], call: Call) -> Json:
    """The arguments of one chat completion."""
    settings = {name: value for name, value in sampling.items() if name not in (*BEYOND_OPENAI, "max_tokens")}
    request = {
        "model": api.model,
        "messages": call.question.content,
        "seed": call.seed,
        "max_completion_tokens": sampling["max_tokens"],
        "extra_body": {name: sampling[name] for name in BEYOND_OPENAI if name in sampling},
        **settings,
    }
    if call.schema:
        json_schema = {"name": "row", "strict": True, "schema": call.schema}
        request["response_format"] = {"type": "json_schema", "json_schema": json_schema}
    return request


def completion(api: Api, response: "ChatCompletion") -> Completion:
    """What a server answered. Raises InputError where it does not say how many tokens it counted."""
    if response.usage is None:
        raise InputError(f"{api.base_url}: reports no token usage, so the cost cannot be counted; use another server")
    choice = response.choices[0]
    refused = choice.finish_reason == "content_filter" or choice.message.refusal
    return Completion(
        choice.message.content or "",
        "refused" if refused else choice.finish_reason,
        response.usage.prompt_tokens,
        response.usage.completion_tokens,
    )


def outgrown(error: "APIStatusError") -> bool:
    """Whether a server refused a request because it does not fit the model's context."""
    return error.status_code == 400 and (error.code == "context_length_exceeded" or "context length" in str(error))


def refusal(api: Api, error: "APIStatusError") -> str:
    """One line on a request that was refused for good; the key never appears in it."""
    if error.status_code in (401, 403):
        return f"{api.base_url}: the key in {api.key_env} is refused ({error.status_code}); put a valid one into it"
    if error.status_code == 404:
        return f"{api.base_url}: model {api.model!r} or the address is unknown (404); correct them in the config"
    reason = str(error).replace(api.key(), "...")[:300]
    cure = "run the same command again later" if error.status_code >= 429 else "correct the teacher's settings"
    return f"{api.base_url}: refused with {error.status_code} ({reason}); {cure}"
