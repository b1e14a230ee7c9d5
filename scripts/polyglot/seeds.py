"""From raw rows of any source to seed prompts: normalise, reject with a reason, give ids, hold out benchmark rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from polyglot.identity import content_id, digest, normalise
from polyglot.language import JUDGED, is_foreign, letters
from polyglot.sources import RawRow

COLUMNS = ["seed_id", "source", "language", "split", "prompt", "response", "parallel_id", "origin"]
REPEATED = re.compile(r"([^\W\d_]{3,40}?)\1{4,}")  # the mark of a machine translation that ran away
LONG_ANSWER = 20  # letters; a response that long on both sides would give a benchmark answer away


@dataclass(frozen=True)
class Seeds:
    """Kept and rejected rows; `seen` is the number of raw rows, and equals the sum of both."""

    kept: pd.DataFrame
    rejected: pd.DataFrame
    seen: int


def comparable(text: str) -> str:
    """`text` without case, punctuation and spaces: what counts as the same text. Text without letters stays itself."""
    return "".join(character for character in normalise(text).casefold() if character.isalnum()) or normalise(text)


def reason_to_reject(row: RawRow, max_characters: int) -> str | None:
    """Why a normalised row is no seed prompt, or None: unreadable, empty, too_long, repetitive or wrong_language."""
    if row.problem is not None:
        return "unreadable"
    texts = [text for text in (row.prompt, row.response) if text is not None]
    if row.prompt is None or not all(texts):
        return "empty"
    if max(map(len, texts)) > max_characters:
        return "too_long"
    if any(REPEATED.search(text) for text in texts):
        return "repetitive"
    # texts too short to judge alone are judged together
    judged = texts if any(letters(text) >= JUDGED for text in texts) else ["\n".join(texts)]
    return "wrong_language" if any(is_foreign(text, row.language) for text in judged) else None


def collect(raw: Iterable[RawRow], source: str, *, benchmark_share: float, seed: int, max_characters: int) -> Seeds:
    """Judge and split the rows of one source. The order in which they come changes nothing.

    Columns are `COLUMNS`, and `reason` for the rejected. Rows are sorted by seed_id, a hash of source, language and
    texts. Of rows whose texts are the same but for case and punctuation the first in this order stays.
    """
    kept, rejected = [], []
    for row in raw:
        record = _record(row, source)
        clean = RawRow(row.language, record["prompt"], record["response"], row.origin, problem=row.problem)
        reason = reason_to_reject(clean, max_characters)
        if reason is None:
            kept.append(record)
        else:
            rejected.append({**record, "reason": reason})
    seen = len(kept) + len(rejected)
    kept.sort(key=_order)
    known: set[tuple[str, str, str]] = set()
    unique = []
    for record in kept:
        key = (record["language"], comparable(record["prompt"]), comparable(record["response"] or ""))
        if key in known:
            rejected.append({**record, "reason": "duplicate"})
        else:
            known.add(key)
            unique.append(record)
    for record, side in zip(unique, assign_splits(unique, benchmark_share, seed), strict=True):
        record["split"] = side
    rejected.sort(key=lambda record: (record["reason"], *_order(record)))
    return Seeds(_table(unique, COLUMNS), _table(rejected, [*COLUMNS, "reason"]), seen)


def assign_splits(records: list[dict[str, str | None]], benchmark_share: float, seed: int) -> list[str]:
    """ "train" or "benchmark" for each record, by hash of content.

    Records that share a prompt, a long response or a parallel_id are one group and stay on one side, and so do a prompt
    and the record that answers with it; `benchmark_share` is therefore met by groups, and only nearly by rows.
    """
    prompts = {comparable(record["prompt"] or "") for record in records}
    group: dict[str, str] = {}

    def root(node: str) -> str:
        while group.setdefault(node, node) != node:
            group[node] = group[group[node]]
            node = group[node]
        return node

    nodes = []
    for record in records:
        own = ["text " + comparable(record["prompt"] or "")]
        answer = comparable(record["response"] or "")
        if len(answer) >= LONG_ANSWER or answer in prompts:
            own.append("text " + answer)
        if record["parallel_id"]:
            own.append("parallel " + record["parallel_id"])
        roots = sorted({root(node) for node in own})
        for other in roots[1:]:  # the smallest name leads, whatever the order
            group[other] = roots[0]
        nodes.append(own[0])
    threshold = benchmark_share * 16**8
    return ["benchmark" if int(digest(seed, "split", root(node))[:8], 16) < threshold else "train" for node in nodes]


def _order(record: dict[str, str | None]) -> tuple[str | bool, ...]:
    """Where a record stands; of the same texts those that are known in other languages come first."""
    parallel = record["parallel_id"]
    return record["seed_id"] or "", parallel is None, parallel or "", record["origin"] or ""


def _record(row: RawRow, source: str) -> dict[str, str | None]:
    prompt, response = (None if text is None else normalise(text) for text in (row.prompt, row.response))
    seed_id = content_id(source, row.language, prompt or row.origin, response or "")
    return {
        "seed_id": seed_id,
        "source": source,
        "language": row.language,
        "split": None,
        "prompt": prompt,
        "response": response,
        "parallel_id": row.parallel_id,
        "origin": row.origin,
    }


def _table(records: list[dict[str, str | None]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(records, columns=columns, dtype=object)
