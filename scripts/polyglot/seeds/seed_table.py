"""From raw rows of any source to seed prompts: sample, mask personal data, reject with a reason, give ids, hold out.

Sampling is by hash over the whole source, so that its order means nothing and its head weighs no more than its end.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from polyglot.core.files import Json
from polyglot.core.identity import comparable, content_id, digest, normalise
from polyglot.core.language import JUDGED, in_language, letters
from polyglot.core.texts import clean, is_broken
from polyglot.seeds.masking import mask
from polyglot.seeds.sampling import Pool
from polyglot.seeds.source_adapter import RawRow

COLUMNS = ["seed_id", "source", "language", "split", "prompt", "response", "parallel_id", "origin"]
REPEATED = re.compile(r"([^\W\d_]{3,40}?)\1{4,}")  # the mark of a machine translation that ran away
LONG_ANSWER = 20  # letters; a response that long on both sides would give a benchmark answer away


@dataclass(frozen=True)
class Seeds:
    """Kept and rejected rows. `seen` raw rows of each language are the kept ones and the sum of `reasons`.

    Of a sampled source `rejected` holds no row that was sampled out, and at most `sampling.HELD` a language.
    `masked` counts the personal data in kept rows: language → kind → number; `cleaned` their texts that
    `core.texts.clean` changed, by kind.
    """

    kept: pd.DataFrame
    rejected: pd.DataFrame
    seen: dict[str, int]
    reasons: Counter[str]
    masked: dict[str, dict[str, int]]
    cleaned: dict[str, int]


def reason_to_reject(row: RawRow, max_characters: int) -> str | None:
    """Why a normalised row is no seed prompt, or None: unreadable, empty, broken_text, too_long, repetitive,
    wrong_language.
    """
    if row.problem is not None:
        return "unreadable"
    texts = [text for text in (row.prompt, row.response) if text is not None]
    if row.prompt is None or not all(texts):
        return "empty"
    if any(is_broken(text) for text in texts):
        return "broken_text"
    if max(map(len, texts)) > max_characters:
        return "too_long"
    if any(REPEATED.search(text) for text in texts):
        return "repetitive"
    # texts too short to judge alone are judged together
    judged = texts if any(letters(text) >= JUDGED for text in texts) else ["\n".join(texts)]
    return "wrong_language" if any(in_language(text, row.language) is False for text in judged) else None


def collect(
    raw: Iterable[RawRow],
    source: str,
    *,
    benchmark_share: float,
    seed: int,
    max_characters: int,
    rows: Mapping[str, int] | None = None,
) -> Seeds:
    """Judge, sample and split the rows of one source. The order in which they come changes nothing.

    `rows` is the number wanted of each language: those of smallest hash of language and texts, among the good ones;
    without it all are kept. Columns are `COLUMNS`, and `reason` for the rejected. Rows are sorted by seed_id, a hash
    of source, language and texts. Of rows whose texts are the same but for case and punctuation one stays. Rows that
    the adapter leaves out are counted, not kept.
    """
    pools: dict[str, Pool] = {}
    for row in raw:
        pool = pools.setdefault(row.language, Pool(rows.get(row.language) if rows else None, _order))
        pool.seen += 1
        if row.left_out is not None:
            pool.left_out[row.left_out] += 1
            continue
        rank = _rank(row, source, seed) if rows and row.problem is None else 0
        if rank <= pool.threshold:
            _judge(row, rank, pool, source, max_characters)
    kept = sorted((item for pool in pools.values() for _, item in pool.kept.values()), key=_order)
    for record, side in zip(kept, assign_splits(kept, benchmark_share, seed), strict=True):
        record["split"] = side
    rejected = [item for pool in pools.values() for item in pool.rejects()]
    rejected.sort(key=lambda record: (record["reason"], *_order(record)))
    masked = {code: sum((item["masked"] for _, item in pool.kept.values()), Counter()) for code, pool in pools.items()}
    return Seeds(
        _table(kept, COLUMNS),
        _table(rejected, [*COLUMNS, "reason"]),
        seen={code: pool.seen for code, pool in sorted(pools.items())},
        reasons=sum((pool.reasons() for pool in pools.values()), Counter()),
        masked={code: dict(sorted(kinds.items())) for code, kinds in sorted(masked.items()) if kinds},
        cleaned=dict(sorted(sum((record["cleaned"] for record in kept), Counter()).items())),
    )


def _judge(row: RawRow, rank: int, pool: Pool, source: str, max_characters: int) -> None:
    """Put one row into its language's pool: as a seed, or as a reject with its reason."""
    record = _record(row, source)
    clean = RawRow(row.language, record["prompt"], record["response"], row.origin, problem=row.problem)
    reason = reason_to_reject(clean, max_characters)
    if reason is not None:
        pool.reject(rank, reason, record)
    else:
        pool.keep(rank, (comparable(record["prompt"]), comparable(record["response"] or "")), record)


def _rank(row: RawRow, source: str, seed: int) -> int:
    """A row's rank in the sample: the hash of its text, or of its place in the source if it has no text."""
    texts = [normalise(text) for text in (row.prompt, row.response) if text is not None]
    return int(digest(seed, "sample", source, row.language, *(texts or [row.origin]))[:16], 16)


def assign_splits(records: list[Json], benchmark_share: float, seed: int) -> list[str]:
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


def _order(record: Json) -> tuple[str | bool, ...]:
    """Sort key of a record: of equal texts those with a parallel_id come first."""
    parallel = record["parallel_id"]
    return record["seed_id"] or "", parallel is None, parallel or "", record["origin"] or ""


def _record(row: RawRow, source: str) -> Json:
    """A row as it is stored: clean and masked; "masked" counts the replacements, "cleaned" the texts changed."""
    texts: list[str | None] = []
    masked, cleaned = Counter[str](), Counter[str]()
    for text in (row.prompt, row.response):
        if text is not None:
            text, changes = clean(text)
            text, replaced = mask(text)
            masked += replaced
            cleaned += changes
        texts.append(text)
    prompt, response = texts
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
        "masked": masked,
        "cleaned": cleaned,
    }


def _table(records: list[Json], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(records, columns=columns, dtype=object)
