"""Pairs of a prompt and a response that exist already, as the rows that a teacher would have written."""

from collections.abc import Iterable

from polyglot.files import Json
from polyglot.identity import content_id, normalise
from polyglot.parsing import same


def from_requests(requests: Iterable[Json], *, teacher: str, trial: int, wanted: int) -> tuple[list[Json], list[Json]]:
    """Synthetic rows of the first `wanted` usable pairs, in request order, and the other ones with a reason.

    Reasons are those of answers: empty, copied (the response repeats the prompt), duplicate, surplus.
    """
    kept: list[Json] = []
    rejected: list[Json] = []
    known: set[tuple[str, str]] = set()
    for request in requests:
        prompt, response = (normalise(request[name] or "") for name in ("source_prompt", "source_response"))
        origin = (request["request_id"], teacher, request["language"], request["method"], trial)
        row = {
            "row_id": content_id(*origin, prompt, response),
            **dict(zip(("request_id", "teacher", "language", "method", "trial"), origin, strict=True)),
            "seed_ids": list(request["seed_ids"]),
            "prompt": prompt,
            "response": response,
            "request_seed": 0,
            "prompt_tokens": 0,
            "completion_tokens": 0,
        }
        reason = _reason(prompt, response, known, full=len(kept) >= wanted)
        if reason is None:
            known.add((prompt, response))
            kept.append(row)
        else:
            rejected.append({**row, "reason": reason, "text": response})
    return kept, rejected


def _reason(prompt: str, response: str, known: set[tuple[str, str]], full: bool) -> str | None:
    if not prompt or not response:
        return "empty"
    if same(prompt) == same(response):
        return "copied"
    if (prompt, response) in known:
        return "duplicate"
    return "surplus" if full else None
