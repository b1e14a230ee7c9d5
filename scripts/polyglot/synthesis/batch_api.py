"""A teacher behind an API that answers in batches: a file of calls, answered within a day for a share of the price.

The form is OpenAI's, which other servers speak too: upload the calls, create the batch, ask for it until it has ended,
download its results. What a job needs to find its batch again is on disk before the batch exists.
"""

import asyncio
import functools
import json
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import accumulate, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tqdm import tqdm

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json, write_json
from polyglot.synthesis import chat_api
from polyglot.synthesis.api_answers import Failure
from polyglot.synthesis.api_settings import Batch
from polyglot.synthesis.batch_answers import ENDED, Results, booked, control_reply, failed_batch, read_results
from polyglot.synthesis.chat_api import TRIES, ApiTeacher, body
from polyglot.synthesis.paid_answers import FAILED
from polyglot.synthesis.synthesise import Call

if TYPE_CHECKING:
    from httpx2 import AsyncClient

MOST_CALLS = 10_000  # of a batch; providers take 50,000
MOST_BYTES = 100 << 20  # of a batch's file; providers take 200 MB
LARGEST_RESULTS = 512 << 20  # bytes of a file of results; it is read whole
ROUNDS = 3  # batches that a call is put into before it is left unanswered
PAGES = 20  # lists of a hundred batches in which one is looked for


class BatchTeacher(ApiTeacher):
    """Answers calls in batches, each as large as the rows that are missing."""

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.api.batch
        self.batch: Batch = self.api.batch
        self.deadline = time.monotonic() + self.batch.patience_s

    def at_once(self, wanted: int) -> int:
        """All that are missing: a batch may take a day, however small it is."""
        return max(wanted, self.job.chunk_size)

    def _make(self, method: str, calls: dict[str, Call]) -> dict[str, Failure]:
        return asyncio.run(self._batches(method, calls))

    async def _batches(self, method: str, calls: dict[str, Call]) -> dict[str, Failure]:
        """Put calls into batches until each has its answer, or has failed for good; the failures of the latter."""
        kept, rounds, failures = self.kept[method], Counter[str](), dict[str, Failure]()
        async with self._client() as client:
            for begun in self.methods:  # by a run that stopped
                if self._state(begun).exists():
                    await self._collect(client, begun)
            while True:
                lasting = {key for key, failure in failures.items() if not failure.retry or rounds[key] >= ROUNDS}
                missing = {key: call for key, call in calls.items() if key not in kept.answers.keys() | lasting}
                if not missing:
                    return {key: failures[key] for key in lasting}
                await self._submit(client, method, await self._afforded(self._lines(missing), missing))
                failed = await self._collect(client, method)
                rounds.update(failed.keys())
                failures |= failed

    def _state(self, method: str) -> Path:
        """The file that says which batch of a method is under way."""
        return self.job.path(method, ".chunks") / "batch.json"

    async def _afforded(self, lines: dict[str, bytes], calls: dict[str, Call]) -> dict[str, bytes]:
        """The first `lines` that the budget surely pays for; money is set aside for their calls.

        Small batches are not worth a day: while other jobs hold what is left, this one waits. Raises InputError where
        the budget does not pay for a single call.
        """
        while True:
            left, most = self.ledger.left_usd(), (self.ledger.most(calls[key], self.job.max_tokens) for key in lines)
            count = sum(total <= left for total in accumulate(most))
            short = count < min(len(lines), self.job.chunk_size) and self.ledger.others.reserved_usd() > 0
            if not short or time.monotonic() > self.deadline:
                part = dict(islice(lines.items(), max(count, 1)))
                try:
                    self.ledger.reserve([calls[key] for key in part], self.job.max_tokens)
                    return part
                except InputError:
                    if not count:  # else another job was faster
                        raise
            await asyncio.sleep(self.batch.poll_s * random.uniform(1, 2))  # two that wait do not meet again

    def _lines(self, calls: dict[str, Call]) -> dict[str, bytes]:
        """The lines of a batch's file, of as many of the first calls as one batch takes."""
        lines, size = dict[str, bytes](), 0
        for key, call in calls.items():
            content = {"custom_id": key, "method": "POST", "url": "/v1/chat/completions"}
            line = json.dumps(content | {"body": body(self.api, self.sampling, call)}).encode() + b"\n"
            size += len(line)
            if lines and (len(lines) == MOST_CALLS or size > MOST_BYTES):
                break
            lines[key] = line
        return lines

    async def _submit(self, client: "AsyncClient", method: str, lines: dict[str, bytes]) -> None:
        """Make a batch of the lines. Its name is on disk before it exists: it is found again, and paid for once."""
        state = self._state(method)
        pending = {"name": secrets.token_hex(16), "id": None, "sizes": {key: len(line) for key, line in lines.items()}}
        write_json(state, pending)
        upload = {
            "data": {"purpose": "batch"},
            "files": {"file": ("calls.jsonl", b"".join(lines.values()), "application/jsonl")},
        }
        uploaded = await self._tried(state, lambda: self._control(client, "POST", "files", **upload))
        request = {
            "input_file_id": uploaded["id"],
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "metadata": {"name": pending["name"]},
        }

        async def create() -> Json | Failure:
            known = await self._named(client, pending["name"])  # where a reply was lost, the batch was made
            return known or await self._control(client, "POST", "batches", json=request)

        made = await self._tried(state, create)
        write_json(state, pending | {"id": made["id"]})
        tqdm.write(f"{self.api.base_url}: batch {made['id']} of {len(lines)} requests", file=sys.stderr)

    async def _named(self, client: "AsyncClient", name: str) -> Json | Failure | None:
        """The batch that was made under a name; None where there is none."""
        after = ""
        for _ in range(PAGES):
            page = await self._control(client, "GET", f"batches?limit=100{after}", needs="data")
            if isinstance(page, Failure):
                return page
            batches = [item for item in page["data"] if isinstance(item, dict) and isinstance(item.get("id"), str)]
            for item in batches:
                if isinstance(item.get("metadata"), dict) and item["metadata"].get("name") == name:
                    return item
            if not page.get("has_more") or not batches:
                return None
            after = f"&after={quote(batches[-1]['id'], safe='')}"
        return None

    async def _collect(self, client: "AsyncClient", method: str) -> dict[str, Failure]:
        """Wait for the batch of a method and keep its answers; the failures of its calls by key.

        Raises InputError where the time is over, the batch was cancelled, or no batch can succeed.
        """
        state, kept = self._state(method), self.kept[method]
        pending = read_json(state)
        name, sizes = pending["id"], pending["sizes"]
        if name is None:  # the run ended while it made the batch
            made = await self._tried(state, lambda: self._sought(client, pending["name"]))
            if not made:
                self._end(state)
                return {}
            name = made["id"]
        batch = await self._ended(client, state, name)
        if batch["status"] == "failed" and not batch.get("output_file_id"):
            self._end(state)
            return await self._refused(batch)
        contents = [
            await self._tried(state, functools.partial(self._download, client, file))
            for file in (batch.get("output_file_id"), batch.get("error_file_id"))
            if isinstance(file, str)
        ]
        results = read_results(contents, sizes, batch["status"] == "completed", datetime.now(UTC))
        pairs = booked(name, results, sizes)  # but for those that a run kept before it was killed
        kept.append(
            *(
                pair
                for pair in pairs
                if pair[0] not in (kept.failed if pair[1].finish_reason == FAILED else kept.answers)
            )
        )
        self._end(state)
        self._report(name, batch["status"], results)
        return results.failures

    async def _sought(self, client: "AsyncClient", name: str) -> Json | Failure:
        """The batch under a name; empty where there is none."""
        return await self._named(client, name) or {}

    def _end(self, state: Path) -> None:
        """Forget a batch whose results are kept, and what was set aside for it."""
        state.unlink()
        self.ledger.release()

    async def _refused(self, batch: Json) -> dict[str, Failure]:
        """Wait where a server takes no batch until others have ended. Raises InputError for another reason."""
        failure = failed_batch(batch)
        if failure.fatal or time.monotonic() > self.deadline:
            raise InputError(self._stop(failure))
        tqdm.write(f"{self.api.base_url}: {failure.reason}; tries again in {self.batch.poll_s:.0f} s", file=sys.stderr)
        await asyncio.sleep(self.batch.poll_s)
        return {}

    def _report(self, name: str, status: str, results: Results) -> None:
        """Say on stderr how a batch has ended. Raises InputError where no further one should be made."""
        count = len(results.strangers)
        beside = f"; {count} results answer no call of it and are left out" if count else ""
        tqdm.write(f"{self.api.base_url}: batch {name} {status}{beside}", file=sys.stderr)
        cancelled = [Failure(f"batch {name} was cancelled")] if status == "cancelled" else []
        for failure in [*(failure for failure in results.failures.values() if failure.fatal), *cancelled]:
            raise InputError(self._stop(failure))

    async def _ended(self, client: "AsyncClient", state: Path, name: str) -> Json:
        """The batch of this id when it has ended. Raises InputError where that takes longer than the patience."""
        seen = "out of reach"
        while True:
            batch = await self._control(client, "GET", f"batches/{quote(name, safe='')}", needs="status")
            if isinstance(batch, Failure):
                if not batch.retry:
                    raise InputError(self._stop(batch).replace("{state}", str(state)))
                tqdm.write(f"{self.api.base_url}: {batch.reason}; asks again", file=sys.stderr)
            elif batch["status"] in ENDED:
                return batch
            else:
                seen = str(batch["status"])[:40]
            if time.monotonic() > self.deadline:
                waited = f"batch {name} is {seen} after {self.batch.patience_s:.0f} s"
                raise InputError(
                    f"{self.api.base_url}: {waited}; run the same command again: it waits for the same batch, or raise "
                    "batch.patience_s"
                )
            await asyncio.sleep(self.batch.poll_s)

    async def _download(self, client: "AsyncClient", name: str) -> bytes | Failure:
        """A file of results."""
        reply = await self._reply(
            client, "GET", f"files/{quote(name, safe='')}/content", self.api.patience_s, LARGEST_RESULTS
        )
        if isinstance(reply, Failure):
            return reply
        status, headers, content = reply
        if len(content) > LARGEST_RESULTS:
            return Failure("gives more results than a batch can have", "ask for fewer or shorter answers", False)
        if status == 200:
            return content
        failure = control_reply(status, headers, content, datetime.now(UTC))
        return failure if isinstance(failure, Failure) else Failure(f"gives no results ({status})")

    async def _control(
        self, client: "AsyncClient", method: str, path: str, needs: str = "id", **sent: Any
    ) -> Json | Failure:
        """One request about files or batches; its answer holds the key `needs`."""
        await asyncio.sleep(self.pace.wait(asyncio.get_running_loop().time()))
        reply = await self._reply(client, method, path, self.api.patience_s, LARGEST_RESULTS, **sent)
        if isinstance(reply, Failure):
            return reply
        value = control_reply(*reply, datetime.now(UTC))
        if not isinstance(value, Failure) and not isinstance(value.get(needs), list if needs == "data" else str):
            return Failure(f"answered without {needs!r}")
        return value

    async def _tried(self, state: Path, attempt: Callable[[], Awaitable[Any]]) -> Any:
        """The result of a request that is tried again where that helps. Raises InputError where it does not."""
        left = self.api.patience_s
        for number in range(TRIES):
            result = await attempt()
            if not isinstance(result, Failure):
                return result
            wait = result.wait
            wait = min(chat_api.FIRST_DELAY * 2**number, chat_api.LONGEST_DELAY) if wait is None else wait
            left -= wait
            if not result.retry or left <= 0:
                break
            await asyncio.sleep(wait)
        raise InputError(self._stop(result).replace("{state}", str(state)))
