"""What a server says of a batch of calls, and what its lines of results mean. Pure functions: no network, no clock."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from polyglot.core.files import Json
from polyglot.synthesis.api_answers import (
    Failure,
    asked_wait,
    error_of,
    error_status,
    excerpt,
    parsed,
    read_reply,
    refusal,
    tokens_of,
    words_of,
)
from polyglot.synthesis.paid_answers import FAILED
from polyglot.synthesis.parsing import Completion

ENDED = ("completed", "failed", "expired", "cancelled")
UNDER_WAY = ("validating", "in_progress", "finalizing", "cancelling")
FULL = re.compile(r"limit|quota|too many|capacity", re.IGNORECASE)  # a batch that is refused until others have ended
NOT_DONE = "batch_expired", "batch_cancelled"  # calls that the server has not begun, and does not charge
LOST = Failure("left out of the results of its batch", paid=True)


@dataclass
class Results:
    """What a batch has brought: answers, failures by key, and lines that answer no call of it."""

    answers: dict[str, Completion] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    strangers: list[Completion] = field(default_factory=list)


def control_reply(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> Json | Failure:
    """The JSON object with which a server answers a request about a file or a batch, or why there is none."""
    text = body.decode("utf-8-sig", "replace")
    value = parsed(text)
    if 200 <= status < 300 and isinstance(value, dict) and not error_of(value):
        return value
    if status in (404, 405, 501):
        cure = "leave `batch` out where it offers no batches, or delete {state} where it has forgotten this one"
        return Failure(f"has no such address or batch ({status})", cure, False, fatal=True)
    if status < 300 and not isinstance(value, dict):
        return Failure(f"answered what is not a JSON object ({excerpt(text)})")
    if status < 400:
        return Failure(f"redirects or errs ({status}: {excerpt(text)})", "correct base_url", False, fatal=True)
    result = refusal(status, error_of(value) or text, asked_wait(headers, now))
    if isinstance(result, Completion):  # of a file as a whole, not of a call
        return Failure(f"refused the batch with {status} ({result.text})", "correct the teacher's settings", False)
    return result


def failed_batch(batch: Json) -> Failure:
    """Why a server has refused a whole batch, for which nothing is paid."""
    errors = batch.get("errors")
    data = errors.get("data") if isinstance(errors, dict) else None
    first = data[0] if isinstance(data, list) and data else errors
    reason = f"refused a batch as a whole ({excerpt(words_of(first))})"
    if FULL.search(words_of(first)):
        return Failure(reason)
    return Failure(reason, "correct the teacher's settings", False, fatal=True)


def read_results(contents: list[bytes], sizes: Mapping[str, int], whole: bool, now: datetime) -> Results:
    """The answers in the output and error files of a batch.

    `sizes` gives the bytes of each call's request, by key. Of a batch that has come to its end (`whole`), a call
    without a line has failed, perhaps for money; else the server has not begun it.
    """
    results = Results()
    for line in b"\n".join(contents).splitlines():
        key, result = read_result(line, sizes, now)
        if key not in sizes or key in results.answers or key in results.failures:
            if isinstance(result, Completion):
                results.strangers.append(result)
        elif isinstance(result, Completion):
            results.answers[key] = result
        else:
            results.failures[key] = result
    lost = LOST if whole else Failure("its batch ended before it was asked")
    results.failures |= {key: lost for key in sizes.keys() - results.answers.keys() - results.failures.keys()}
    return results


def read_result(line: bytes, sizes: Mapping[str, int], now: datetime) -> tuple[Any, Completion | Failure]:
    """The key and the meaning of a line of results; the key is None where the line cannot be read."""
    value = parsed(line.decode("utf-8", "replace"))
    if not isinstance(value, dict):
        return None, LOST
    key = value.get("custom_id")
    key = key if isinstance(key, str) else None
    response, error = value.get("response"), value.get("error")
    if isinstance(response, dict) and isinstance(status := response.get("status_code", 200), int):
        body = json.dumps(response.get("body")).encode()
        return key, read_reply(status, {}, body, sizes.get(key or "", 0), now)
    if isinstance(error, dict) and error.get("code") in NOT_DONE:
        return key, Failure("its batch ended before it was asked")
    return key, refusal(error_status(error), error or "no response", None)


def booked(batch: str, results: Results, sizes: Mapping[str, int]) -> list[tuple[str, Completion]]:
    """What of a batch goes on disk: its answers, and what else may have cost something, under names of its own."""
    failed = {
        f"{batch}/{key}": Completion(failure.reason, FAILED, tokens_of(sizes[key]), 0, estimated=True)
        for key, failure in results.failures.items()
        if failure.paid
    }
    strangers = {
        f"{batch}/stranger{number}": Completion(
            "answers no call of its batch", FAILED, stranger.prompt_tokens, stranger.completion_tokens, True
        )
        for number, stranger in enumerate(results.strangers)
    }
    return [*results.answers.items(), *failed.items(), *strangers.items()]
