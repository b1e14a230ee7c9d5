"""A teacher or a judge behind an OpenAI-compatible server: paced, bounded in time and size, retried, paid for once.

The protocol is spoken over httpx2, which the OpenAI client is built on. That client follows redirects with the prompts,
sends organisation ids from the environment to any server, and bounds neither the whole time nor the size of an answer.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from tqdm import tqdm

from polyglot.core.control_tokens import turns_for_server
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import digest
from polyglot.synthesis.api_answers import LARGEST, Failure, read_reply, tokens_of
from polyglot.synthesis.api_settings import Api
from polyglot.synthesis.paid_answers import FAILED, Ledger, OtherJobs, PaidAnswers
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.synthesise import Call

if TYPE_CHECKING:
    from httpx2 import AsyncClient

TRIES = 9  # of a call that meets a limit, a fault of the server or no connection: 40 s in all where no time is named
PAID_TRIES = 3  # of a call that is answered with nothing of use, perhaps for money
FIRST_DELAY, LONGEST_DELAY = 0.5, 8.0  # seconds between tries; doubled each time
WORTH_SAYING = 5.0  # seconds that a failed try and the wait after it take
ENDED_IN_A_ROW = 16  # calls, and at least four for each request under way: then the server is out of order


class Pace:
    """Gives each request its turn, at most `per_minute` a minute, evenly spaced."""

    def __init__(self, per_minute: int) -> None:
        self.gap = 60 / per_minute  # seconds
        self.next = 0.0

    def wait(self, now: float) -> float:
        """Seconds from `now` until this request's turn."""
        turn = max(now, self.next)
        self.next = turn + self.gap
        return turn - now


class PaidJob(Protocol):
    """What a job says of its paid calls: `shared` is the folder of all jobs that have one budget together.

    `made_with` identifies what answers depend on beside the call; the calls of a chunk are made together.
    """

    @property
    def shared(self) -> Path: ...
    @property
    def made_with(self) -> str: ...
    @property
    def max_tokens(self) -> int: ...
    @property
    def chunk_size(self) -> int: ...
    def path(self, method: str, ending: str) -> Path:
        """The file or folder with this ending that belongs to a method."""


@dataclass
class ApiTeacher:
    """Answers calls over an API. Every answer is on disk, beside what its job makes, before the next call ends.

    The answers stay there when the job is done: made again with other code, rows cost nothing.
    """

    api: Api
    sampling: dict[str, Any]
    job: PaidJob
    methods: list[str]
    methods_together: ClassVar[bool] = False  # the answers of each lie apart
    ledger: Ledger = field(init=False)
    kept: dict[str, PaidAnswers] = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.api.key()
        self.pace = Pace(self.api.requests_per_minute)
        paths = {method: self.job.path(method, ".paid.jsonl") for method in self.methods}
        others = OtherJobs(self.job.shared, set(paths.values()))
        reservation = self.job.path(self.methods[0], ".chunks") / "reserved.json"
        self.ledger = Ledger(self.api.prices, self.api.budget_usd, others, reservation)
        self.kept = {method: PaidAnswers(path, self.ledger) for method, path in paths.items()}
        self.in_a_row = 0  # calls without an answer since the last answer
        self.unanswered = dict.fromkeys(self.methods, 0)

    def stream(self, method: str, more: Callable[[], list[Call]]) -> Iterator[tuple[int, Completion]]:
        """Answers chunk by chunk: the budget is looked at before each."""
        start = 0
        while calls := more():
            yield from enumerate(self.answers(method, calls), start)
            start += len(calls)

    def answers(self, method: str, calls: list[Call]) -> list[Completion]:
        """The answers to a chunk, in its order; only calls without an answer on disk are made.

        A call without an answer, while others have theirs, is `unanswered` in this run, and asked again in the next.
        Raises InputError where the budget could be exceeded, or the server answers no more.
        """
        kept = self.kept[method]
        keys = [digest(self.job.made_with, asdict(call)) for call in calls]
        missing = {key: call for key, call in zip(keys, calls, strict=True) if key not in kept.answers}
        failures = self._make(method, missing) if missing else {}
        self.unanswered[method] += len(failures)
        if failures and self.unanswered[method] > len(kept.answers):
            raise InputError(self._stop(list(failures.values())[-1]))
        unanswered = {key: Completion(failure.reason, "unanswered", 0, 0) for key, failure in failures.items()}
        return [kept.answers.get(key) or unanswered[key] for key in keys]

    def at_once(self, wanted: int) -> int:
        """A chunk: with fewer calls the budget would be looked at more often than it helps."""
        return self.job.chunk_size

    def _make(self, method: str, calls: dict[str, Call]) -> dict[str, Failure]:
        """Make calls; the failures of those without an answer. Raises InputError where no more can be made."""
        self.ledger.reserve(list(calls.values()), self.job.max_tokens)
        try:
            return asyncio.run(self._ask(self.kept[method], calls))
        finally:
            self.ledger.release()

    def bill(self, method: str, prompt_tokens: int, completion_tokens: int) -> Json:
        """What a method's answers cost, with the calls that failed, how many token counts are estimates, who answered.

        Without prices `cost_usd` is None: not known.
        """
        kept = self.kept[method]
        failed = sum(self.ledger.booked(item, None) for item in kept.failures())
        cost = self.ledger.cost(prompt_tokens, completion_tokens)
        served_by = Counter(answer.model for answer in kept.answers.values() if answer.model)
        return {
            "cost_usd": None if cost is None else cost + failed,
            "estimated_usage": sum(completion.estimated for completion in kept.answers.values()),
            "failed_calls": len(kept.failures()),
            "served_by": dict(sorted(served_by.items())),
        }

    def _client(self) -> "AsyncClient":
        from httpx2 import AsyncClient

        # a request has one limit, for the whole of it
        return AsyncClient(timeout=None, headers={"Authorization": f"Bearer {self.key}"})

    async def _ask(self, kept: PaidAnswers, calls: dict[str, Call]) -> dict[str, Failure]:
        """Make calls, several at once; the failures of those without an answer. Raises InputError after the others."""
        slots, stopped = asyncio.Semaphore(self.api.concurrency), asyncio.Event()
        failures: dict[str, Failure] = {}
        async with self._client() as client:

            async def run(key: str, call: Call) -> None:
                async with slots:
                    if stopped.is_set():
                        return
                    result = await self._call(client, kept, key, call, stopped)
                if isinstance(result, Failure):
                    failures[key] = result
                self.in_a_row = self.in_a_row + 1 if no_use(result) else 0
                if self._hopeless(result):
                    stopped.set()

            await asyncio.gather(*(run(key, call) for key, call in calls.items()))
        if stopped.is_set():
            fatal = [failure for failure in failures.values() if failure.fatal]
            raise InputError(self._stop((fatal or list(failures.values()) or [Failure("answers hold no text")])[-1]))
        return failures

    def _hopeless(self, result: Completion | Failure) -> bool:
        """Whether no further call should be made after this result."""
        limit = max(ENDED_IN_A_ROW, 4 * self.api.concurrency)
        return (isinstance(result, Failure) and result.fatal) or self.in_a_row >= limit

    async def _call(
        self, client: "AsyncClient", kept: PaidAnswers, key: str, call: Call, stopped: asyncio.Event
    ) -> Completion | Failure:
        """One call with its tries; an answer, and what a failed try may have cost, is on disk when this returns."""
        clock = asyncio.get_running_loop()
        content = json.dumps(body(self.api, self.sampling, call)).encode()
        left, paid = self.api.patience_s, 0
        for number in range(TRIES):
            await asyncio.sleep(self.pace.wait(clock.time()))
            start = clock.time()
            result = await self._try(client, content, min(self.api.timeout_s, left))
            if isinstance(result, Completion):
                kept.append((key, result))
                self.ledger.reserved_usd -= self.ledger.most(call, self.job.max_tokens)
                return result
            if result.paid:
                paid += 1
                kept.append((key, Completion(result.reason, FAILED, tokens_of(len(content)), 0, estimated=True)))
            wait = min(FIRST_DELAY * 2**number, LONGEST_DELAY) if result.wait is None else result.wait
            # what is set aside for this call covers its next try, unless a try may have cost money
            tries_left = number + 1 < TRIES and paid < PAID_TRIES and (not paid or self.ledger.affords())
            left -= clock.time() - start + wait
            if not result.retry or not tries_left or left <= 0:
                return result
            if clock.time() - start + wait > WORTH_SAYING:
                tqdm.write(f"{self.api.base_url}: {result.reason}; tries again in {wait:.0f} s", file=sys.stderr)
            if await rings(stopped, wait):
                return result
        raise AssertionError("the last try returns")

    async def _try(self, client: "AsyncClient", content: bytes, limit: float) -> Completion | Failure:
        """One call and what its reply means."""
        sent = {"content": content, "headers": {"Content-Type": "application/json"}}
        reply = await self._reply(client, "POST", "chat/completions", limit, LARGEST, **sent)
        return reply if isinstance(reply, Failure) else read_reply(*reply, len(content), datetime.now(UTC))

    async def _reply(
        self, client: "AsyncClient", method: str, path: str, limit: float, most: int, **sent: Any
    ) -> tuple[int, Mapping[str, str], bytes] | Failure:
        """Status, headers and body of one request, within `limit` seconds and a little more than `most` bytes."""
        from httpx2 import HTTPError, InvalidURL

        url, reply, status = f"{self.api.base_url.rstrip('/')}/{path}", bytearray(), 0
        try:
            async with (
                asyncio.timeout(limit),
                client.stream(method, url, follow_redirects=False, **sent) as response,
            ):
                status = response.status_code
                async for part in response.aiter_bytes():
                    reply += part
                    if len(reply) > most:
                        break
        except TimeoutError:
            return Failure(
                f"no whole answer within {limit:.0f} s", "raise timeout_s or patience_s, or run again later", paid=True
            )
        except HTTPError as error:
            reason = f"no answer ({type(error).__name__}: {error})".replace(self.key, "...")
            return Failure(reason, "check it, then run the same command again", paid=status == 200)
        except InvalidURL as error:
            return Failure(f"no address ({error})", "correct base_url", False, fatal=True)
        return status, response.headers, bytes(reply).replace(self.key.encode(), b"...")

    def _stop(self, failure: Failure) -> str:
        """One line on why the job ends; what was answered stays on disk."""
        reason = failure.reason.replace("{key_env}", self.api.key_env).replace("{model}", repr(self.api.model))
        return f"{self.api.base_url}: {reason}; {failure.cure} (the answers so far are kept)"


def no_use(result: Completion | Failure) -> bool:
    """Whether a reply is nothing that a teacher wrote; many in a row mean that the server is out of order."""
    return isinstance(result, Failure) or result.finish_reason in ("no_text", "huge")


async def rings(bell: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until the bell rings; whether it rang."""
    try:
        await asyncio.wait_for(bell.wait(), seconds)
    except TimeoutError:
        return False
    return True


def body(api: Api, sampling: dict[str, Any], call: Call) -> Json:
    """The JSON of one chat completion. vLLM and others take `top_k` and `repetition_penalty` beside OpenAI's own."""
    settings = {name: value for name, value in sampling.items() if name != "max_tokens"}
    request = {
        "model": api.model,
        "messages": turns_for_server(call.question.content),
        "seed": call.seed,
        "max_completion_tokens": sampling["max_tokens"],
        **settings,
    }
    if call.schema:
        json_schema = {"name": "row", "strict": True, "schema": call.schema}
        request["response_format"] = {"type": "json_schema", "json_schema": json_schema}
    return request
